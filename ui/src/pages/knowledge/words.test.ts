import { expect, test } from "vitest";
import { marked } from "./words";

test("words of the question are marked by how they begin, and nothing is lost", () => {
  const passage = "Everybody has thirty days of leave. Leaving early counts.";
  const stretches = marked(passage, "How many days of leave are there?");
  expect(stretches.map((each) => each.text).join("")).toBe(passage);
  expect(stretches.filter((each) => each.marked).map((each) => each.text)).toEqual(["days", "leave"]);
});

test("a question of empty words marks nothing", () => {
  expect(marked("It is what it is.", "what is it?").some((each) => each.marked)).toBe(false);
});

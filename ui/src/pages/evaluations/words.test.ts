import { expect, test } from "vitest";
import type { Check } from "../../api/evaluations";
import { fromDraft, kindOf, percent, toDraft, told, written } from "./words";

const CHECKS: [Check, string][] = [
  [{ at: "label", exact: "bug" }, "label is bug"],
  [{ exact: { label: "bug" } }, 'it is {"label":"bug"}'],
  [{ exact: null }, "it is null"],
  [{ exact: "7" }, 'it is "7"'],
  [{ exact: 7 }, "it is 7"],
  [{ contains: ["a", "b"] }, "it contains a b"],
  [{ not_contains: "As an AI" }, "it does not contain As an AI"],
  [{ at: "items[0]", matches: "^a" }, "items[0] matches the pattern ^a"],
  [{ expression: "answer.length < 5" }, "it makes this true answer.length < 5"],
  [{ judge: { rubric: "Polite.", model: "smart" } }, "it keeps the rubric of a judge (smart): Polite."],
  [{ schema: { type: "string" } }, "it keeps the JSON Schema"],
];

test("a check is the same after the form, and has words", () => {
  for (const [check, words] of CHECKS) {
    expect(fromDraft(toDraft(check))).toEqual(check);
    expect(told(check)).toBe(words);
  }
  expect(kindOf({ code: "return true" })).toBe("code");
});

test("a text that reads as something else has its quotes", () => {
  expect([written("true"), written("yes"), written(null), written("")]).toEqual(['"true"', "yes", "null", ""]);
  expect(percent(2 / 3)).toBe("66.7 %");
});

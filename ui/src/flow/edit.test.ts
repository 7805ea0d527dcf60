import { expect, test } from "vitest";
import { copyStep, freeId, insertStep, moveStep, parseValue, printValue, readText, removeStep, renameKey, setValue } from "./edit";

const TEXT = `# Who is told
bot: orders
inputs:
  total: number # in euros
triggers:
  order: { webhook: { path: order, respond: run } }
steps:
  # Large ones first
  - if: "{{ inputs.total > 1000 }}"
    then:
      - id: mail
        do: email.send
        with: { to: sales@example.com, subject: "Order", text: "{{ trigger.body }}" }
  - respond: { body: thanks }
`;

const read = (text: string) => readText(text).definition as { steps: Record<string, unknown>[] };

test("a changed value leaves comments, order and spelling as they were", () => {
  const changed = setValue(TEXT, ["steps", 0, "then", 0, "with", "to"], "boss@example.com");
  expect(changed).toBe(TEXT.replace("sales@example.com", "boss@example.com"));
  expect(setValue(TEXT, ["steps", 0, "then", 0, "timeout"], "30s")).toContain("        timeout: 30s\n");
  expect(setValue(TEXT, ["steps", 0, "then", 0, "id"], undefined)).toBe(TEXT.replace("id: mail\n        do", "do"));
});

test("steps are added, moved, copied and taken away where they are", () => {
  const added = insertStep(TEXT, ["steps", 0, "else"], 0, { id: "small", set: "{{ 1 }}" });
  expect(read(added).steps[0]?.else).toEqual([{ id: "small", set: "{{ 1 }}" }]);
  expect(added).toContain("# Large ones first");
  expect(read(moveStep(TEXT, ["steps", 1], -1)).steps.map((step) => Object.keys(step)[0])).toEqual(["respond", "if"]);
  expect(moveStep(TEXT, ["steps", 0], -1)).toBe(TEXT);
  const copied = read(copyStep(TEXT, ["steps", 0])).steps[1] as { then: Record<string, unknown>[] };
  expect(copied.then[0]).toEqual({ do: "email.send", with: { to: "sales@example.com", subject: "Order", text: "{{ trigger.body }}" } });
  expect(read(removeStep(TEXT, ["steps", 0])).steps).toEqual([{ respond: { body: "thanks" } }]);
});

test("a step is added inside a branch that is written on one line", () => {
  const flow = "bot: x\nsteps: [{ if: '{{ 1 }}', then: [{ set: 1 }] }]\n";
  const added = insertStep(flow, ["steps", 0, "then"], 1, { code: "return 1\n" });
  expect(read(added).steps[0]?.then).toEqual([{ set: 1 }, { code: "return 1\n" }]);
});

test("a trigger is renamed in its place", () => {
  expect(renameKey(TEXT, ["triggers", "order"], "sale")).toBe(TEXT.replace("order: {", "sale: {"));
});

test("text that cannot be read is never changed", () => {
  const broken = "bot: [\nsteps: }";
  expect(readText(broken).problem).toBeTruthy();
  expect(setValue(broken, ["bot"], "x")).toBe(broken);
  expect(insertStep("- a\n- b\n", ["steps"], 0, {})).toBe("- a\n- b\n");
});

test("what is shown in a form reads back as the same value", () => {
  const values = ["plain", "#finance", "{{ inputs.a }}", "12", "true", "", "a: b", "- x", " padded ", 12, true, null, [1, 2], { a: { b: [1] } }, "two\nlines", "{ not: yaml", "it's", '"quoted"'];
  for (const value of values) expect(parseValue(printValue(value)), JSON.stringify(value)).toEqual({ value });
  expect(printValue("sales@example.com")).toBe("sales@example.com");
  expect(parseValue("12")).toEqual({ value: 12 });
  expect(parseValue("{ a: ")).toHaveProperty("problem");
  expect(parseValue("  ")).toEqual({ value: undefined });
});

test("new ids are free and well formed", () => {
  expect(freeId(["mail", "mail_2"], "mail")).toBe("mail_3");
  expect(freeId([], "9 Post-Message")).toBe("ost_essage");
  expect(freeId([], "post_message")).toBe("post_message");
});

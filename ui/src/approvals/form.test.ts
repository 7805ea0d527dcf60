import { expect, test } from "vitest";
import { formFields } from "./form";

test("a form's fields are those of its schema", () => {
  const fields = formFields({
    type: "object",
    properties: {
      reason: { type: "string", description: "Why" },
      parts: { anyOf: [{ type: "integer" }, { type: "null" }], default: 2 },
      way: { enum: ["truck", "bike"] },
      level: { enum: [1, 2] },
      more: {},
    },
    required: ["reason", "way"],
  });
  expect(fields.map(({ name, type, required, default: unless, choices }) => [name, type, required, unless, choices])).toEqual([
    ["reason", "string", true, undefined, undefined],
    ["parts", "integer", false, 2, undefined],
    ["way", "string", true, undefined, ["truck", "bike"]],
    ["level", "any", false, undefined, [1, 2]],
    ["more", "any", false, undefined, undefined],
  ]);
});

test("an approval without a form has no fields", () => {
  expect(formFields({ type: "object" })).toEqual([]);
  expect(formFields(null)).toEqual([]);
});

import { expect, test } from "vitest";
import { curl, inputFields, sampleInput, typedValue } from "./inputs";
import { readFlow } from "./model";

const flow = readFlow({
  inputs: { total: "number", email: { type: "string" }, kind: { type: "string", enum: ["a", "b"], default: "b" }, note: { type: "string", required: false } },
});

test("short and long spellings of inputs become fields", () => {
  expect(inputFields(flow).map(({ name, type, required }) => [name, type, required])).toEqual([
    ["total", "number", true],
    ["email", "string", true],
    ["kind", "string", false],
    ["note", "string", false],
  ]);
  expect(sampleInput(flow)).toEqual({ total: 1200, email: "ada@example.com", kind: "b", note: "text" });
});

test("what is typed gets the type of its field", () => {
  expect(typedValue("number", "12")).toBe(12);
  expect(typedValue("string", "12")).toBe("12");
  expect(typedValue("number", "twelve")).toBe("twelve");
  expect(typedValue("number", " ")).toBeUndefined();
  expect(typedValue("array", "[1]")).toEqual([1]);
});

test("a curl line survives quotes", () => {
  expect(curl("http://h/x", "POST", { a: "it's" })).toBe(
    `curl -X POST http://h/x \\\n  -H 'content-type: application/json' \\\n  -d '{"a":"it'\\''s"}'`,
  );
  expect(curl("http://h/x", "GET", { a: 1, b: "c d" })).toBe("curl 'http://h/x?a=1&b=c+d'");
});

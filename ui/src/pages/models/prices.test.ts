import { expect, test } from "vitest";
import { priceOf, type Price } from "./prices";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const price = (model: string, input_usd: number, since: string, source: string | null = "https://example.com"): Price => ({ provider: "openai", model, input_usd, since, source });
const TABLE = [price("gpt-5", 1, "2025-08-07"), price("gpt-5-mini", 2, "2025-08-07"), price("gpt-5-mini", 3, "2026-01-01"), price("gpt-5-mini", 4, "2027-01-01")];

test("the longest name that fits, and of it the newest that has begun", () => {
  const found = (model: string) => priceOf(TABLE, "openai", model, NOW)?.input_usd;
  expect(found("gpt-5")).toBe(1);
  expect(found("gpt-5-mini")).toBe(3);
  expect(found("gpt-5-mini-2025-08-07")).toBe(3);
  expect(found("gpt-5-latest")).toBe(1);
  // Another model than the one it begins with.
  expect(found("gpt-5-6")).toBeUndefined();
  expect(priceOf(TABLE, "mistral", "gpt-5", NOW)).toBeUndefined();
});

test("a workspace's own price goes before", () => {
  expect(priceOf([...TABLE, price("*", 9, "2026-01-01", null)], "openai", "gpt-5-mini", NOW)?.input_usd).toBe(9);
});

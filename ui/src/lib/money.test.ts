import { expect, test } from "vitest";
import { digits, tokens, usd, usdShort } from "./money";

test("small amounts keep the digits that matter", () => {
  expect([0, 0.0123, 0.5, 12.3, 1234.5, 0.000012].map((each) => usd(each))).toEqual(["$0.00", "$0.0123", "$0.50", "$12.30", "$1,234.50", "$0.000012"]);
  expect([0.0068, 0.1, 3.456].map((each) => usd(each))).toEqual(["$0.0068", "$0.10", "$3.46"]);
  expect(usd(0.000001, 4)).toBe("<$0.0001");
  expect(usd(0, 4)).toBe("$0.0000");
});

test("a column has one number of digits", () => {
  expect(digits([0.0003, 0.2])).toBe(4);
  expect(digits([0.0003, 0.002])).toBe(6);
  expect(digits([250, 0.002])).toBe(2);
  expect(digits([])).toBe(2);
});

test("limits and prices are as they were written", () => {
  expect([50, 0.5, 1.25, 0.0001, 1_000_000, 0.1 + 0.2].map(usdShort)).toEqual(["$50", "$0.50", "$1.25", "$0.0001", "$1,000,000", "$0.30"]);
});

test("tokens are shortened", () => {
  expect([0, 950, 3_400, 128_000, 999_600, 1_250_000].map(tokens)).toEqual(["0", "950", "3.4k", "128k", "1M", "1.3M"]);
});

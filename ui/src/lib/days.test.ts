import { expect, test } from "vitest";
import { dayName, MOST, spanOf } from "./days";

const NOW = Date.parse("2026-03-01T00:30:00Z");

test("the last days end with today, of which the future is asked for, too", () => {
  const week = spanOf({ span: "7d" }, NOW);
  expect(week.days).toEqual(["2026-02-23", "2026-02-24", "2026-02-25", "2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01"]);
  expect([week.from, week.to]).toEqual(["2026-02-23T00:00:00.000Z", "2026-03-02T00:00:00.000Z"]);
  expect(spanOf({}, NOW).days).toHaveLength(30);
});

test("months begin on their first", () => {
  expect(spanOf({ span: "month" }, NOW).days).toEqual(["2026-03-01"]);
  const before = spanOf({ span: "before" }, Date.parse("2026-01-15T12:00:00Z"));
  expect([before.days[0], before.days.at(-1)]).toEqual(["2025-12-01", "2025-12-31"]);
});

test("days of one's choice stand in order, include both ends, and have an end", () => {
  expect(spanOf({ span: "days", from: "2026-02-03", to: "2026-02-01" }, NOW).days).toEqual(["2026-02-01", "2026-02-02", "2026-02-03"]);
  expect(spanOf({ span: "days", from: "nonsense" }, NOW).days).toHaveLength(30);
  expect(spanOf({ span: "days", from: "1970-01-01" }, NOW).days).toHaveLength(MOST);
  expect(dayName("2026-02-03", true)).toBe("Feb 3, 2026");
});

import { expect, test } from "vitest";
import { count } from "./count";
import { ago, exact, lasted, took, withTimes } from "./time";

test("times are told from now", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  expect(ago("2026-11-22T12:00:02Z", now)).toBe("just now");
  expect(ago("2026-11-22T11:59:20Z", now)).toBe("40 seconds ago");
  expect(ago("2026-11-22T09:00:00Z", now)).toBe("3 hours ago");
  expect(ago("2026-11-23T12:00:00Z", now)).toBe("tomorrow");
  expect(ago("nonsense", now)).toBe("nonsense");
});

test("durations keep microseconds and grow to hours", () => {
  const from = "2026-11-22T12:00:00.000100Z";
  expect(took(from, "2026-11-22T12:00:00.000309Z")).toBe("209 µs");
  expect(took(from, "2026-11-22T12:00:00.0125Z")).toBe("12 ms");
  expect(took("2026-11-22T12:00:00Z", "2026-11-22T12:00:03.400Z")).toBe("3.4 s");
  expect(took("2026-11-22T12:00:00Z", "2026-11-22T14:03:00Z")).toBe("2 h 3 min");
  expect([0, 999, 65_000].map(lasted)).toEqual(["under 1 ms", "999 ms", "1 min 5 s"]);
  expect(took("2026-11-22T12:00:03Z", "2026-11-22T12:00:00Z")).toBe("");
});

test("times inside a text are told like others", () => {
  const time = "2026-11-22T14:19:28.408098Z";
  expect(withTimes(`waits until ${time}`)).toBe(`waits until ${exact(time)}`);
  expect(withTimes("3 items")).toBe("3 items");
});

test("near times have names, and numbers are grouped", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  expect(ago("2026-11-21T11:00:00Z", now)).toBe("yesterday");
  expect(ago("2026-11-20T11:00:00Z", now)).toBe("2 days ago");
  expect(ago("2026-11-22T13:30:00Z", now)).toBe("in 1 hour");
  expect(ago("2027-11-30T12:00:00Z", now)).toBe("next year");
  expect(exact("2026-02-03T04:05:06")).toBe("Feb 3, 2026, 04:05:06");
  expect([5, 999, 5000, 1234567].map(count)).toEqual(["5", "999", "5,000", "1,234,567"]);
});

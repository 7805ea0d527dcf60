// Times as people read them. `now` comes in, so that lists agree and tests can say when it is.
const UNITS: [string, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
/** What people call the nearest days and weeks, by how far they are away. */
const NEAR: Partial<Record<string, Record<number, string>>> = {
  day: { [-1]: "yesterday", 1: "tomorrow" },
  week: { [-1]: "last week", 1: "next week" },
  month: { [-1]: "last month", 1: "next month" },
  year: { [-1]: "last year", 1: "next year" },
};
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// By hand: the first use of `Intl` costs a page some fifty milliseconds, and its words are English anyway.
export function ago(time: string, now: number): string {
  const seconds = Math.round((Date.parse(time) - now) / 1000);
  if (Number.isNaN(seconds)) return time;
  if (Math.abs(seconds) < 5) return "just now";
  const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  const count = Math.trunc(seconds / length);
  const near = NEAR[unit]?.[count];
  if (near) return near;
  const many = `${Math.abs(count)} ${unit}${Math.abs(count) === 1 ? "" : "s"}`;
  return count < 0 ? `${many} ago` : `in ${many}`;
}

/** The time on this browser's clock, such as `Nov 22, 2026, 14:19:28`. */
export function exact(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
  return `${MONTHS[date.getMonth()]} ${date.getDate()}, ${date.getFullYear()}, ${clock}`;
}

/** Text with its RFC 3339 times as people read them. */
export function withTimes(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, exact);
}

/** Such as `340 µs`, `12 ms`, `3.4 s`, `2 min 5 s`. */
export function took(from: string, to: string): string {
  const micros = microseconds(to) - microseconds(from);
  if (!Number.isFinite(micros) || micros < 0) return "";
  return micros < 1000 ? `${micros} µs` : lasted(micros / 1000);
}

/** The same, of milliseconds. */
export function lasted(ms: number): string {
  if (ms < 1) return "under 1 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Date.parse drops what is finer than a millisecond. */
function microseconds(time: string): number {
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? "";
  const finer = Number(fraction.padEnd(6, "0").slice(3, 6));
  return Date.parse(time) * 1000 + finer;
}

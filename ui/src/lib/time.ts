// Times as people read them. `now` comes in, so that lists agree and tests can say when it is.
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "long" });

export function ago(time: string, now: number): string {
  const seconds = Math.round((Date.parse(time) - now) / 1000);
  if (Number.isNaN(seconds)) return time;
  if (Math.abs(seconds) < 5) return "just now";
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return relative.format(seconds, "second");
}

const exactly = new Intl.DateTimeFormat("en", {
  day: "numeric",
  month: "short",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

export function exact(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : exactly.format(date);
}

/** Text with its RFC 3339 times as people read them. */
export function withTimes(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, exact);
}

/** Such as `340 µs`, `12 ms`, `3.4 s`, `2 min 5 s`. */
export function took(from: string, to: string): string {
  const micros = microseconds(to) - microseconds(from);
  if (!Number.isFinite(micros) || micros < 0) return "";
  if (micros < 1000) return `${micros} µs`;
  const ms = micros / 1000;
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

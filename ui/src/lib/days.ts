// The days that costs are shown of. Days are UTC, as the server's sums and budgets are.

export const SPANS = [
  ["7d", "Last 7 days"],
  ["30d", "Last 30 days"],
  ["90d", "Last 90 days"],
  ["month", "This month"],
  ["before", "Last month"],
  ["days", "Days of your choice"],
] as const;

export type SpanName = (typeof SPANS)[number][0];
export const SPAN_NAMES = SPANS.map(([name]) => name);

export interface Chosen {
  span?: SpanName | undefined;
  /** Days such as `2026-11-30`, both inclusive, for `days`. */
  from?: string | undefined;
  to?: string | undefined;
}

/** The address of the page. */
export interface CostsSearch extends Chosen {
  view?: "budgets" | "calls" | undefined;
  bot?: string | undefined;
  run?: string | undefined;
  by?: string | undefined;
}

export interface Span {
  /** For the server: from this time on, until before that one. */
  from: string;
  to: string;
  days: string[];
}

const DAY = 86_400_000;
/** Most days that are drawn. */
export const MOST = 366;

export const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

export const isDay = (text: string | undefined): text is string => text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

export function spanOf({ span = "30d", from, to }: Chosen, now: number): Span {
  const today = Math.floor(now / DAY) * DAY;
  const date = new Date(now);
  const month = (offset: number) => Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + offset, 1);
  switch (span) {
    case "month":
      return over(month(0), today);
    case "before":
      return over(month(-1), month(0) - DAY);
    case "days": {
      const last = isDay(to) ? Date.parse(to) : today;
      const first = isDay(from) ? Date.parse(from) : last - 29 * DAY;
      return over(Math.min(first, last), Math.max(first, last));
    }
    default:
      return over(today - (Number.parseInt(span, 10) - 1) * DAY, today);
  }
}

function over(first: number, last: number): Span {
  const begin = Math.max(first, last - (MOST - 1) * DAY);
  const days = Array.from({ length: (last - begin) / DAY + 1 }, (_, index) => dayOf(begin + index * DAY));
  return { from: new Date(begin).toISOString(), to: new Date(last + DAY).toISOString(), days };
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Nov 30`, or `Nov 30, 2026`. */
export function dayName(day: string, year = false): string {
  const [y, m, d] = day.split("-").map(Number);
  return `${MONTHS[(m ?? 1) - 1]} ${d}${year ? `, ${y}` : ""}`;
}

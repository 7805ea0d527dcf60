// Dollars as people read them. The server counts millionths of a dollar, and so much is shown where it matters.
import { count } from "./count";

/** Digits behind the point with which all of these amounts can be told apart, and stand under each other. */
export function digits(amounts: number[]): number {
  const most = Math.max(0, ...amounts.map(Math.abs));
  if (most >= 100 || most === 0) return 2;
  return most >= 0.01 ? 4 : 6;
}

/** Such as `$0.0123`, `$1,234.50`; with `places` for columns. What is less than the last digit is `<$0.0001`. */
export function usd(amount: number, places?: number): string {
  const most = places ?? (Math.abs(amount) >= 1 ? 2 : Math.abs(amount) >= 0.01 ? 4 : 6);
  const text = Math.abs(amount).toFixed(most);
  if (amount !== 0 && Number(text) === 0) return `<${dollars((10 ** -most).toFixed(most))}`;
  const shown = places === undefined ? text.replace(/(\.\d\d\d*?)0+$/, "$1") : text;
  return `${amount < 0 ? "−" : ""}${dollars(shown)}`;
}

function dollars(text: string): string {
  const [whole = "0", part] = text.split(".");
  return `$${count(Number(whole))}${part ? `.${part}` : ""}`;
}

/** As somebody would write it: `$50`, `$0.50`, `$0.0001`. For limits and prices. */
export function usdShort(amount: number): string {
  const [whole = "0", part = ""] = amount.toFixed(6).split(".");
  const left = part.replace(/0+$/, "");
  return `$${count(Number(whole))}${left && `.${left.padEnd(2, "0")}`}`;
}

/** Tokens, shortened: `950`, `3.4k`, `1.2M`. */
export function tokens(number: number): string {
  if (number < 1_000) return String(number);
  if (number < 999_500) return `${short(number / 1_000)}k`;
  return `${short(number / 1_000_000)}M`;
}

function short(number: number): string {
  return number < 99.95 ? String(Number(number.toFixed(1))) : count(Math.round(number));
}

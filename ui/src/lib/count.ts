/** A whole number as people read it: `5,000`. By hand, as times are: see lib/time.ts. */
export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Whether each word of `typed` begins, or is inside, a word of the texts. */
export function matches(typed: string, ...texts: (string | null | undefined)[]): boolean {
  const text = texts.filter(Boolean).join(" ").toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

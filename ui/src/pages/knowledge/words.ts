// Which words of a passage are those of a question: by how they begin, as stems are.

export interface Stretch {
  text: string;
  marked: boolean;
}

const EMPTY = new Set("a an and are as at be by can do does for from has have how i in is it its me my of on or our the their there this to was we what when where which who why will with you your".split(" "));

/** The passage in stretches; those that begin as a word of the question does are marked. */
export function marked(passage: string, question: string): Stretch[] {
  const words = question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const stems = words.filter((word) => word.length > 2 && !EMPTY.has(word)).map((word) => (word.length > 5 ? word.slice(0, Math.max(5, word.length - 3)) : word));
  const out: Stretch[] = [];
  for (const text of passage.split(/([\p{L}\p{N}]+)/u)) {
    if (text === "") continue;
    const is = stems.some((stem) => text.toLowerCase().startsWith(stem));
    const last = out.at(-1);
    if (last && last.marked === is) last.text += text;
    else out.push({ text, marked: is });
  }
  return out;
}

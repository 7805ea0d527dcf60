import { count } from "../../lib/count";
/** Characters of a sentence. A longer text is refused with words, never cut. */
const MOST = 4000;

/** Why a sentence is too long; nothing when it is not. */
export function tooLong(sentence: string): string | undefined {
  const length = sentence.trim().length;
  if (length <= MOST) return undefined;
  return `${count(length)} characters are too many: say it in at most ${count(MOST)}.`;
}

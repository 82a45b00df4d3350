/** How good a passphrase is. A rough measure, to give advice by; never a reason to refuse one. */

/** Fewer characters are refused: they are guessed however slowly the key is derived. */
export const SHORTEST = 8;

export type Strength = 'weak' | 'fair' | 'good';

/** Each class of characters, and how many there are to choose from. */
const CLASSES: readonly [RegExp, number][] = [
  [/\p{Ll}/u, 26],
  [/\p{Lu}/u, 26],
  [/\p{N}/u, 10],
  [/[^\p{L}\p{N}]/u, 20],
  // Writing without case, such as Japanese or Arabic.
  [/\p{Lo}/u, 40],
];

/** Bits that somebody who guesses has to find, counting what repeats or follows on once. */
function bitsOf(text: string): number {
  const letters = [...text];
  const pool = CLASSES.reduce((sum, [kind, size]) => sum + (kind.test(text) ? size : 0), 0);
  let counted = 0;
  let before = -1;
  for (const letter of letters) {
    const point = letter.codePointAt(0) ?? 0;
    if (Math.abs(point - before) > 1) counted += 1;
    before = point;
  }
  // Words that stand twice add nothing, and letters of words are not chosen freely.
  const variety = Math.min(counted, 2 * new Set(letters).size);
  return variety * Math.log2(Math.max(pool, 2)) * 0.65;
}

export function strengthOf(text: string): Strength {
  const bits = bitsOf(text);
  if (bits < 40) return 'weak';
  return bits < 60 ? 'fair' : 'good';
}

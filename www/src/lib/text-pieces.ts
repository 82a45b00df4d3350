/** Long text in pieces that can be shown one after the other, each without holding the page up. */

import { blocksOf, type TextBlock } from './quotes.ts';

/** Characters of a piece; a few milliseconds of layout even where every word is a link. */
const PIECE = 12_000;

/** A piece reaches on to the end of its line, unless that is far away. */
const LONGEST_LINE = 2_000;

/** Where the piece that begins at `start` ends. */
export function pieceEnd(text: string, start: number): number {
  const end = start + PIECE;
  if (end >= text.length) return text.length;
  const line = text.slice(end, end + LONGEST_LINE).indexOf('\n');
  if (line >= 0) return end + line + 1;
  // Not between the halves of a surrogate pair.
  return /[\udc00-\udfff]/.test(text.charAt(end)) ? end + 1 : end;
}

/** Takes a text piece by piece; what begins in one goes on in the next. */
export class TextPieces {
  /** Characters taken so far. */
  taken = 0;
  #signature = false;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text.trimEnd();
  }

  /** Blocks of the next piece, which ends no later than near `limit`; `undefined` at the end. */
  next(limit: number): TextBlock[] | undefined {
    const piece = this.nextPlain(limit);
    if (piece === undefined) return undefined;
    const blocks = blocksOf(piece.replace(/\r?\n$/, ''), this.#signature);
    this.#signature = blocks.at(-1)?.signature === true;
    return blocks;
  }

  /** The next piece as it stands. */
  nextPlain(limit: number): string | undefined {
    if (this.taken >= Math.min(limit, this.#text.length)) return undefined;
    const start = this.taken;
    this.taken = pieceEnd(this.#text, start);
    return this.#text.slice(start, this.taken);
  }

  get done(): boolean {
    return this.taken >= this.#text.length;
  }
}

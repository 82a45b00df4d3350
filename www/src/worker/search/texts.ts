import type { MessageId } from '../mail-protocol.ts';
import { fold } from './fold.ts';

/** Bits of a text's signature: for three characters in a row, and after them for five. */
const SHORT = 2048;
const LONG = 2048;
/** Words of 32 bits of one signature. */
const WORDS = (SHORT + LONG) / 32;

/** A text, as far as a search needs it. */
export interface SearchedText {
  /** Both are folded. */
  includes(wanted: string): boolean;
}

/**
 * The texts of all messages as they are searched: folded, in memory. Beside each is a signature, in
 * which every three and every five characters in a row have set a bit: a text that lacks a bit of what
 * is looked for need not be read. So most texts are passed over in a few steps, and a mailbox of 50,000
 * messages of 2.4 kB, which are 120 MB, answers while its reader types.
 */
export class Texts {
  readonly #slots = new Map<MessageId, number>();
  readonly #texts: string[] = [];
  readonly #free: number[] = [];
  #signatures = new Uint32Array(1024 * WORDS);
  /** Bits of what was looked for last; a search asks every text for the same few. */
  #wanted = new Map<string, Uint16Array>();

  has(id: MessageId): boolean {
    return this.#slots.has(id);
  }

  set(id: MessageId, text: string): void {
    const slot = this.#slots.get(id) ?? this.#free.pop() ?? this.#texts.length;
    this.#slots.set(id, slot);
    const folded = fold(text).replace(/\s+/g, ' ');
    this.#texts[slot] = folded;
    const start = slot * WORDS;
    if (start >= this.#signatures.length) {
      const grown = new Uint32Array(this.#signatures.length * 2);
      grown.set(this.#signatures);
      this.#signatures = grown;
    }
    // In place: bits that are set through a view of this are lost in what Firefox 153 compiles.
    const signatures = this.#signatures.fill(0, start, start + WORDS);
    const bits = bitsOf(folded);
    for (let at = 0; at < bits.length; at += 1) {
      const bit = bits[at] ?? 0;
      const word = start + (bit >> 5);
      signatures[word] = (signatures[word] ?? 0) | (1 << (bit & 31));
    }
  }

  delete(id: MessageId): void {
    const slot = this.#slots.get(id);
    if (slot === undefined) return;
    this.#slots.delete(id);
    this.#texts[slot] = '';
    this.#free.push(slot);
  }

  get(id: MessageId): SearchedText | undefined {
    const slot = this.#slots.get(id);
    return slot === undefined ? undefined : { includes: (wanted) => this.#includes(slot, wanted) };
  }

  #includes(slot: number, wanted: string): boolean {
    let bits = this.#wanted.get(wanted);
    if (bits === undefined) {
      if (this.#wanted.size > 64) this.#wanted.clear();
      bits = bitsOf(wanted);
      this.#wanted.set(wanted, bits);
    }
    const start = slot * WORDS;
    for (const bit of bits) {
      const word = this.#signatures[start + (bit >> 5)] ?? 0;
      if ((word & (1 << (bit & 31))) === 0) return false;
    }
    return this.#texts[slot]?.includes(wanted) === true;
  }

  clear(): void {
    this.#slots.clear();
    this.#texts.length = 0;
    this.#free.length = 0;
    this.#signatures = new Uint32Array(1024 * WORDS);
  }
}

/** The bits of a text, those of five characters first, which tell more. */
function bitsOf(text: string): Uint16Array {
  const threes = threesOf(text);
  const fives = Math.max(0, threes.length - 2);
  const bits = new Uint16Array(fives + threes.length);
  for (let at = 0; at < threes.length; at += 1) {
    const three = threes[at] ?? 0;
    bits[fives + at] = three & (SHORT - 1);
    if (at >= fives) continue;
    // Of five characters, by the first and the last three of them.
    const mixed = Math.imul(three, 0x9e3779b1) + (threes[at + 2] ?? 0);
    bits[at] = SHORT + ((mixed ^ (mixed >>> 15)) & (LONG - 1));
  }
  return bits;
}

/** A number for each three characters in a row. */
function threesOf(text: string): Int32Array {
  const threes = new Int32Array(Math.max(0, text.length - 2));
  let two = text.charCodeAt(0);
  let one = text.charCodeAt(1);
  for (let at = 2; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const mixed = Math.imul(two, 0x9e37) + Math.imul(one, 0x85eb) + Math.imul(code, 0xc2b3);
    threes[at - 2] = mixed ^ (mixed >>> 13);
    two = one;
    one = code;
  }
  return threes;
}

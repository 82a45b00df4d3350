/**
 * The files in a `winmail.dat`: Outlook's Transport Neutral Encapsulation Format ([MS-OXTNEF]). Runs
 * in the parser worker. What is cut off or strange ends the reading; what was whole before it counts.
 */

import { typeOfName } from './attachment-kind.ts';

export interface PackedFile {
  name?: string;
  /** Media type; of a file that names none, the one of its name. */
  type: string;
  content: Uint8Array;
}

const SIGNATURE = 0x223e9f78;
const MESSAGE = 1;

// Attributes ([MS-OXTNEF] 2.1.3.2).
const OEM_CODE_PAGE = 0x00069007;
const NEXT_ATTACHMENT = 0x00069002;
const TITLE = 0x00018010;
const DATA = 0x0006800f;
const PROPERTIES = 0x00069005;

// Properties of an attachment ([MS-OXPROPS]).
const DATA_OR_MESSAGE = 0x3701;
const FILE_NAME = 0x3704;
const LONG_FILE_NAME = 0x3707;
const MIME_TAG = 0x370e;

// Property types ([MS-OXCDATA] 2.11.1).
const OBJECT = 0x0d;
const STRING_8 = 0x1e;
const UNICODE = 0x1f;
const BINARY = 0x102;
const MULTIPLE = 0x1000;
/** Octets of each type of one length; what is shorter than four is filled up. */
const LENGTHS: Readonly<Record<number, number>> = {
  0x02: 4,
  0x03: 4,
  0x04: 4,
  0x05: 8,
  0x06: 8,
  0x07: 8,
  0x0a: 4,
  0x0b: 4,
  0x14: 8,
  0x40: 8,
  0x48: 16,
};
/** A message inside an attachment follows the identifier of its interface. */
const INTERFACE_ID = 16;

const MOST_FILES = 1_000;
/** Messages inside one another. */
const DEEPEST = 4;

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/;

/** The files packed into `octets`, as views of them; throws where it is no such container. */
export function unpackTnef(octets: Uint8Array): PackedFile[] {
  const files: PackedFile[] = [];
  const reader = new Reader(octets);
  if (reader.u32() !== SIGNATURE) throw new TypeError('no TNEF');
  unpack(reader, files, 0);
  return files;
}

interface Draft extends Partial<PackedFile> {
  /** The short name, where there is no other. */
  title?: string;
}

function unpack(reader: Reader, files: PackedFile[], depth: number): void {
  let charset = 'windows-1252';
  let draft: Draft | undefined;
  const finish = (): void => {
    const { name = draft?.title, type, content } = draft ?? {};
    draft = undefined;
    if (content === undefined || files.length >= MOST_FILES) return;
    const known = type ?? typeOfName(name ?? '');
    files.push({ ...(name !== undefined && { name }), type: known, content });
  };
  try {
    // The key, by which nothing is looked up.
    reader.u16();
    while (!reader.done) {
      const level = reader.u8();
      const attribute = reader.u32();
      const value = reader.take(reader.u32());
      if (level === MESSAGE) {
        if (attribute === OEM_CODE_PAGE) charset = charsetOf(new Reader(value).u32());
      } else if (attribute === NEXT_ATTACHMENT) {
        finish();
        draft = {};
      } else if (draft !== undefined) {
        if (attribute === TITLE) draft.title = text(value, charset);
        else if (attribute === DATA) draft.content = value;
        else if (attribute === PROPERTIES) {
          readProperties(new Reader(value), draft, charset, (inner) => {
            if (depth < DEEPEST) unpack(inner, files, depth + 1);
          });
        }
      }
      // A sum of the octets, which some writers get wrong.
      reader.u16();
    }
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  finish();
}

function readProperties(
  reader: Reader,
  draft: Draft,
  charset: string,
  inside: (message: Reader) => void,
): void {
  for (let left = reader.u32(); left > 0; left -= 1) {
    const type = reader.u16();
    const id = reader.u16();
    if (id >= 0x8000) skipName(reader);
    const single = type & ~MULTIPLE;
    const varies = [OBJECT, STRING_8, UNICODE, BINARY].includes(single);
    const length = LENGTHS[single];
    if (!varies && length === undefined) throw new RangeError('an unknown type');
    // Of those of varying length there is a count, even if there can be but one.
    for (let values = varies || type !== single ? reader.u32() : 1; values > 0; values -= 1) {
      const value = reader.take(varies ? reader.u32() : (length ?? 0));
      reader.pad();
      if (id === DATA_OR_MESSAGE && single === OBJECT) {
        const message = new Reader(value.subarray(INTERFACE_ID));
        if (message.left >= 4 && message.u32() === SIGNATURE) inside(message);
      } else if (id === DATA_OR_MESSAGE && single === BINARY) draft.content ??= value;
      else if (single === STRING_8 || single === UNICODE) {
        const said = text(value, single === UNICODE ? 'utf-16le' : charset);
        if (id === LONG_FILE_NAME) draft.name = said;
        else if (id === FILE_NAME) draft.title ??= said;
        else if (id === MIME_TAG && MEDIA_TYPE.test(said)) draft.type = said.toLowerCase();
      }
    }
  }
}

/** A property that goes by a name has that before its value. */
function skipName(reader: Reader): void {
  reader.take(16);
  if (reader.u32() === 0) reader.take(4);
  else {
    reader.take(reader.u32());
    reader.pad();
  }
}

function text(octets: Uint8Array, charset: string): string {
  return new TextDecoder(charset).decode(octets).replace(/\0.*$/s, '');
}

/** The charset of a code page of Windows, as far as the Encoding Standard has it. */
function charsetOf(codePage: number): string {
  const named: Record<number, string> = {
    932: 'shift_jis',
    936: 'gbk',
    949: 'euc-kr',
    950: 'big5',
  };
  const label = named[codePage] ?? (codePage === 65001 ? 'utf-8' : `windows-${codePage}`);
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return 'windows-1252';
  }
}

/** Numbers with the low octet first; a `RangeError` where the octets end. */
class Reader {
  readonly #octets: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
    this.#view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  }

  get left(): number {
    return this.#octets.length - this.#at;
  }

  get done(): boolean {
    return this.left === 0;
  }

  u8(): number {
    return this.#view.getUint8(this.#move(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#move(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#move(4), true);
  }

  take(length: number): Uint8Array {
    const start = this.#move(length);
    return this.#octets.subarray(start, start + length);
  }

  /** Values begin at multiples of four. */
  pad(): void {
    this.#move(Math.min(-this.#at & 3, this.left));
  }

  #move(by: number): number {
    if (by > this.left) throw new RangeError('the octets end');
    const start = this.#at;
    this.#at += by;
    return start;
  }
}

/**
 * Mailboxes as one file (RFC 4155): before each message stands a line that begins with `From `, and
 * lines of messages that look like it are quoted by `>`, those that are quoted already once more
 * (mboxrd). The older mboxo, which does not quote the latter, is read alike.
 */

/** Octets of a line that decide what it is; the longest that RFC 5322 allows. */
const HEAD = 998;

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x3e;
const FROM = new TextEncoder().encode('From ');
const LINE_END = Uint8Array.of(CR, LF);

/** A separator has a date; a sentence that begins a paragraph with "From" has none. */
const DATED = /^From .*\d{1,2}:\d{2}.*\b\d{4}\b/;

/** A message of a mailbox file, or `too-large` in its place. */
export type MailboxEntry = Uint8Array<ArrayBuffer> | 'too-large';

/**
 * Takes a mailbox file apart as its pieces come, with no more in memory than one message. Lines end
 * in CR LF in what it gives, as they do on the way from a mail server.
 */
export class MboxReader {
  readonly #limit: number;
  #message: Octets | undefined;
  /** The beginning of a line that is not whole yet. */
  #rest: Uint8Array = new Uint8Array();
  /** The beginning of the present line has been taken in. */
  #inLine = false;
  #afterEmpty = true;

  /** `limit` is what a message may have, in octets. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Messages that end in this piece. */
  *push(piece: Uint8Array): Generator<MailboxEntry> {
    const octets = this.#rest.length === 0 ? piece : joined(this.#rest, piece);
    let start = 0;
    for (;;) {
      const end = octets.indexOf(LF, start);
      if (end < 0) break;
      const content = octets.subarray(start, octets[end - 1] === CR && end > start ? end - 1 : end);
      yield* this.#take(content, true);
      start = end + 1;
    }
    let rest = octets.subarray(start);
    if (rest.length > HEAD) {
      // What may be half a line's end waits for the other half.
      const whole = rest.at(-1) === CR ? rest.length - 1 : rest.length;
      yield* this.#take(rest.subarray(0, whole), false);
      rest = rest.subarray(whole);
    }
    this.#rest = rest.slice();
  }

  /** The last message, once all has been pushed. */
  *end(): Generator<MailboxEntry> {
    if (this.#rest.length > 0) yield* this.#take(this.#rest, true);
    this.#rest = new Uint8Array();
    yield* this.#finish();
  }

  /** A line or a part of one, without its end. */
  *#take(content: Uint8Array, whole: boolean): Generator<MailboxEntry> {
    const begins = !this.#inLine;
    this.#inLine = !whole;
    if (begins && this.#afterEmpty && isSeparator(content, this.#message === undefined)) {
      yield* this.#finish();
      this.#message = new Octets(this.#limit);
      this.#afterEmpty = false;
      return;
    }
    const message = (this.#message ??= new Octets(this.#limit));
    message.append(begins && isQuoted(content) ? content.subarray(1) : content);
    if (whole) message.append(LINE_END);
    this.#afterEmpty = whole && begins && content.length === 0;
  }

  *#finish(): Generator<MailboxEntry> {
    const message = this.#message;
    this.#message = undefined;
    if (message === undefined) return;
    // The empty line before a separator belongs to the file.
    const octets = message.take(this.#afterEmpty ? LINE_END.length : 0);
    if (octets === undefined) yield 'too-large';
    else if (octets.length > 0) yield octets;
  }
}

export function isMbox(beginning: Uint8Array): boolean {
  return startsWith(beginning, 0);
}

/** The first line of a file need not have a date. */
function isSeparator(line: Uint8Array, first: boolean): boolean {
  if (!startsWith(line, 0)) return false;
  return first || DATED.test(new TextDecoder('latin1').decode(line.subarray(0, HEAD)));
}

/** One or more `>`, and then what a separator begins with. */
function isQuoted(line: Uint8Array): boolean {
  let at = 0;
  while (line[at] === QUOTE) at += 1;
  return at > 0 && startsWith(line, at);
}

function startsWith(octets: Uint8Array, at: number): boolean {
  return FROM.every((octet, index) => octets[at + index] === octet);
}

/** A message as it stands in a mailbox file; `sender` and `date` are of its separator. */
export function mboxOf(
  octets: Uint8Array,
  sender: string | undefined,
  date: number,
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const file = new Octets(Infinity, octets.length + 1024);
  file.append(encoder.encode(`From ${separatorSender(sender)} ${asctime(date)}\n`));
  for (let start = 0; start < octets.length;) {
    const found = octets.indexOf(LF, start);
    const end = found < 0 ? octets.length : found;
    const line = octets.subarray(start, octets[end - 1] === CR && end > start ? end - 1 : end);
    if (startsWith(line, 0) || isQuoted(line)) file.append(Uint8Array.of(QUOTE));
    file.append(line);
    file.append(Uint8Array.of(LF));
    start = end + 1;
  }
  file.append(Uint8Array.of(LF));
  return file.take(0) ?? new Uint8Array();
}

/** One word, or the line could not be taken apart. */
function separatorSender(sender: string | undefined): string {
  return sender !== undefined && /^[!-~]+$/.test(sender) ? sender : 'MAILER-DAEMON';
}

/** As C's `asctime` writes it, which is what others read: `Thu Nov 24 18:22:48 1986`. */
function asctime(date: number): string {
  const known = new Date(Number.isFinite(date) ? date : 0);
  const [weekday, day, month, year, time] = known.toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${String(Number(day)).padStart(2, ' ')} ${time} ${year}`;
}

function joined(one: Uint8Array, two: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + two.length);
  both.set(one);
  both.set(two, one.length);
  return both;
}

/** Octets that grow up to a limit; past it, they are forgotten. */
class Octets {
  readonly #limit: number;
  #octets: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(limit: number, room = 16 * 1024) {
    this.#limit = limit;
    this.#octets = new Uint8Array(room);
  }

  append(more: Uint8Array): void {
    const length = this.#length + more.length;
    if (length > this.#limit) this.#octets = new Uint8Array();
    else {
      if (length > this.#octets.length) {
        const grown = new Uint8Array(Math.max(length, 2 * this.#octets.length));
        grown.set(this.#octets.subarray(0, this.#length));
        this.#octets = grown;
      }
      this.#octets.set(more, this.#length);
    }
    this.#length = length;
  }

  /** Without the last few; `undefined` when it was too much. */
  take(without: number): Uint8Array<ArrayBuffer> | undefined {
    if (this.#length > this.#limit) return undefined;
    return this.#octets.slice(0, Math.max(0, this.#length - without));
  }
}

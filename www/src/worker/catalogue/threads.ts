import type { AccountId, MessageId } from '../mail-protocol.ts';

/** What tells of a message to which conversation it belongs. */
export interface Threaded {
  id: MessageId;
  account: AccountId;
  subject?: string;
  /** Milliseconds since 1970. */
  date: number;
  messageId?: string;
  references: readonly string[];
}

/** A reply without references belongs to what came no longer before it, if the subject is the same. */
const SUBJECT_BELIEVED_MS = 60 * 24 * 60 * 60 * 1000;

/** What programs put before the subject of a reply, in the languages that they speak. */
const REPLY =
  /^\s*(?:(?:re|aw|antw|sv|vs|rif|ref|odp|res|رد|回复|返信)(?:\[\d+\]|\^\d+)?\s*[:：]\s*)+/iu;

/** A shorter subject says nothing of what was talked about. */
const SUBJECT_LENGTH = 4;

/** A message that is here. */
interface Entry {
  id: MessageId;
  account: AccountId;
  date: number;
  node: number;
  references: readonly string[];
  /** Its subject without what a reply puts before it. */
  base: string;
  /** A reply that does not say to what. */
  stray: boolean;
  /** Another one of the same subject. Most have none, so that a list for each would be a waste. */
  next: Entry | undefined;
}

/**
 * Which messages are one conversation: those that refer to each other, or to the same message,
 * whether that is here or not. So it does not matter in which order they come. What has been joined
 * is never taken apart again, as long as this lasts.
 */
export class Threads {
  /** Of each node the one above it; a root has itself. */
  readonly #above: number[] = [];
  /** Of a root, the lowest id of its messages, by which the conversation is known. */
  readonly #lowest: number[] = [];
  /** Nodes by account and Message-ID. */
  readonly #named = new Map<AccountId, Map<string, number>>();
  readonly #entries = new Map<MessageId, Entry>();
  /** The latest to come of each account and subject. */
  readonly #subjects = new Map<AccountId, Map<string, Entry>>();
  /** Those of them whose subjects are to be looked at again. */
  readonly #touched = new Set<Entry>();

  /** What is here already may have other references by now; the rest of it never changes. */
  add({ id, account, subject = '', date, messageId, references }: Threaded): void {
    const before = this.#entries.get(id);
    if (before !== undefined) {
      if (before.references === references) return;
      before.references = references;
      return this.#refer(before);
    }
    // A second message of the same Message-ID, as of a list and a copy, is in the same conversation.
    const node = messageId === undefined ? this.#node() : this.#nodeOf(account, messageId);
    const root = this.#root(node);
    this.#lowest[root] = Math.min(this.#lowest[root] ?? Infinity, id);
    const base = baseSubject(subject);
    const stray = references.length === 0 && isReply(subject);
    const next = undefined;
    const entry: Entry = { id, account, date, node, references, base, stray, next };
    this.#entries.set(id, entry);
    this.#refer(entry);
    this.#note(entry);
  }

  delete(id: MessageId): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    const bases = this.#subjects.get(entry.account);
    const latest = bases?.get(entry.base);
    if (bases === undefined || latest === undefined) return;
    let left: Entry | undefined;
    for (let one: Entry | undefined = latest; one !== undefined;) {
      const next: Entry | undefined = one.next;
      if (one !== entry) {
        one.next = left;
        left = one;
      }
      one = next;
    }
    if (left) bases.set(entry.base, left);
    else bases.delete(entry.base);
    if (this.#touched.delete(latest) && left) this.#touched.add(left);
  }

  /** The name of the conversation that a message is in. */
  of(id: MessageId): number {
    const entry = this.#entries.get(id);
    return entry === undefined ? id : (this.#lowest[this.#root(entry.node)] ?? id);
  }

  /**
   * The conversation that a message is in, as a number below {@link Threads.places}, for as long as
   * nothing is added or joined; -1 when the message is not here.
   */
  place(id: MessageId): number {
    const entry = this.#entries.get(id);
    return entry === undefined ? -1 : this.#root(entry.node);
  }

  get places(): number {
    return this.#above.length;
  }

  /** Joins replies that do not say to what, now that all is here that could be it. */
  joinBySubject(): void {
    for (const latest of this.#touched) {
      const subjects: Entry[] = [];
      for (let one: Entry | undefined = latest; one; one = one.next) subjects.push(one);
      subjects.sort((one, two) => one.date - two.date || one.id - two.id);
      for (const [index, { date, node, stray }] of subjects.entries()) {
        const before = subjects[index - 1];
        if (stray && before && date - before.date <= SUBJECT_BELIEVED_MS) {
          this.#join(before.node, node);
        }
      }
    }
    this.#touched.clear();
  }

  clear(): void {
    this.#above.length = 0;
    this.#lowest.length = 0;
    this.#named.clear();
    this.#entries.clear();
    this.#subjects.clear();
    this.#touched.clear();
  }

  #refer({ account, node, references }: Entry): void {
    for (const reference of references) this.#join(this.#nodeOf(account, reference), node);
  }

  #note(entry: Entry): void {
    if (entry.base.length < SUBJECT_LENGTH) return;
    const bases = mapOf(this.#subjects, entry.account);
    entry.next = bases.get(entry.base);
    bases.set(entry.base, entry);
    if (entry.next === undefined) return;
    this.#touched.delete(entry.next);
    this.#touched.add(entry);
  }

  #node(): number {
    const node = this.#above.length;
    this.#above.push(node);
    this.#lowest.push(Infinity);
    return node;
  }

  #nodeOf(account: AccountId, messageId: string): number {
    const named = mapOf(this.#named, account);
    let node = named.get(messageId);
    if (node === undefined) named.set(messageId, (node = this.#node()));
    return node;
  }

  #root(node: number): number {
    let at = node;
    for (;;) {
      const above = this.#above[at] ?? at;
      if (above === at) return at;
      // Halves the way for whoever comes next.
      const next = this.#above[above] ?? above;
      this.#above[at] = next;
      at = next;
    }
  }

  #join(one: number, two: number): void {
    const a = this.#root(one);
    const b = this.#root(two);
    if (a === b) return;
    const [upper, lower] = a < b ? [a, b] : [b, a];
    this.#above[lower] = upper;
    this.#lowest[upper] = Math.min(
      this.#lowest[upper] ?? Infinity,
      this.#lowest[lower] ?? Infinity,
    );
  }
}

/** The subject without what a reply puts before it, in lower case. */
export function baseSubject(subject = ''): string {
  // Most subjects are no reply's and have single spaces, and this is asked of every message.
  const own = isReply(subject) ? subject.replace(REPLY, '') : subject;
  return (UNTIDY.test(own) ? own.replace(/\s{2,}/g, ' ').trim() : own).toLowerCase();
}

const UNTIDY = /\s{2}|^\s|\s$/;

function isReply(subject: string): boolean {
  return /[:：]/.test(subject) && REPLY.test(subject);
}

/** The map of an account, made where there is none yet. */
function mapOf<Key, Value>(
  maps: Map<AccountId, Map<Key, Value>>,
  account: AccountId,
): Map<Key, Value> {
  let map = maps.get(account);
  if (map === undefined) maps.set(account, (map = new Map<Key, Value>()));
  return map;
}

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

/** A message that may be joined by its subject. */
interface Subject {
  id: MessageId;
  date: number;
  node: number;
  /** A reply that does not say to what. */
  stray: boolean;
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
  readonly #nodes = new Map<MessageId, number>();
  readonly #subjects = new Map<string, Subject[]>();
  /** Subjects that are to be looked at again. */
  readonly #touched = new Set<string>();

  add(message: Threaded): void {
    if (this.#nodes.has(message.id)) return this.#refer(message);
    // A second message of the same Message-ID, as of a list and a copy, is in the same conversation.
    const node =
      message.messageId === undefined
        ? this.#node()
        : this.#nodeOf(message.account, message.messageId);
    this.#nodes.set(message.id, node);
    const root = this.#root(node);
    this.#lowest[root] = Math.min(this.#lowest[root] ?? Infinity, message.id);
    this.#refer(message);
    this.#note(message, node);
  }

  delete(message: Threaded): void {
    this.#nodes.delete(message.id);
    const key = subjectKey(message);
    const there = key && this.#subjects.get(key);
    if (!there) return;
    const left = there.filter(({ id }) => id !== message.id);
    if (left.length > 0) this.#subjects.set(key, left);
    else this.#subjects.delete(key);
  }

  /** The name of the conversation that a message is in. */
  of(id: MessageId): number {
    const node = this.#nodes.get(id);
    return node === undefined ? id : (this.#lowest[this.#root(node)] ?? id);
  }

  /** Joins replies that do not say to what, now that all is here that could be it. */
  joinBySubject(): void {
    for (const key of this.#touched) {
      const subjects = this.#subjects.get(key);
      if (subjects === undefined || subjects.length < 2) continue;
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
    this.#nodes.clear();
    this.#subjects.clear();
    this.#touched.clear();
  }

  #refer({ id, account, references }: Threaded): void {
    const node = this.#nodes.get(id);
    if (node === undefined) return;
    for (const reference of references) this.#join(this.#nodeOf(account, reference), node);
  }

  #note(message: Threaded, node: number): void {
    const key = subjectKey(message);
    if (key === undefined) return;
    const { id, date, references, subject = '' } = message;
    const stray = references.length === 0 && REPLY.test(subject);
    const there = this.#subjects.get(key);
    if (there) there.push({ id, date, node, stray });
    else this.#subjects.set(key, [{ id, date, node, stray }]);
    this.#touched.add(key);
  }

  #node(): number {
    const node = this.#above.length;
    this.#above.push(node);
    this.#lowest.push(Infinity);
    return node;
  }

  #nodeOf(account: AccountId, messageId: string): number {
    let named = this.#named.get(account);
    if (named === undefined) this.#named.set(account, (named = new Map<string, number>()));
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
export function baseSubject(subject: string): string {
  // Most subjects are no reply's, and this is asked of every message.
  const own = /[:：]/.test(subject) ? subject.replace(REPLY, '') : subject;
  return own
    .replace(/\s{2,}/g, ' ')
    .trim()
    .toLowerCase();
}

function subjectKey({ account, subject = '' }: Threaded): string | undefined {
  const base = baseSubject(subject);
  return base.length < SUBJECT_LENGTH ? undefined : `${account} ${base}`;
}

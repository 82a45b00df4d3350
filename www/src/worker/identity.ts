import type { ListEntry, UidlEntry } from 'pop3-wasm';
import type { MailboxEntry } from './protocol.ts';

const SESSION_KEY = /^session:\d+:\d+$/;

/**
 * Names for the messages of a session. A uid that two messages share or that is blank, which the
 * standard forbids and servers do, names none: such messages get a name that ends with the session,
 * as those of a server without UIDL do. Of a number that is listed twice, the first line counts.
 */
export function entriesOf(
  list: readonly ListEntry[],
  uidl: readonly UidlEntry[] | undefined,
  session: number,
): MailboxEntry[] {
  const uids = new Map<number, string>();
  const uses = new Map<string, number>();
  for (const { number, uid } of uidl ?? []) {
    // Two uids for one message leave open which of them is its own.
    uids.set(number, uids.has(number) ? '' : uid);
    uses.set(uid, (uses.get(uid) ?? 0) + 1);
  }
  const sizes = new Map<number, number>();
  for (const { number, size } of list) if (!sizes.has(number)) sizes.set(number, size);
  return Array.from(sizes, ([number, size]) => {
    const uid = uids.get(number);
    const lasting = uid !== undefined && uses.get(uid) === 1 && isLasting(uid);
    return { key: lasting ? uid : `session:${session}:${number}`, number, size, lasting };
  });
}

/** Could the message of this key be told from others in a later session? */
export function isLasting(key: string): boolean {
  return key !== '' && !SESSION_KEY.test(key);
}

/**
 * Tells which keys of earlier sessions certainly name no message of this one. A message whose uid
 * cannot be told might be any of them, and a uid that two share might be either.
 */
export function absence(
  list: readonly ListEntry[],
  uidl: readonly UidlEntry[] | undefined,
): (key: string) => boolean {
  const named = new Set<number>();
  const uids = new Set<string>();
  for (const { number, uid } of uidl ?? []) {
    if (uid !== '') named.add(number);
    uids.add(uid);
  }
  const complete = list.every(({ number }) => named.has(number));
  return (key) => complete && isLasting(key) && !uids.has(key);
}

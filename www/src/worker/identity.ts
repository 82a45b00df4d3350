import type { ListEntry, UidlEntry } from 'pop3-wasm';
import type { MailboxEntry } from './protocol.ts';

const SESSION_KEY = /^session:\d+:\d+$/;

/**
 * Names for the messages of a session. A uid that two messages share, which the standard forbids
 * and servers do, names neither: such messages get a name that ends with the session, as those of
 * a server without UIDL do.
 */
export function entriesOf(
  list: readonly ListEntry[],
  uidl: readonly UidlEntry[] | undefined,
  session: number,
): MailboxEntry[] {
  const uids = new Map<number, string>();
  const uses = new Map<string, number>();
  for (const { number, uid } of uidl ?? []) {
    uids.set(number, uid);
    uses.set(uid, (uses.get(uid) ?? 0) + 1);
  }
  return list.map(({ number, size }) => {
    const uid = uids.get(number);
    const lasting = uid !== undefined && uses.get(uid) === 1 && !SESSION_KEY.test(uid);
    return { key: lasting ? uid : `session:${session}:${number}`, number, size, lasting };
  });
}

/** Could the message of this key be told from others in a later session? */
export function isLasting(key: string): boolean {
  return !SESSION_KEY.test(key);
}

import type { Pop3Client } from 'pop3-wasm';
import { FailureError, failureOf, type Failure } from '../lib/outcome.ts';
import { isLasting } from './identity.ts';
import type { MailboxEntry, MessageKey, SignOutReport } from './protocol.ts';

/** What the deletions need of the account's session. */
export interface Deletable {
  /** The session that stands, or a new one. Rejects where none can be had. */
  session(): Promise<Pop3Client>;
  /** Looks a message up in the session that stands; throws where it is not there. */
  entry(key: MessageKey): MailboxEntry;
}

/** A lost session has dropped its marks (RFC 1939 section 6), so that trying again is safe. */
const ATTEMPTS = 2;

/**
 * Sends DELE for each message and QUIT, and finds out what became of them. Messages are looked up
 * by key in the very session that deletes: a number from an earlier one may be another message's.
 */
export async function commitDeletions(
  keys: readonly MessageKey[],
  mailbox: Deletable,
): Promise<SignOutReport> {
  if (keys.length === 0) return { deleted: [], kept: [], unsure: [] };
  for (let attempt = 1; ; attempt += 1) {
    let client: Pop3Client;
    try {
      client = await mailbox.session();
    } catch (thrown) {
      return allKept(keys, failureOf(thrown));
    }
    const marked = await mark(keys, client, mailbox);
    if (client.closed) {
      if (attempt < ATTEMPTS) continue;
      const left = keys.filter((key) => !marked.gone.includes(key));
      const lost = marked.lost ?? { code: 'connection-lost', blame: 'transport' };
      return { ...allKept(left, lost), deleted: marked.gone };
    }
    try {
      await client.quit();
      return { deleted: [...marked.gone, ...marked.sent], kept: marked.kept, unsure: [] };
    } catch (thrown) {
      return verify(marked, failureOf(thrown), mailbox);
    }
  }
}

interface Marked {
  /** Marked by the server. */
  sent: MessageKey[];
  /** Not there any more: somebody else deleted them. */
  gone: MessageKey[];
  kept: SignOutReport['kept'];
  /** Why the session was lost, if it was. */
  lost?: Failure;
}

async function mark(
  keys: readonly MessageKey[],
  client: Pop3Client,
  mailbox: Deletable,
): Promise<Marked> {
  const marked: Marked = { sent: [], gone: [], kept: [] };
  await Promise.all(
    keys.map(async (key) => {
      let number: number;
      try {
        number = mailbox.entry(key).number;
      } catch {
        if (isLasting(key)) marked.gone.push(key);
        else marked.kept.push({ key, failure: { code: 'unidentifiable', blame: 'server' } });
        return;
      }
      try {
        await client.dele(number);
        marked.sent.push(key);
      } catch (thrown) {
        const failure = failureOf(thrown);
        marked.kept.push({ key, failure });
        marked.lost ??= failure;
      }
    }),
  );
  return marked;
}

/** QUIT failed: whether the server deleted is to be seen in a new session alone. */
async function verify(
  marked: Marked,
  failure: Failure,
  mailbox: Deletable,
): Promise<SignOutReport> {
  const report: SignOutReport = { deleted: [...marked.gone], kept: marked.kept, unsure: [] };
  try {
    await mailbox.session();
  } catch {
    return { ...report, unsure: marked.sent, failure };
  }
  for (const key of marked.sent) {
    if (!isLasting(key)) report.unsure.push(key);
    else if (stands(key, mailbox)) report.kept.push({ key, failure });
    else report.deleted.push(key);
  }
  return report;
}

function stands(key: MessageKey, mailbox: Deletable): boolean {
  try {
    mailbox.entry(key);
    return true;
  } catch (thrown) {
    if (thrown instanceof FailureError) return false;
    throw thrown;
  }
}

function allKept(keys: readonly MessageKey[], failure: Failure): SignOutReport {
  return { deleted: [], kept: keys.map((key) => ({ key, failure })), unsure: [], failure };
}

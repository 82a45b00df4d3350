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
  /** Is it certain that the session that stands began without the message? */
  absent(key: MessageKey): boolean;
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
    const report: SignOutReport = { deleted: marked.gone, kept: marked.kept, unsure: [] };
    try {
      await client.quit();
    } catch (thrown) {
      // Some answers that make no sense leave the session standing, which can tell nothing.
      client.close();
      const failure = failureOf(thrown);
      const open = [...marked.sent, ...marked.unclear].map(({ key }) => ({ key, failure }));
      return verify(open, { ...report, failure }, mailbox);
    }
    report.deleted = [...marked.gone, ...marked.sent.map(({ key }) => key)];
    return marked.unclear.length === 0 ? report : verify(marked.unclear, report, mailbox);
  }
}

interface Marked {
  /** Marked by the server. */
  sent: { key: MessageKey }[];
  /** Answered by neither yes nor no: the server may have marked them. */
  unclear: SignOutReport['kept'];
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
  const marked: Marked = { sent: [], unclear: [], gone: [], kept: [] };
  await Promise.all(
    keys.map(async (key) => {
      let number: number;
      try {
        number = mailbox.entry(key).number;
      } catch {
        if (mailbox.absent(key)) marked.gone.push(key);
        else marked.kept.push({ key, failure: { code: 'unidentifiable', blame: 'server' } });
        return;
      }
      try {
        await client.dele(number);
        marked.sent.push({ key });
      } catch (thrown) {
        const failure = failureOf(thrown);
        if (isRefusal(failure)) marked.kept.push({ key, failure });
        else marked.unclear.push({ key, failure });
        marked.lost ??= failure;
      }
    }),
  );
  return marked;
}

/** Certain to have marked nothing: the server said -ERR, or the command was never sent. */
function isRefusal({ blame }: Failure): boolean {
  return blame === 'server' || blame === 'caller';
}

/** Whether the server deleted what it gave no clear answer about, a new session alone can tell. */
async function verify(
  open: SignOutReport['kept'],
  report: SignOutReport,
  mailbox: Deletable,
): Promise<SignOutReport> {
  const { deleted, kept, unsure } = structuredClone(report);
  try {
    await mailbox.session();
  } catch {
    const failure = report.failure ?? open[0]?.failure;
    const asked = open.map(({ key }) => key);
    return { ...report, unsure: [...unsure, ...asked], ...(failure ? { failure } : {}) };
  }
  for (const { key, failure } of open) {
    if (isLasting(key) && stands(key, mailbox)) kept.push({ key, failure });
    else if (mailbox.absent(key)) deleted.push(key);
    else unsure.push(key);
  }
  return { ...report, deleted, kept, unsure };
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

import { transfer } from 'comlink';
import type { ConnectOptions, Pop3Client } from 'pop3-wasm';
import { FailureError, endsSession, failed, failureOf, success } from '../lib/outcome.ts';
import type { Outcome } from '../lib/outcome.ts';
import type {
  Credentials,
  HeadersListener,
  Mailbox,
  MailboxEntry,
  MessageKey,
  ProgressListener,
  SessionOutcome,
  SessionWorker,
  SignOutReport,
} from './protocol.ts';
import { absence, entriesOf, isLasting } from './identity.ts';
import { commitDeletions } from './commit.ts';

export type Connect = (options: ConnectOptions) => Promise<Pop3Client>;

/** How many TOP commands wait at a time: enough to fill the line, few enough to overtake. */
const HEADER_WINDOW = 24;

/** After so many refusals and no success, the server is taken to know no TOP. */
const REFUSALS_BELIEVED = 8;

/** How long the server may take to answer a QUIT that deletes nothing. */
const GOODBYE_MS = 2_000;

/** After so long without an octet of what it is sending, the server is not waited for. */
const STALLED_MS = 3_000;

/** Progress is told at most this often; a message of 50 MB comes in thousands of pieces. */
const PROGRESS_INTERVAL_MS = 50;

/**
 * One account's POP3 sessions, one after another. A session that was lost while idle is opened
 * again at the next action, once. Deletions are sent at sign-out alone.
 */
export class MailSession implements SessionWorker {
  readonly #connect: Connect;
  #credentials: Credentials | undefined;
  #client: Pop3Client | undefined;
  /** Set while a session is being opened, so that two actions never open two. */
  #opening: Promise<Mailbox> | undefined;
  #entries = new Map<MessageKey, MailboxEntry>();
  /** Was this key's message certainly not there when the session began? */
  #absent: (key: MessageKey) => boolean = () => false;
  #sessions = 0;
  /** Messages that are being retrieved. */
  #retrievals = 0;
  /** Messages and headers that the server has not finished sending. */
  readonly #fetches = new Set<Promise<unknown>>();
  /** Grows with whatever comes of these. */
  #heard = 0;
  /** The sign-out under way, or the last one. */
  #leaving = { stopped: false };
  /** Gives up a session that is being opened. */
  #abort: AbortController | undefined;
  /** Tells a feed of headers that another has taken its place. */
  #feed = 0;

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  async signIn(credentials: Credentials): Promise<Outcome<Mailbox>> {
    await this.abandon();
    this.#credentials = credentials;
    const outcome = await settle(this.#open());
    if (!outcome.ok) this.#credentials = undefined;
    return outcome;
  }

  refresh(): Promise<Outcome<Mailbox>> {
    this.#feed += 1;
    return settle(this.#opening ?? this.#open());
  }

  headers(keys: MessageKey[], listener: HeadersListener): Promise<SessionOutcome<void>> {
    const feed = ++this.#feed;
    return this.#run(async (client, answered) => {
      const queue = keys.values();
      let refusals = 0;
      const work = async (): Promise<void> => {
        for (const key of queue) {
          if (feed !== this.#feed) return;
          const entry = this.#entries.get(key);
          if (entry === undefined) continue;
          if (refusals >= REFUSALS_BELIEVED) {
            await listener(key, failed({ code: 'rejected', blame: 'server' }));
            continue;
          }
          try {
            const { octets } = await this.#fetch(client.top(entry.number, 0));
            answered.yes = true;
            refusals = -Infinity;
            await listener(key, transfer(success(octets), [octets.buffer]));
          } catch (thrown) {
            if (client.closed) throw thrown;
            answered.yes = true;
            refusals += 1;
            await listener(key, failed(failureOf(thrown)));
          }
        }
      };
      await Promise.all(Array.from({ length: HEADER_WINDOW }, work));
    });
  }

  async retrieve(key: MessageKey, listener: ProgressListener): Promise<SessionOutcome<Uint8Array>> {
    const result = await this.#run(async (client, answered) => {
      const { number, size } = this.#entry(key);
      let told = 0;
      const onProgress = ({ received, expected }: { received: number; expected?: number }) => {
        answered.yes = true;
        this.#heard += 1;
        const now = performance.now();
        if (now - told < PROGRESS_INTERVAL_MS) return;
        told = now;
        listener(received, expected ?? size);
      };
      this.#retrievals += 1;
      try {
        return (await this.#fetch(client.retr(number, { onProgress }))).octets;
      } finally {
        this.#retrievals -= 1;
      }
    });
    return result.outcome.ok ? transfer(result, [result.outcome.value.buffer]) : result;
  }

  async signOut(deletions: MessageKey[]): Promise<SignOutReport> {
    this.#feed += 1;
    const leaving = { stopped: false };
    this.#leaving = leaving;
    // DELE would wait its turn behind what the server is sending. Another session goes round it,
    // unless a message to delete could not be told from others there.
    if (deletions.length > 0 && deletions.every(isLasting)) await this.#quieten();
    const report = await commitDeletions(deletions, {
      session: async () => {
        if (leaving.stopped) throw new FailureError(STOPPED);
        return (await this.#live()).client;
      },
      entry: (key) => this.#entry(key),
      absent: (key) => this.#absent(key),
    });
    if (report.kept.length === 0 && report.unsure.length === 0) await this.abandon();
    else if (leaving.stopped) report.failure = STOPPED;
    return report;
  }

  async stopWaiting(): Promise<void> {
    this.#leaving.stopped = true;
    this.#abort?.abort();
    this.#client?.close();
  }

  async abandon(): Promise<void> {
    this.#feed += 1;
    this.#credentials = undefined;
    this.#entries.clear();
    this.#abort?.abort();
    // QUIT would wait its turn behind a retrieval, or does so already where a new session is due.
    // Nothing was marked in this session, so that closing it deletes no more than QUIT does.
    if (this.#retrievals > 0 || this.#opening) this.#client?.close();
    await this.#opening?.catch(() => undefined);
    await this.#quit();
  }

  /** Runs `action` in a session that stands, opened again where it was found to be lost. */
  async #run<T>(
    action: (client: Pop3Client, answered: { yes: boolean }) => Promise<T>,
  ): Promise<SessionOutcome<T>> {
    let reconnected: Mailbox | undefined;
    const leaving = this.#leaving;
    for (;;) {
      const answered = { yes: false };
      let outcome: Outcome<T>;
      let used: Pop3Client | undefined;
      try {
        const live = await this.#live();
        reconnected = live.reconnected ?? reconnected;
        used = live.client;
        outcome = success(await action(used, answered));
      } catch (thrown) {
        outcome = failed(failureOf(thrown));
      }
      // Lost before it answered at all: it had died unnoticed, and the action may be asked again.
      const diedIdle = !outcome.ok && endsSession(outcome.failure) && !answered.yes;
      // Nor is it asked again in the session that a sign-out has opened to delete.
      const again = diedIdle && reconnected === undefined && leaving === this.#leaving;
      if (again && used?.closed) continue;
      return { outcome, ...(reconnected ? { reconnected } : {}) };
    }
  }

  async #live(): Promise<{ client: Pop3Client; reconnected?: Mailbox }> {
    if (this.#opening === undefined && this.#client && !this.#client.closed) {
      return { client: this.#client };
    }
    const reconnected = await (this.#opening ?? this.#open());
    if (this.#client === undefined) throw new FailureError(NO_SESSION);
    return { client: this.#client, reconnected };
  }

  #open(): Promise<Mailbox> {
    const opening = this.#establish().finally(() => {
      this.#opening = undefined;
    });
    this.#opening = opening;
    return opening;
  }

  async #establish(): Promise<Mailbox> {
    const abort = new AbortController();
    this.#abort = abort;
    await this.#quieten();
    await this.#quit();
    const credentials = this.#credentials;
    if (credentials === undefined) throw new FailureError(NO_SESSION);
    if (abort.signal.aborted) throw new FailureError(ABORTED);
    const { url, server, user, password } = credentials;
    const client = await this.#connect({ url, server, signal: abort.signal });
    const giveUp = (): void => client.close();
    abort.signal.addEventListener('abort', giveUp);
    try {
      await client.user(user);
      await client.pass_(password);
      // UIDL is optional: without it, names last for the session alone.
      const uids = client.uidl().catch((thrown: unknown) => {
        if (failureOf(thrown).code !== 'rejected') throw thrown;
        return undefined;
      });
      const [uidl, list] = await Promise.all([uids, client.list()]);
      const entries = entriesOf(list, uidl, ++this.#sessions);
      this.#client = client;
      this.#entries = new Map(entries.map((entry) => [entry.key, entry]));
      this.#absent = absence(list, uidl);
      return { entries, connection: client.connection };
    } catch (thrown) {
      client.close();
      throw thrown;
    } finally {
      abort.signal.removeEventListener('abort', giveUp);
    }
  }

  /** Ends the session, if there is one. Nothing was marked in it, so nothing is deleted. */
  async #quit(): Promise<void> {
    const client = this.#client;
    if (client && !client.closed) {
      const late = setTimeout(() => client.close(), GOODBYE_MS);
      await client.quit().catch(() => client.close());
      clearTimeout(late);
    }
    if (this.#client === client) this.#client = undefined;
  }

  /** Notes that the server is sending something. */
  async #fetch<T>(fetched: Promise<T>): Promise<T> {
    this.#fetches.add(fetched);
    try {
      return await fetched;
    } finally {
      this.#fetches.delete(fetched);
      this.#heard += 1;
    }
  }

  /** Waits for what the server is sending, and closes the session when no more of it comes. */
  async #quieten(): Promise<void> {
    const client = this.#client;
    while (client && !client.closed && this.#fetches.size > 0) {
      const before = this.#heard;
      let timer: ReturnType<typeof setTimeout> | undefined;
      const stalled = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, STALLED_MS);
      });
      await Promise.race([Promise.allSettled(this.#fetches), stalled]);
      clearTimeout(timer);
      if (this.#fetches.size > 0 && this.#heard === before) client.close();
    }
  }

  #entry(key: MessageKey): MailboxEntry {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      const code = isLasting(key) ? 'gone' : 'unidentifiable';
      throw new FailureError({ code, blame: 'server' });
    }
    return entry;
  }
}

const NO_SESSION = { code: 'wrong-state', blame: 'caller' } as const;
const ABORTED = { code: 'aborted', blame: 'caller' } as const;
const STOPPED = { code: 'stopped-waiting', blame: 'caller' } as const;

async function settle<T>(promise: Promise<T>): Promise<Outcome<T>> {
  try {
    return success(await promise);
  } catch (thrown) {
    return failed(failureOf(thrown));
  }
}

import type { MailboxEntry, NewMail } from 'pop3-wasm';
import type { Account, MessageId } from '../mail-protocol.ts';
import type { SeenId } from '../storage/types.ts';
import { goodbye } from './connect.ts';
import { dueOnServer, headerAlone } from './policy.ts';
import type { Progress } from './progress.ts';
import type { Client, Surroundings } from './types.ts';
import { Writer } from './writer.ts';

/** Octets that a header is expected to have, until it is there. */
const HEADER_OCTETS = 4096;

/** What a fetch has come to, over all its sessions. */
export class Tally {
  readonly added: MessageId[] = [];
  deleted = 0;
  /** Due, and not confirmed to be gone. */
  notDeleted = 0;
  /** In messages, of the last session. */
  refused = 0;
  /** QUIT was sent for these, and not answered with +OK. */
  readonly unsure = new Set<SeenId>();
  /** Messages that were not what LIST said, and ended the session: `keyOf` them. */
  readonly oversized = new Set<string>();
  /** What came could not be stored, which no other session mends. */
  unwritable = false;
  /** Grows with everything that no later session has to do again. */
  steps = 0;
  /** Milliseconds that the server wants between two sign-ins (RFC 2449 section 6.5). */
  loginDelay = 0;
}

export interface VisitOptions extends Pick<Surroundings, 'storage' | 'digest' | 'clock'> {
  /** As it is now; the policy may change in mid-fetch. */
  account: () => Account;
  progress: Progress;
  tally: Tally;
  signal: AbortSignal;
  /**
   * Called when the session can be used for other messages too; what it gives is waited for before
   * anything is deleted.
   */
  onLive: (client: Client) => () => Promise<void>;
}

/**
 * One session that is signed in, from the comparison to QUIT: stores what is new, then deletes what is
 * due. Throws when the session ends before that; all that had come by then is stored.
 *
 * The order is what keeps mail safe: a message is durable before its DELE is sent, and what was
 * deleted is crossed out only after QUIT's +OK. Messages are looked up by their ids in this very
 * session, since numbers of an earlier one may be those of others.
 */
export class Visit {
  readonly #client: Client;
  readonly #options: VisitOptions;
  /** Numbers, in this session, of messages that are known here. */
  readonly #numbers = new Map<SeenId, number>();

  constructor(client: Client, options: VisitOptions) {
    this.#client = client;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal, onLive } = this.#options;
    const giveUp = (): void => this.#client.close();
    signal.addEventListener('abort', giveUp);
    try {
      signal.throwIfAborted();
      this.#askDelay();
      const others = onLive(this.#client);
      try {
        const untold = await this.#fetch(new Set());
        // Where the server knows no TOP, a header comes with its message or not at all.
        if (untold.size > 0) await this.#fetch(untold);
      } finally {
        await others();
      }
      await this.#leave(await this.#mark());
    } finally {
      signal.removeEventListener('abort', giveUp);
      this.#client.close();
    }
  }

  #askDelay(): void {
    const { tally } = this.#options;
    this.#client.capa().then(
      (capabilities) => {
        const delay = Number(capabilities['LOGIN-DELAY']?.[0]) * 1000;
        if (delay > 0) tally.loginDelay = delay;
      },
      () => {
        // Servers without CAPA have no delay to tell; the end of the session is told elsewhere.
      },
    );
  }

  /**
   * Stores what is new, and these messages whole even where the policy wants headers. Gives those
   * whose headers alone the server refuses, though it may give them whole.
   */
  async #fetch(whole: ReadonlySet<number>): Promise<Set<number>> {
    const { storage, digest, clock, account, progress, tally, signal } = this.#options;
    const { id, policy } = account();
    progress.stage('comparing');
    const known = await storage.onServer(id);
    const now = clock.now();
    const due = known.filter((message) => dueOnServer(policy, message, now));
    const headers = new Set<number>();
    const alone = (entry: MailboxEntry): boolean => {
      const wanted = whole.has(entry.number) ? ({ ...policy, what: 'whole' } as const) : policy;
      return tally.oversized.has(keyOf(entry)) || headerAlone(wanted, entry);
    };
    const expected = (entry: MailboxEntry): number =>
      alone(entry) ? Math.min(entry.size, HEADER_OCTETS) : entry.size;
    let mail: NewMail | undefined;
    let last: number | undefined;
    const write = async (messages: Parameters<typeof storage.add>[1]): Promise<MessageId[]> => {
      const ids = await storage.add(id, messages);
      tally.added.push(...ids);
      tally.steps += messages.length;
      return ids;
    };
    const writer = new Writer(write, clock, () => {
      tally.unwritable = true;
      this.#client.close();
    });
    const refused = new Set<number>();
    tally.refused = 0;
    try {
      const messages = this.#client.fetchNew({
        seen: known.map(({ seen }) => seen),
        find: due.map(({ seen }) => seen),
        lines: (entry) => {
          if (!alone(entry)) return undefined;
          headers.add(entry.number);
          return 0;
        },
        onProgress: ({ number, received }) => {
          last = number;
          progress.coming(number, received);
        },
        onChecked: (checked) => {
          mail = checked;
          const octets = checked.fresh.reduce((sum, entry) => sum + expected(entry), 0);
          progress.expect(checked.fresh.length, octets);
          progress.stage('fetching');
        },
        signal,
      });
      for await (const message of messages) {
        const { number, size } = message;
        if (message.error) {
          if (headers.has(number) && whole.size === 0) refused.add(number);
          tally.refused += 1;
          continue;
        }
        const local = headers.has(number) ? 'header' : 'whole';
        const { octets, id: seen } = message;
        progress.came(number, octets.length, expected(message));
        await writer.add({
          seen,
          octets,
          local,
          size: local === 'whole' ? octets.length : size,
          digest: await digest(octets, local),
        });
        this.#numbers.set(seen, number);
      }
    } catch (thrown) {
      this.#noteOversized(thrown, mail, last);
      throw writer.failure ? writer.failure.thrown : thrown;
    } finally {
      await writer.end();
    }
    for (const { id: seen, number } of mail?.found ?? []) this.#numbers.set(seen, number);
    await this.#forget(mail?.gone ?? []);
    return refused;
  }

  /** A message that is much larger than LIST said has ended the session: its header will do. */
  #noteOversized(thrown: unknown, mail: NewMail | undefined, last: number | undefined): void {
    const { tally } = this.#options;
    const entry = mail?.fresh.find(({ number }) => number === last);
    if (!entry || !(thrown instanceof Error) || !('code' in thrown)) return;
    if (thrown.code !== 'limit-exceeded' || tally.oversized.has(keyOf(entry))) return;
    tally.oversized.add(keyOf(entry));
    tally.steps += 1;
  }

  /** The mailbox holds these no more. */
  async #forget(gone: SeenId[]): Promise<void> {
    if (gone.length === 0) return;
    const { storage, account, tally } = this.#options;
    await storage.leftServer(account().id, gone);
    for (const seen of gone) if (tally.unsure.delete(seen)) tally.deleted += 1;
  }

  /** Sends DELE for what is due, and gives the ids of what the server has marked. */
  async #mark(): Promise<SeenId[]> {
    const { progress, tally } = this.#options;
    const refused = new Set<SeenId>();
    for (;;) {
      const due = (await this.#due()).filter((seen) => !refused.has(seen));
      tally.notDeleted = due.length + refused.size;
      if (due.length === 0) return [];
      progress.stage('deleting');
      const marked: SeenId[] = [];
      const commands = due.map((seen) => ['dele', this.#numbers.get(seen) ?? 0] as const);
      let at = 0;
      for await (const { error } of this.#client.batch(commands)) {
        const seen = due[at++];
        if (seen === undefined) continue;
        if (error) refused.add(seen);
        else marked.push(seen);
      }
      // What was taken back in the meantime is not to go, and only all marks together can be undone.
      const still = new Set(await this.#due());
      if (marked.every((seen) => still.has(seen))) return marked;
      await this.#client.rset();
    }
  }

  /** What is due now and was found in this session. */
  async #due(): Promise<SeenId[]> {
    const { storage, clock, account } = this.#options;
    const { id, policy } = account();
    const known = await storage.onServer(id);
    const now = clock.now();
    return known
      .filter((message) => this.#numbers.has(message.seen) && dueOnServer(policy, message, now))
      .map(({ seen }) => seen);
  }

  async #leave(marked: SeenId[]): Promise<void> {
    const { storage, account, progress, tally, signal } = this.#options;
    progress.stage('quitting');
    if (marked.length === 0) return goodbye(this.#client);
    signal.throwIfAborted();
    for (const seen of marked) tally.unsure.add(seen);
    await this.#client.quit();
    await storage.leftServer(account().id, marked);
    for (const seen of marked) tally.unsure.delete(seen);
    tally.deleted += marked.length;
    tally.notDeleted -= marked.length;
    tally.steps += marked.length;
  }
}

/** Tells a message from others for as long as a fetch takes. */
function keyOf({ number, uid, size }: MailboxEntry): string {
  return `${uid ?? number} ${size}`;
}

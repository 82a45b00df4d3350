import {
  ABORTED,
  endsSession,
  failed,
  failureOf,
  success,
  type Failure,
  type Outcome,
} from '../../lib/outcome.ts';
import type {
  Account,
  AccountStatus,
  Credentials,
  FetchReport,
  MessageId,
} from '../mail-protocol.ts';
import { goodbye, signedIn } from './connect.ts';
import { fetchMail } from './fetch.ts';
import { Progress } from './progress.ts';
import { fetchRest, type RestWanted } from './rest.ts';
import type { Client, RestProgress, Surroundings } from './types.ts';

const SIGNED_OUT = { code: 'signed-out', blame: 'caller' } as const;

export interface AccountSessionsOptions {
  /** As it is stored now. */
  account: () => Account;
  credentials: Credentials | undefined;
  tell: (status: AccountStatus) => void;
  /** A fetch has ended, and another may begin after so many milliseconds. */
  ended: (loginDelay: number) => void;
}

/**
 * The sessions of one account, one after another: fetches, and rests of messages, which join a fetch
 * that is under way. Lives in the tab that leads the account.
 */
export class AccountSessions {
  readonly #surroundings: Surroundings;
  readonly #account: () => Account;
  readonly #tell: (status: AccountStatus) => void;
  readonly #ended: (loginDelay: number) => void;
  /** As the server told it last. */
  #loginDelay = 0;
  #credentials: Credentials | undefined;
  /** The fetch under way, which whoever asks for another one joins. */
  #fetching: Promise<Outcome<FetchReport>> | undefined;
  /** All that uses sessions, in its turn. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Ends what is under way. */
  #stop = new AbortController();
  readonly #wanted: RestWanted[] = [];
  /** A session of a fetch that others may use. */
  #live: { client: Client; rests: Set<Promise<void>> } | undefined;
  #resting = false;

  constructor(
    surroundings: Surroundings,
    { account, credentials, tell, ended }: AccountSessionsOptions,
  ) {
    this.#surroundings = surroundings;
    this.#account = account;
    this.#credentials = credentials;
    this.#tell = tell;
    this.#ended = ended;
    tell({ kind: credentials ? 'idle' : 'signed-out' });
  }

  get credentials(): Credentials | undefined {
    return this.#credentials;
  }

  get busy(): boolean {
    return this.#fetching !== undefined;
  }

  /** Signs in, and fetches in the session that was opened for that. */
  signIn(credentials: Credentials): Promise<Outcome<void>> {
    return this.#inTurn(async (signal) => {
      try {
        const { connect } = this.#surroundings;
        const client = await signedIn(connect, this.#account(), credentials, signal);
        this.#credentials = credentials;
        void this.fetch(client);
        return success(undefined);
      } catch (thrown) {
        return failed(failureOf(thrown));
      }
    });
  }

  /** With a `client`, in that session, which is signed in. */
  fetch(client?: Client): Promise<Outcome<FetchReport>> {
    if (this.#fetching) {
      if (client) void goodbye(client);
      return this.#fetching;
    }
    const fetching = this.#inTurn((signal) => this.#fetch(signal, client)).finally(() => {
      this.#fetching = undefined;
      this.#ended(this.#loginDelay);
      this.#serve();
    });
    this.#fetching = fetching;
    return fetching;
  }

  /** Gives up what is under way; what has come by then stays. */
  stop(): void {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#fail(ABORTED);
  }

  rest(message: MessageId, progress: RestProgress): Promise<Outcome<void>> {
    return new Promise((done) => {
      this.#wanted.push({ message, progress, done });
      this.#serve();
    });
  }

  /** The password has come from the tab that it was typed in. */
  provide(credentials: Credentials): void {
    this.#credentials = credentials;
    if (!this.busy) this.#tell({ kind: 'idle' });
  }

  /** Forgets the password, and ends what it was used for. */
  forget(failure?: Failure): void {
    this.#credentials = undefined;
    this.stop();
    this.#tell({ kind: 'signed-out', ...(failure && { failure }) });
  }

  #inTurn<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#stop;
    const run = this.#turn.then(() => work(signal));
    this.#turn = run.catch(() => undefined);
    return run;
  }

  async #fetch(signal: AbortSignal, client?: Client): Promise<Outcome<FetchReport>> {
    const credentials = this.#credentials;
    if (credentials === undefined || signal.aborted) {
      if (client) await goodbye(client);
      return failed(signal.aborted ? ABORTED : SIGNED_OUT);
    }
    const fetched = await fetchMail({
      ...this.#surroundings,
      account: this.#account,
      credentials,
      ...(client && { client }),
      progress: new Progress(
        (progress) => this.#tell({ kind: 'fetching', progress, here: true }),
        this.#surroundings.clock,
      ),
      signal,
      onLive: (live) => this.#share(live),
    });
    const { report } = fetched;
    this.#loginDelay = fetched.loginDelay;
    const failure = fetched.failure ?? (await this.#noteFetch());
    if (failure?.code === 'auth-failed') this.forget(failure);
    else if (this.#credentials === undefined) this.#tell({ kind: 'signed-out' });
    else if (failure && failure.code !== 'aborted') this.#tell({ kind: 'idle', failure, report });
    else this.#tell({ kind: 'idle', report });
    return failure && failure.code !== 'aborted' ? failed(failure) : success(report);
  }

  async #noteFetch(): Promise<Failure | undefined> {
    const { storage, clock } = this.#surroundings;
    try {
      // It may have been removed in the meantime.
      await storage.changeAccount(this.#account().id, { lastFetch: clock.now() });
      return undefined;
    } catch (thrown) {
      return failureOf(thrown);
    }
  }

  /** Lets others use the session of a fetch, until what this gives is called. */
  #share(client: Client): () => Promise<void> {
    const live = { client, rests: new Set<Promise<void>>() };
    this.#live = live;
    this.#serve();
    return async () => {
      this.#live = undefined;
      await Promise.all(live.rests);
    };
  }

  /** Has the rests that are wanted fetched: in the session that stands, or in one for them. */
  #serve(): void {
    if (this.#wanted.length === 0) return;
    const live = this.#live;
    if (live) {
      for (const wanted of this.#wanted.splice(0)) {
        const rest = this.#rest(live.client, wanted).finally(() => live.rests.delete(rest));
        live.rests.add(rest);
      }
      return;
    }
    // A fetch that is on its way there takes them along.
    if (this.#fetching || this.#resting) return;
    this.#resting = true;
    void this.#inTurn((signal) => this.#rests(signal)).finally(() => {
      this.#resting = false;
      this.#serve();
    });
  }

  /** A session for nothing but what is wanted. */
  async #rests(signal: AbortSignal): Promise<void> {
    const credentials = this.#credentials;
    if (credentials === undefined) return this.#fail(SIGNED_OUT);
    let client: Client;
    try {
      const { connect } = this.#surroundings;
      client = await signedIn(connect, this.#account(), credentials, signal);
    } catch (thrown) {
      const failure = failureOf(thrown);
      this.#fail(failure);
      if (failure.code === 'auth-failed') this.forget(failure);
      return;
    }
    const giveUp = (): void => client.close();
    signal.addEventListener('abort', giveUp);
    while (!client.closed) {
      const wanted = this.#wanted.shift();
      if (wanted === undefined) break;
      await this.#rest(client, wanted);
    }
    await goodbye(client);
    signal.removeEventListener('abort', giveUp);
  }

  async #rest(client: Client, wanted: RestWanted): Promise<void> {
    const outcome = await fetchRest(client, this.#account().id, wanted, this.#surroundings);
    if (!outcome.ok && endsSession(outcome.failure) && !wanted.again) {
      this.#wanted.push({ ...wanted, again: true });
    } else {
      wanted.done(outcome);
    }
  }

  #fail(failure: Failure): void {
    for (const { done } of this.#wanted.splice(0)) done(failed(failure));
  }
}

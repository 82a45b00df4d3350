/** Several tabs of one browser: a database, locks and channels in memory. */
import 'fake-indexeddb/auto';
import { after } from 'node:test';
import { IDBFactory } from 'fake-indexeddb';
import { openDB } from 'idb';
import { failed, type Outcome } from '../src/lib/outcome.ts';
import type {
  Account,
  FetchPolicy,
  ListQuery,
  ListResult,
  MailEvent,
} from '../src/worker/mail-protocol.ts';
import { DATABASE } from '../src/worker/storage/database.ts';
import { MailService } from '../src/worker/mail-service.ts';
import type { Digest, MailStorage, NewMessage } from '../src/worker/storage/types.ts';
import type { MailSync } from '../src/worker/sync/types.ts';

type Channel = Pick<BroadcastChannel, 'postMessage' | 'onmessage' | 'close'>;

interface Request {
  shared: boolean;
  run: () => Promise<void>;
}

/** Web Locks, as far as they are used here. */
class Locks {
  readonly #held = new Map<string, { shared: number; exclusive: boolean; queue: Request[] }>();

  request = (async (name: string, ...rest: unknown[]) => {
    const work = rest.at(-1) as () => unknown;
    const shared = (rest.length > 1 && (rest[0] as LockOptions).mode) === 'shared';
    const state = this.#held.get(name) ?? { shared: 0, exclusive: false, queue: [] };
    this.#held.set(name, state);
    return new Promise((resolve, reject) => {
      const run = async (): Promise<void> => {
        try {
          resolve((await work()) as never);
        } catch (thrown) {
          reject(thrown as Error);
        }
      };
      state.queue.push({ shared, run });
      this.#next(name);
    });
  }) as LockManager['request'];

  #next(name: string): void {
    const state = this.#held.get(name);
    const [first] = state?.queue ?? [];
    if (state === undefined || first === undefined || state.exclusive) return;
    if (!first.shared && state.shared > 0) return;
    state.queue.shift();
    if (first.shared) state.shared += 1;
    else state.exclusive = true;
    void first.run().finally(() => {
      if (first.shared) state.shared -= 1;
      else state.exclusive = false;
      this.#next(name);
    });
    if (first.shared) this.#next(name);
  }
}

const { transaction } = IDBDatabase.prototype;

/** A browser, whose tabs share what is stored. */
export class Browser {
  readonly locks = new Locks();
  readonly #channels = new Map<string, Set<Channel>>();
  now = Date.UTC(2026, 0, 15);
  /** Nothing is heard of what tabs tell, as of one that died before it could. */
  deaf = false;

  constructor() {
    this.mend();
    globalThis.indexedDB = new IDBFactory();
  }

  channel(name: string): Channel {
    const all = this.#channels.get(name) ?? new Set();
    this.#channels.set(name, all);
    const one: Channel = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of all) {
          if (other === one || this.deaf) continue;
          setTimeout(() => other.onmessage?.call(other as never, { data } as MessageEvent));
        }
      },
      close: () => void all.delete(one),
    };
    all.add(one);
    return one;
  }

  tab(): Tab {
    return new Tab(this);
  }

  /** Opens a new tab. */
  async opened(): Promise<Tab> {
    const tab = this.tab();
    valueOf(await tab.open());
    return tab;
  }

  /** After so many more transactions that write, each one fails as `thrown` says. */
  failWrites(after: number, thrown: () => Error): void {
    let left = after;
    IDBDatabase.prototype.transaction = function (stores, mode, options) {
      if (mode === 'readwrite' && (left -= 1) < 0) throw thrown();
      return transaction.call(this, stores, mode, options);
    };
  }

  /** All tabs die after so many more transactions: nothing that they do from then on is written. */
  killAfter(writes: number): void {
    this.failWrites(writes, () => new DOMException('', 'AbortError'));
  }

  mend(): void {
    IDBDatabase.prototype.transaction = transaction;
  }

  /** Something else meddles with a record. */
  async put(store: string, key: string | number, value: unknown): Promise<void> {
    const database = await openDB(DATABASE);
    await database.put(store, value, key);
    database.close();
  }

  /** Every record of the database, by its place. */
  async records(): Promise<Map<string, unknown>> {
    const database = await openDB(DATABASE);
    const all = new Map<string, unknown>();
    for (const store of database.objectStoreNames) {
      for (const key of await database.getAllKeys(store)) {
        all.set(`${store}/${String(key)}`, await database.get(store, key));
      }
    }
    database.close();
    return all;
  }
}

const opened = new Set<Tab>();
after(() => Promise.all([...opened].map(({ service }) => service.close())));

/** A mail service, and what it has told. */
export class Tab {
  readonly events: MailEvent[] = [];
  readonly service: MailService;
  /** As fetching gets it. */
  storage: MailStorage | undefined;

  constructor(browser: Browser) {
    opened.add(this);
    this.service = new MailService({
      startSync: (storage) => {
        this.storage = storage;
        return NO_SYNC;
      },
      digest,
      locks: browser.locks,
      channels: { store: browser.channel('store'), keys: browser.channel('keys') },
      space: async () => ({ persistent: false }),
      now: () => browser.now,
      rounds: 10,
    });
  }

  open() {
    return this.service.open((event) => this.events.push(event));
  }

  /** Opens, with an account to put mail into. */
  async withAccount(id = 'a', policy: Partial<FetchPolicy> = {}): Promise<MailStorage> {
    valueOf(await this.open());
    const { storage } = this;
    if (storage === undefined) throw new Error('locked');
    await storage.addAccount(account(id, policy));
    return storage;
  }

  /** The whole list that a query finds. */
  list(query: Partial<ListQuery> = {}): Promise<ListResult> {
    return new Promise((resolve) => {
      const all = { sort: 'date', descending: true, conversations: false, ...query } as const;
      const watching = this.service.watch(all, (result) => {
        if (!result.complete) return;
        void watching.then((watch) => this.service.unwatch(watch));
        resolve(result);
      });
    });
  }

  async subjects(query: Partial<ListQuery> = {}): Promise<(string | undefined)[]> {
    const { ids } = await this.list(query);
    return (await this.service.rows([...ids])).map(({ subject }) => subject);
  }
}

export function valueOf<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.failure.code);
  return outcome.value;
}

export function account(id: string, policy: Partial<FetchPolicy> = {}): Account {
  return {
    id,
    title: id,
    server: 'plain',
    user: id,
    hop: { mode: 'proxy' },
    policy: {
      what: 'whole',
      onServer: { kind: 'keep' },
      deleteWithLocal: false,
      intervalMinutes: 0,
      ...policy,
    },
    passwordKept: false,
  };
}

/** A message as fetching stores it. */
export function message(said: Partial<Digest>, seen?: string): NewMessage {
  const octets = octetsOf(said);
  const whole: Digest = { ...NOTHING, ...said };
  const rest = { octets, local: 'whole', size: octets.length, digest: whole } as const;
  return seen === undefined ? rest : { ...rest, seen };
}

export function octetsOf(said: Partial<Digest>): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(`X: ${JSON.stringify(said)}\r\n\r\n`));
}

const NONE = failed({ code: 'aborted', blame: 'caller' });

/** Fetching has tests of its own. */
const NO_SYNC: MailSync = {
  status: () => ({ kind: 'idle' }),
  accountsChanged: () => undefined,
  addAccount: async () => NONE,
  cancelAddAccount: () => undefined,
  signIn: async () => NONE,
  signOut: async () => undefined,
  fetch: async () => NONE,
  stopFetching: () => undefined,
  fetchRest: async () => NONE,
  stop: async () => undefined,
};

const NOTHING: Digest = {
  to: [],
  attachments: false,
  attachmentNames: [],
  snippet: '',
  text: '',
  references: [],
  broken: false,
};

/** Messages of these tests say in a field what their digest is to be. */
export async function digest(octets: Uint8Array): Promise<Digest> {
  const text = Buffer.from(octets).toString();
  const said = /^X: (.*?)\r?$/m.exec(text)?.[1] ?? '{}';
  return { ...NOTHING, ...(JSON.parse(said) as Partial<Digest>) };
}

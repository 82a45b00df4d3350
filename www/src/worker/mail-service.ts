import { transfer } from 'comlink';
import { logDefect } from '../lib/log.ts';
import { ABORTED, FailureError, failed, failureOf, success, type Outcome } from '../lib/outcome.ts';
import { Catalogue } from './catalogue/catalogue.ts';
import { Changes } from './catalogue/changes.ts';
import { dueInTrash } from './catalogue/trash.ts';
import { later } from './later.ts';
import type * as Mail from './mail-protocol.ts';
import type { AccountId, MailWorker, MessageId } from './mail-protocol.ts';
import { Database } from './storage/database.ts';
import { KeyNews } from './storage/key-news.ts';
import type { HeldKey } from './storage/records.ts';
import type { StoredRow } from './storage/rows.ts';
import { Storage } from './storage/storage.ts';
import type { Digest, MailStorage } from './storage/types.ts';
import { Vault } from './storage/vault.ts';
import type { MailSync, StatusListener } from './sync/types.ts';
import type { MailboxFile } from './transfer/export.ts';
import type { Imported } from './transfer/import.ts';

type Channel = Pick<BroadcastChannel, 'postMessage' | 'onmessage' | 'close'>;

/** The world around the service, so that tests have their own. */
export interface ServiceParts {
  startSync: (storage: MailStorage, onStatus: StatusListener) => MailSync;
  digest: (octets: Uint8Array, local: 'header' | 'whole') => Promise<Digest>;
  locks: Pick<LockManager, 'request'>;
  channels: { store: Channel; keys: Channel };
  space: () => Promise<Pick<Mail.StorageState, 'used' | 'quota' | 'persistent'>>;
  /** Milliseconds since 1970. */
  now: () => number;
  database?: string;
  /** Of the key derivation. */
  rounds?: number;
}

/** Imports of all tabs wait for each other, or a file that is imported twice would be there twice. */
const IMPORTING = 'pop3-import';

/** How long a new tab waits for another one to give it the key. */
const KEY_WAIT_MS = 250;

const TRASH_INTERVAL_MS = 60 * 60 * 1000;

/** Progress is told no more often; a mailbox has thousands of messages. */
const PROGRESS_MS = 100;

const LOCKED = { code: 'locked', blame: 'caller' } as const;

/** What is there once the database is open. */
interface Opened {
  database: Database;
  storage: Storage;
  vault: Vault;
  catalogue: Catalogue;
  changes: Changes;
  keys: KeyNews;
}

/** The mail worker: what is stored, its lists, and fetching, for the page of one tab. */
export class MailService implements MailWorker {
  readonly #parts: ServiceParts;
  #listener: (event: Mail.MailEvent) => void = () => undefined;
  #opening: Promise<Opened> | undefined;
  /** While what is stored can be read. */
  #sync: MailSync | undefined;
  /** One change of what can be read after another. */
  #turn: Promise<unknown> = Promise.resolve();
  #keyGiven: (() => void) | undefined;
  #trashTimer: ReturnType<typeof setInterval> | undefined;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  // Opening and the passphrase

  async open(listener: (event: Mail.MailEvent) => void): Promise<Outcome<Mail.Opened>> {
    this.#listener = listener;
    return settle(async () => {
      const { vault, keys } = await this.#open();
      if (await vault.locked()) {
        const given = new Promise<void>((resolve) => (this.#keyGiven = resolve));
        keys.ask();
        await Promise.race([given, new Promise((late) => setTimeout(late, KEY_WAIT_MS))]);
      }
      await this.#inTurn(async () => {
        if (!(await vault.locked())) await this.#begin();
      });
      return this.#told();
    });
  }

  #open(): Promise<Opened> {
    this.#opening ??= this.#openDatabase().catch((thrown: unknown) => {
      this.#opening = undefined;
      throw thrown;
    });
    return this.#opening;
  }

  async #openDatabase(): Promise<Opened> {
    const { locks, channels, now, rounds, database: name } = this.#parts;
    const database = await Database.open({
      onClosed: (code) => {
        this.#end();
        this.#listener({ type: 'closed', failure: { code, blame: 'package' } });
      },
      ...(name !== undefined && { name }),
    });
    const storage: Storage = new Storage({
      database,
      locks,
      channel: channels.store,
      now,
      listener: {
        onLoaded: (ids) => catalogue.rowsChanged(ids),
        onRows: (ids) => {
          catalogue.rowsChanged(ids);
          if (ids.length > 0) this.#listener({ type: 'rows', ids });
        },
        onAccounts: () => {
          this.#listener({ type: 'accounts', accounts: [...storage.accounts()] });
          this.#sync?.accountsChanged();
        },
        onSettings: () => this.#listener({ type: 'settings', settings: storage.settings }),
        onAdded: (account, ids) => this.#listener({ type: 'added', account, ids }),
        // It was found out by a tab that took itself to be in possession of the key.
        onKeyChanged: () => {
          if (this.#sync !== undefined) background(this.#replaced());
        },
        onFull: () => background(this.#tellStorage()),
      },
    });
    const catalogue = new Catalogue(storage, now, (counts) =>
      this.#listener({ type: 'counts', counts }),
    );
    const keys = new KeyNews(channels.keys, {
      held: () => storage.records.held,
      onKey: (held) => background(this.#unlocked(held)),
      onLock: () => background(this.#inTurn(() => this.#lock())),
      onReplaced: (held) => background(this.#replaced(held)),
    });
    const vault = new Vault(database, storage.blocks, rounds);
    return { database, storage, vault, catalogue, changes: new Changes(storage, now), keys };
  }

  /** What is stored can be read from now on. */
  async #begin(): Promise<void> {
    if (this.#sync !== undefined) return;
    const { storage, catalogue } = await this.#open();
    await storage.load();
    catalogue.opened();
    this.#sync = this.#parts.startSync(storage, (account, status) =>
      this.#listener({ type: 'status', account, status }),
    );
    this.#sync.accountsChanged();
    const empty = (): void => background(this.#emptyTrash());
    void storage.loaded.then(empty, () => undefined);
    this.#trashTimer = setInterval(empty, TRASH_INTERVAL_MS);
  }

  /** Ends all of it; a tab that is closed ends without. */
  async close(): Promise<void> {
    this.#end();
    const opened = await this.#opening?.catch(() => undefined);
    opened?.catalogue.unwatchAll();
    opened?.catalogue.clear();
    opened?.storage.close();
    this.#parts.channels.keys.close();
  }

  #end(): void {
    clearInterval(this.#trashTimer);
    if (this.#sync) background(this.#sync.stop());
    this.#sync = undefined;
  }

  /** Nothing of what is stored stays in memory. */
  async #forget(): Promise<void> {
    const { storage, catalogue, changes } = await this.#open();
    this.#end();
    catalogue.clear();
    changes.clear();
    storage.forget();
  }

  async #lock(): Promise<void> {
    const { catalogue, vault } = await this.#open();
    // Without a passphrase there is nothing to lock.
    if (!(await vault.encrypted())) return;
    await this.#forget();
    catalogue.unwatchAll();
    this.#tellAll(await this.#told());
  }

  /** Another tab has unlocked what is stored. */
  async #unlocked(held: HeldKey): Promise<void> {
    await this.#inTurn(async () => {
      const { vault } = await this.#open();
      if (!(await vault.locked()) || !(await vault.adopt(held))) return;
      await this.#begin();
      this.#keyGiven?.();
      this.#tellAll(await this.#told());
    });
  }

  /** Another tab has sealed what is stored under another key, unsealed it or deleted it. */
  async #replaced(held?: HeldKey): Promise<void> {
    await this.#inTurn(async () => {
      const { catalogue, vault } = await this.#open();
      await this.#forget();
      if (held !== undefined) await vault.adopt(held);
      if (await vault.locked()) catalogue.unwatchAll();
      else await this.#begin();
      this.#tellAll(await this.#told());
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #told(): Promise<Mail.Opened> {
    const { storage, catalogue, vault } = await this.#open();
    const locked = await vault.locked();
    const accounts = [...storage.accounts()];
    const sync = this.#sync;
    return {
      accounts,
      statuses: Object.fromEntries(
        sync === undefined ? [] : accounts.map(({ id }) => [id, sync.status(id)]),
      ),
      settings: locked ? await storage.look() : storage.settings,
      storage: await this.#storageState(),
      counts: catalogue.counts(),
    };
  }

  /** The same to a page that has asked for nothing. */
  #tellAll({ accounts, statuses, settings, counts, storage }: Mail.Opened): void {
    this.#listener({ type: 'accounts', accounts });
    this.#listener({ type: 'settings', settings });
    this.#listener({ type: 'counts', counts });
    for (const [account, status] of Object.entries(statuses)) {
      this.#listener({ type: 'status', account, status });
    }
    this.#listener({ type: 'storage', storage });
  }

  async #storageState(): Promise<Mail.StorageState> {
    const { storage, vault } = await this.#open();
    const [space, encrypted, locked] = await Promise.all([
      this.#parts.space(),
      vault.encrypted(),
      vault.locked(),
    ]);
    const { damaged, blocks } = storage;
    return { ...space, encrypted, locked, full: blocks.full, ...(damaged > 0 && { damaged }) };
  }

  async #tellStorage(): Promise<void> {
    this.#listener({ type: 'storage', storage: await this.#storageState() });
  }

  async unlock(passphrase: string): Promise<Outcome<Mail.Opened>> {
    return settle(async () => {
      const { vault, storage, keys } = await this.#open();
      await this.#inTurn(async () => {
        if (await vault.locked()) await vault.unlock(passphrase);
        await this.#begin();
      });
      const { held } = storage.records;
      if (held) keys.unlocked(held);
      return this.#told();
    });
  }

  async setPassphrase(
    current: string | null,
    next: string | null,
    progress: (done: number) => void,
  ): Promise<Outcome<void>> {
    return settle(async () => {
      const { vault, storage, keys } = await this.#open();
      await vault.setPassphrase(current, next, progress);
      keys.replaced(storage.records.held);
      await this.#tellStorage();
    });
  }

  async lock(): Promise<void> {
    const { keys } = await this.#open();
    await this.#inTurn(() => this.#lock());
    keys.locked();
  }

  async storageChanged(): Promise<Mail.StorageState> {
    const storage = await this.#storageState();
    this.#listener({ type: 'storage', storage });
    return storage;
  }

  async eraseEverything(): Promise<Outcome<void>> {
    return settle(async () => {
      const { storage, keys } = await this.#open();
      await this.#inTurn(async () => {
        this.#end();
        await storage.blocks.erase();
        await this.#forget();
        await this.#begin();
      });
      keys.replaced(undefined);
      this.#tellAll(await this.#told());
    });
  }

  // Accounts and fetching

  async addAccount(
    draft: Mail.AccountDraft,
    credentials: Mail.Credentials,
    keepPassword: boolean,
  ): Promise<Outcome<Mail.Account>> {
    return this.#sync?.addAccount(draft, credentials, keepPassword) ?? failed(LOCKED);
  }

  async cancelAddAccount(): Promise<void> {
    this.#sync?.cancelAddAccount();
  }

  async updateAccount(id: AccountId, change: Mail.AccountChange): Promise<Outcome<Mail.Account>> {
    return settle(async () => {
      const { storage } = await this.#open();
      const changed = await storage.changeAccount(id, change);
      if (changed === undefined) throw new FailureError(ABORTED);
      return changed;
    });
  }

  async removeAccount(id: AccountId): Promise<Outcome<void>> {
    return settle(async () => (await this.#open()).storage.removeAccount(id));
  }

  async signIn(
    id: AccountId,
    credentials: Mail.Credentials,
    keepPassword: boolean,
  ): Promise<Outcome<void>> {
    return this.#sync?.signIn(id, credentials, keepPassword) ?? failed(LOCKED);
  }

  async signOut(id: AccountId): Promise<void> {
    await this.#sync?.signOut(id);
  }

  async fetch(id: AccountId): Promise<Outcome<Mail.FetchReport>> {
    return this.#sync?.fetch(id) ?? failed(LOCKED);
  }

  async stopFetching(id: AccountId): Promise<void> {
    this.#sync?.stopFetching(id);
  }

  async fetchRest(
    id: MessageId,
    progress: (received: number, expected: number) => void,
  ): Promise<Outcome<void>> {
    const { storage } = await this.#open();
    const row = storage.rows.get(id);
    if (row === undefined) return failed({ code: 'gone', blame: 'caller' });
    return this.#sync?.fetchRest(row.account, id, progress) ?? failed(LOCKED);
  }

  // Lists and messages

  async watch(query: Mail.ListQuery, listener: (result: Mail.ListResult) => void): Promise<number> {
    const { catalogue } = await this.#open();
    return catalogue.watch(query, (result) =>
      listener(transfer(result, [result.ids.buffer, result.sizes.buffer])),
    );
  }

  async unwatch(watch: number): Promise<void> {
    (await this.#open()).catalogue.unwatch(watch);
  }

  async rows(ids: MessageId[]): Promise<Mail.MessageRow[]> {
    return (await this.#open()).catalogue.rows(ids);
  }

  async conversation(id: MessageId): Promise<Mail.MessageRow[]> {
    return (await this.#open()).catalogue.conversation(id);
  }

  async octets(id: MessageId): Promise<Outcome<Uint8Array>> {
    return settle(async () => {
      const { storage } = await this.#open();
      const octets = await storage.octets(id);
      if (octets !== undefined) return transfer(octets, [octets.buffer]);
      const code = storage.rows.has(id) ? 'storage-damaged' : 'gone';
      throw new FailureError({ code, blame: 'package' });
    });
  }

  async change(ids: MessageId[], change: Mail.Change): Promise<Outcome<Mail.ChangeId>> {
    return settle(async () => (await this.#open()).changes.change(ids, change));
  }

  async undo(change: Mail.ChangeId): Promise<Outcome<void>> {
    return settle(async () => (await this.#open()).changes.undo(change));
  }

  async expunge(ids: MessageId[]): Promise<Outcome<void>> {
    return settle(async () => {
      await (await this.#open()).storage.expunge(ids);
    });
  }

  async deleteOnServer(ids: MessageId[], wanted: boolean): Promise<Outcome<void>> {
    return settle(async () => {
      await (await this.#open()).changes.deleteOnServer(ids, wanted);
    });
  }

  async #emptyTrash(): Promise<void> {
    const { storage } = await this.#open();
    const { emptyTrashAfter } = storage.settings;
    const due = dueInTrash(storage.rows.values(), emptyTrashAfter, this.#parts.now());
    if (due.length > 0) await storage.expunge(due).catch(() => undefined);
  }

  async saveSettings(change: Partial<Mail.Settings>): Promise<Outcome<Mail.Settings>> {
    return settle(async () => (await this.#open()).storage.saveSettings(change));
  }

  // Files

  async importFile(
    file: Blob,
    account: AccountId,
    progress: (done: number, all: number) => void,
  ): Promise<Outcome<Imported>> {
    return settle(async () => {
      const { storage } = await this.#open();
      const { locks, digest } = this.#parts;
      const { importFile, likeness } = await later(() => import('./transfer/import.ts'));
      const imported = await locks.request(IMPORTING, async () => {
        await storage.loaded;
        const alike = new Map<string, StoredRow[]>();
        // Another tab may have imported, and died before it could tell.
        await storage.blocks.shared(async () => {
          for (const row of storage.rows.values()) {
            const key = likeness(row);
            const there = alike.get(key);
            if (there) there.push(row);
            else alike.set(key, [row]);
          }
        });
        return importFile(file, account, {
          digest,
          progress: paced(progress),
          storage: {
            alike: (of, key) =>
              (alike.get(key) ?? []).flatMap((row) => (row.account === of ? [row.id] : [])),
            octets: (id) => storage.octets(id),
            add: (to, messages) => storage.add(to, messages),
          },
        });
      });
      await this.#tellStorage();
      return imported;
    });
  }

  async exportMbox(
    query: Mail.ListQuery,
    progress: (done: number, all: number) => void,
  ): Promise<Outcome<MailboxFile>> {
    return settle(async () => {
      const { storage, catalogue } = await this.#open();
      const { exportMbox } = await later(() => import('./transfer/export.ts'));
      const rows = await catalogue.all(query);
      return exportMbox(rows, (id) => storage.octets(id), paced(progress));
    });
  }
}

async function settle<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return success(await work());
  } catch (thrown) {
    const failure = failureOf(thrown);
    if (failure.code === 'internal') logDefect('mail worker', thrown);
    return failed(failure);
  }
}

/** What nobody waits for. */
function background(work: Promise<unknown>): void {
  work.catch((thrown: unknown) => logDefect('mail worker', thrown));
}

/** The first and the last one, and between them as many as anybody can see. */
function paced(progress: (done: number, all: number) => void): typeof progress {
  let told = -Infinity;
  return (done, all) => {
    const now = performance.now();
    if (done < all && now - told < PROGRESS_MS) return;
    told = now;
    progress(done, all);
  };
}

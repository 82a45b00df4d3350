import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { FailureError, type PageCode } from '../../lib/outcome.ts';
import type { Lock, Sealed } from './seal.ts';

export const DATABASE = 'pop3-mail';

interface Schema extends DBSchema {
  /** `lock`: how records are encrypted. */
  meta: { key: 'lock'; value: Lock };
  /** Accounts, settings and what else is one of its kind, by name. */
  records: { key: string; value: Sealed };
  /** Rows of the list, in blocks of consecutive ids. */
  rows: { key: number; value: Sealed };
  /** What the search finds of them, in blocks likewise. */
  texts: { key: number; value: Sealed };
  /** Messages as they were sent, each by its id. */
  octets: { key: number; value: Sealed };
}

export type Place =
  { store: 'records'; key: string } | { store: 'rows' | 'texts' | 'octets'; key: number };
export type StoreName = Place['store'];

export const STORES: readonly StoreName[] = ['records', 'rows', 'texts', 'octets'];

/** A record to be written, or deleted where it has no value. */
export type Write = Place & { value?: Sealed };

/**
 * What makes each version of the database out of the one before. Records may be encrypted, and are
 * brought up to date once they can be read: see `migrations.ts`.
 */
const UPGRADES: readonly ((database: IDBPDatabase<Schema>) => void)[] = [
  (database) => {
    database.createObjectStore('meta');
    database.createObjectStore('records');
    database.createObjectStore('rows');
    database.createObjectStore('octets');
  },
  // The text that the search reads lies apart from the rows, so that a list opens without it.
  (database) => {
    database.createObjectStore('texts');
  },
];

/** Records as they were at one moment. */
interface Range {
  lock: Lock | undefined;
  found: { key: number; value: Sealed }[];
}

export interface DatabaseOptions {
  /** A newer version of the page wants the database, or the browser took it away: it is closed. */
  onClosed: (code: PageCode) => void;
  name?: string;
}

/** Octets in and out of IndexedDB. What they mean is not known here. */
export class Database {
  readonly #database: IDBPDatabase<Schema>;
  /** It was made just now, and is empty. */
  readonly fresh: boolean;

  private constructor(database: IDBPDatabase<Schema>, fresh: boolean) {
    this.#database = database;
    this.fresh = fresh;
  }

  static open({ onClosed, name = DATABASE }: DatabaseOptions): Promise<Database> {
    return new Promise((resolve, reject) => {
      const fail = (code: PageCode): void => reject(new FailureError({ code, blame: 'package' }));
      let fresh = false;
      let given = true;
      const opening = openDB<Schema>(name, UPGRADES.length, {
        upgrade(database, before) {
          fresh = before === 0;
          for (const upgrade of UPGRADES.slice(before)) upgrade(database);
        },
        // A tab of an older version holds on to it, though it was asked to let go.
        blocked() {
          given = false;
          fail('storage-blocked');
        },
        blocking(_before, _wanted, event) {
          (event.target as IDBDatabase).close();
          onClosed('page-outdated');
        },
        terminated: () => onClosed('storage-unavailable'),
      });
      opening.then(
        (database) => {
          if (given) resolve(new Database(database, fresh));
          else database.close();
        },
        (thrown: unknown) => {
          const newer = thrown instanceof DOMException && thrown.name === 'VersionError';
          fail(newer ? 'page-outdated' : 'storage-unavailable');
        },
      );
    });
  }

  close(): void {
    this.#database.close();
  }

  lock(): Promise<Lock | undefined> {
    return this.#database.get('meta', 'lock');
  }

  async setLock(lock: Lock | undefined): Promise<void> {
    const transaction = this.#database.transaction('meta', 'readwrite', { durability: 'strict' });
    const store = transaction.store;
    await Promise.all([
      lock === undefined ? store.delete('lock') : store.put(lock, 'lock'),
      transaction.done,
    ]);
  }

  read({ store, key }: Place): Promise<Sealed | undefined> {
    return this.#database.get(store, key as never);
  }

  async keys(store: StoreName): Promise<(string | number)[]> {
    return this.#database.getAllKeys(store);
  }

  /** Records from `from` to `to`, both inclusive, by key, and how they are encrypted. */
  async range(store: 'rows' | 'texts', from: number, to: number): Promise<Range> {
    const range = IDBKeyRange.bound(from, to);
    const transaction = this.#database.transaction(['meta', store]);
    const records = transaction.objectStore(store);
    const [lock, keys, values] = await Promise.all([
      transaction.objectStore('meta').get('lock'),
      records.getAllKeys(range),
      records.getAll(range),
    ]);
    const found = keys.flatMap((key, at) => {
      const value = values[at];
      return value === undefined ? [] : [{ key, value }];
    });
    return { lock, found };
  }

  /** All of them or none, and on disk when it resolves. */
  async write(writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return;
    try {
      await this.#write(writes);
    } catch (thrown) {
      // After a disk was full, Firefox has the next transaction take deletions alone, whatever else
      // there is room for by then.
      if (!(thrown instanceof DOMException) || thrown.name !== 'InvalidStateError') throw thrown;
      await this.#write(writes);
    }
  }

  async #write(writes: readonly Write[]): Promise<void> {
    const stores = [...new Set(writes.map(({ store }) => store))];
    const transaction = this.#database.transaction(stores, 'readwrite', { durability: 'strict' });
    // The first failure of a request aborts the transaction, which by itself does not say why.
    let cause: unknown;
    const failed = (thrown: unknown): void => {
      cause ??= thrown;
    };
    try {
      for (const { store, key, value } of writes) {
        const records = transaction.objectStore(store);
        const request =
          value === undefined ? records.delete(key as never) : records.put(value, key as never);
        request.catch(failed);
      }
    } catch (thrown) {
      transaction.done.catch(failed);
      transaction.abort();
      throw thrown;
    }
    try {
      await transaction.done;
    } catch (thrown) {
      throw cause ?? thrown;
    }
  }

  async clear(): Promise<void> {
    const stores = ['meta', ...STORES] as const;
    const transaction = this.#database.transaction(stores, 'readwrite', { durability: 'strict' });
    await Promise.all([
      ...stores.map((store) => transaction.objectStore(store).clear()),
      transaction.done,
    ]);
  }
}

import { FailureError } from '../../lib/outcome.ts';
import type { Account } from '../mail-protocol.ts';
import { VERSIONS, type Blocks } from './blocks.ts';
import { STORES, type Database, type Place, type Write } from './database.ts';
import { makeLock, unwrap, wrap } from './lock.ts';
import { FORMAT } from './migrations.ts';
import { placeOf } from './records.ts';
import type { Lock } from './seal.ts';
import { ACCOUNTS, LOOK, PASSWORD } from './storage.ts';

/** Octets that are sealed or unsealed in one transaction. */
const BATCH_OCTETS = 4 * 1024 * 1024;
const BATCH_RECORDS = 64;

/** What is needed before a passphrase can be asked for, or tells nothing. */
const PLAIN: readonly Place[] = [LOOK, FORMAT, VERSIONS];
const STAYS_PLAIN: ReadonlySet<string | number> = new Set(PLAIN.map(({ key }) => key));

/**
 * The passphrase of what is stored. Setting one seals all records, and removing it unseals them, a
 * few at a time; while that lasts, each record can be read in either form, and whoever unlocks next
 * goes on with what was broken off.
 */
export class Passphrase {
  readonly #database: Database;
  readonly #blocks: Blocks;
  readonly #rounds: number | undefined;

  constructor(database: Database, blocks: Blocks, rounds?: number) {
    this.#database = database;
    this.#blocks = blocks;
    this.#rounds = rounds;
  }

  async unlock(passphrase: string): Promise<void> {
    const lock = await this.#database.lock();
    if (lock === undefined) return;
    const key = await unwrap(lock, passphrase);
    this.#blocks.records.held = { id: lock.id, key };
    if (lock.turning === undefined) return;
    await this.#blocks.exclusively(async () => {
      const current = await this.#database.lock();
      if (current?.turning !== undefined) await this.#turn(current, () => undefined);
    });
  }

  /** Sets, changes or, with `null`, removes the passphrase. Tells how far it is, 0 to 1. */
  async set(
    current: string | null,
    next: string | null,
    progress: (done: number) => void,
  ): Promise<void> {
    const { records } = this.#blocks;
    await this.#blocks.exclusively(async () => {
      const lock = await this.#database.lock();
      if (lock === undefined) {
        if (next === null) return;
        const made = await makeLock(next, this.#rounds);
        const sealing: Lock = { ...made.lock, turning: 'sealing' };
        await this.#database.setLock(sealing);
        records.held = { id: made.lock.id, key: made.key };
        await this.#turn(sealing, progress);
        return;
      }
      if (current === null) throw new FailureError({ code: 'wrong-passphrase', blame: 'caller' });
      const key = await unwrap(lock, current);
      if (next !== null) {
        const wrapped = await wrap(lock.id, key, next, this.#rounds);
        const turning = lock.turning === undefined ? {} : { turning: lock.turning };
        await this.#database.setLock({ ...wrapped, ...turning });
        return;
      }
      await this.#forgetPasswords();
      const unsealing: Lock = { ...lock, turning: 'unsealing' };
      await this.#database.setLock(unsealing);
      await this.#turn(unsealing, progress);
    });
  }

  /** Passwords are kept under a passphrase alone, so that they go before it does. */
  async #forgetPasswords(): Promise<void> {
    const { records } = this.#blocks;
    const keys = await this.#database.keys('records');
    const kept = keys.filter((key) => String(key).startsWith(PASSWORD));
    const writes: Write[] = kept.map((key) => placeOf('records', key));
    const accounts = (await records.json<Account[]>(ACCOUNTS)) ?? [];
    const forgotten = accounts.map((account) => ({ ...account, passwordKept: false }));
    writes.push(await records.toWrite(ACCOUNTS, forgotten));
    await this.#blocks.write(new Map(), writes);
  }

  async #turn(lock: Lock, progress: (done: number) => void): Promise<void> {
    const { records } = this.#blocks;
    const sealing = lock.turning === 'sealing';
    const places: Place[] = [];
    for (const store of STORES) {
      for (const key of await this.#database.keys(store)) {
        if (store !== 'records' || !STAYS_PLAIN.has(key)) places.push(placeOf(store, key));
      }
    }
    let batch: Write[] = [];
    let octets = 0;
    for (const [index, place] of places.entries()) {
      const stored = await this.#database.read(place);
      if (stored !== undefined && (stored.iv !== undefined) !== sealing) {
        const write = await records.turned(place, stored, sealing);
        // What is damaged stays as it is: it can be read in neither form.
        if (write !== undefined) batch.push(write);
        octets += stored.octets.length;
      }
      if (octets >= BATCH_OCTETS || batch.length >= BATCH_RECORDS) {
        await this.#database.write(batch);
        batch = [];
        octets = 0;
        progress((index + 1) / places.length);
      }
    }
    await this.#database.write(batch);
    if (sealing) {
      const { turning: _done, ...rest } = lock;
      await this.#database.setLock(rest);
    } else {
      await this.#database.setLock(undefined);
      records.held = undefined;
    }
    progress(1);
  }
}

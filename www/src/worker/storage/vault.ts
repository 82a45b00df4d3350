import { later } from '../later.ts';
import type { Blocks } from './blocks.ts';
import type { Database } from './database.ts';
import type { Passphrase } from './passphrase.ts';
import type { HeldKey } from './records.ts';

/** Whether what is stored is under a passphrase; what it takes to unlock or change it comes later. */
export class Vault {
  readonly #database: Database;
  readonly #blocks: Blocks;
  readonly #rounds: number | undefined;

  constructor(database: Database, blocks: Blocks, rounds?: number) {
    this.#database = database;
    this.#blocks = blocks;
    this.#rounds = rounds;
  }

  async encrypted(): Promise<boolean> {
    return (await this.#database.lock()) !== undefined;
  }

  /** Is there a passphrase, and this tab does not have its key? */
  async locked(): Promise<boolean> {
    const lock = await this.#database.lock();
    return lock !== undefined && lock.id !== this.#blocks.records.held?.id;
  }

  /** The key that another tab has given; `false` when it is of no use. */
  async adopt(held: HeldKey): Promise<boolean> {
    const lock = await this.#database.lock();
    if (lock?.id !== held.id || lock.turning !== undefined) return false;
    this.#blocks.records.held = held;
    return true;
  }

  async unlock(passphrase: string): Promise<void> {
    await (await this.#passphrase()).unlock(passphrase);
  }

  /** Sets, changes or, with `null`, removes the passphrase. Tells how far it is, 0 to 1. */
  async setPassphrase(
    current: string | null,
    next: string | null,
    progress: (done: number) => void,
  ): Promise<void> {
    await (await this.#passphrase()).set(current, next, progress);
  }

  async #passphrase(): Promise<Passphrase> {
    const { Passphrase } = await later(() => import('./passphrase.ts'));
    return new Passphrase(this.#database, this.#blocks, this.#rounds);
  }
}

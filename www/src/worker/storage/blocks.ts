import { FailureError, failureOf } from '../../lib/outcome.ts';
import type { AccountId, MessageId } from '../mail-protocol.ts';
import type { Database, Place, Write } from './database.ts';
import { Records, placeOf } from './records.ts';
import type { Lock } from './seal.ts';
import { ROW_BLOCK, blockOf, byBlock, type Block, type StoredRow } from './rows.ts';

/** What a tab tells the others after it has written; they look for themselves what has changed. */
interface News {
  /** Rows that are new, by account, for whoever shows notifications. */
  added?: { account: AccountId; ids: MessageId[] };
}

export interface BlocksListener {
  /** After these rows have been read for the first time. */
  onLoaded(ids: MessageId[]): void;
  /** After these rows have come, changed or gone. */
  onRows(ids: MessageId[]): void;
  /** Records other than rows have changed in another tab. */
  onRecords(): Promise<void>;
  onAdded(account: AccountId, ids: MessageId[]): void;
  /** Another tab has set or removed the passphrase: what this one holds is of no use any more. */
  onKeyChanged(): void;
  onFull(full: boolean): void;
}

export interface BlocksParts {
  database: Database;
  locks: Pick<LockManager, 'request'>;
  channel: Pick<BroadcastChannel, 'postMessage' | 'onmessage' | 'close'>;
}

export const STORE_CHANNEL = 'pop3-store';

/** A lock of all tabs: who holds it alone writes, and who shares it reads what nobody changes. */
const WRITING = 'pop3-store';

/** Blocks that are read at a time when all are; what the page asks is answered between them. */
const CHUNK = 64;

/** How often each block of rows was written, and other records; never sealed, as it tells nothing. */
interface Versions {
  records: number;
  blocks: Record<number, number>;
}

export const VERSIONS: Place = { store: 'records', key: 'versions' };

/**
 * Every row, in memory, as all tabs have written them. Whoever takes the lock first reads what others
 * have changed, also those that died before they could tell. So no tab writes over what another one
 * wrote.
 */
export class Blocks {
  readonly records: Records;
  readonly rows = new Map<MessageId, StoredRow>();
  /** Blocks that could not be read. They stay as they are. */
  readonly damaged = new Set<number>();
  readonly #parts: BlocksParts;
  readonly #listener: BlocksListener;
  /** As they are in memory; `undefined` before anything is. */
  #known: Versions | undefined;
  /** Those who share the lock catch up one after another, or one would go on with half of it. */
  #catching: Promise<void> = Promise.resolve();
  #full = false;

  constructor(parts: BlocksParts, listener: BlocksListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.records = new Records(parts.database);
    parts.channel.onmessage = ({ data }: MessageEvent<News>) => void this.#heard(data);
  }

  get full(): boolean {
    return this.#full;
  }

  /** Forgets all that is in memory. */
  forget(): void {
    this.records.held = undefined;
    this.#known = undefined;
    this.rows.clear();
    this.damaged.clear();
  }

  /** Reads all rows, the newest first. `begin` comes before, while nobody writes. */
  async load(begin: () => Promise<void>): Promise<() => Promise<void>> {
    const keys = await this.exclusively(async () => {
      await begin();
      this.#known = await this.#versions();
      return (await this.#parts.database.keys('rows')) as number[];
    });
    return async () => {
      let before: Promise<MessageId[]> | undefined;
      // The first one alone, as the page waits for it, and for what else it asks at the beginning.
      const first = Math.max(0, keys.length - CHUNK);
      if (keys.length > 0) this.#listener.onLoaded(await this.#loadChunk(keys.slice(first)));
      for (let end = first; end > 0; end -= CHUNK) {
        // Read while the one before it is worked on.
        const chunk = this.#loadChunk(keys.slice(Math.max(0, end - CHUNK), end));
        chunk.catch(() => undefined);
        if (before) this.#listener.onLoaded(await before);
        before = chunk;
      }
      if (before) this.#listener.onLoaded(await before);
    };
  }

  async #loadChunk(keys: readonly number[]): Promise<MessageId[]> {
    const { locks, database } = this.#parts;
    const touched: MessageId[] = [];
    // Nobody writes meanwhile. What was written before is read as it is, whether it is known of or not.
    await locks.request(WRITING, { mode: 'shared' }, async () => {
      const { lock, found } = await database.range('rows', keys[0] ?? 0, keys.at(-1) ?? 0);
      this.#refuseOtherKey(lock);
      const blocks = await Promise.all(
        found.map(({ key, value }) =>
          this.records.open<Block>(placeOf('rows', key), value).catch(() => undefined),
        ),
      );
      // The newest first, as most lists have them, so that these are made of what is in order.
      for (let at = found.length - 1; at >= 0; at -= 1) {
        const { key = 0 } = found[at] ?? {};
        const block = blocks[at];
        if (block === undefined) this.damaged.add(key);
        else for (const id of this.#adopt(key, block)) touched.push(id);
      }
    });
    return touched;
  }

  /**
   * Changes rows: `change` gives the new row, `undefined` to delete it, or the same for no change.
   * `more` is written with them.
   */
  async update(
    ids: () => Iterable<MessageId>,
    change: (row: StoredRow) => StoredRow | undefined,
    more: (changed: readonly MessageId[]) => Promise<Write[]> = async () => [],
  ): Promise<MessageId[]> {
    const changed: MessageId[] = [];
    await this.exclusively(async () => {
      const blocks = new Map<number, Block>();
      for (const [key, members] of byBlock(ids())) {
        const wanted = new Set(members);
        const before = await this.block(key);
        const touched = changed.length;
        const block = before.flatMap((row) => {
          const next = wanted.has(row.id) ? change(row) : row;
          if (next !== row) changed.push(row.id);
          return next === undefined ? [] : [next];
        });
        if (changed.length > touched) blocks.set(key, block);
      }
      await this.write(blocks, await more(changed));
    });
    if (changed.length > 0) this.#listener.onRows(changed);
    return changed;
  }

  /** Puts new rows beside those that are there. */
  async append(account: AccountId, rows: readonly StoredRow[], more: Write[]): Promise<void> {
    const blocks = new Map<number, Block>();
    for (const row of rows) {
      const key = blockOf(row.id);
      const block = blocks.get(key) ?? [...(await this.block(key))];
      block.push(row);
      blocks.set(key, block);
    }
    const ids = rows.map(({ id }) => id);
    await this.write(blocks, more, { added: { account, ids } });
    this.#listener.onRows(ids);
    this.#listener.onAdded(account, ids);
  }

  async block(key: number): Promise<Block> {
    return (await this.records.json<Block>(placeOf('rows', key))) ?? [];
  }

  /** One transaction: all of it or nothing. Only within {@link Blocks.exclusively}. */
  async write(
    blocks: ReadonlyMap<number, Block>,
    more: readonly Write[],
    news: News = {},
  ): Promise<void> {
    if (blocks.size === 0 && more.length === 0) return;
    const versions = structuredClone(this.#known) ?? (await this.#versions());
    if (more.some(({ store }) => store === 'records')) versions.records += 1;
    const writes = [...more];
    for (const [key, block] of blocks) {
      versions.blocks[key] = (versions.blocks[key] ?? 0) + 1;
      const value = block.length === 0 ? undefined : block;
      writes.push(await this.records.toWrite(placeOf('rows', key), value));
    }
    writes.push(this.records.plain(VERSIONS, versions));
    try {
      await this.#parts.database.write(writes);
    } catch (thrown) {
      const failure = failureOf(thrown);
      if (failure.code === 'storage-full') this.#setFull(true);
      throw new FailureError(failure);
    }
    this.#known = versions;
    for (const [key, block] of blocks) this.#adopt(key, block);
    this.#setFull(false);
    this.#parts.channel.postMessage(news);
  }

  // Tabs

  /** Runs `work` while no other tab writes, or relies on what it reads. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#locked('exclusive', work);
  }

  /** Runs `work` while nobody writes. */
  shared<T>(work: () => Promise<T>): Promise<T> {
    return this.#locked('shared', work);
  }

  /** Deletes all that is stored, with whatever key. */
  async erase(): Promise<void> {
    const { locks, database } = this.#parts;
    await locks.request(WRITING, () => database.clear());
  }

  async #locked<T>(mode: LockMode, work: () => Promise<T>): Promise<T> {
    const { locks, database } = this.#parts;
    return await locks.request(WRITING, { mode }, async () => {
      this.#refuseOtherKey(await database.lock());
      this.#catching = this.#catching.catch(() => undefined).then(() => this.#catchUp());
      await this.#catching;
      return work();
    });
  }

  #refuseOtherKey(lock: Lock | undefined): void {
    if (lock?.id === this.records.held?.id) return;
    this.#listener.onKeyChanged();
    throw new FailureError({ code: 'locked', blame: 'caller' });
  }

  async #versions(): Promise<Versions> {
    return (await this.records.json<Versions>(VERSIONS)) ?? { records: 0, blocks: {} };
  }

  async #catchUp(): Promise<void> {
    const known = this.#known;
    if (known === undefined) return;
    const versions = await this.#versions();
    const touched: MessageId[] = [];
    for (const [name, version] of Object.entries(versions.blocks)) {
      const key = Number(name);
      if (known.blocks[key] === version) continue;
      try {
        touched.push(...this.#adopt(key, await this.block(key)));
      } catch {
        this.damaged.add(key);
      }
    }
    this.#known = versions;
    if (touched.length > 0) this.#listener.onRows(touched);
    if (versions.records !== known.records) await this.#listener.onRecords();
  }

  async #heard({ added }: News): Promise<void> {
    try {
      await this.shared(async () => {});
    } catch {
      // Locked in the meantime, or closed: this tab will read all anew.
      return;
    }
    if (added) this.#listener.onAdded(added.account, added.ids);
  }

  #setFull(full: boolean): void {
    if (full === this.#full) return;
    this.#full = full;
    this.#listener.onFull(full);
  }

  /** Takes a block into memory, and tells the ids that have come, changed or gone. */
  #adopt(key: number, block: Block): MessageId[] {
    const touched: MessageId[] = [];
    let there: Set<MessageId> | undefined;
    for (let id = key * ROW_BLOCK; id < (key + 1) * ROW_BLOCK; id += 1) {
      // None, where the block is read for the first time.
      if (!this.rows.has(id)) continue;
      there ??= new Set(block.map((row) => row.id));
      if (!there.has(id) && this.rows.delete(id)) touched.push(id);
    }
    for (const row of block.toReversed()) {
      const before = this.rows.get(row.id);
      // The same object for the same row, so that what is kept beside it stays.
      if (before && JSON.stringify(before) === JSON.stringify(row)) continue;
      this.rows.set(row.id, row);
      touched.push(row.id);
    }
    return touched;
  }
}

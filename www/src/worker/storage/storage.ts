import { ABORTED, FailureError } from '../../lib/outcome.ts';
import type { Account, AccountId, FetchPolicy, MessageId, Settings } from '../mail-protocol.ts';
import { Blocks, type BlocksParts } from './blocks.ts';
import type { Place, Write } from './database.ts';
import { migrate } from './migrations.ts';
import { placeOf, type Records } from './records.ts';
import {
  ROW_BLOCK,
  blockOf,
  byBlock,
  digestedRow,
  newRow,
  textBlockOf,
  type StoredRow,
  type Tombstone,
} from './rows.ts';
import { DEFAULTS } from './settings.ts';
import type { Digest, MailStorage, NewMessage, SeenId, ServerMessage } from './types.ts';

export interface StorageListener {
  /** After these rows have been read for the first time. */
  onLoaded(ids: MessageId[]): void;
  /** After these rows have come, changed or gone. */
  onRows(ids: MessageId[]): void;
  onAccounts(): void;
  onSettings(): void;
  onAdded(account: AccountId, ids: MessageId[]): void;
  onKeyChanged(): void;
  onFull(full: boolean): void;
}

export interface StorageParts extends BlocksParts {
  now: () => number;
  listener: StorageListener;
}

/** Blocks of texts that are read at a time. */
const CHUNK = 64;

export const ACCOUNTS: Place = { store: 'records', key: 'accounts' };
const SETTINGS: Place = { store: 'records', key: 'settings' };
const COUNTER: Place = { store: 'records', key: 'counter' };
/** What is shown while the passphrase is asked for; never sealed. */
export const LOOK: Place = { store: 'records', key: 'look' };
const tombstonesOf = (account: AccountId): Place => placeOf('records', `tombstones/${account}`);
/** What names of records begin with in which a password is kept. */
export const PASSWORD = 'password/';
const passwordOf = (account: AccountId): Place => placeOf('records', PASSWORD + account);

type Texts = [MessageId, string][];

/** All that is stored, as one tab has it: every row in memory, everything else read when asked for. */
export class Storage implements MailStorage {
  readonly blocks: Blocks;
  readonly #parts: StorageParts;
  #accounts: Account[] = [];
  #settings: Settings = DEFAULTS;
  #loaded: Promise<void> = Promise.resolve();
  /** Accounts or settings that could not be read. They stay as they are. */
  readonly #damaged = new Set<string>();

  constructor(parts: StorageParts) {
    this.#parts = parts;
    const { listener } = parts;
    this.blocks = new Blocks(parts, {
      onLoaded: (ids) => listener.onLoaded(ids),
      onRows: (ids) => listener.onRows(ids),
      onAdded: (account, ids) => listener.onAdded(account, ids),
      onKeyChanged: () => listener.onKeyChanged(),
      onFull: (full) => listener.onFull(full),
      onRecords: async () => {
        const accounts = JSON.stringify(this.#accounts);
        const settings = JSON.stringify(this.#settings);
        await this.#loadRecords();
        // Each new message changes a record too, the counter of ids.
        if (JSON.stringify(this.#accounts) !== accounts) listener.onAccounts();
        if (JSON.stringify(this.#settings) !== settings) listener.onSettings();
      },
    });
  }

  get records(): Records {
    return this.blocks.records;
  }

  get rows(): ReadonlyMap<MessageId, StoredRow> {
    return this.blocks.rows;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Records that could not be read. */
  get damaged(): number {
    return this.blocks.damaged.size + this.#damaged.size;
  }

  accounts(): readonly Account[] {
    return this.#accounts;
  }

  // Opening

  /** What settings tell without a passphrase. */
  async look(): Promise<Settings> {
    return { ...DEFAULTS, ...(await this.records.json<Partial<Settings>>(LOOK)) };
  }

  /** Reads accounts and settings, and begins to read the rows, the newest first. */
  async load(): Promise<void> {
    const loadRows = await this.blocks.load(async () => {
      await migrate(this.records);
      await this.#loadRecords();
    });
    this.#loaded = loadRows();
    // Whoever waits for it hears of a failure; it may be that nobody does.
    this.#loaded.catch(() => undefined);
  }

  /** Resolves when all rows are in memory. */
  get loaded(): Promise<void> {
    return this.#loaded;
  }

  /** Forgets all that is in memory. */
  forget(): void {
    this.blocks.forget();
    this.#loaded = Promise.resolve();
    this.#damaged.clear();
    this.#accounts = [];
    this.#settings = DEFAULTS;
  }

  close(): void {
    this.#parts.channel.close();
    this.#parts.database.close();
  }

  async #loadRecords(): Promise<void> {
    this.#accounts = (await this.#survived<Account[]>(ACCOUNTS)) ?? [];
    this.#settings = { ...DEFAULTS, ...(await this.#survived<Partial<Settings>>(SETTINGS)) };
  }

  async #survived<T>(place: Place): Promise<T | undefined> {
    try {
      return await this.records.json<T>(place);
    } catch {
      this.#damaged.add(String(place.key));
      return undefined;
    }
  }

  // Messages

  async add(account: AccountId, messages: NewMessage[]): Promise<MessageId[]> {
    await this.#loaded;
    return this.blocks.exclusively(async () => {
      // It may have been removed while its mail was on the way.
      if (!this.#accounts.some(({ id }) => id === account)) throw new FailureError(ABORTED);
      let next = await this.#nextId();
      const now = this.#parts.now();
      const writes: Write[] = [];
      const rows: StoredRow[] = [];
      const texts = new Map<MessageId, string>();
      for (const message of messages) {
        const row = newRow(next, account, message, now);
        next += 1;
        rows.push(row);
        texts.set(row.id, message.digest.text);
        writes.push(await this.records.toWrite(placeOf('octets', row.id), message.octets));
      }
      writes.push(...(await this.#textWrites(texts)));
      writes.push(await this.records.toWrite(COUNTER, next));
      await this.blocks.append(account, rows, writes);
      return rows.map(({ id }) => id);
    });
  }

  /** Ids that were given stay given, also where the block of the last one cannot be read. */
  async #nextId(): Promise<MessageId> {
    const next = (await this.records.json<number>(COUNTER)) ?? 1;
    const readable = await this.blocks.block(blockOf(next)).then(
      () => true,
      () => false,
    );
    return readable ? next : (blockOf(next) + 1) * ROW_BLOCK;
  }

  async complete(id: MessageId, octets: Uint8Array, digest: Digest): Promise<void> {
    await this.blocks.update(
      () => [id],
      (row) => ({
        ...row,
        ...digestedRow(digest, row.date, this.#parts.now()),
        size: octets.length,
        local: 'whole',
      }),
      async (changed) =>
        // Expunged while its rest was on the way.
        changed.length === 0
          ? []
          : [
              await this.records.toWrite(placeOf('octets', id), octets),
              ...(await this.#textWrites(new Map([[id, digest.text]]))),
            ],
    );
  }

  /** Deletes rows with their octets and texts, and remembers which of them the server still has. */
  async expunge(ids: Iterable<MessageId>): Promise<MessageId[]> {
    await this.#loaded;
    const left = new Map<AccountId, Tombstone[]>();
    return this.blocks.update(
      () => ids,
      ({ account, seen, stored, server }) => {
        if (seen !== undefined && (server === 'there' || server === 'pending')) {
          const policy = this.#accounts.find(({ id }) => id === account)?.policy;
          const pending = server === 'pending' || policy?.deleteWithLocal === true;
          left.set(account, [...(left.get(account) ?? []), { seen, stored, pending }]);
        }
        return undefined;
      },
      async (gone) => {
        const writes = await this.#deletions(gone);
        for (const [account, stones] of left) {
          const all = [...(await this.#tombstones(account)), ...stones];
          writes.push(await this.records.toWrite(tombstonesOf(account), all));
        }
        return writes;
      },
    );
  }

  async #deletions(ids: readonly MessageId[]): Promise<Write[]> {
    const octets = ids.map((id): Write => ({ store: 'octets', key: id }));
    return [...octets, ...(await this.#textWrites(new Map(ids.map((id) => [id, '']))))];
  }

  octets(id: MessageId): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.records.octets(placeOf('octets', id));
  }

  // Texts

  /** All texts, the newest blocks first. */
  async *texts(): AsyncGenerator<Texts> {
    const { database } = this.#parts;
    const keys = (await database.keys('texts')) as number[];
    for (let end = keys.length; end > 0; end -= CHUNK) {
      const chunk = keys.slice(Math.max(0, end - CHUNK), end);
      const { found } = await database.range('texts', chunk[0] ?? 0, chunk.at(-1) ?? 0);
      const texts = await Promise.all(
        found.map(({ key, value }) =>
          this.records.open<Texts>(placeOf('texts', key), value).catch((): Texts => []),
        ),
      );
      yield texts.flat();
    }
  }

  /** The texts of these messages. */
  async textsOf(ids: readonly MessageId[]): Promise<Texts> {
    const found: Texts = [];
    for (const [key, members] of byBlock(ids, textBlockOf)) {
      const texts = await this.records.json<Texts>(placeOf('texts', key)).catch(() => undefined);
      found.push(...(texts ?? []).filter(([id]) => members.includes(id)));
    }
    return found;
  }

  /** An empty text is none. */
  async #textWrites(texts: ReadonlyMap<MessageId, string>): Promise<Write[]> {
    const writes: Write[] = [];
    for (const [key, members] of byBlock(texts.keys(), textBlockOf)) {
      const place = placeOf('texts', key);
      const before = await this.records.json<Texts>(place).catch(() => undefined);
      const block = new Map(before);
      for (const id of members) {
        const text = texts.get(id);
        if (text) block.set(id, text);
        else block.delete(id);
      }
      if (block.size === 0 && before === undefined) continue;
      writes.push(await this.records.toWrite(place, block.size === 0 ? undefined : [...block]));
    }
    return writes;
  }

  // What is on the server

  async onServer(account: AccountId): Promise<ServerMessage[]> {
    await this.#loaded;
    // Another tab may have fetched, and died before it could tell.
    return this.blocks.shared(async () => {
      const found: ServerMessage[] = [];
      for (const row of this.rows.values()) {
        const { id, seen, stored, local, server } = row;
        if (row.account !== account || seen === undefined) continue;
        if (server === 'there' || server === 'pending') {
          found.push({ seen, id, stored, local, pending: server === 'pending' });
        }
      }
      for (const { seen, stored, pending } of await this.#tombstones(account)) {
        found.push({ seen, stored, local: 'none', pending });
      }
      return found;
    });
  }

  async leftServer(account: AccountId, seen: readonly SeenId[]): Promise<void> {
    const gone = new Set(seen);
    await this.#changeOnServer(account, gone, 'gone', (stones) =>
      stones.filter((stone) => !gone.has(stone.seen)),
    );
  }

  async setPending(account: AccountId, seen: readonly SeenId[], pending: boolean): Promise<void> {
    const wanted = new Set(seen);
    await this.#changeOnServer(account, wanted, pending ? 'pending' : 'there', (stones) =>
      stones.map((stone) => (wanted.has(stone.seen) ? { ...stone, pending } : stone)),
    );
  }

  async #changeOnServer(
    account: AccountId,
    seen: ReadonlySet<SeenId>,
    server: StoredRow['server'],
    stones: (before: Tombstone[]) => Tombstone[],
  ): Promise<void> {
    await this.#loaded;
    if (seen.size === 0) return;
    const rows = (): MessageId[] =>
      [...this.rows.values()]
        .filter((row) => row.account === account && row.seen !== undefined && seen.has(row.seen))
        .map(({ id }) => id);
    await this.blocks.update(
      rows,
      (row) => (row.server === 'gone' || row.server === server ? row : { ...row, server }),
      async () => {
        const before = await this.#tombstones(account);
        if (!before.some((stone) => seen.has(stone.seen))) return [];
        return [await this.records.toWrite(tombstonesOf(account), stones(before))];
      },
    );
  }

  async #tombstones(account: AccountId): Promise<Tombstone[]> {
    return (await this.records.json<Tombstone[]>(tombstonesOf(account))) ?? [];
  }

  // Accounts and settings

  async addAccount(account: Account): Promise<void> {
    await this.#changeAccounts((stored) => [...stored, account]);
  }

  async changeAccount(
    id: AccountId,
    { policy, ...rest }: Parameters<MailStorage['changeAccount']>[1],
  ): Promise<Account | undefined> {
    let changed: Account | undefined;
    await this.#changeAccounts((stored) => {
      const at = stored.findIndex((account) => account.id === id);
      const before = stored[at];
      if (before === undefined) return undefined;
      const whole = { ...before.policy, ...policy } as FetchPolicy;
      changed = { ...before, ...rest, policy: whole };
      return stored.with(at, changed);
    });
    return changed;
  }

  /** As all tabs have left them. */
  async #storedAccounts(): Promise<Account[]> {
    return (await this.records.json<Account[]>(ACCOUNTS)) ?? [];
  }

  /** `change` gets the accounts as all tabs have left them. */
  async #changeAccounts(change: (stored: Account[]) => Account[] | undefined): Promise<void> {
    const written = await this.blocks.exclusively(async () => {
      const accounts = change(await this.#storedAccounts());
      if (accounts === undefined) return false;
      await this.blocks.write(new Map(), [await this.records.toWrite(ACCOUNTS, accounts)]);
      this.#accounts = accounts;
      return true;
    });
    if (written) this.#parts.listener.onAccounts();
  }

  async removeAccount(account: AccountId): Promise<void> {
    await this.#loaded;
    let accounts: Account[] = [];
    await this.blocks.update(
      () => [...this.rows.values()].filter((row) => row.account === account).map(({ id }) => id),
      () => undefined,
      async (gone) => {
        const stored = await this.#storedAccounts();
        accounts = stored.filter(({ id }) => id !== account);
        this.#accounts = accounts;
        return [
          await this.records.toWrite(ACCOUNTS, accounts),
          { ...tombstonesOf(account) },
          { ...passwordOf(account) },
          ...(await this.#deletions(gone)),
        ];
      },
    );
    this.#parts.listener.onAccounts();
  }

  async keepPassword(account: AccountId, password: string): Promise<void> {
    await this.blocks.exclusively(async () => {
      const stored = await this.#storedAccounts();
      const there = stored.some(({ id }) => id === account);
      if (this.records.held === undefined || !there) throw new FailureError(ABORTED);
      const write = await this.records.toWrite(passwordOf(account), password);
      await this.blocks.write(new Map(), [write]);
    });
  }

  async keptPassword(account: AccountId): Promise<string | undefined> {
    if (this.records.held === undefined) return undefined;
    return this.records.json<string>(passwordOf(account));
  }

  async forgetPassword(account: AccountId): Promise<void> {
    await this.blocks.exclusively(() => this.blocks.write(new Map(), [{ ...passwordOf(account) }]));
  }

  async saveSettings(change: Partial<Settings>): Promise<Settings> {
    await this.blocks.exclusively(async () => {
      const stored = await this.records.json<Partial<Settings>>(SETTINGS);
      const settings = { ...DEFAULTS, ...stored, ...change };
      const { language, theme } = settings;
      await this.blocks.write(new Map(), [
        await this.records.toWrite(SETTINGS, settings),
        this.records.plain(LOOK, { language, theme }),
      ]);
      this.#settings = settings;
    });
    this.#parts.listener.onSettings();
    return this.#settings;
  }
}

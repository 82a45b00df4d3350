import type { MessageId } from '../mail-protocol.ts';
import type { StoredRow } from '../storage/rows.ts';
import type { Storage } from '../storage/storage.ts';
import { find } from './find.ts';
import { Search } from './search.ts';
import { Texts } from './texts.ts';

/** What is searched. */
type Stored = Pick<Storage, 'rows' | 'settings' | 'texts' | 'textsOf'>;

/** Searches what is stored, with the texts in memory once one was asked for. Loaded by the first search. */
export class Searcher {
  readonly #storage: Stored;
  readonly #now: () => number;
  readonly #texts = new Texts();
  #loaded: Promise<void> | undefined;

  constructor(storage: Stored, now: () => number) {
    this.#storage = storage;
    this.#now = now;
  }

  /** What is wanted, as it was typed. */
  query(typed: string): Search {
    return new Search(typed, { now: this.#now(), labels: this.#storage.settings.labels });
  }

  /** Which of `rows` match, the newest first, in portions. */
  async *find(
    search: Search,
    rows: readonly StoredRow[],
    signal: AbortSignal,
  ): AsyncGenerator<StoredRow[]> {
    const sorted = rows.toSorted((a, b) => b.date - a.date);
    const portions = find(search, sorted, {
      text: (id) => this.#texts.get(id),
      load: () => (this.#loaded ??= this.#load()),
      signal,
    });
    for await (const ids of portions) {
      yield ids.flatMap((id) => this.#storage.rows.get(id) ?? []);
    }
  }

  /** Rows have come, changed or gone. */
  changed(ids: readonly MessageId[]): void {
    for (const id of ids) if (!this.#storage.rows.has(id)) this.#texts.delete(id);
    if (this.#loaded) this.#loaded = this.#loaded.then(() => this.#read(ids));
  }

  /** Forgets all that was read. */
  clear(): void {
    this.#texts.clear();
    this.#loaded = undefined;
  }

  async #load(): Promise<void> {
    for await (const texts of this.#storage.texts()) {
      for (const [id, text] of texts) this.#texts.set(id, text);
    }
  }

  async #read(ids: readonly MessageId[]): Promise<void> {
    const missing = ids.filter((id) => {
      const row = this.#storage.rows.get(id);
      // A text does not change, but for that of a header whose rest has come.
      return row !== undefined && (row.local === 'whole' || !this.#texts.has(id));
    });
    for (const [id, text] of await this.#storage.textsOf(missing)) this.#texts.set(id, text);
  }
}

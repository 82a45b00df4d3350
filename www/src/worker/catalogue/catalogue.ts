import { later } from '../later.ts';
import type { Counts, ListQuery, ListResult, MessageId, MessageRow } from '../mail-protocol.ts';
import type { Search } from '../search/search.ts';
import type { Searcher } from '../search/searcher.ts';
import type { StoredRow } from '../storage/rows.ts';
import type { Storage } from '../storage/storage.ts';
import { countsOf, finds, listOf, sizesOf } from './lists.ts';
import { Ranks } from './ranks.ts';
import { Threads } from './threads.ts';

/** What the lists are made of. */
type Stored = Pick<Storage, 'rows' | 'loaded' | 'settings' | 'texts' | 'textsOf'>;

interface Watch {
  query: ListQuery;
  listener: (result: ListResult) => void;
  /** Ends the search for the result that is being made. */
  searching?: AbortController;
  /** A whole result was told; from then on, no smaller part of one is. */
  told: boolean;
}

/** Changes that come one upon another make one new list. */
const PAUSE_MS = 40;

/** Between two results of a search that goes on. */
const HITS_PAUSE_MS = 150;

/** After which what searches is asked for again, where it did not come. */
const RETRY_MS = 2_000;

/** Where lists take long to make, the worker has so many times as long for other things. */
const PAUSES = 4;
/**
 * While rows are read, lists are only parts of what will soon be there: after the first of them, who
 * reads is hardly ever kept from reading.
 */
const READING_PAUSE_MS = 1_000;
const READING_PAUSES = 12;

/** Lists, conversations and counts over the rows that are stored, and over their texts. */
export class Catalogue {
  readonly #storage: Stored;
  readonly #now: () => number;
  readonly #onCounts: (counts: Counts) => void;
  readonly #threads = new Threads();
  readonly #watches = new Map<number, Watch>();
  #watched = 0;
  #ranks = new Ranks();
  #language: string | undefined;
  #sizes: Uint32Array | undefined;
  /** All rows are known. */
  #complete = false;
  /** Before lists follow a change. */
  #pause = PAUSE_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #searcher: Searcher | undefined;
  #searching: Promise<Searcher> | undefined;

  constructor(storage: Stored, now: () => number, onCounts: (counts: Counts) => void) {
    this.#storage = storage;
    this.#now = now;
    this.#onCounts = onCounts;
  }

  /** After the storage has begun to read. */
  opened(): void {
    const { loaded } = this.#storage;
    this.#pause = 0;
    void loaded
      .catch(() => undefined)
      .then(() => {
        // It was locked in the meantime, and perhaps opened anew.
        if (loaded !== this.#storage.loaded) return;
        this.#complete = true;
        this.#threads.joinBySubject();
        // Now, and not after a pause for what comes in portions.
        this.#tellAll();
      });
  }

  /** Ends all lists that are watched. */
  unwatchAll(): void {
    for (const id of [...this.#watches.keys()]) this.unwatch(id);
  }

  /** Forgets all that was read; what is watched shows what is read anew. */
  clear(): void {
    for (const { searching } of this.#watches.values()) searching?.abort();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#threads.clear();
    this.#searcher?.clear();
    this.#sizes = undefined;
    this.#complete = false;
  }

  /** Rows have come, changed or gone. */
  rowsChanged(ids: readonly MessageId[]): void {
    for (const id of ids) {
      const row = this.#storage.rows.get(id);
      if (row === undefined) this.#threads.delete(id);
      else this.#threads.add(row);
    }
    if (this.#complete) this.#threads.joinBySubject();
    this.#searcher?.changed(ids);
    this.#changed();
  }

  counts(): Counts {
    return countsOf(this.#storage.rows.values());
  }

  // Lists

  watch(query: ListQuery, listener: (result: ListResult) => void): number {
    const id = (this.#watched += 1);
    const watch: Watch = { query, listener, told: false };
    this.#watches.set(id, watch);
    // Whoever watches knows by then under which name.
    setTimeout(() => this.#tell(watch));
    return id;
  }

  unwatch(id: number): void {
    this.#watches.get(id)?.searching?.abort();
    this.#watches.delete(id);
  }

  #changed(): void {
    this.#sizes = undefined;
    if (this.#pause === 0) this.#tellAll();
    else this.#timer ??= setTimeout(() => this.#tellAll(), this.#pause);
  }

  #tellAll(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sizes = undefined;
    const began = performance.now();
    for (const watch of this.#watches.values()) this.#tell(watch);
    this.#onCounts(this.counts());
    const took = performance.now() - began;
    this.#pause = this.#complete
      ? Math.max(PAUSE_MS, PAUSES * took)
      : Math.max(READING_PAUSE_MS, READING_PAUSES * took);
  }

  #tell(watch: Watch): void {
    watch.searching?.abort();
    const searching = new AbortController();
    watch.searching = searching;
    const typed = typedIn(watch.query);
    if (typed === undefined) this.#send(watch, this.#found(watch.query), this.#complete);
    else void this.#tellSearched(watch, typed, searching.signal);
  }

  #loadSearcher(): Promise<Searcher> {
    this.#searching ??= later(() => import('../search/searcher.ts')).then(
      ({ Searcher }) => (this.#searcher = new Searcher(this.#storage, this.#now)),
      (thrown: unknown) => {
        this.#searching = undefined;
        throw thrown;
      },
    );
    return this.#searching;
  }

  /** What searches, however often it has to be asked for; `undefined` when nobody waits any more. */
  async #patientSearcher(signal: AbortSignal): Promise<Searcher | undefined> {
    while (!signal.aborted) {
      try {
        return await this.#loadSearcher();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    return undefined;
  }

  #found(query: ListQuery, anyFolder = false): StoredRow[] {
    const found: StoredRow[] = [];
    for (const row of this.#storage.rows.values())
      if (finds(query, row, anyFolder)) found.push(row);
    return found;
  }

  async #tellSearched(watch: Watch, typed: string, signal: AbortSignal): Promise<void> {
    const searcher = await this.#patientSearcher(signal);
    if (searcher === undefined || signal.aborted) return;
    const search = searcher.query(typed);
    const found: StoredRow[] = [];
    let due = watch.told ? Infinity : 0;
    for await (const rows of this.#searched(searcher, watch.query, search, signal)) {
      for (const row of rows) found.push(row);
      // The first hits at once; then not so often that sorting them takes longer than the search.
      if (performance.now() < due) continue;
      this.#send(watch, found, false, search);
      due = performance.now() + HITS_PAUSE_MS;
    }
    if (!signal.aborted) this.#send(watch, found, this.#complete, search);
  }

  /** What a search finds, in portions. */
  #searched(
    searcher: Searcher,
    query: ListQuery,
    search: Search,
    signal: AbortSignal,
  ): AsyncGenerator<StoredRow[]> {
    return searcher.find(search, this.#found(query, search.namesFolder), signal);
  }

  #send(watch: Watch, rows: readonly StoredRow[], complete: boolean, search?: Search): void {
    if (complete) watch.told = true;
    const misunderstood = search?.misunderstood ?? [];
    watch.listener({
      ...this.#list(rows, watch.query),
      complete,
      ...(misunderstood.length > 0 && { misunderstood: [...misunderstood] }),
    });
  }

  #list(rows: readonly StoredRow[], query: ListQuery): Omit<ListResult, 'complete'> {
    const { language } = this.#storage.settings;
    if (language !== this.#language) {
      this.#language = language;
      this.#ranks = new Ranks(language === 'auto' ? undefined : language);
    }
    const sizes = (): Uint32Array =>
      (this.#sizes ??= sizesOf(this.#storage.rows.values(), this.#threads));
    return listOf(rows, query, this.#threads, this.#ranks, sizes);
  }

  /** All that the query finds, each message by itself, in the order of its list. */
  async all(query: ListQuery): Promise<StoredRow[]> {
    await this.#storage.loaded;
    const typed = typedIn(query);
    let found: StoredRow[] = [];
    if (typed === undefined) found = this.#found(query);
    else {
      const searcher = await this.#loadSearcher();
      const { signal } = new AbortController();
      const portions = this.#searched(searcher, query, searcher.query(typed), signal);
      for await (const rows of portions) found.push(...rows);
    }
    const { ids } = this.#list(found, { ...query, conversations: false });
    return [...ids].flatMap((id) => this.#storage.rows.get(id) ?? []);
  }

  // Messages

  rows(ids: readonly MessageId[]): MessageRow[] {
    return ids.flatMap((id) => {
      const row = this.#storage.rows.get(id);
      return row === undefined ? [] : [this.#shown(row)];
    });
  }

  /** The messages of a conversation, oldest first; what is in the trash only if it was asked for. */
  conversation(id: MessageId): MessageRow[] {
    const thread = this.#threads.of(id);
    const found: StoredRow[] = [];
    for (const row of this.#storage.rows.values()) {
      const wanted = row.folder !== 'trash' || row.id === id;
      if (wanted && this.#threads.of(row.id) === thread) found.push(row);
    }
    found.sort((one, two) => one.date - two.date || one.id - two.id);
    return found.map((row) => this.#shown(row));
  }

  #shown(row: StoredRow): MessageRow {
    const { id, account, folder, from, to, subject, date, size, attachments, snippet } = row;
    const { read, starred, labels, local, server, broken } = row;
    const thread = this.#threads.of(id);
    const rest = { read, starred, labels, local, server, thread, broken };
    const shown = { id, account, folder, to, date, size, attachments, snippet, ...rest };
    return { ...shown, ...(from && { from }), ...(subject !== undefined && { subject }) };
  }
}

/** What is searched for, if anything. */
function typedIn({ search }: ListQuery): string | undefined {
  return search?.trim() === '' ? undefined : search;
}

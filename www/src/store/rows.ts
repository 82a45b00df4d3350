import type { MessageId, MessageRow } from '../worker/mail-protocol.ts';

/** Rows kept: some screens in each direction, whatever the length of the list. */
const CAPACITY = 1_000;

/** Rows asked for at once, so that an answer is quickly there and quickly drawn. */
const MOST_AT_ONCE = 200;

type Ask = (ids: MessageId[]) => Promise<MessageRow[]>;

/**
 * Rows that are in sight or were lately. What is missing is asked for, one question at a time, and
 * always what is in sight now: rows that were scrolled past are not asked for any more.
 */
export class RowCache {
  readonly #ask: Ask;
  readonly #changed: (rows: readonly MessageRow[]) => void;
  /** Oldest use first. */
  readonly #rows = new Map<MessageId, MessageRow>();
  /** Known to have changed since; shown until the new ones are here. */
  readonly #stale = new Set<MessageId>();
  #wanted: readonly MessageId[] = [];
  #asking = false;

  constructor(ask: Ask, changed: (rows: readonly MessageRow[]) => void) {
    this.#ask = ask;
    this.#changed = changed;
  }

  /** The row, where it is here. */
  peek(id: MessageId): MessageRow | undefined {
    return this.#rows.get(id);
  }

  /** Has these rows come, if they are not here. */
  want(ids: readonly MessageId[]): void {
    this.#wanted = ids;
    void this.#work();
  }

  /** These have changed: asked for anew if in sight, forgotten otherwise. */
  outdate(ids: readonly MessageId[]): void {
    const inSight = new Set(this.#wanted);
    for (const id of ids) {
      if (inSight.has(id)) this.#stale.add(id);
      else this.#rows.delete(id);
    }
    void this.#work();
  }

  clear(): void {
    this.#rows.clear();
    this.#stale.clear();
    this.#wanted = [];
  }

  async #work(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      for (;;) {
        const missing = this.#wanted
          .filter((id) => !this.#rows.has(id) || this.#stale.has(id))
          .slice(0, MOST_AT_ONCE);
        if (missing.length === 0) break;
        for (const id of missing) this.#stale.delete(id);
        const rows = await this.#ask(missing);
        this.#put(rows);
        // A message that is gone has no row; the list without it is on its way.
        const gone = new Set(missing);
        for (const { id } of rows) gone.delete(id);
        this.#wanted = this.#wanted.filter((id) => !gone.has(id));
        this.#changed(rows);
      }
    } catch {
      // The worker has died, which is told elsewhere.
      this.#wanted = [];
    } finally {
      this.#asking = false;
    }
  }

  #put(rows: readonly MessageRow[]): void {
    for (const row of rows) {
      this.#rows.delete(row.id);
      this.#rows.set(row.id, row);
    }
    for (const id of this.#rows.keys()) {
      if (this.#rows.size <= CAPACITY) break;
      this.#rows.delete(id);
    }
  }
}

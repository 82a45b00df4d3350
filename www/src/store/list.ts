import type {
  ListQuery,
  ListResult,
  MailWorker,
  MessageId,
  MessageRow,
} from '../worker/mail-protocol.ts';
import { Observable } from './observable.ts';
import { RowCache } from './rows.ts';
import {
  NOTHING,
  extended,
  followed,
  kept,
  neighbour,
  toggled,
  type Selection,
} from './selection.ts';

export interface ListState {
  query: ListQuery;
  /** No result for this place has come yet. */
  waiting: boolean;
  /** In the order shown. */
  ids: Uint32Array;
  /** Messages of each conversation, beside `ids`; empty without conversations. */
  sizes: Uint32Array;
  messages: number;
  unread: number;
  /** More is being read or searched. */
  complete: boolean;
  misunderstood: readonly string[];
  /** The row that keyboard focus is on, or would go to. */
  active: MessageId | undefined;
  selected: Selection;
  /** Deleted for good in a moment, unless that is taken back. */
  leaving: Selection;
  /** Grows with each row that has come or changed; the rows are asked of {@link MailList.row}. */
  rowsVersion: number;
}

/** The inbox of all accounts, newest first. */
export const UNIFIED_INBOX: ListQuery = {
  folder: 'inbox',
  sort: 'date',
  descending: true,
  conversations: true,
};

const EMPTY = new Uint32Array();

const NO_RESULT = {
  waiting: true,
  ids: EMPTY,
  sizes: EMPTY,
  messages: 0,
  unread: 0,
  complete: false,
  misunderstood: [],
  active: undefined,
  selected: NOTHING,
  leaving: NOTHING,
};

type Mail = Pick<MailWorker, 'watch' | 'unwatch' | 'rows'>;

/** The list of messages: what it shows, which rows of it are here, what is active and selected. */
export class MailList extends Observable<ListState> {
  readonly #mail: Mail;
  readonly #rows: RowCache;
  /** Tells results of a query that is no longer shown. */
  #showing = 0;
  #watch: Promise<number> | undefined;
  /** Where a range begins. */
  #anchor: MessageId | undefined;
  #returning: MessageId | undefined;

  constructor(mail: Mail, rowsChanged: (rows: readonly MessageRow[]) => void = () => {}) {
    super({ query: UNIFIED_INBOX, rowsVersion: 0, ...NO_RESULT });
    this.#mail = mail;
    this.#rows = new RowCache(
      (ids) => mail.rows(ids),
      (rows) => {
        rowsChanged(rows);
        this.patch({ rowsVersion: this.state.rowsVersion + 1 });
      },
    );
  }

  /** Watches what the query finds. In another place, what was shown goes at once. */
  show(query: ListQuery): void {
    const before = this.state.query;
    const elsewhere =
      before.account !== query.account ||
      before.folder !== query.folder ||
      before.label !== query.label ||
      before.pending !== query.pending;
    this.#anchor = undefined;
    this.#returning = undefined;
    this.patch({ query, ...(elsewhere ? NO_RESULT : { complete: false, selected: NOTHING }) });
    const showing = ++this.#showing;
    this.#unwatch();
    this.#watch = this.#mail.watch(query, (result) => {
      if (showing === this.#showing) this.#adopt(result);
    });
    // A worker that dies is told elsewhere.
    this.#watch.catch(() => {});
  }

  /** Forgets all, as when what is stored is locked. */
  close(): void {
    this.#showing += 1;
    this.#unwatch();
    this.#rows.clear();
    this.patch({ query: UNIFIED_INBOX, ...NO_RESULT });
  }

  #unwatch(): void {
    const watch = this.#watch;
    this.#watch = undefined;
    void watch?.then((id) => this.#mail.unwatch(id)).catch(() => {});
  }

  #adopt({ ids, sizes, messages, unread, complete, misunderstood = [] }: ListResult): void {
    const { ids: before, selected } = this.state;
    let { active } = this.state;
    if (this.#returning !== undefined && ids.includes(this.#returning)) {
      active = this.#returning;
      this.#returning = undefined;
    }
    this.patch({
      waiting: false,
      ids,
      sizes,
      messages,
      unread,
      complete,
      misunderstood,
      active: followed(before, ids, active),
      selected: kept(selected, ids),
    });
  }

  row(id: MessageId): MessageRow | undefined {
    return this.#rows.peek(id);
  }

  /** Messages of the conversation that a row stands for; of what is no row, nobody knows. */
  sizeOf(id: MessageId): number | undefined {
    const { ids, sizes } = this.state;
    return sizes[ids.indexOf(id)];
  }

  /** Has the rows from `start` to `end`, exclusive, come. */
  want(start: number, end: number): void {
    this.#rows.want([...this.state.ids.subarray(start, end)]);
  }

  /** Rows have changed, here or in another tab. */
  rowsChanged(ids: readonly MessageId[]): void {
    this.#rows.outdate(ids);
  }

  activate(id: MessageId | undefined): void {
    if (id !== this.state.active) this.patch({ active: id });
  }

  /** Moves the active row, and with `extend` selects all that it passes. */
  move(steps: number, extend = false): void {
    const { ids, active } = this.state;
    const id = neighbour(ids, active, steps);
    if (id === undefined) return;
    if (extend) {
      this.#anchor ??= active;
      const selected = extended(this.state.selected, ids, active, id);
      this.patch({ active: id, selected });
    } else {
      this.patch({ active: id });
    }
  }

  toggle(id: MessageId): void {
    this.#anchor = id;
    this.patch({ active: id, selected: toggled(this.state.selected, id) });
  }

  /** Selects all from where the last selection was made. */
  extendTo(id: MessageId): void {
    const { ids, active, selected } = this.state;
    this.patch({ active: id, selected: extended(selected, ids, this.#anchor ?? active, id) });
  }

  selectAll(): void {
    this.patch({ selected: new Set(this.state.ids) });
  }

  selectOnly(ids: Iterable<MessageId>): void {
    this.#anchor = undefined;
    this.patch({ selected: kept(new Set(ids), this.state.ids) });
  }

  setLeaving(ids: readonly MessageId[]): void {
    this.patch({ leaving: new Set(ids), selected: NOTHING });
  }

  /** Makes this the active row as soon as it is in the list, as when its deletion is undone. */
  returnTo(id: MessageId | undefined): void {
    this.#returning = id;
    if (id !== undefined && this.state.ids.includes(id)) this.activate(id);
  }

  selectNone(): void {
    this.#anchor = undefined;
    if (this.state.selected.size > 0) this.patch({ selected: NOTHING });
  }

  /** All messages that a query finds, in its order, once. */
  find(query: ListQuery): Promise<Uint32Array> {
    return new Promise((resolve, reject) => {
      const watch = this.#mail.watch(query, ({ ids, complete }) => {
        if (!complete) return;
        resolve(ids);
        void watch.then((id) => this.#mail.unwatch(id)).catch(() => {});
      });
      watch.catch(reject);
    });
  }
}

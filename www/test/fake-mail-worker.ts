import { failed, success, type Outcome } from '../src/lib/outcome.ts';
import type {
  Account,
  Change,
  ChangeId,
  Counts,
  ListQuery,
  ListResult,
  MailEvent,
  MailWorker,
  MessageId,
  MessageRow,
  Opened,
  Settings,
} from '../src/worker/mail-protocol.ts';
import { INITIAL } from '../src/store/mail-state.ts';

export function account(id: string, more: Partial<Account> = {}): Account {
  return {
    id,
    title: `${id}@example.org`,
    server: 'mail',
    user: id,
    hop: { mode: 'proxy' },
    policy: {
      what: 'whole',
      onServer: { kind: 'keep' },
      deleteWithLocal: true,
      intervalMinutes: 0,
    },
    passwordKept: false,
    ...more,
  };
}

export function row(id: MessageId, more: Partial<MessageRow> = {}): MessageRow {
  return {
    id,
    account: 'ada',
    folder: 'inbox',
    from: { name: `Sender ${id}`, address: `s${id}@example.org` },
    to: [],
    subject: `Subject ${id}`,
    date: id * 60_000,
    size: 1000 + id,
    attachments: false,
    snippet: `Text ${id}`,
    read: false,
    starred: false,
    labels: [],
    local: 'whole',
    server: 'there',
    thread: id,
    broken: false,
    ...more,
  };
}

/** A mail worker whose store is an array, and whose answers come in the next microtask. */
export class FakeMailWorker implements Partial<MailWorker> {
  readonly messages = new Map<MessageId, MessageRow>();
  accounts: Account[] = [account('ada')];
  settings: Settings = { ...INITIAL.settings, conversations: false };
  /** What was asked, by method, for tests to look at. */
  readonly log: [method: string, ...values: unknown[]][] = [];
  /** Methods that fail as if the store were full. */
  readonly fails = new Set<string>();
  #listener: (event: MailEvent) => void = () => {};
  readonly #watches = new Map<number, () => void>();
  #watchCount = 0;
  readonly #changes: MessageRow[][] = [];

  constructor(rows: readonly MessageRow[] = []) {
    for (const one of rows) this.messages.set(one.id, one);
  }

  async open(listener: (event: MailEvent) => void): Promise<Outcome<Opened>> {
    this.#listener = listener;
    return success({
      accounts: this.accounts,
      statuses: Object.fromEntries(this.accounts.map(({ id }) => [id, { kind: 'idle' as const }])),
      settings: this.settings,
      storage: INITIAL.storage,
      counts: this.#counts(),
    });
  }

  tell(event: MailEvent): void {
    this.#listener(event);
  }

  /** As if a fetch had stored them. */
  arrive(...rows: MessageRow[]): void {
    for (const one of rows) this.messages.set(one.id, one);
    this.#changed([]);
  }

  get watches(): number {
    return this.#watches.size;
  }

  async watch(query: ListQuery, listener: (result: ListResult) => void): Promise<number> {
    const watch = ++this.#watchCount;
    const tell = (): void => listener(this.#find(query));
    this.#watches.set(watch, tell);
    queueMicrotask(() => this.#watches.get(watch)?.());
    return watch;
  }

  async unwatch(watch: number): Promise<void> {
    this.#watches.delete(watch);
  }

  async rows(ids: MessageId[]): Promise<MessageRow[]> {
    this.log.push(['rows', ids]);
    return ids.flatMap((id) => this.messages.get(id) ?? []);
  }

  async conversation(id: MessageId): Promise<MessageRow[]> {
    const thread = this.messages.get(id)?.thread;
    return [...this.messages.values()]
      .filter((one) => one.thread === thread && one.folder !== 'trash')
      .sort((a, b) => a.date - b.date);
  }

  async octets(id: MessageId): Promise<Outcome<Uint8Array>> {
    return success(new TextEncoder().encode(`Subject: ${id}\r\n\r\n`));
  }

  async change(ids: MessageId[], change: Change): Promise<Outcome<ChangeId>> {
    this.log.push(['change', ids, change]);
    if (this.fails.has('change')) return failed({ code: 'internal', blame: 'package' });
    this.#changes.push(ids.flatMap((id) => this.messages.get(id) ?? []));
    const { addLabel, removeLabel, ...plain } = change;
    this.#edit(ids, (one) => ({
      ...one,
      ...plain,
      labels: [...new Set([...one.labels, addLabel ?? []].flat())].filter(
        (id) => id !== removeLabel,
      ),
    }));
    return success(this.#changes.length - 1);
  }

  async undo(change: ChangeId): Promise<Outcome<void>> {
    this.log.push(['undo', change]);
    const before = this.#changes[change] ?? [];
    for (const one of before) this.messages.set(one.id, one);
    this.#changed(before.map(({ id }) => id));
    return success(undefined);
  }

  async expunge(ids: MessageId[]): Promise<Outcome<void>> {
    this.log.push(['expunge', ids]);
    for (const id of ids) this.messages.delete(id);
    this.#changed(ids);
    return success(undefined);
  }

  async deleteOnServer(ids: MessageId[], wanted: boolean): Promise<Outcome<void>> {
    this.log.push(['deleteOnServer', ids, wanted]);
    this.#edit(ids, (one) => ({ ...one, server: wanted ? 'pending' : 'there' }));
    return success(undefined);
  }

  async saveSettings(change: Partial<Settings>): Promise<Outcome<Settings>> {
    this.settings = { ...this.settings, ...change };
    this.tell({ type: 'settings', settings: this.settings });
    return success(this.settings);
  }

  #edit(ids: readonly MessageId[], edit: (row: MessageRow) => MessageRow): void {
    for (const id of ids) {
      const one = this.messages.get(id);
      if (one) this.messages.set(id, edit(one));
    }
    this.#changed(ids);
  }

  #changed(ids: readonly MessageId[]): void {
    this.tell({ type: 'rows', ids: [...ids] });
    this.tell({ type: 'counts', counts: this.#counts() });
    for (const tell of this.#watches.values()) tell();
  }

  #counts(): Counts {
    const counts: Counts = { folders: {}, labels: {}, pending: {} };
    for (const { account: of, folder, read, server } of this.messages.values()) {
      const key = `${of}/${folder}`;
      const sum = (counts.folders[key] ??= { messages: 0, unread: 0 });
      sum.messages += 1;
      if (!read) sum.unread += 1;
      if (server === 'pending') counts.pending[of] = (counts.pending[of] ?? 0) + 1;
    }
    return counts;
  }

  #find(query: ListQuery): ListResult {
    const { search = '' } = query;
    let found = [...this.messages.values()].filter(
      (one) =>
        (query.account === undefined || one.account === query.account) &&
        (query.pending === true ||
          (query.folder === undefined ? one.folder !== 'trash' : one.folder === query.folder)) &&
        (query.label === undefined || one.labels.includes(query.label)) &&
        (query.pending !== true || one.server === 'pending') &&
        (query.unread !== true || !one.read) &&
        (query.starred !== true || one.starred) &&
        (query.attachments !== true || one.attachments) &&
        `${one.subject} ${one.from?.name}`.toLowerCase().includes(search.toLowerCase()),
    );
    found.sort((a, b) => (query.descending ? b.date - a.date : a.date - b.date));
    const sizes: number[] = [];
    if (query.conversations) {
      const threads = new Map<number, MessageRow[]>();
      for (const one of found) threads.set(one.thread, [...(threads.get(one.thread) ?? []), one]);
      found = [];
      for (const members of threads.values()) {
        const newest = members.toSorted((a, b) => b.date - a.date)[0];
        if (newest) found.push(newest);
        sizes.push(members.length);
      }
    }
    return {
      ids: Uint32Array.from(found, ({ id }) => id),
      sizes: Uint32Array.from(sizes),
      messages: found.length,
      unread: found.filter(({ read }) => !read).length,
      complete: true,
    };
  }
}

import { loadServers, type Endpoints } from '../lib/servers.ts';
import { words } from '../messages.ts';
import type {
  Mailbox,
  MessageKey,
  ParserWorker,
  SessionWorker,
  SignOutReport,
  Summary,
} from '../worker/protocol.ts';
import { Batch } from './batch.ts';
import {
  fill,
  fragileMarks,
  merge,
  neighbour,
  unfilled,
  unmarkedBeside,
  withMarks,
  type Merge,
} from './mailbox.ts';
import { MessageCache, type FetchedMessage } from './message-cache.ts';
import { Observable } from './observable.ts';
import {
  INITIAL,
  signedOut,
  type MessageView,
  type Notice,
  type OpenMessage,
  type Row,
  type State,
} from './state.ts';

export interface Backend {
  session: SessionWorker;
  parser: Pick<ParserWorker, 'summarise' | 'parse'>;
  endpoints: Endpoints;
}

export interface SignIn {
  server: string;
  user: string;
  password: string;
}

/**
 * The page's one state, and what people want of it. Views read the state and call the intents;
 * nothing else talks to the workers.
 */
export class Store extends Observable<State> {
  readonly #session: SessionWorker;
  readonly #parser: Backend['parser'];
  readonly #endpoints: Endpoints;
  readonly #cache = new MessageCache();
  readonly #arrived = new Batch<MessageKey, Summary | null>((found) => {
    this.patch({ rows: fill(this.state.rows, found) });
  });
  /** Tells answers for an account that has been signed out since. */
  #account = 0;
  #feed = 0;
  #toasts = 0;

  constructor({ session, parser, endpoints }: Backend) {
    super(INITIAL);
    this.#session = session;
    this.#parser = parser;
    this.#endpoints = endpoints;
  }

  // Signing in and out

  async loadServers(): Promise<void> {
    this.patch({ servers: undefined, serversFailure: undefined });
    const outcome = await loadServers(this.#endpoints.servers);
    this.patch(
      outcome.ok ? { servers: outcome.value.servers } : { serversFailure: outcome.failure },
    );
  }

  /** The password is handed on and not kept here. Resolves to whether it worked. */
  async signIn({ server: name, user, password }: SignIn): Promise<boolean> {
    const server = this.state.servers?.find((known) => known.name === name);
    if (server === undefined || this.state.phase !== 'signed-out') return false;
    const account = ++this.#account;
    this.patch({
      phase: 'signing-in',
      signInFailure: undefined,
      farewell: undefined,
      announcement: words.signIn.connecting,
    });
    const url = this.#endpoints.pop3;
    const outcome = await this.#session.signIn({ url, server: name, user, password });
    if (account !== this.#account) return false;
    if (!outcome.ok) {
      this.patch({ phase: 'signed-out', signInFailure: outcome.failure, announcement: '' });
      return false;
    }
    const { entries, connection } = outcome.value;
    const { rows } = merge([], entries);
    this.patch({
      phase: 'inbox',
      account: { server, user },
      connection,
      rows,
      active: rows[0]?.key,
      announcement: words.inbox.count(rows.length),
    });
    void this.#fill();
    return true;
  }

  cancelSignIn(): void {
    if (this.state.phase !== 'signing-in') return;
    this.#account += 1;
    this.patch({ phase: 'signed-out', announcement: words.signIn.cancelled });
    void this.#session.abandon();
  }

  /** Deletes what is marked, then ends the session. */
  async signOut(): Promise<void> {
    if (this.state.phase !== 'inbox') return;
    const { marked } = this.state;
    this.#feed += 1;
    this.patch({
      phase: 'signing-out',
      filling: false,
      signOutReport: undefined,
      notice: undefined,
      checkAsks: false,
      toast: undefined,
      announcement: words.deletion.signingOut(marked.length),
    });
    const report = await this.#session.signOut([...marked]);
    if (report.kept.length === 0 && report.unsure.length === 0) {
      this.#leave({ deleted: report.deleted.length });
    } else {
      this.#stayAfter(report);
    }
  }

  /** Closes the session that a sign-out waits for; what it did not confirm is then told. */
  stopWaiting(): void {
    if (this.state.phase === 'signing-out') void this.#session.stopWaiting();
  }

  async signOutWithoutDeleting(): Promise<void> {
    const { marked, signOutReport } = this.state;
    this.patch({ phase: 'signing-out', announcement: words.deletion.signingOut(0) });
    await this.#session.abandon();
    const unsure = signOutReport?.unsure.length ?? 0;
    const deleted = signOutReport?.deleted.length ?? 0;
    this.#leave({ deleted, notDeleted: marked.length - unsure, unsure });
  }

  /** Back to the list after a sign-out that did not delete everything. */
  staySignedIn(): void {
    this.patch({ signOutReport: undefined });
    void this.#fill();
  }

  #leave({ deleted = 0, notDeleted = 0, unsure = 0 }): void {
    this.#account += 1;
    this.#feed += 1;
    this.#cache.clear();
    this.#arrived.clear();
    this.replace(signedOut(this.state, { deleted, notDeleted, unsure }));
  }

  #stayAfter(report: SignOutReport): void {
    const deleted = new Set(report.deleted);
    const rows = this.state.rows.filter(({ key }) => !deleted.has(key));
    const { open } = this.state;
    this.#cacheForget(deleted);
    this.patch({
      ...(open && deleted.has(open.key) ? { open: { ...open, gone: true } } : {}),
      phase: 'inbox',
      rows,
      marked: this.state.marked.filter((key) => !deleted.has(key)),
      signOutReport: report,
      announcement: words.deletion.failedHeading,
    });
    this.#activate(this.state.active);
  }

  // The list

  /**
   * A mailbox is a snapshot of sign-in, so this ends the session and begins another. Where that
   * would lose marks, it asks first, unless that has been answered.
   */
  async check({ losingMarks = false } = {}): Promise<void> {
    if (this.state.phase !== 'inbox' || this.state.checking) return;
    if (!losingMarks && fragileMarks(this.state.rows).length > 0) {
      this.patch({ checkAsks: true });
      return;
    }
    const account = this.#account;
    this.#feed += 1;
    this.patch({
      checking: true,
      filling: false,
      notice: undefined,
      checkAsks: false,
      announcement: words.inbox.checking,
    });
    const outcome = await this.#session.refresh();
    if (account !== this.#account) return;
    this.patch({ checking: false });
    if (outcome.ok) {
      const { rows, added, gone, certain } = this.#adopt(outcome.value);
      const lost = gone.length > 0 ? ` ${words.inbox.gone(gone.length)}` : '';
      this.#toast(certain ? words.inbox.added(added) + lost : words.inbox.listedAnew(rows.length));
    } else {
      this.#notice({ failure: outcome.failure, retry: 'check' });
    }
    if (outcome.ok) void this.#fill();
  }

  activate(key: MessageKey): void {
    if (key !== this.state.active) this.patch({ active: key });
  }

  /** Moves the focus, and with a message open also what is read. */
  move(steps: number): void {
    const { rows, active, open } = this.state;
    const key = neighbour(rows, open?.key ?? active, steps);
    if (key === undefined) return;
    if (open) void this.open(key);
    else this.patch({ active: key });
  }

  dismissNotice(): void {
    this.patch({ notice: undefined });
  }

  dismissMarksLost(): void {
    this.patch({ marksLost: undefined });
  }

  dontCheck(): void {
    this.patch({ checkAsks: false });
  }

  retryNotice(): void {
    const retry = this.state.notice?.retry;
    this.patch({ notice: undefined });
    if (retry === 'check') void this.check();
    if (retry === 'fill') void this.#fill();
  }

  /** Fetches the headers that are missing, newest first. */
  async #fill(): Promise<void> {
    const wanted = unfilled(this.state.rows);
    if (wanted.length === 0) return;
    const feed = ++this.#feed;
    this.patch({ filling: true });
    const parsing: Promise<void>[] = [];
    const { outcome, reconnected } = await this.#session.headers(wanted, (key, headers) => {
      if (feed !== this.#feed) return;
      parsing.push(this.#summarise(key, headers.ok ? headers.value : undefined, feed));
    });
    if (feed !== this.#feed) return;
    await Promise.all(parsing);
    if (feed !== this.#feed) return;
    this.#arrived.flush();
    this.patch({ filling: false });
    if (reconnected) this.#noteReconnected(reconnected);
    if (!outcome.ok) this.#notice({ failure: outcome.failure, retry: 'fill' });
    else if (reconnected) void this.#fill();
    else this.#announce(words.inbox.filled(this.state.rows.length));
  }

  async #summarise(key: MessageKey, headers: Uint8Array | undefined, feed: number): Promise<void> {
    const outcome = headers && (await this.#parser.summarise(headers));
    if (feed === this.#feed) this.#arrived.add(key, outcome?.ok ? outcome.value : null);
  }

  /** Takes over the mailbox of a new session; nothing that is known is lost. */
  #adopt({ entries, connection }: Mailbox): Merge {
    const { rows: before, marked, open, marksLost = [] } = this.state;
    const merged = merge(before, entries);
    const left = new Set(merged.gone);
    const byOtherNames = entries.some(({ lasting }) => !lasting);
    const lost = before
      .filter((row) => row.marked && left.has(row.key) && (byOtherNames || !row.lasting))
      .map((row) => row.summary?.subject || words.inbox.number(row.number));
    this.patch({
      rows: merged.rows,
      connection,
      marked: marked.filter((key) => !left.has(key)),
      checkAsks: false,
      ...(lost.length > 0 ? { marksLost: [...marksLost, ...lost] } : {}),
      ...(open && left.has(open.key) ? { open: { ...open, gone: true } } : {}),
    });
    this.#activate(this.state.active);
    return merged;
  }

  #noteReconnected(mailbox: Mailbox): void {
    this.#adopt(mailbox);
    this.#toast(words.inbox.reconnected);
  }

  #activate(key: MessageKey | undefined): void {
    const { rows } = this.state;
    const stands = key !== undefined && rows.some((row) => row.key === key);
    this.patch({ active: stands ? key : rows[0]?.key });
  }

  // Reading

  /** Opens a message: from memory where it was read before. */
  async open(key: MessageKey): Promise<void> {
    const row = this.#row(key);
    if (row === undefined || this.state.phase !== 'inbox') return;
    const cached = this.#cache.take(key);
    const { number, size } = row;
    const opening = { key, number, size, received: 0, remoteImages: false, gone: false };
    this.patch({ active: key, open: { ...opening, status: 'loading', view: 'text' } });
    if (cached) return this.#show(key, cached);

    const account = this.#account;
    const { outcome, reconnected } = await this.#session.retrieve(key, (received) => {
      this.#patchOpen(key, { received });
    });
    if (account !== this.#account) return;
    if (reconnected) {
      this.#noteReconnected(reconnected);
      void this.#fill();
    }
    if (!outcome.ok) {
      this.#patchOpen(key, { status: 'failed', failure: outcome.failure });
      this.#announce(words.message.failed);
      return;
    }
    const octets = outcome.value;
    const parsed = await this.#parser.parse(octets);
    if (account !== this.#account) return;
    const fetched: FetchedMessage = { octets, ...(parsed.ok ? { message: parsed.value } : {}) };
    this.#cache.put(key, fetched);
    this.#show(key, fetched);
  }

  reopen(): void {
    const { open } = this.state;
    if (open) void this.open(open.key);
  }

  close(): void {
    if (this.state.open) this.patch({ open: undefined });
  }

  showView(view: MessageView): void {
    const { open } = this.state;
    if (open) this.#patchOpen(open.key, { view });
  }

  loadRemoteImages(): void {
    const { open } = this.state;
    if (open) this.#patchOpen(open.key, { remoteImages: true });
  }

  #show(key: MessageKey, { octets, message }: FetchedMessage): void {
    const { open } = this.state;
    if (open?.key !== key) return;
    const view = message === undefined ? 'source' : message.html === undefined ? 'text' : 'html';
    const ready: OpenMessage = { ...open, status: 'ready', received: octets.length, octets, view };
    const rows = this.state.rows.map((row): Row => {
      if (row.key !== key) return row;
      if (row.summary !== undefined || message === undefined) return { ...row, seen: true };
      const { from, subject, date, attachments } = message;
      const summary = { from: from[0], subject, date, attachments: attachments.length > 0 };
      return { ...row, seen: true, summary };
    });
    this.patch({ rows, open: message ? { ...ready, message } : ready });
  }

  #patchOpen(key: MessageKey, change: Partial<OpenMessage>): void {
    const { open } = this.state;
    if (open?.key === key) this.patch({ open: { ...open, ...change } });
  }

  // Deleting

  /** Marks a message; the next one takes the focus and, if this one was open, its place. */
  mark(key: MessageKey): void {
    const row = this.#row(key);
    if (row === undefined || row.marked || this.state.phase !== 'inbox') return;
    const { rows, open } = this.state;
    this.patch({
      rows: withMarks(rows, new Set([key]), true),
      marked: [...this.state.marked, key],
      active: unmarkedBeside(rows, row) ?? key,
    });
    this.#toast(words.deletion.toast(row.summary?.subject || words.inbox.noSubject), true);
    if (open?.key === key) this.close();
  }

  unmark(keys: readonly MessageKey[]): void {
    const taken = new Set(keys.filter((key) => this.state.marked.includes(key)));
    if (taken.size === 0) return;
    this.patch({
      rows: withMarks(this.state.rows, taken, false),
      marked: this.state.marked.filter((key) => !taken.has(key)),
      active: [...taken].at(-1),
    });
    if (fragileMarks(this.state.rows).length === 0) this.dontCheck();
    this.#toast(words.deletion.restored(taken.size));
  }

  /** Takes the latest mark back. */
  undo(): void {
    const last = this.state.marked.at(-1);
    if (last !== undefined && this.state.phase === 'inbox') this.unmark([last]);
  }

  dismissToast(id: number): void {
    if (this.state.toast?.id === id) this.patch({ toast: undefined });
  }

  #row(key: MessageKey): Row | undefined {
    return this.state.rows.find((row) => row.key === key);
  }

  #cacheForget(keys: Iterable<MessageKey>): void {
    for (const key of keys) this.#cache.delete(key);
  }

  #toast(text: string, undo = false): void {
    this.#toasts += 1;
    this.patch({ toast: { id: this.#toasts, text, undo }, announcement: text });
  }

  /** Older news would read as if it came after the failure; an undo is still one. */
  #notice(notice: Notice): void {
    const { toast } = this.state;
    this.patch({ notice, toast: toast?.undo ? toast : undefined });
  }

  #announce(announcement: string): void {
    this.patch({ announcement });
  }
}

import { currentLanguage, t } from '../lib/i18n.ts';
import type { Failure } from '../lib/outcome.ts';
import type { Endpoints } from '../lib/servers.ts';
import type { AccountStatus, MailEvent, MailWorker, Opened } from '../worker/mail-protocol.ts';
import { Accounts } from './accounts.ts';
import { Actions } from './actions.ts';
import { MailList, UNIFIED_INBOX } from './list.ts';
import {
  INITIAL,
  afterEvent,
  opened,
  type AccountId,
  type ListQuery,
  type MailState,
  type MessageId,
  type Settings,
} from './mail-state.ts';
import { DESKTOP, Notifications, type Desktop } from './notifications.ts';
import { Observable } from './observable.ts';
import { Reading, type MessageParser } from './reading.ts';
import { ReadAfter } from './read-after.ts';
import { Toasts } from './toasts.ts';
import { Transfer } from './transfer.ts';
import { Updates } from './updates.ts';
import { Vault } from './vault.ts';

export interface MailStoreParts {
  mail: MailWorker;
  parser: MessageParser;
  endpoints: Endpoints;
  /** Where new mail is told of; the browser's notifications if absent. */
  desktop?: Desktop;
}

/** Where in the mail one is: an account or all of them, and a folder or a label. */
export type Place = Pick<ListQuery, 'account' | 'folder' | 'label' | 'pending'>;

/** What narrows or orders the list of a place. */
export type View = Omit<ListQuery, keyof Place>;

/**
 * The state of the page and what can be done with it. This class knows what the worker has told
 * and what is shown; the list, the open message, the toasts and the changes to messages have
 * classes of their own.
 */
export class MailStore extends Observable<MailState> {
  readonly mail: MailWorker;
  readonly endpoints: Endpoints;
  readonly list: MailList;
  readonly reading: Reading;
  readonly toasts = new Toasts();
  readonly actions: Actions;
  readonly accounts: Accounts;
  readonly vault: Vault;
  readonly transfer: Transfer;
  readonly updates = new Updates();
  readonly #notifications: Notifications;

  /** Told while the whole was asked for: newer than what the whole has of it. */
  #newer: Record<AccountId, AccountStatus> | undefined;

  constructor({ mail, parser, endpoints, desktop = DESKTOP }: MailStoreParts) {
    super(INITIAL);
    this.mail = mail;
    this.endpoints = endpoints;
    this.reading = new Reading(mail, parser);
    this.list = new MailList(mail, (rows) => this.reading.rowsChanged(rows));
    this.actions = new Actions(this);
    this.accounts = new Accounts(mail, endpoints, this.toasts);
    this.vault = new Vault(mail);
    this.transfer = new Transfer(mail);
    this.#notifications = new Notifications(this, desktop);
    const { reading, actions } = this;
    const seconds = (): number => this.state.settings.readAfter;
    new ReadAfter(reading, seconds, (ids) => void actions.countAsRead(ids));
  }

  /** First of all: what is stored is shown before anything is fetched. */
  async open(): Promise<void> {
    this.patch({ phase: 'opening', failure: undefined });
    this.#newer = {};
    const outcome = await this.mail.open((event) => this.#told(event));
    if (!outcome.ok) {
      this.patch({ phase: 'failed', failure: outcome.failure });
      return;
    }
    this.#adopt(outcome.value);
  }

  /** The mail worker has died, and all that was watched with it. */
  workerDied(): void {
    this.#hideMail();
    this.patch({ phase: 'failed', failure: { code: 'worker-died', blame: 'package' } });
  }

  /** Gives the failure, for the form that asked. */
  async unlock(passphrase: string): Promise<Failure | undefined> {
    this.#newer = {};
    const outcome = await this.mail.unlock(passphrase);
    if (!outcome.ok) return outcome.failure;
    this.#adopt(outcome.value);
    return undefined;
  }

  async lock(): Promise<void> {
    this.#hideMail();
    await this.mail.lock();
  }

  #showMail(): void {
    const { storage, settings } = this.state;
    if (storage.locked) return;
    const conversations = settings.conversations;
    this.list.show({ ...UNIFIED_INBOX, conversations });
  }

  #hideMail(): void {
    this.reading.close();
    this.list.close();
  }

  #adopt(told: Opened): void {
    const statuses = { ...told.statuses, ...this.#newer };
    this.#newer = undefined;
    this.replace(opened(this.state, { ...told, statuses }));
    this.#showMail();
  }

  #told(event: MailEvent): void {
    if (event.type === 'status' && this.#newer) this.#newer[event.account] = event.status;
    const before = this.state;
    const after = afterEvent(before, event);
    if (after !== before) this.replace(after);
    switch (event.type) {
      case 'rows':
        this.list.rowsChanged(event.ids);
        void this.#readAnew(event.ids);
        break;
      case 'storage':
        if (event.storage.locked && !before.storage.locked) this.#hideMail();
        // In another tab.
        if (!event.storage.locked && before.storage.locked) this.#showMail();
        break;
      case 'closed':
        this.#hideMail();
        break;
      case 'settings':
        this.#regroup();
        break;
      case 'accounts':
        this.#leaveRemoved();
        break;
      case 'added':
        void this.#notifications.added(event.ids);
        break;
      case 'status':
      case 'counts':
        break;
    }
  }

  /** Messages that are open and not in the list have changed. */
  async #readAnew(ids: readonly MessageId[]): Promise<void> {
    const changed = new Set(ids);
    const open = this.reading.state.members.map(({ row }) => row.id);
    const stale = open.filter((id) => changed.has(id));
    if (stale.length > 0) this.reading.rowsChanged(await this.mail.rows(stale));
  }

  /** Shows the list with or without conversations, as is set by now. */
  #regroup(): void {
    const { account, folder, label, pending, ...view } = this.list.state.query;
    const place = { account, folder, label, pending };
    const conversations = this.#grouped(place);
    if (conversations !== view.conversations) this.view({ conversations });
  }

  /** What lies in the trash is out of its conversation. */
  #grouped({ folder, pending }: { [Key in keyof Place]: Place[Key] | undefined }): boolean {
    return folder !== 'trash' && pending !== true && this.state.settings.conversations;
  }

  #leaveRemoved(): void {
    const { account } = this.list.state.query;
    if (account === undefined || this.state.accounts.some(({ id }) => id === account)) return;
    this.go({ folder: 'inbox' });
  }

  // What is shown

  go(place: Place): void {
    const { sort, descending } = this.list.state.query;
    const conversations = this.#grouped(place);
    this.reading.close();
    this.list.show({ ...place, sort, descending, conversations });
  }

  /** Narrows or orders the list; members that are `undefined` are taken out. */
  view(change: { [Key in keyof View]?: View[Key] | undefined }): void {
    const query = { ...this.list.state.query, ...change };
    for (const key of Object.keys(query) as (keyof typeof query)[]) {
      if (query[key] === undefined) delete query[key];
    }
    this.list.show(query as ListQuery);
  }

  // Reading

  async read(id: MessageId): Promise<void> {
    this.list.activate(id);
    const { conversations } = this.list.state.query;
    await this.reading.open(id, { row: this.list.row(id), alone: !conversations });
  }

  /** With a message open, opens the next one; else moves the focus. */
  step(steps: number, extend = false): void {
    this.list.move(steps, extend);
    const { active } = this.list.state;
    if (this.reading.state.id !== undefined && active !== undefined && !extend) {
      void this.read(active);
    }
  }

  // The page

  setOnline(online: boolean): void {
    if (online !== this.state.online) this.patch({ online });
  }

  /** After another catalogue has been taken into use. */
  languageChanged(): void {
    this.patch({ language: currentLanguage() });
  }

  async saveSettings(change: Partial<Settings>): Promise<void> {
    const outcome = await this.mail.saveSettings(change);
    if (!outcome.ok) {
      this.toasts.fail(outcome.failure);
      return;
    }
    // Before or after the event that tells it to all tabs.
    this.patch({ settings: outcome.value });
    this.#regroup();
  }

  /** From now on, remote content of this sender is loaded. */
  async trust(address: string): Promise<void> {
    const { trustedSenders } = this.state.settings;
    if (trustedSenders.includes(address)) return;
    await this.saveSettings({ trustedSenders: [...trustedSenders, address] });
  }

  /** New mail of one account, or of all that have a password. */
  async fetch(account?: AccountId): Promise<void> {
    const { accounts, statuses } = this.state;
    const ids = account === undefined ? accounts.map(({ id }) => id) : [account];
    const ready = ids.filter((id) => statuses[id]?.kind === 'idle');
    const outcomes = await Promise.all(ready.map((id) => this.mail.fetch(id)));
    const reports = outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
    if (reports.length === 0) return;
    const added = reports.reduce((sum, report) => sum + report.added.length, 0);
    this.toasts.announce(t('list.fetched', { count: added }));
  }

  async stopFetching(account?: AccountId): Promise<void> {
    const { statuses } = this.state;
    const ids = account === undefined ? Object.keys(statuses) : [account];
    const busy = ids.filter((id) => statuses[id]?.kind === 'fetching');
    await Promise.all(busy.map((id) => this.mail.stopFetching(id)));
  }
}

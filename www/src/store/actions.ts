import { t } from '../lib/i18n.ts';
import type { Outcome } from '../lib/outcome.ts';
import type {
  Change,
  ChangeId,
  Label,
  LabelId,
  ListQuery,
  MessageId,
} from '../worker/mail-protocol.ts';
import type { MailStore } from './mail-store.ts';

/** How long something that cannot be taken back waits for second thoughts; as long as its toast. */
export const SECOND_THOUGHTS_MS = 10_000;

/** Labels have one of these many colours. */
export const LABEL_COLOURS = 8;

/** What people do with messages: each with a word about it, and each can be taken back. */
export class Actions {
  readonly #store: MailStore;
  /** Deleted for good once their time is over. */
  #leaving:
    { ids: readonly MessageId[]; timer: ReturnType<typeof setTimeout>; toast: number } | undefined;

  constructor(store: MailStore) {
    this.#store = store;
  }

  /** What an action is about: the selection, or the message that is open, or the active row. */
  targets(): MessageId[] {
    const { selected, active } = this.#store.list.state;
    if (selected.size > 0) return [...selected];
    const id = this.#store.reading.state.id ?? active;
    return id === undefined ? [] : [id];
  }

  async archive(ids = this.targets()): Promise<void> {
    await this.#move(ids, { folder: 'archive' }, 'list.archived');
  }

  async toInbox(ids = this.targets()): Promise<void> {
    await this.#move(ids, { folder: 'inbox' }, 'list.movedToInbox');
  }

  /** Into the trash; out of the trash, for good. */
  async delete(ids = this.targets()): Promise<void> {
    if (this.#store.list.state.query.folder === 'trash') this.#expungeLater(ids);
    else await this.#move(ids, { folder: 'trash' }, 'list.deleted');
  }

  async markRead(read: boolean, ids = this.targets()): Promise<void> {
    const key = read ? 'list.markedRead' : 'list.markedUnread';
    await this.#change(ids, { read }, ids.length > 1 ? key : undefined);
  }

  /** Quietly, since it was opened and not told to be. */
  async countAsRead(ids: readonly MessageId[]): Promise<void> {
    await this.#apply(ids, { read: true });
  }

  /** Of a conversation, its newest message. */
  async star(starred: boolean, ids = this.targets()): Promise<void> {
    const key = starred ? 'list.starred' : 'list.unstarred';
    await this.#apply(ids, { starred }, ids.length > 1 ? t(key, { count: ids.length }) : undefined);
  }

  /** Stars the targets, or takes the stars off where all in sight have one. */
  async toggleStar(): Promise<void> {
    const ids = this.targets();
    const starred = ids.every((id) => this.#store.list.row(id)?.starred ?? false);
    await this.star(!starred, ids);
  }

  async label(label: Label, set: boolean, ids = this.targets()): Promise<void> {
    const change: Change = set ? { addLabel: label.id } : { removeLabel: label.id };
    const all = await this.#whole(ids);
    const values = { count: ids.length, label: label.title };
    await this.#apply(all, change, t(set ? 'list.labelled' : 'list.unlabelled', values));
  }

  /** Has the server's copies deleted by the next fetch, or not after all. */
  async deleteOnServer(wanted: boolean, ids = this.targets()): Promise<void> {
    const all = await this.#whole(ids);
    if (all.length === 0) return;
    const outcome = await this.#store.mail.deleteOnServer(all, wanted);
    if (!this.#went(outcome)) return;
    const text = t(wanted ? 'list.serverDeletion' : 'list.serverKept', { count: all.length });
    this.#store.toasts.tell(text, async () => {
      this.#went(await this.#store.mail.deleteOnServer(all, !wanted));
    });
  }

  /** Takes back all deletions that the next fetch would make. */
  async keepPending(account?: string): Promise<void> {
    const query: ListQuery = {
      pending: true,
      sort: 'date',
      descending: true,
      conversations: false,
    };
    const ids = await this.#store.list.find(account === undefined ? query : { ...query, account });
    await this.deleteOnServer(false, [...ids]);
  }

  async emptyTrash(): Promise<void> {
    const { account } = this.#store.list.state.query;
    const query: ListQuery = {
      folder: 'trash',
      sort: 'date',
      descending: true,
      conversations: false,
    };
    const ids = await this.#store.list.find(account === undefined ? query : { ...query, account });
    this.#expungeLater([...ids]);
  }

  async selectUnread(): Promise<void> {
    const { list } = this.#store;
    const { query } = list.state;
    const ids = await list.find({ ...query, unread: true, conversations: false });
    if (list.state.query === query) list.selectOnly(ids);
  }

  // Labels

  async createLabel(title: string): Promise<Label | undefined> {
    const { labels } = this.#store.state.settings;
    const known = labels.find((label) => label.title === title);
    if (known || title === '') return known;
    const label = { id: crypto.randomUUID(), title, colour: labels.length % LABEL_COLOURS };
    await this.#store.saveSettings({ labels: [...labels, label] });
    return label;
  }

  async changeLabel(id: LabelId, change: Partial<Omit<Label, 'id'>>): Promise<void> {
    const { labels } = this.#store.state.settings;
    await this.#store.saveSettings({
      labels: labels.map((label) => (label.id === id ? { ...label, ...change } : label)),
    });
  }

  /** The messages stay; what names the label no longer shows it. */
  async removeLabel(id: LabelId): Promise<void> {
    const { state, list, toasts } = this.#store;
    const before = state.settings.labels;
    const label = before.find((one) => one.id === id);
    if (label === undefined) return;
    await this.#store.saveSettings({ labels: before.filter((one) => one.id !== id) });
    if (list.state.query.label === id) this.#store.go({ folder: 'inbox' });
    toasts.tell(t('sidebar.labelRemoved', { label: label.title }), async () => {
      const { labels } = this.#store.state.settings;
      if (labels.some((one) => one.id === id)) return;
      await this.#store.saveSettings({ labels: [...labels, label] });
    });
  }

  // How changes are made

  async #move(
    ids: readonly MessageId[],
    change: Change,
    key: 'list.archived' | 'list.movedToInbox' | 'list.deleted',
  ): Promise<void> {
    await this.#change(ids, change, key);
    const { reading } = this.#store;
    if (reading.state.id !== undefined && ids.includes(reading.state.id)) reading.close();
  }

  async #change(
    ids: readonly MessageId[],
    change: Change,
    key?:
      | 'list.archived'
      | 'list.movedToInbox'
      | 'list.deleted'
      | 'list.markedRead'
      | 'list.markedUnread',
  ): Promise<void> {
    const count = ids.length;
    await this.#apply(await this.#whole(ids), change, key && t(key, { count }));
  }

  /** Makes a change; without a text it is made quietly, and can be taken back all the same. */
  async #apply(ids: readonly MessageId[], change: Change, text?: string): Promise<void> {
    if (ids.length === 0) return;
    const { mail, toasts } = this.#store;
    const outcome = await mail.change([...ids], change);
    if (!this.#went(outcome)) return;
    if (text === undefined) return;
    toasts.tell(text, () => this.#takeBack(outcome.value, ids));
  }

  async #takeBack(change: ChangeId, ids: readonly MessageId[]): Promise<void> {
    if (!this.#went(await this.#store.mail.undo(change))) return;
    this.#store.toasts.announce(t('list.undone', { count: ids.length }));
    this.#store.list.returnTo(ids[0]);
  }

  /** Tells of a failure, and whether there was none. */
  #went<T>(outcome: Outcome<T>): outcome is { ok: true; value: T } {
    if (!outcome.ok) this.#store.toasts.fail(outcome.failure);
    return outcome.ok;
  }

  /** All messages of the list's rows: of a conversation, those that lie in the folder shown. */
  async #whole(ids: readonly MessageId[]): Promise<MessageId[]> {
    const { list, mail } = this.#store;
    const { query, ids: listed, sizes } = list.state;
    if (!query.conversations || sizes.length === 0) return [...ids];
    if (ids.length > 1 && ids.length === listed.length) {
      return [...(await list.find({ ...query, conversations: false }))];
    }
    const all = new Set(ids);
    for (const id of ids) {
      if (list.sizeOf(id) === 1) continue;
      for (const row of await mail.conversation(id)) {
        const here = query.folder === undefined || row.folder === query.folder;
        if (here && (query.account === undefined || row.account === query.account)) all.add(row.id);
      }
    }
    return [...all];
  }

  /** Nothing can bring these back afterwards: so they go when nobody has minded for a while. */
  #expungeLater(ids: readonly MessageId[]): void {
    if (ids.length === 0) return;
    this.#expungeNow();
    const timer = setTimeout(() => this.#expungeNow(), SECOND_THOUGHTS_MS);
    const { list, toasts, reading } = this.#store;
    list.setLeaving(ids);
    if (reading.state.id !== undefined && ids.includes(reading.state.id)) reading.close();
    const toast = toasts.tell(t('list.expunging', { count: ids.length }), async () => {
      clearTimeout(timer);
      if (this.#leaving?.timer === timer) this.#leaving = undefined;
      list.setLeaving([]);
    });
    this.#leaving = { ids, timer, toast };
  }

  #expungeNow(): void {
    const leaving = this.#leaving;
    if (leaving === undefined) return;
    clearTimeout(leaving.timer);
    this.#leaving = undefined;
    this.#store.toasts.tooLate(leaving.toast);
    void this.#store.mail.expunge([...leaving.ids]).then((outcome) => {
      this.#store.list.setLeaving(this.#leaving?.ids ?? []);
      this.#went(outcome);
    });
  }
}

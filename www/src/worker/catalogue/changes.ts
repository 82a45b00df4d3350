import { FailureError } from '../../lib/outcome.ts';
import type { Account, Change, ChangeId, MessageId } from '../mail-protocol.ts';
import type { StoredRow } from '../storage/rows.ts';
import type { Storage } from '../storage/storage.ts';

/** What a change may touch. */
type Touched = Pick<StoredRow, 'read' | 'starred' | 'folder' | 'labels' | 'server' | 'trashed'>;

interface Done {
  before: Touched;
  after: Touched;
}

/** So many changes can be taken back; nobody goes further. */
const KEPT = 100;

/** Changes to messages, each of which can be taken back as a whole. */
export class Changes {
  readonly #storage: Pick<Storage, 'blocks' | 'accounts'>;
  readonly #now: () => number;
  readonly #done = new Map<ChangeId, Map<MessageId, Done>>();
  #last: ChangeId = 0;

  constructor(storage: Pick<Storage, 'blocks' | 'accounts'>, now: () => number) {
    this.#storage = storage;
    this.#now = now;
  }

  clear(): void {
    this.#done.clear();
  }

  async change(ids: readonly MessageId[], change: Change): Promise<ChangeId> {
    const accounts = new Map(this.#storage.accounts().map((account) => [account.id, account]));
    return this.#do(ids, (row) => changed(row, change, accounts.get(row.account), this.#now()));
  }

  /** Has messages deleted on the server by the next fetch, or not after all. */
  async deleteOnServer(ids: readonly MessageId[], wanted: boolean): Promise<ChangeId> {
    return this.#do(ids, (row) => withServer(row, wanted));
  }

  async #do(ids: readonly MessageId[], change: (row: StoredRow) => StoredRow): Promise<ChangeId> {
    const done = new Map<MessageId, Done>();
    await this.#storage.blocks.update(
      () => ids,
      (row) => {
        const next = change(row);
        if (touched(next) === touched(row)) return row;
        done.set(row.id, { before: pick(row), after: pick(next) });
        return next;
      },
    );
    const id = (this.#last += 1);
    this.#done.set(id, done);
    for (const old of this.#done.keys()) {
      if (this.#done.size <= KEPT) break;
      this.#done.delete(old);
    }
    return id;
  }

  /** Takes back what a change did, as far as nothing else has been done to it since. */
  async undo(id: ChangeId): Promise<void> {
    const done = this.#done.get(id);
    if (done === undefined) throw new FailureError({ code: 'aborted', blame: 'caller' });
    await this.#storage.blocks.update(
      () => done.keys(),
      (row) => {
        const one = done.get(row.id);
        const next = one === undefined ? row : takenBack(row, one);
        return touched(next) === touched(row) ? row : next;
      },
    );
    this.#done.delete(id);
  }
}

function pick({ read, starred, folder, labels, server, trashed }: StoredRow): Touched {
  return { read, starred, folder, labels, server, ...(trashed !== undefined && { trashed }) };
}

function touched(row: StoredRow): string {
  return JSON.stringify(pick(row));
}

function changed(
  row: StoredRow,
  { read, starred, folder, addLabel, removeLabel }: Change,
  account: Account | undefined,
  now: number,
): StoredRow {
  let next: StoredRow = {
    ...row,
    read: read ?? row.read,
    starred: starred ?? row.starred,
    labels: labelled(row.labels, addLabel, removeLabel),
  };
  if (folder === undefined || folder === row.folder) return next;
  next = moved(next, folder, now);
  // What is deleted here is deleted there, and comes back as long as that has not been done.
  const follows = account?.policy.deleteWithLocal === true;
  const across = folder === 'trash' || row.folder === 'trash';
  return follows && across ? withServer(next, folder === 'trash') : next;
}

function moved(row: StoredRow, folder: StoredRow['folder'], now: number): StoredRow {
  const { trashed: _before, ...rest } = row;
  return { ...rest, folder, ...(folder === 'trash' && { trashed: now }) };
}

function withServer(row: StoredRow, pending: boolean): StoredRow {
  if (row.server !== 'there' && row.server !== 'pending') return row;
  return { ...row, server: pending ? 'pending' : 'there' };
}

function labelled(labels: string[], add: string | undefined, remove: string | undefined): string[] {
  let next = labels;
  if (add !== undefined && !next.includes(add)) next = [...next, add];
  if (remove !== undefined) next = next.filter((label) => label !== remove);
  return next;
}

function takenBack(row: StoredRow, { before, after }: Done): StoredRow {
  let next = row;
  if (row.read === after.read) next = { ...next, read: before.read };
  if (row.starred === after.starred) next = { ...next, starred: before.starred };
  if (row.folder === after.folder && before.folder !== after.folder) {
    const { trashed: _trashed, ...rest } = next;
    const { folder, trashed } = before;
    next = { ...rest, folder, ...(trashed !== undefined && { trashed }) };
  }
  const added = after.labels.filter((label) => !before.labels.includes(label));
  const removed = before.labels.filter((label) => !after.labels.includes(label));
  if (added.length > 0 || removed.length > 0) {
    const kept = next.labels.filter((label) => !added.includes(label));
    next = { ...next, labels: [...kept, ...removed.filter((label) => !kept.includes(label))] };
  }
  if (row.server === after.server && before.server !== 'gone') {
    next = { ...next, server: before.server };
  }
  return next;
}

import type { Counts, ListQuery, ListResult } from '../mail-protocol.ts';
import type { StoredRow } from '../storage/rows.ts';
import type { Ranks } from './ranks.ts';
import { baseSubject, type Threads } from './threads.ts';

/** Does the query find this message, its search aside? */
export function finds(query: ListQuery, row: StoredRow, anyFolder = false): boolean {
  if (query.account !== undefined && row.account !== query.account) return false;
  if (query.pending) {
    if (row.server !== 'pending') return false;
  } else if (!anyFolder) {
    if (query.folder === undefined ? row.folder === 'trash' : row.folder !== query.folder)
      return false;
  }
  if (query.label !== undefined && !row.labels.includes(query.label)) return false;
  if (query.unread && row.read) return false;
  if (query.starred && !row.starred) return false;
  return !query.attachments || row.attachments;
}

/** What rows are ordered by; equal ones follow their date. */
function keysOf(rows: readonly StoredRow[], sort: ListQuery['sort'], ranks: Ranks): Float64Array {
  switch (sort) {
    case 'date':
      return Float64Array.from(rows, ({ date }) => date);
    case 'size':
      return Float64Array.from(rows, ({ size }) => size);
    case 'from':
      return ranks.of(rows.map(({ from }) => from?.name ?? from?.address ?? ''));
    case 'subject':
      return ranks.of(rows.map(({ subject = '' }) => baseSubject(subject)));
  }
}

/** The rows that were found, as a list. */
export function listOf(
  found: readonly StoredRow[],
  query: ListQuery,
  threads: Threads,
  ranks: Ranks,
  /** All messages of each conversation; asked for where a list shows conversations. */
  sizes: () => ReadonlyMap<number, number>,
): Omit<ListResult, 'complete'> {
  const shown = query.conversations ? newestOfEach(found, threads) : undefined;
  const rows = shown === undefined ? found : [...shown.values()].map(({ row }) => row);
  const keys = keysOf(rows, query.sort, ranks);
  const order = Uint32Array.from(rows, (_, index) => index);
  const sign = query.descending ? -1 : 1;
  order.sort((one, two) => {
    const a = rows[one] as StoredRow;
    const b = rows[two] as StoredRow;
    const byKey = (keys[one] ?? 0) - (keys[two] ?? 0);
    if (byKey !== 0) return sign * byKey;
    // Among equals the newest is first, unless dates are what is sorted.
    const byDate = a.date - b.date || a.id - b.id;
    return query.sort === 'date' ? sign * byDate : -byDate;
  });
  const ids = order.map((index) => rows[index]?.id ?? 0);
  let unread = 0;
  for (const { read } of found) if (!read) unread += 1;
  const result = { ids, sizes: new Uint32Array(), messages: found.length, unread };
  if (shown === undefined) return result;
  const all = sizes();
  result.sizes = ids.map((id) => {
    const thread = threads.of(id);
    return Math.max(all.get(thread) ?? 0, shown.get(thread)?.found ?? 1);
  });
  return result;
}

function newestOfEach(
  found: readonly StoredRow[],
  threads: Threads,
): Map<number, { row: StoredRow; found: number }> {
  const newest = new Map<number, { row: StoredRow; found: number }>();
  for (const row of found) {
    const thread = threads.of(row.id);
    const before = newest.get(thread);
    if (before === undefined) newest.set(thread, { row, found: 1 });
    else {
      before.found += 1;
      const later = row.date - before.row.date || row.id - before.row.id;
      if (later > 0) before.row = row;
    }
  }
  return newest;
}

/** Messages of each conversation outside the trash. */
export function sizesOf(rows: Iterable<StoredRow>, threads: Threads): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const { id, folder } of rows) {
    if (folder === 'trash') continue;
    const thread = threads.of(id);
    sizes.set(thread, (sizes.get(thread) ?? 0) + 1);
  }
  return sizes;
}

export function countsOf(rows: Iterable<StoredRow>): Counts {
  const counts: Counts = { folders: {}, labels: {}, pending: {} };
  const count = (of: Counts['folders'], key: string, read: boolean): void => {
    const sum = (of[key] ??= { messages: 0, unread: 0 });
    sum.messages += 1;
    if (!read) sum.unread += 1;
  };
  for (const { account, folder, labels, read, server } of rows) {
    count(counts.folders, `${account}/${folder}`, read);
    if (folder !== 'trash') for (const label of labels) count(counts.labels, label, read);
    if (server === 'pending') counts.pending[account] = (counts.pending[account] ?? 0) + 1;
  }
  return counts;
}

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
    case 'size': {
      const keys = new Float64Array(rows.length);
      let at = 0;
      for (const row of rows) keys[at++] = row[sort];
      return keys;
    }
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
  sizes: () => Uint32Array,
): Omit<ListResult, 'complete'> {
  const shown = query.conversations ? newestOfEach(found, threads) : undefined;
  const rows = shown === undefined ? found : shown.rows;
  const keys = keysOf(rows, query.sort, ranks);
  // No typed array: those are sorted without making use of what is in order already, as most dates are.
  const order = [...rows.keys()];
  const sign = query.descending ? -1 : 1;
  order.sort((one, two) => {
    const byKey = (keys[one] ?? 0) - (keys[two] ?? 0);
    if (byKey !== 0) return sign * byKey;
    const a = rows[one] as StoredRow;
    const b = rows[two] as StoredRow;
    // Among equals the newest is first, unless dates are what is sorted.
    const byDate = a.date - b.date || a.id - b.id;
    return query.sort === 'date' ? sign * byDate : -byDate;
  });
  const all = shown && sizes();
  const ids = new Uint32Array(rows.length);
  const shownSizes = new Uint32Array(shown ? rows.length : 0);
  let to = 0;
  for (const at of order) {
    ids[to] = rows[at]?.id ?? 0;
    if (shown) shownSizes[to] = Math.max(all?.[shown.places[at] ?? -1] ?? 0, shown.found[at] ?? 1);
    to += 1;
  }
  let unread = 0;
  for (const { read } of found) if (!read) unread += 1;
  return { ids, sizes: shownSizes, messages: found.length, unread };
}

/** Conversations: of each the newest message, its place, and how many of its messages were found. */
interface Conversations {
  rows: StoredRow[];
  places: number[];
  found: number[];
}

function newestOfEach(found: readonly StoredRow[], threads: Threads): Conversations {
  const newest: Conversations = { rows: [], places: [], found: [] };
  /** Where each conversation is among them, counted from one. */
  const numbers = new Uint32Array(threads.places);
  for (const row of found) {
    const place = threads.place(row.id);
    const number = numbers[place] ?? 0;
    const before = newest.rows[number - 1];
    if (before === undefined) {
      // What is in no conversation yet has no place, and is noted nowhere.
      numbers[place] = newest.rows.push(row);
      newest.places.push(place);
      newest.found.push(1);
    } else {
      newest.found[number - 1] = (newest.found[number - 1] ?? 0) + 1;
      if ((row.date - before.date || row.id - before.id) > 0) newest.rows[number - 1] = row;
    }
  }
  return newest;
}

/** Messages of each conversation outside the trash, by its place. */
export function sizesOf(rows: Iterable<StoredRow>, threads: Threads): Uint32Array {
  const sizes = new Uint32Array(threads.places);
  for (const { id, folder } of rows) {
    if (folder === 'trash') continue;
    const place = threads.place(id);
    sizes[place] = (sizes[place] ?? 0) + 1;
  }
  return sizes;
}

type Count = Counts['folders'][string];

export function countsOf(rows: Iterable<StoredRow>): Counts {
  const counts: Counts = { folders: {}, labels: {}, pending: {} };
  const count = (sum: Count, read: boolean): void => {
    sum.messages += 1;
    if (!read) sum.unread += 1;
  };
  // Most rows are of the place that the one before them is of.
  let [account, folder, place]: [string?, string?, Count?] = [];
  for (const row of rows) {
    if (place === undefined || row.account !== account || row.folder !== folder) {
      ({ account, folder } = row);
      place = counts.folders[`${account}/${folder}`] ??= { messages: 0, unread: 0 };
    }
    count(place, row.read);
    if (folder !== 'trash') {
      for (const label of row.labels) {
        count((counts.labels[label] ??= { messages: 0, unread: 0 }), row.read);
      }
    }
    if (row.server === 'pending') {
      counts.pending[row.account] = (counts.pending[row.account] ?? 0) + 1;
    }
  }
  return counts;
}

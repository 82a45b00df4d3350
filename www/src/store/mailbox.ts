/** The list of messages, as pure functions: what comes in, what goes, and in which order. */

import type { MailboxEntry, MessageKey, Summary } from '../worker/protocol.ts';
import type { Row } from './state.ts';

export interface Merge {
  rows: Row[];
  added: number;
  /** Were listed, and are no longer; by other names, they may still be, unless `certain`. */
  gone: MessageKey[];
  /** Do the names last, so that `added` and `gone` tell of messages and not of names? */
  certain: boolean;
}

/** The rows of a new session, with all that is known of the same messages. */
export function merge(previous: readonly Row[], entries: readonly MailboxEntry[]): Merge {
  const known = new Map(previous.map((row) => [row.key, row]));
  let added = 0;
  const rows = entries.map((entry): Row => {
    const row = known.get(entry.key);
    known.delete(entry.key);
    if (row !== undefined) return { ...row, ...entry };
    added += 1;
    return { ...entry, refused: false, seen: false, marked: false };
  });
  const certain = [...previous, ...entries].every(({ lasting }) => lasting);
  return { rows: order(rows), added, gone: [...known.keys()], certain };
}

/** A date this far ahead is a lie or a wrong clock, and would stay on top for ever. */
const FUTURE_BELIEVED_MS = 24 * 60 * 60 * 1000;

/**
 * Newest first by date. A message without a believable one stands beside its neighbour by number,
 * as servers number in order of arrival. Rows still waited for come last, newest number first, so
 * that a list that fills from the top does not move what is read.
 */
export function order(rows: readonly Row[], now = Date.now()): Row[] {
  const byNumber = rows.toSorted((a, b) => a.number - b.number);
  const when = new Map<MessageKey, number>();
  let last = -Infinity;
  for (const { key, summary, refused } of byNumber) {
    const date = summary?.date;
    if (date !== undefined && date > 0 && date < now + FUTURE_BELIEVED_MS) last = date;
    if (summary !== undefined || refused) when.set(key, last);
  }
  return byNumber.sort((a, b) => {
    const [dateOfA, dateOfB] = [when.get(a.key), when.get(b.key)];
    if (dateOfA === undefined || dateOfB === undefined) {
      if (dateOfA !== undefined) return -1;
      if (dateOfB !== undefined) return 1;
    } else if (dateOfA !== dateOfB) {
      return dateOfB > dateOfA ? 1 : -1;
    }
    return b.number - a.number;
  });
}

/** Summaries that have come, put into their rows; `null` where none is to be had. */
export function fill(rows: readonly Row[], found: ReadonlyMap<MessageKey, Summary | null>): Row[] {
  return order(
    rows.map((row) => {
      const summary = found.get(row.key);
      if (summary === undefined) return row;
      return summary === null ? { ...row, refused: true } : { ...row, summary, refused: false };
    }),
  );
}

/** Keys whose headers are still wanted, newest number first. */
export function unfilled(rows: readonly Row[]): MessageKey[] {
  return rows
    .filter(({ summary, refused }) => summary === undefined && !refused)
    .toSorted((a, b) => b.number - a.number)
    .map(({ key }) => key);
}

export function withMarks(
  rows: readonly Row[],
  keys: ReadonlySet<MessageKey>,
  marked: boolean,
): Row[] {
  return rows.map((row) => (keys.has(row.key) ? { ...row, marked } : row));
}

/** Marked messages that a new session could not tell from others. */
export function fragileMarks(rows: readonly Row[]): Row[] {
  return rows.filter(({ marked, lasting }) => marked && !lasting);
}

/** The nearest row below that is not marked, or else the nearest above. */
export function unmarkedBeside(rows: readonly Row[], row: Row): MessageKey | undefined {
  const at = rows.indexOf(row);
  const free = ({ marked }: Row): boolean => !marked;
  return (rows.slice(at + 1).find(free) ?? rows.slice(0, at).findLast(free))?.key;
}

/** The row `steps` away, within the list; the first where none is active. */
export function neighbour(
  rows: readonly Row[],
  key: MessageKey | undefined,
  steps: number,
): MessageKey | undefined {
  const index = rows.findIndex((row) => row.key === key);
  const target = index < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, index + steps));
  return rows[target]?.key;
}

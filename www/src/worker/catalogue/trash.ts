import type { MessageId } from '../mail-protocol.ts';
import type { StoredRow } from '../storage/rows.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** Messages that have been in the trash for so many days; none when that is 0. */
export function dueInTrash(rows: Iterable<StoredRow>, days: number, now: number): MessageId[] {
  if (days <= 0) return [];
  const due: MessageId[] = [];
  for (const { id, folder, trashed, stored } of rows) {
    if (folder === 'trash' && (trashed ?? stored) <= now - days * DAY_MS) due.push(id);
  }
  return due;
}

/** Rows as they are stored: in blocks of consecutive ids, one record each. */

import type { AccountId, MessageId, MessageRow } from '../mail-protocol.ts';
import type { Digest, NewMessage, SeenId } from './types.ts';

/**
 * Ids of a block of rows. Larger blocks open faster and cost more at each change of one row; at this
 * size a hundred thousand messages are 800 records, and one is written in a millisecond.
 */
export const ROW_BLOCK = 128;

/** Texts are longer than rows, and so fewer of them are in a block. */
export const TEXT_BLOCK = 32;

/** What is kept of a message besides its octets and its text. */
export interface StoredRow extends Omit<MessageRow, 'thread'> {
  /** Milliseconds since 1970: when it was stored. */
  stored: number;
  /** When it came into the trash. */
  trashed?: number;
  /** Its name on the server; absent when it was imported. */
  seen?: SeenId;
  messageId?: string;
  references: string[];
  attachmentNames: string[];
}

/** A message that was expunged here and is on the server yet. */
export interface Tombstone {
  seen: SeenId;
  stored: number;
  pending: boolean;
}

/** A block in memory: rows by id, as JSON has no better keys. */
export type Block = StoredRow[];

export const blockOf = (id: MessageId): number => Math.floor(id / ROW_BLOCK);
export const textBlockOf = (id: MessageId): number => Math.floor(id / TEXT_BLOCK);

/** The ids of each block that these ids are in. */
export function byBlock(
  ids: Iterable<MessageId>,
  block: (id: MessageId) => number = blockOf,
): Map<number, MessageId[]> {
  const blocks = new Map<number, MessageId[]>();
  for (const id of ids) {
    const at = block(id);
    const there = blocks.get(at);
    if (there) there.push(id);
    else blocks.set(at, [id]);
  }
  return blocks;
}

/** A date further ahead than this is a lie or a wrong clock, and would stay on top for ever. */
const FUTURE_BELIEVED_MS = 24 * 60 * 60 * 1000;

export function newRow(
  id: MessageId,
  account: AccountId,
  { seen, local, size, digest }: NewMessage,
  now: number,
): StoredRow {
  return {
    id,
    account,
    folder: 'inbox',
    ...digestedRow(digest, now, now),
    size,
    read: false,
    starred: false,
    labels: [],
    local,
    server: seen === undefined ? 'never' : 'there',
    stored: now,
    ...(seen !== undefined && { seen }),
  };
}

/** What a row has of a digest; `otherwise` is its date where it says none that can be believed. */
export function digestedRow(digest: Digest, otherwise: number, now: number) {
  const { text: _text, date, ...rest } = digest;
  const believed = date !== undefined && date > 0 && date < now + FUTURE_BELIEVED_MS;
  return { ...rest, date: believed ? date : otherwise };
}

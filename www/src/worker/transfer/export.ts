import type { MessageId } from '../mail-protocol.ts';
import { mboxOf } from './mbox.ts';

/** What stands in the line before a message. */
export interface Exported {
  id: MessageId;
  from?: { address: string };
  /** Milliseconds since 1970. */
  date: number;
  /** Octets, for the progress. */
  size: number;
}

/** Octets that are handed to the browser together, which may keep them on disk from then on. */
const PART_OCTETS = 8 * 1024 * 1024;

/** A mailbox file, and how many messages could not be read and are not in it. */
export interface MailboxFile {
  file: Blob;
  missing: number;
}

/**
 * A mailbox file (mboxrd) of these messages, the same in their order. No more than one part of it is
 * in this worker's memory. A message that cannot be read is left out, and counted.
 */
export async function exportMbox(
  messages: readonly Exported[],
  octetsOf: (id: MessageId) => Promise<Uint8Array | undefined>,
  progress: (done: number, all: number) => void,
): Promise<MailboxFile> {
  const parts: Blob[] = [];
  let pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  let missing = 0;
  let done = 0;
  const all = messages.reduce((sum, { size }) => sum + size, 0);
  for (const { id, from, date, size } of messages) {
    const octets = await octetsOf(id).catch(() => undefined);
    if (octets === undefined) missing += 1;
    else {
      const piece = mboxOf(octets, from?.address, date);
      pieces.push(piece);
      length += piece.length;
    }
    if (length >= PART_OCTETS) {
      parts.push(new Blob(pieces));
      pieces = [];
      length = 0;
    }
    done += size;
    progress(done, all);
  }
  parts.push(new Blob(pieces));
  return { file: new Blob(parts, { type: 'application/mbox' }), missing };
}

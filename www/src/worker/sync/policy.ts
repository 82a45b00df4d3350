/** What an account's policy means for each message. Pure functions. */

import type { MailboxEntry } from 'pop3-wasm';
import type { FetchPolicy } from '../mail-protocol.ts';
import type { ServerMessage } from '../storage/types.ts';

/** Octets of a message that a tab can hold and take apart without danger to what else it does. */
export const MESSAGE_LIMIT = 256 * 1024 * 1024;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Does only the header of this message come, until somebody asks for the rest? */
export function headerAlone({ what, sizeLimit }: FetchPolicy, { size }: MailboxEntry): boolean {
  return what === 'headers' || size > Math.min(sizeLimit ?? MESSAGE_LIMIT, MESSAGE_LIMIT);
}

/**
 * Is this message to be deleted on the server now? The user may have asked for it, and else the
 * policy counts from when the copy here was stored. Of what is here as its header alone, the rest
 * is on the server only, and stays. What was expunged here has been dealt with.
 */
export function dueOnServer(
  { onServer }: FetchPolicy,
  message: Pick<ServerMessage, 'pending' | 'local' | 'stored'>,
  now: number,
): boolean {
  if (message.pending) return true;
  if (message.local === 'header') return false;
  if (onServer.kind === 'delete') return true;
  return onServer.kind === 'days' && message.stored + onServer.days * DAY_MS <= now;
}

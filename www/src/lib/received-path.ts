/** The way that a message took, from Received fields (RFC 5321 section 4.4). */

import type { Received } from 'pop3-wasm';

/** A server that took the message, from the first to the last. */
export interface Hop {
  /** Who handed it over, by its own word. */
  from?: string;
  /** The address that it came from. */
  ip?: string;
  by?: string;
  protocol?: string;
  /** Milliseconds since 1970. */
  date?: number;
  /** Milliseconds since the hop before; below zero where their clocks differ. */
  delay?: number;
}

/** More than any honest message has (RFC 5321 section 6.3 speaks of a hundred). */
const MOST = 100;

/** Hops in the order in which they were made, from at most the last hundred. */
export function receivedPath(received: readonly Received[]): Hop[] {
  let before: number | undefined;
  return received
    .slice(0, MOST)
    .reverse()
    .map(({ from, ip, by, with: protocol, date }) => {
      const delay = date !== undefined && before !== undefined ? date - before : undefined;
      before = date ?? before;
      return {
        ...(from !== undefined && { from }),
        ...(ip !== undefined && { ip }),
        ...(by !== undefined && { by }),
        ...(protocol !== undefined && { protocol }),
        ...(date !== undefined && { date }),
        ...(delay !== undefined && { delay }),
      };
    });
}

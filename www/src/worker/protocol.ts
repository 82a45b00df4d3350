/** What crosses between the page and its two workers: plain data only. */

import type { ConnectionInfo } from 'pop3-wasm';
import type { Failure, Outcome } from '../lib/outcome.ts';

/**
 * Names a message for as long as the page is open: its uid (RFC 1939 section 7), and where the
 * server gives none that is unique, a name that ends with the session. Never the message number
 * alone: numbers move between sessions.
 */
export type MessageKey = string;

export interface MailboxEntry {
  key: MessageKey;
  /** Valid in the session that it was listed in; here only to be shown and to order by. */
  number: number;
  /** Octets, as the server counts them. */
  size: number;
  /** Does the key outlive the session? */
  lasting: boolean;
}

/** The mailbox as it stood when a session began. */
export interface Mailbox {
  entries: MailboxEntry[];
  connection: ConnectionInfo | undefined;
}

export interface Credentials {
  /** The proxy's `/pop3`. */
  url: string;
  server: string;
  user: string;
  password: string;
}

/**
 * An outcome of the session, and the new state of the mailbox where the session had been lost and
 * was opened again on the way.
 */
export interface SessionOutcome<T> {
  outcome: Outcome<T>;
  reconnected?: Mailbox;
}

/** What became of the deletions at sign-out. */
export interface SignOutReport {
  deleted: MessageKey[];
  kept: { key: MessageKey; failure: Failure }[];
  /** The server was told, but its answer never came and it could not be asked again. */
  unsure: MessageKey[];
  /** Set where the session could not be ended in good order. */
  failure?: Failure;
}

/**
 * Gets the headers of one message. It is waited for: calls and results travel by different ports,
 * so that the end of a feed could come before what was fed.
 */
export type HeadersListener = (
  key: MessageKey,
  headers: Outcome<Uint8Array>,
) => void | Promise<void>;
export type ProgressListener = (received: number, expected: number) => void;

/** The worker that owns the POP3 session and, in its memory alone, the password. */
export interface SessionWorker {
  signIn(credentials: Credentials): Promise<Outcome<Mailbox>>;
  /** Ends the session without deleting and begins another: a mailbox is a snapshot of sign-in. */
  refresh(): Promise<Outcome<Mailbox>>;
  /** Headers of each message, in the order asked for; ends early when the session does. */
  headers(keys: MessageKey[], listener: HeadersListener): Promise<SessionOutcome<void>>;
  retrieve(key: MessageKey, listener: ProgressListener): Promise<SessionOutcome<Uint8Array>>;
  /** Deletes, quits and, unless something was kept, forgets the password. */
  signOut(deletions: MessageKey[]): Promise<SignOutReport>;
  /**
   * Closes the session that a sign-out is waiting for, so that its report comes: what was not
   * confirmed is in `kept` or `unsure`. The password stays for another attempt.
   */
  stopWaiting(): Promise<void>;
  /** Closes without deleting and forgets the password; also gives up a sign-in under way. */
  abandon(): Promise<void>;
}

export type { ParserWorker, Summary } from './parser-protocol.ts';

import type { Blame, ErrorCode } from 'pop3-wasm';
import type { PeerCertificate } from 'pop3-wasm/tls';

/**
 * What can go wrong beside the codes of the package:
 *
 * - `worker-died`: a worker stopped answering or could not be started
 * - `gone`: the message is no longer on the server
 * - `servers-unavailable`: the list of servers could not be loaded
 * - `signed-out`: nobody has the account's password
 * - `account-exists`: an account of this user on this server is there already
 * - `storage-full`: the browser has no more room for mail; what was to be stored is not, as a whole
 * - `storage-unavailable`: what is stored in this browser cannot be opened
 * - `storage-blocked`: another tab, of an older version of the page, holds on to what is stored
 * - `storage-damaged`: a record of what is stored cannot be read
 * - `page-outdated`: what is stored belongs to a newer version of the page
 * - `locked`: the passphrase has to be entered first
 * - `wrong-passphrase`: it is another one
 * - `not-mail`: a file that was to be imported is neither a message nor a mailbox
 */
export type PageCode =
  | 'worker-died'
  | 'gone'
  | 'servers-unavailable'
  | 'signed-out'
  | 'account-exists'
  | 'storage-full'
  | 'storage-unavailable'
  | 'storage-blocked'
  | 'storage-damaged'
  | 'page-outdated'
  | 'locked'
  | 'wrong-passphrase'
  | 'not-mail';

/**
 * A failure as plain data. An `Error` loses its own fields on the way out of a worker, so none
 * is ever sent: what crosses is this.
 */
export interface Failure {
  code: ErrorCode | PageCode;
  blame: Blame;
  /** The server's own words: shown as text, never trusted. */
  serverText?: string;
  /**
   * What the server has shown where this page does TLS itself and does not trust it: for the user to
   * judge. All of it but the fingerprints is the server's own word.
   */
  certificate?: PeerCertificate;
}

/** The caller has given up. */
export const ABORTED: Failure = { code: 'aborted', blame: 'caller' };

export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export function success<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failed(failure: Failure): { ok: false; failure: Failure } {
  return { ok: false, failure };
}

/** A failure on its way through code that throws. */
export class FailureError extends Error {
  override readonly name = 'FailureError';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.code);
    this.failure = failure;
  }
}

/**
 * The failure that a thrown value stands for. Known by its shape rather than by `instanceof`,
 * because each worker has a class of its own. Anything else is a defect of ours.
 */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof FailureError) return thrown.failure;
  // The browser's own word, where a write found no room.
  if (thrown instanceof DOMException && thrown.name === 'QuotaExceededError') {
    return { code: 'storage-full', blame: 'limit' };
  }
  if (!(thrown instanceof Error) || thrown.name !== 'Pop3Error') {
    return { code: 'internal', blame: 'package' };
  }
  const { code, blame, serverText, certificate } = thrown as Error & Failure;
  return {
    code,
    blame,
    ...(serverText ? { serverText } : {}),
    ...(certificate ? { certificate } : {}),
  };
}

/** Failures after which the session is over, and a new one may mend it. */
const SESSION_ENDED: ReadonlySet<Failure['code']> = new Set<Failure['code']>([
  'connection-lost',
  'upstream-closed',
  'upstream-stalled',
  'client-stalled',
  'idle-timeout',
  'session-expired',
  'draining',
]);

export function endsSession(failure: Failure): boolean {
  return SESSION_ENDED.has(failure.code);
}

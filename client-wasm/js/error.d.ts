/** The failures of this package: who is to blame, and a stable code for programs. */
import type { PeerCertificate } from './tls.js';

/** Who is to blame for a failure, and so who can mend it. */
export type Blame = 'caller' | 'server' | 'protocol' | 'transport' | 'proxy' | 'limit' | 'package';

/**
 * The stable `code` of a {@link Pop3Error}.
 *
 * - caller: `invalid-argument`, `wrong-state`, `aborted` (cancelled, or closed by the caller),
 *   `timeout` (a limit of the caller's own has passed), `plaintext-refused` (a password or token
 *   would go in clear over a hop that anybody on the way can read)
 * - server said -ERR: `rejected`, `auth-failed`, `in-use`, `login-delay`, `sys-temp`, `sys-perm`,
 *   `utf8-required`; or it lacks what is needed: `unsupported`
 * - protocol (the server broke POP3): `protocol-error`; and `auth-failed`, where it did not prove
 *   by SCRAM that it knows the password
 * - transport: `connect-failed`, `connection-lost`, `timeout` (the server was silent)
 * - limit: `limit-exceeded`
 * - proxy, from its close code: `unknown-server`, `not-allowed`, `rate-limited`, `dns`, `refused`,
 *   `unreachable`, `connect-timeout`, `tls-certificate`, `tls-handshake`, `stls-unsupported`,
 *   `idle-timeout`, `draining`, `too-large`, `upstream-closed`, `unauthorized`, `upstream-stalled`,
 *   `client-stalled`, `session-expired`, `end-to-end-required`, `end-to-end-forbidden`
 * - of `pop3-wasm/tls`, to blame is the server: `tls-untrusted` (nobody who is trusted has signed its
 *   certificate), `tls-expired`, `tls-not-yet-valid`, `tls-revoked`, `tls-wrong-name` (the certificate is for other
 *   hosts), `tls-pin-mismatch` (it is none of those that were pinned), `tls-certificate` (it is of no
 *   use), `tls-version` (neither TLS 1.3 nor 1.2), `tls-handshake`, `stls-unsupported`; the transport:
 *   `tls-corrupt` (octets were changed on the way), `tls-truncated` (the connection was cut, and did not
 *   end), `tls-handshake` (it ended in the handshake); the proxy: `tls-not-end-to-end`
 * - of `pop3-wasm/node` and the other adapters for sockets: `dns`, `refused`, `unreachable`,
 *   `connect-timeout`, where to blame is the transport; and the codes of `pop3-wasm/tls` for
 *   certificates, `tls-version`, `tls-handshake`, `stls-unsupported`
 * - package: `load-failed` (the WebAssembly file did not come; calling again tries again),
 *   `parse-failed` (a message that trapped the parser), `worker-lost` (the worker of
 *   `pop3-wasm/worker` has died), `internal` (a defect of this package)
 */
export type ErrorCode =
  | 'invalid-argument'
  | 'wrong-state'
  | 'aborted'
  | 'plaintext-refused'
  | 'rejected'
  | 'auth-failed'
  | 'in-use'
  | 'login-delay'
  | 'sys-temp'
  | 'sys-perm'
  | 'utf8-required'
  | 'unsupported'
  | 'protocol-error'
  | 'connect-failed'
  | 'connection-lost'
  | 'timeout'
  | 'limit-exceeded'
  | 'unknown-server'
  | 'not-allowed'
  | 'rate-limited'
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'connect-timeout'
  | 'tls-certificate'
  | 'tls-handshake'
  | 'stls-unsupported'
  | 'idle-timeout'
  | 'draining'
  | 'too-large'
  | 'upstream-closed'
  | 'unauthorized'
  | 'upstream-stalled'
  | 'client-stalled'
  | 'session-expired'
  | 'end-to-end-required'
  | 'end-to-end-forbidden'
  | 'tls-untrusted'
  | 'tls-expired'
  | 'tls-not-yet-valid'
  | 'tls-revoked'
  | 'tls-wrong-name'
  | 'tls-pin-mismatch'
  | 'tls-version'
  | 'tls-corrupt'
  | 'tls-truncated'
  | 'tls-not-end-to-end'
  | 'load-failed'
  | 'parse-failed'
  | 'worker-lost'
  | 'internal';

/** Any failure of this package. `message` is a sentence for people; programs look at `code`. */
export class Pop3Error extends Error {
  readonly name: 'Pop3Error';
  readonly code: ErrorCode;
  readonly blame: Blame;
  /** The server's own words after -ERR, without the bracketed code; absent if it said nothing. */
  readonly serverText?: string;
  /** The bracketed response code of RFC 2449 section 8, as sent, such as `SYS/TEMP`. */
  readonly responseCode?: string;
  /** Numbers of the messages whose deletion was pending and is now undone (RFC 1939 section 6). */
  readonly undoneDeletions?: number[];
  /** Numbers of the messages of which nobody knows: QUIT was sent, and not answered with `+OK`. */
  readonly unknownDeletions?: number[];
  /** The mail server's certificate, where it is what `pop3-wasm/tls` does not trust. */
  readonly certificate?: PeerCertificate;
}

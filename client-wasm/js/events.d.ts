/** The events of a session. None holds a password, or an octet of mail. */
import type { Pop3Error } from './error.js';

/**
 * The states of RFC 1939 section 3, as far as a client sees them: `authorization` until somebody has signed
 * in, `transaction` then, and `closed` from the end of the session on, however it ended.
 */
export type SessionState = 'authorization' | 'transaction' | 'closed';

/** The `detail` of a `state` event. */
export interface StateDetail {
  /** The state that the session has come to; never `authorization`, in which it is from the first. */
  state: 'transaction' | 'closed';
  /** Why it is closed; absent after QUIT, and of `code` `aborted` where this side has closed it. */
  error?: Pop3Error;
}

/** The `detail` of a `progress` event. */
export interface ProgressDetail {
  /** The number of the message that is on its way. */
  number: number;
  /** Octets of it that have come so far. */
  received: number;
  /** How many LIST promised; absent for TOP, and when LIST was never asked. */
  expected?: number;
}

/** What a `Pop3Client` tells those who listen. */
export interface Pop3ClientEvents {
  /**
   * The session has come to another state. The last event of a session is that it is `closed`, and it
   * comes once. Who begins to listen late looks at `Pop3Client.state`.
   */
  state: CustomEvent<StateDetail>;
  /**
   * Octets of a message have come, by whatever method; at most once for each piece from the network.
   * It is told of commands that were issued after somebody had begun to listen.
   */
  progress: CustomEvent<ProgressDetail>;
}

import type { ConnectionInfo, Message } from 'pop3-wasm';
import type { Failure } from '../lib/outcome.ts';
import type { Server } from '../lib/servers.ts';
import type { MailboxEntry, MessageKey, SignOutReport, Summary } from '../worker/protocol.ts';

/** Views name messages too, but know nothing of the workers. */
export type { MessageKey };

export interface Row extends MailboxEntry {
  /** Known once TOP has answered and its header has been read. */
  summary?: Summary;
  /** TOP was refused or its answer was no header: nothing more will come by itself. */
  refused: boolean;
  /** Opened in this session of the page. */
  seen: boolean;
  /** To be deleted at sign-out. */
  marked: boolean;
}

export type MessageView = 'html' | 'text' | 'headers' | 'source';

export interface OpenMessage {
  key: MessageKey;
  number: number;
  /** Octets, as the server counts them. */
  size: number;
  status: 'loading' | 'failed' | 'ready';
  /** Octets that have come. */
  received: number;
  failure?: Failure;
  octets?: Uint8Array;
  /** Absent where the message could not be taken apart. */
  message?: Message;
  view: MessageView;
  remoteImages: boolean;
  /** No longer in the list: deleted, or by a name that cannot be known again. */
  gone: boolean;
}

export interface Toast {
  /** Grows, so that a view can tell a new toast from the same words again. */
  id: number;
  text: string;
  undo: boolean;
}

export interface Notice {
  failure: Failure;
  retry?: 'check' | 'fill';
}

export interface Farewell {
  deleted: number;
  notDeleted: number;
  unsure: number;
}

export interface State {
  phase: 'signed-out' | 'signing-in' | 'inbox' | 'signing-out';
  servers: readonly Server[] | undefined;
  serversFailure?: Failure | undefined;
  signInFailure?: Failure | undefined;
  farewell?: Farewell | undefined;

  account?: { server: Server; user: string } | undefined;
  connection?: ConnectionInfo | undefined;
  /** In the order shown. */
  rows: readonly Row[];
  /** Headers are on their way. */
  filling: boolean;
  checking: boolean;
  /** The row that keyboard focus is on, or would go to. */
  active?: MessageKey | undefined;
  open?: OpenMessage | undefined;
  /** Marked for deletion, the latest last. */
  marked: readonly MessageKey[];
  toast?: Toast | undefined;
  notice?: Notice | undefined;
  /** A check for new mail was asked for that would lose marks. */
  checkAsks?: boolean;
  /** Subjects of messages whose marks went with the session that they were made in. */
  marksLost?: readonly string[] | undefined;
  /** What came of a sign-out that did not delete everything. */
  signOutReport?: SignOutReport | undefined;
  /** For screen readers. */
  announcement: string;
}

export const INITIAL: State = {
  phase: 'signed-out',
  servers: undefined,
  rows: [],
  filling: false,
  checking: false,
  marked: [],
  announcement: '',
};

/** What is left when an account is signed out. */
export function signedOut(state: State, farewell?: Farewell): State {
  return {
    ...INITIAL,
    servers: state.servers,
    serversFailure: state.serversFailure,
    account: state.account,
    farewell,
  };
}

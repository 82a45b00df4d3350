/** What fetching and importing need of what is stored. Every write is durable when it resolves. */

import type { Account, AccountChange, AccountId, MessageId } from '../mail-protocol.ts';

/** The name of a message that `fetchNew` of the package gives, to know it again. */
export type SeenId = string;

/** What of a message is kept beside its octets; made by `worker/summary.ts`. */
export interface Digest {
  from?: { name?: string; address: string };
  to: { name?: string; address: string }[];
  subject?: string;
  date?: number;
  attachments: boolean;
  attachmentNames: string[];
  snippet: string;
  /** For the search: the text, cut at a limit. */
  text: string;
  messageId?: string;
  /** Message-IDs of In-Reply-To and References. */
  references: string[];
  broken: boolean;
}

export interface NewMessage {
  /** Absent when it was imported. */
  seen?: SeenId;
  /** The whole message, or its header. */
  octets: Uint8Array;
  local: 'header' | 'whole';
  size: number;
  digest: Digest;
}

/** A message that is on the server, and known here. */
export interface ServerMessage {
  seen: SeenId;
  /** Absent once it was expunged here. */
  id?: MessageId;
  /** Milliseconds since 1970: when its copy was stored. */
  stored: number;
  local: 'header' | 'whole' | 'none';
  /** To be deleted by the next fetch. */
  pending: boolean;
}

export interface MailStorage {
  accounts(): readonly Account[];
  addAccount(account: Account): Promise<void>;
  /** Gives what it is then; `undefined` when it is not there any more. */
  changeAccount(
    id: AccountId,
    change: AccountChange & Partial<Pick<Account, 'passwordKept' | 'lastFetch'>>,
  ): Promise<Account | undefined>;
  removeAccount(id: AccountId): Promise<void>;
  /** Only when there is a passphrase, and the account is there; fails otherwise. */
  keepPassword(id: AccountId, password: string): Promise<void>;
  keptPassword(id: AccountId): Promise<string | undefined>;
  forgetPassword(id: AccountId): Promise<void>;

  /** All messages that are known to be on the server of an account, or were when last seen. */
  onServer(account: AccountId): Promise<ServerMessage[]>;
  /** One transaction: octets, row and the fact that they were seen. A full disk rejects, whole. */
  add(account: AccountId, messages: NewMessage[]): Promise<MessageId[]>;
  /** The rest of a message that was stored as its header. */
  complete(id: MessageId, octets: Uint8Array, digest: Digest): Promise<void>;
  /** The server confirmed their deletion, or lists them no more. */
  leftServer(account: AccountId, seen: readonly SeenId[]): Promise<void>;
  /** Marks messages for deletion on the server by the next fetch, or takes that back. */
  setPending(account: AccountId, seen: readonly SeenId[], pending: boolean): Promise<void>;
  octets(id: MessageId): Promise<Uint8Array | undefined>;
}

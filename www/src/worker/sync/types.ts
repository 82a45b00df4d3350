/** What fetching offers to the mail worker, and what it needs of the world around it. */

import type { Pop3Client } from 'pop3-wasm/tls';
import type { Outcome } from '../../lib/outcome.ts';
import type {
  Account,
  AccountDraft,
  AccountId,
  AccountStatus,
  Credentials,
  FetchReport,
  Hop,
  MessageId,
} from '../mail-protocol.ts';
import type { Digest, MailStorage } from '../storage/types.ts';

/** A session, whoever does TLS. */
export type Client = Pop3Client;

/** Where an account's mail is. */
export interface Destination {
  server: string;
  hop: Hop;
}

/** Opens a session; it is not signed in yet. */
export type Connect = (
  to: Destination,
  credentials: Credentials,
  signal: AbortSignal,
) => Promise<Client>;

/** Time, chance and network, so that tests have their own. */
export interface Surroundings {
  storage: MailStorage;
  connect: Connect;
  digest: (octets: Uint8Array, local: 'header' | 'whole') => Promise<Digest>;
  clock: Clock;
  /** From 0 to 1, not 1 itself. */
  random: () => number;
  locks: Pick<LockManager, 'request'>;
  /** To all other tabs. */
  channel: Pick<BroadcastChannel, 'postMessage' | 'onmessage' | 'close'>;
  network: Network;
}

export interface Clock {
  /** Milliseconds since 1970; jumps when a computer was asleep. */
  now(): number;
  /** Calls back once; gives what calls it off. */
  after(milliseconds: number, call: () => void): () => void;
}

export interface Network {
  /** `false` only where the browser is sure. */
  online(): boolean;
  /** Called when that has changed. */
  onChange(call: () => void): void;
}

export type RestProgress = (received: number, expected: number) => void;

/** An account's status, told in every tab when it changes. */
export type StatusListener = (account: AccountId, status: AccountStatus) => void;

/** Fetching, as the mail worker of each tab has it; see `MailWorker` for the calls of its name. */
export interface MailSync {
  status(account: AccountId): AccountStatus;
  /** After the storage was opened or unlocked, and whenever its accounts have changed. */
  accountsChanged(): void;
  addAccount(
    draft: AccountDraft,
    credentials: Credentials,
    keepPassword: boolean,
  ): Promise<Outcome<Account>>;
  /** Gives up a sign-in too that this tab has begun. */
  cancelAddAccount(): void;
  signIn(
    account: AccountId,
    credentials: Credentials,
    keepPassword: boolean,
  ): Promise<Outcome<void>>;
  signOut(account: AccountId): Promise<void>;
  fetch(account: AccountId): Promise<Outcome<FetchReport>>;
  stopFetching(account: AccountId): void;
  fetchRest(account: AccountId, message: MessageId, progress: RestProgress): Promise<Outcome<void>>;
  /** Ends what this tab does and forgets all passwords in it, as when the storage is locked. */
  stop(): Promise<void>;
}

/**
 * What crosses between the page and the mail worker: plain data only. The worker owns what is stored,
 * the sessions with mail servers, and the order of the list; the page shows windows of it.
 */

import type { Address, ConnectionInfo } from 'pop3-wasm';
import type { EndToEndInfo } from 'pop3-wasm/tls';
import type { Failure, Outcome } from '../lib/outcome.ts';

export type AccountId = string;
/** Given when a message is first stored; grows, and is never used again. */
export type MessageId = number;
export type LabelId = string;
export type Folder = 'inbox' | 'archive' | 'trash';

// Accounts

/** How long a message stays on the server once its copy is stored here. */
export type OnServer = { kind: 'keep' } | { kind: 'delete' } | { kind: 'days'; days: number };

export interface FetchPolicy {
  /** `headers` fetches the rest of a message when it is opened. */
  what: 'whole' | 'headers';
  /** Octets. What is larger comes as its header, until the rest is asked for. */
  sizeLimit?: number;
  onServer: OnServer;
  /** Is a message that is deleted here deleted on the server too, by the next fetch? */
  deleteWithLocal: boolean;
  /** Between fetches while the page is open; 0 is on demand alone. */
  intervalMinutes: number;
}

/** Who does TLS with the mail server: the proxy, which can read the mail then, or this page. */
export interface Hop {
  mode: 'proxy' | 'end-to-end';
  /**
   * The host that the server's certificate has to be for, as the user knows it: whoever asked the
   * proxy would trust it in this. Without it, the host of `host:port`.
   */
  name?: string;
  /** SHA-256 of a certificate that the user has seen and trusts, in hexadecimal. */
  pin?: string;
}

export interface Account {
  id: AccountId;
  /** What people call it; the user name at first. */
  title: string;
  /** A name of the proxy's configuration, or `host:port` where it lets people type one. */
  server: string;
  user: string;
  hop: Hop;
  policy: FetchPolicy;
  /** Is the password stored, under the passphrase? Never otherwise. */
  passwordKept: boolean;
  /** Milliseconds since 1970 of the last fetch that went through. */
  lastFetch?: number;
}

export type AccountDraft = Pick<Account, 'title' | 'server' | 'user' | 'hop' | 'policy'>;

/** What is to be another one; the rest stays. `undefined` takes the limit away. */
export type PolicyChange = Partial<Omit<FetchPolicy, 'sizeLimit'>> & {
  sizeLimit?: number | undefined;
};

/** What is to be another one, also of the policy; the rest stays, as other tabs change it. */
export type AccountChange = Partial<Omit<AccountDraft, 'policy'>> & { policy?: PolicyChange };

export interface Credentials {
  /** The proxy's `/pop3`. */
  url: string;
  password: string;
  /** The token of a proxy that wants one. */
  proxyToken?: string;
}

// Fetching

export interface FetchProgress {
  stage: 'connecting' | 'comparing' | 'fetching' | 'deleting' | 'quitting';
  /** Messages. */
  done: number;
  all: number;
  /** Octets. */
  received: number;
  expected: number;
  /** Octets a second, over the last seconds. */
  rate: number;
}

export interface FetchReport {
  added: MessageId[];
  /** Deleted on the server, as its QUIT confirmed. */
  deleted: number;
  /** Due for deletion and still there: the session broke, or the server refused. */
  notDeleted: number;
  /** Whether these went the server never said. */
  unsure: number;
  /** Messages that the server would not give. */
  refused: number;
  /** How the last session was encrypted, and by whom. */
  connection?: ConnectionInfo | OwnTlsInfo;
}

/** TLS between this browser and the mail server, judged by a list of authorities that has a date. */
export interface OwnTlsInfo extends EndToEndInfo {
  /** The day of the list in the module, as `2026-10-19`. */
  roots: string;
}

/** What an account is doing. One of all tabs does it; the others are told. */
export type AccountStatus =
  | { kind: 'idle'; failure?: Failure; report?: FetchReport }
  /** Nobody has the password. */
  | { kind: 'signed-out'; failure?: Failure }
  | { kind: 'fetching'; progress: FetchProgress; here: boolean };

// Messages

/**
 * A copy on the server: `there` when last seen; `pending`, to be deleted by the next fetch; `gone`;
 * or `never`, as of a message that was imported.
 */
export type ServerCopy = 'there' | 'pending' | 'gone' | 'never';

export interface MessageRow {
  id: MessageId;
  account: AccountId;
  folder: Folder;
  from?: Address;
  /** The first few. */
  to: Address[];
  subject?: string;
  /** Milliseconds since 1970, as the message says where that can be believed, else when it came. */
  date: number;
  /** Octets. */
  size: number;
  attachments: boolean;
  /** The beginning of the text. */
  snippet: string;
  read: boolean;
  starred: boolean;
  labels: LabelId[];
  /** What is stored here: the header alone, or the whole message. */
  local: 'header' | 'whole';
  server: ServerCopy;
  /** The same in all messages of a conversation. */
  thread: number;
  /** The message could not be taken apart. */
  broken: boolean;
}

export interface ListQuery {
  /** Without it, all accounts. */
  account?: AccountId;
  /** Without it, all but the trash. */
  folder?: Folder;
  label?: LabelId;
  unread?: boolean;
  starred?: boolean;
  attachments?: boolean;
  /** Only those that the next fetch deletes on the server, in whichever folder. */
  pending?: boolean;
  sort: 'date' | 'from' | 'subject' | 'size';
  descending: boolean;
  /** One row for each conversation: its newest message that the query finds. */
  conversations: boolean;
  /** As typed; see `worker/search`. */
  search?: string;
}

export interface ListResult {
  /** In the order of the list; a conversation by its newest message. */
  ids: Uint32Array;
  /** Messages of each conversation, beside `ids`; empty where there are no conversations. */
  sizes: Uint32Array;
  messages: number;
  unread: number;
  /** `false` while more is being read or searched; another result follows. */
  complete: boolean;
  /** What of the search could not be understood, as typed. */
  misunderstood?: string[];
}

export interface Counts {
  /** By `account/folder`. */
  folders: Record<string, { messages: number; unread: number }>;
  labels: Record<LabelId, { messages: number; unread: number }>;
  /** Deletions that the next fetch will make, by account. */
  pending: Record<AccountId, number>;
}

export interface Change {
  read?: boolean;
  starred?: boolean;
  /** Into the trash, too, which is where deleting begins. */
  folder?: Folder;
  addLabel?: LabelId;
  removeLabel?: LabelId;
}

/** For `undo`, which takes a change back as a whole. */
export type ChangeId = number;

// Settings

export interface Label {
  id: LabelId;
  title: string;
  /** One of a palette; not the only sign of the label. */
  colour: number;
}

export interface Settings {
  language: string | 'auto';
  theme: 'auto' | 'light' | 'dark';
  density: 'comfortable' | 'compact';
  shortcuts: boolean;
  notifications: boolean;
  conversations: boolean;
  /** Seconds until an opened message counts as read; 0 at once, -1 never by itself. */
  readAfter: number;
  /** Days until the trash is emptied of a message; 0 is never. */
  emptyTrashAfter: number;
  /** Addresses whose remote content is loaded. */
  trustedSenders: string[];
  labels: Label[];
}

export interface StorageState {
  /** Octets. Absent where the browser does not say. */
  used?: number;
  quota?: number;
  /** Did the browser promise not to evict what is stored? */
  persistent: boolean;
  encrypted: boolean;
  /** The passphrase is asked for before anything can be read. */
  locked: boolean;
  full: boolean;
  /** Records that cannot be read. They are left as they are. */
  damaged?: number;
}

// The worker

/** Told to every tab, whichever made the change. */
export type MailEvent =
  | { type: 'accounts'; accounts: Account[] }
  | { type: 'status'; account: AccountId; status: AccountStatus }
  | { type: 'rows'; ids: MessageId[] }
  | { type: 'counts'; counts: Counts }
  | { type: 'settings'; settings: Settings }
  | { type: 'storage'; storage: StorageState }
  | { type: 'added'; account: AccountId; ids: MessageId[] }
  /** The storage is closed to this tab, which has to be loaded anew. */
  | { type: 'closed'; failure: Failure };

export interface Opened {
  accounts: Account[];
  statuses: Record<AccountId, AccountStatus>;
  settings: Settings;
  storage: StorageState;
  counts: Counts;
}

export interface MailWorker {
  /** First of all. `locked` in the storage's state means that all but settings is empty as yet. */
  open(listener: (event: MailEvent) => void): Promise<Outcome<Opened>>;
  unlock(passphrase: string): Promise<Outcome<Opened>>;
  /** Encrypts all that is stored, or with `null` decrypts it; tells how far it is, 0 to 1. */
  setPassphrase(
    current: string | null,
    next: string | null,
    progress: (done: number) => void,
  ): Promise<Outcome<void>>;
  lock(): Promise<void>;
  /** After the page has asked the browser for persistence. */
  storageChanged(): Promise<StorageState>;
  /** Deletes all that is stored in this browser. */
  eraseEverything(): Promise<Outcome<void>>;

  /** Signs in once to see that it works, then stores the account and fetches. */
  addAccount(
    draft: AccountDraft,
    credentials: Credentials,
    keepPassword: boolean,
  ): Promise<Outcome<Account>>;
  /** Gives up an `addAccount` under way. */
  cancelAddAccount(): Promise<void>;
  updateAccount(id: AccountId, change: AccountChange): Promise<Outcome<Account>>;
  /** With all its mail that is stored here; nothing changes on the server. */
  removeAccount(id: AccountId): Promise<Outcome<void>>;
  /** After `signed-out`. */
  signIn(id: AccountId, credentials: Credentials, keepPassword: boolean): Promise<Outcome<void>>;
  /** Forgets the password, here and in what is stored. */
  signOut(id: AccountId): Promise<void>;

  /** New mail and due deletions; what comes of it is in the status. */
  fetch(id: AccountId): Promise<Outcome<FetchReport>>;
  stopFetching(id: AccountId): Promise<void>;
  /** The rest of a message that is stored as its header. */
  fetchRest(
    id: MessageId,
    progress: (received: number, expected: number) => void,
  ): Promise<Outcome<void>>;

  /** Results come until `unwatch`: at first what is known at once, and again after each change. */
  watch(query: ListQuery, listener: (result: ListResult) => void): Promise<number>;
  unwatch(watch: number): Promise<void>;
  rows(ids: MessageId[]): Promise<MessageRow[]>;
  /** All messages of a conversation outside the trash, oldest first. */
  conversation(id: MessageId): Promise<MessageRow[]>;
  /** The message as it was sent, or its header. */
  octets(id: MessageId): Promise<Outcome<Uint8Array>>;

  change(ids: MessageId[], change: Change): Promise<Outcome<ChangeId>>;
  undo(change: ChangeId): Promise<Outcome<void>>;
  /** For good. On the server as the account's policy says. */
  expunge(ids: MessageId[]): Promise<Outcome<void>>;
  /** Has messages deleted on the server by the next fetch, or not after all. */
  deleteOnServer(ids: MessageId[], wanted: boolean): Promise<Outcome<void>>;

  saveSettings(change: Partial<Settings>): Promise<Outcome<Settings>>;

  /** A .eml or an mbox file; tells octets. Resolves to how many were new, known, and too large. */
  importFile(
    file: Blob,
    account: AccountId,
    progress: (done: number, all: number) => void,
  ): Promise<Outcome<{ added: number; known: number; refused: number }>>;
  /** As mbox (RFC 4155, `mboxrd`); tells octets. `missing` are messages that could not be read. */
  exportMbox(
    query: ListQuery,
    progress: (done: number, all: number) => void,
  ): Promise<Outcome<{ file: Blob; missing: number }>>;
}

/**
 * pop3-wasm: a POP3 mail client in WebAssembly.
 *
 * The command names are those of Python's poplib; each returns a Promise. Results are plain
 * objects that survive `structuredClone`. Every rejection is a {@link Pop3Error}.
 */

import type { Pop3Error } from './error.js';
import type { Pop3ClientEvents, SessionState } from './events.js';

export { Pop3Error } from './error.js';
export type { Blame, ErrorCode } from './error.js';

/** Where the WebAssembly module may come from; by default, beside this package. */
export type WasmSource = URL | string | Response | ArrayBuffer | Uint8Array | WebAssembly.Module;

/**
 * Loads the client's WebAssembly module once. That for messages is loaded by the first
 * `parseMessage`, or by the `init` of `pop3-wasm/message`. Calling it is optional, and calling it again is harmless. */
export function init(source?: WasmSource): Promise<void>;

/**
 * Loads the client's WebAssembly module at once, from octets or a compiled module: for a worker that
 * was sent one, and for code that cannot wait. Browsers compile only small modules outside of workers
 * without waiting, so hand them a compiled one there. Where the module is loaded already, nothing
 * happens. Throws a {@link Pop3Error}: `load-failed`, or `wrong-state` while {@link init} is under way.
 */
export function initSync(source: ArrayBuffer | Uint8Array | WebAssembly.Module): void;

/**
 * How far commands run ahead of their answers, where the server offers PIPELINING (RFC 2449 section
 * 6.6). A command is sent while all of these hold, and always if none waits.
 */
export interface Pipelining {
  /** Commands that wait for an answer; default 1,024. 1 switches pipelining off. */
  commands?: number;
  /**
   * Octets of the commands that wait; default 16 KiB. A server that has much to send may stop
   * reading, and they must find room in the buffers of the connection then.
   */
  commandOctets?: number;
  /**
   * Octets that the waiting RETR and TOP are expected to bring at most, by LIST; default 16 MiB. A
   * session begins with 4 MiB of that, and asks for more where a round trip brings as much.
   */
  answerOctets?: number;
  /** Octets assumed of a message that LIST has not told; default 16 KiB. */
  assumedMessage?: number;
}

/** How much a server may send before its session ends with `limit-exceeded`. */
export interface Limits {
  /** Octets of a status line; default 8 KiB. */
  statusLine?: number;
  /** Octets of a line that answers AUTH; default 12 KiB (RFC 5034 section 4). */
  challenge?: number;
  /** Octets of a line of LIST, UIDL, LANG or CAPA; default 2 KiB. */
  listLine?: number;
  /** Lines of one LIST, UIDL or LANG; default 1,000,000. */
  listLines?: number;
  /** Lines of one CAPA; default 256. */
  capabilities?: number;
  /** Octets of one message; default 2 GiB. One that is not streamed has 512 MiB at most. */
  message?: number;
}

/**
 * What the rest of a cancelled answer may cost. POP3 cannot stop an answer, so it is read and thrown
 * away; past either bound the session ends instead, and its deletions are undone.
 */
export interface Drain {
  /** Octets of messages, in a row, as LIST tells them or as they come; default 1 MiB. */
  octets?: number;
  /** Milliseconds, in a row; default 10,000. */
  timeout?: number;
}

/** What both ways to a mail server have in common. All times are milliseconds. */
export interface SessionOptions {
  /** Until the greeting must have come; default 30,000. */
  connectTimeout?: number;
  /** Without an octet from the server while a command waits; default 60,000. */
  commandTimeout?: number;
  /** Until the session must be over, whatever goes on in it; default 0, which is no limit. */
  sessionTimeout?: number;
  /** That the reader of a streamed message may keep the server waiting; default 300,000. */
  readTimeout?: number;
  /**
   * Without traffic after sign-in, until NOOP is sent so that the server does not hang up; default
   * 0, which is never. The mailbox stays locked for everybody else. Servers wait 10 minutes, some
   * only one (RFC 1939 section 3).
   */
  keepAlive?: number;
  /** How far to run ahead of the server; `false` waits for each answer. The results are the same. */
  pipelining?: Pipelining | false;
  limits?: Limits;
  drain?: Drain;
  /** Abandons the attempt to connect. */
  signal?: AbortSignal;
}

/** To a mail server over a WebSocket, by way of a proxy or a plain byte tunnel. */
export interface WebSocketOptions extends SessionOptions {
  /** The proxy's endpoint: `ws:`, `wss:`, `http:` or `https:` URL of its `/pop3`. */
  url: string | URL;
  /** Name of the server in the proxy's configuration. Left out for a plain byte tunnel. */
  server?: string;
  /**
   * The token by which a proxy that lets in only some knows whose session this is. It travels as a
   * subprotocol, never in the URL.
   */
  proxyToken?: string;
  streams?: undefined;
}

/** A `ReadableStream`, as far as its declarations for browsers and for Node agree. */
export interface ReadableOctets {
  readonly locked: boolean;
  /** Locks the stream, and reads from it. */
  getReader(): {
    /** The next octets, or `done`. */
    read(): Promise<{ done: boolean; value?: ArrayBuffer | ArrayBufferView | undefined }>;
  };
}

/** A `WritableStream`, likewise. */
export interface WritableOctets {
  readonly locked: boolean;
  /** Locks the stream, and writes to it. */
  getWriter(): {
    /** Settles once there is room for more. */
    write(chunk: Uint8Array): Promise<void>;
  };
}

/** What leads to a mail server, both ways: a `ReadableStream` and a `WritableStream`. */
export interface ByteStreams {
  /** Octets from the server, cut anywhere. Any other chunk ends the session: `invalid-argument`. */
  readable: ReadableOctets;
  /** Takes octets to the server. */
  writable: WritableOctets;
  /**
   * What is known of them, as the adapters tell it (`pop3-wasm/node` and its like): it becomes
   * {@link Pop3Client.connection}, and `login` believes that `implicit` and `starttls` are encrypted.
   */
  connection?: ConnectionInfo;
}

/**
 * To a mail server over streams that the caller has connected: a socket of Node, Deno or a worker.
 * TLS, if there is to be any, is in the streams.
 *
 * Neither stream may be locked. They belong to the session, which ends both when it ends, also when
 * `connect` rejects, other than for an invalid argument. A stream's own error is the `cause` of a
 * `connection-lost`.
 */
export interface StreamOptions extends SessionOptions {
  streams: ByteStreams;
  url?: undefined;
  server?: undefined;
}

/** How to reach a mail server. */
export type ConnectOptions = WebSocketOptions | StreamOptions;

/**
 * What is known of the hop to the mail server: from the proxy's word, or from whoever opened the
 * {@link ByteStreams}; absent where neither says anything.
 */
export interface ConnectionInfo {
  /** The proxy's name for the server, or the host that was dialled. */
  server: string;
  tls: 'none' | 'implicit' | 'starttls';
  /** Such as `TLSv1.3`. */
  version?: string;
  cipher?: string;
}

/** A positive reply: the text after `+OK`, and the bracketed response code if there was one. */
export interface Reply {
  text: string;
  code?: string;
}

/** Count of messages and their size in octets (RFC 1939 section 5, STAT). */
export interface Stat {
  count: number;
  size: number;
}

/** `method` is `USER`, `APOP`, `RPOP` or a mechanism of SASL: how the user was signed in. */
export interface LoginReply extends Reply, Stat {
  method: 'USER' | 'APOP' | 'RPOP' | Mechanism;
}

/** A mechanism of SASL (RFC 4422), by its registered name. */
export type Mechanism =
  | 'PLAIN'
  | 'LOGIN'
  | 'CRAM-MD5'
  | 'SCRAM-SHA-1'
  | 'SCRAM-SHA-256'
  | 'XOAUTH2'
  | 'OAUTHBEARER'
  | 'EXTERNAL'
  | 'ANONYMOUS';

export interface AuthOptions extends CallOptions {
  /** `false` waits for the server to ask, as Microsoft's servers want it of XOAUTH2. */
  initialResponse?: boolean;
}

/** A user with a password, or with an OAuth 2 token; with neither, what the connection has shown. */
export type Credentials =
  { user: string; password: string } | { user: string; token: string } | { user?: string };

export interface LoginOptions extends CallOptions {
  /**
   * Whether all of the way to the mail server is encrypted, where the caller knows better: for
   * `streams` of a TLS socket, or a tunnel that does TLS. By default it is with TLS of
   * `pop3-wasm/tls`; when {@link ByteStreams.connection} says so; and when the proxy says so, and the WebSocket is encrypted or goes no farther than
   * this machine.
   */
  encrypted?: boolean;
  /** Lets a password or token go in clear over a hop that is not encrypted. Default `false`. */
  allowPlaintext?: boolean;
}

/** A language of the server's texts (RFC 6856 section 3). */
export interface Language {
  tag: string;
  /** In the list, the language's own name; else the server's words in it. */
  text: string;
}

/** One line of LIST: message number and its size in octets as the server counts it. */
export interface ListEntry {
  number: number;
  size: number;
}

/** One line of UIDL: message number and the server's lasting identifier (RFC 1939 section 7). */
export interface UidlEntry {
  number: number;
  uid: string;
}

/** Octets that have come so far, and how many LIST promised. */
export interface Progress {
  received: number;
  /** Absent for TOP, and when LIST was never asked; some servers only guess it. */
  expected?: number;
}

/**
 * How a command can be given up; see {@link Drain} for what that means for the session. A sign-in, an
 * RSET, a QUIT and whatever else changes what the server does next cannot be given up alone once it is sent:
 * the session ends with it.
 */
export interface CallOptions {
  /** Cancels the command: it rejects with `aborted`, whose `cause` is the signal's reason. */
  signal?: AbortSignal;
  /** Milliseconds after which it is cancelled: it rejects with `timeout`. */
  timeout?: number;
}

export interface FetchOptions extends CallOptions {
  /** Called as octets come; at most once for each piece from the network. */
  onProgress?: (progress: Progress) => void;
  stream?: false;
}

/** For a message that is given on as it comes, and never held as a whole. */
export interface StreamFetchOptions extends CallOptions {
  /** Called as octets come; at most once for each piece from the network. */
  onProgress?: (progress: Progress) => void;
  stream: true;
}

/** A message, or its beginning, as the server sent it: 8-bit clean, dot-unstuffed, CRLF kept. */
export interface RawMessage {
  number: number;
  /** The text after `+OK`. */
  text: string;
  octets: Uint8Array;
}

/**
 * A message that is on its way.
 *
 * The answers of later commands come after it, so its body has to be read to the end or cancelled.
 * While its reader is behind by more than 1 MiB, the server is made to wait: by way of streams and
 * of pop3-proxy at once; a plain tunnel knows no way, and what comes is kept. After `readTimeout`
 * the session ends with `timeout`. Cancelling the body is as cancelling the command.
 */
export interface StreamedMessage {
  number: number;
  /** The text after `+OK`. */
  text: string;
  code?: string;
  /** Octets that LIST promised; absent for TOP, and when LIST was never asked. */
  size?: number;
  /** The octets, as of {@link RawMessage}. Fails with the {@link Pop3Error} of the command. */
  body: ReadableStream<Uint8Array>;
}

/** How far to run ahead of the reader of an iterator: what is asked for and not yet read. */
export interface AheadOptions extends CallOptions {
  /** At most so many messages (default 1,024), and octets by LIST (default 16 MiB), but always one. */
  ahead?: { messages?: number; octets?: number };
}

/** A command of {@link Pop3Client.batch} and its arguments. */
export type BatchCommand =
  | readonly ['retr', number]
  | readonly ['top', number, number]
  | readonly ['dele', number]
  | readonly ['list', number?]
  | readonly ['uidl', number?];

/** What came of a command of a batch: what the method of that name gives, or why it failed. */
export type BatchResult =
  | { command: readonly ['retr' | 'top', ...number[]]; value: RawMessage; error?: undefined }
  | { command: readonly ['dele', number]; value: Reply; error?: undefined }
  | {
      command: readonly ['list', number?];
      value: ListEntry | ListEntry[];
      error?: undefined;
    }
  | {
      command: readonly ['uidl', number?];
      value: UidlEntry | UidlEntry[];
      error?: undefined;
    }
  | { command: BatchCommand; value?: undefined; error: Pop3Error };

/** A message of the mailbox, with what LIST and UIDL tell of it. */
export interface MailboxEntry extends ListEntry {
  /** Absent where the server has no UIDL, or tells nothing of this message. */
  uid?: string;
}

/** A message that the server refused to give, as it may refuse one and give the next. */
export interface RefusedMessage extends MailboxEntry {
  error: Pop3Error;
  octets?: undefined;
  id?: undefined;
}

/** How many messages are fetched. */
export interface ManyOptions extends AheadOptions {
  /**
   * Fetches the header and so many lines of each by TOP, rather than all of it. A function tells it
   * of each message, by its size for instance; where it gives nothing, all of that one comes.
   */
  lines?: number | ((entry: MailboxEntry) => number | undefined);
  /** Called as octets of any of the messages come. Several may be on their way. */
  onProgress?: (progress: Progress & { number: number }) => void;
}

export interface MessagesOptions extends ManyOptions {
  /** These messages in this order; by default all, in the mailbox's order. */
  numbers?: Iterable<number>;
}

export interface NewOptions extends ManyOptions {
  /** The ids of all messages that were stored before, as {@link NewMessage} gave them. */
  seen?: Iterable<string>;
  /**
   * Ids in `seen` whose numbers in this session are wanted, as to delete them or to get the rest of
   * them: {@link NewMail.found} has those that are still there.
   */
  find?: Iterable<string>;
  /** Called by `fetchNew` before the first message, with what there is to fetch. */
  onChecked?: (mail: NewMail) => void;
}

/** What a check for new mail has found. */
export interface NewMail {
  /** The messages that were not seen before, in the mailbox's order. */
  fresh: MailboxEntry[];
  /** Ids in `seen` whose messages the mailbox holds no more: they can be forgotten. */
  gone: string[];
  /** Messages of which this cannot be told, since the server refuses their headers. */
  unclear: RefusedMessage[];
  /** Where the messages are that {@link NewOptions.find} asks for, if the mailbox holds them. */
  found: (MailboxEntry & { id: string })[];
}

/** A message that was not seen before. */
export interface NewMessage extends MailboxEntry, RawMessage {
  /**
   * What to remember it by, once it is stored. It holds the server's unique identifier, and a
   * digest of the header, by which the message is known where UIDL does not tell.
   */
  id: string;
  error?: undefined;
}

export type { Pop3ClientEvents, ProgressDetail, SessionState, StateDetail } from './events.js';

/**
 * One POP3 session (RFC 1939), and the target of its events: {@link Pop3ClientEvents}. Commands may be issued without awaiting the one before.
 */
export class Pop3Client extends EventTarget {
  private constructor();
  /** Opens the connection and waits for the greeting. */
  static connect(options: ConnectOptions): Promise<Pop3Client>;
  /** What is known of the hop to the server. */
  readonly connection: ConnectionInfo | undefined;
  /** How far the session has come; see {@link StateDetail}. */
  readonly state: SessionState;
  /** Numbers of the messages marked for deletion, which {@link quit} deletes and {@link rset} keeps. */
  readonly pendingDeletions: number[];
  /** `true` from the end of the session on, however it ended. */
  readonly closed: boolean;
  addEventListener<Type extends keyof Pop3ClientEvents>(
    type: Type,
    listener:
      | ((event: Pop3ClientEvents[Type]) => void)
      | { handleEvent(event: Pop3ClientEvents[Type]): void }
      | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Type extends keyof Pop3ClientEvents>(
    type: Type,
    listener:
      | ((event: Pop3ClientEvents[Type]) => void)
      | { handleEvent(event: Pop3ClientEvents[Type]): void }
      | null,
    options?: boolean | EventListenerOptions,
  ): void;
  /** The greeting's text after `+OK`. */
  getwelcome(): Promise<string>;
  /** Names the user, before {@link pass_} (RFC 1939 section 7). */
  /** Names the user, whose password {@link pass_} gives next (RFC 1939 section 7, USER). */
  user(name: string, options?: CallOptions): Promise<Reply>;
  /** Signs in, then asks STAT, so that the reply carries count and size. */
  pass_(password: string, options?: CallOptions): Promise<LoginReply>;
  /** Signs in by a digest of the password and the greeting's timestamp (RFC 1939 section 7). */
  apop(name: string, password: string, options?: CallOptions): Promise<LoginReply>;
  /** Signs in after {@link user} on the word of the proxy's host (RFC 1081). */
  rpop(name: string, options?: CallOptions): Promise<LoginReply>;
  /** Signs in by a mechanism of SASL (RFC 5034). */
  auth(
    mechanism: 'PLAIN' | 'LOGIN' | 'CRAM-MD5' | 'SCRAM-SHA-1' | 'SCRAM-SHA-256',
    credentials: { user: string; password: string } & AuthOptions,
  ): Promise<LoginReply>;
  auth(
    mechanism: 'XOAUTH2' | 'OAUTHBEARER',
    credentials: { user: string; token: string } & AuthOptions,
  ): Promise<LoginReply>;
  auth(mechanism: 'EXTERNAL', credentials?: { user?: string } & AuthOptions): Promise<LoginReply>;
  auth(mechanism: 'ANONYMOUS', credentials?: { trace?: string } & AuthOptions): Promise<LoginReply>;
  /**
   * Signs in by the strongest method that the server offers and the credentials allow, and says
   * which it was. Rejects with `plaintext-refused` rather than send a password or token in clear.
   */
  login(credentials: Credentials & LoginOptions): Promise<LoginReply>;
  /** Asks for texts, names and mail in UTF-8, before the sign-in (RFC 6856 section 2). */
  utf8(options?: CallOptions): Promise<Reply>;
  /** The languages of the server's texts, or the choice of one; `*` is the server's own. */
  lang(tag?: undefined, options?: CallOptions): Promise<Language[]>;
  lang(tag: string, options?: CallOptions): Promise<Language>;
  /** Count and size of the messages that are not marked for deletion (RFC 1939 section 5). */
  /** Count and size of the messages that are not marked for deletion (RFC 1939 section 5). */
  stat(options?: CallOptions): Promise<Stat>;
  /** Number and size of each message (RFC 1939 section 5). */
  /** Sizes of all messages that are not marked, or of one (RFC 1939 section 5); in octets. */
  list(number?: undefined, options?: CallOptions): Promise<ListEntry[]>;
  /** Of one message. One that is not there is `rejected`. */
  list(number: number, options?: CallOptions): Promise<ListEntry>;
  /** Number and lasting identifier of each message (RFC 1939 section 7). */
  /** Lasting identifiers of the same (RFC 1939 section 7). */
  uidl(number?: undefined, options?: CallOptions): Promise<UidlEntry[]>;
  /** Of one message. One that is not there is `rejected`. */
  uidl(number: number, options?: CallOptions): Promise<UidlEntry>;
  /** A whole message: of 512 MiB at most, unless it is streamed. */
  retr(number: number, options?: FetchOptions): Promise<RawMessage>;
  retr(number: number, options: StreamFetchOptions): Promise<StreamedMessage>;
  /** Header, blank line and the first `lines` lines of the body (RFC 1939 section 7). */
  top(number: number, lines: number, options?: FetchOptions): Promise<RawMessage>;
  top(number: number, lines: number, options: StreamFetchOptions): Promise<StreamedMessage>;
  /** Marks for deletion; the server deletes at {@link quit}. Once it is sent, it stays marked. */
  dele(number: number, options?: CallOptions): Promise<Reply>;
  /** Takes all marks back. */
  rset(options?: CallOptions): Promise<Reply>;
  /** Asks for a reply, and for nothing else (RFC 1939 section 5). */
  /** Does nothing, but keeps the session from being idle (RFC 1939 section 5). */
  noop(options?: CallOptions): Promise<Reply>;
  /** Capability names in upper case, each with its arguments (RFC 2449). */
  capa(options?: CallOptions): Promise<Record<string, string[]>>;
  /**
   * Issues many commands, some ahead of the reader, and yields what came of each, in their order.
   * One that the server refuses fails alone. The end of the session is thrown. Whoever stops
   * reading wants no more: what was not sent is not sent any more.
   */
  batch(
    commands: Iterable<BatchCommand>,
    options?: AheadOptions,
  ): AsyncGenerator<BatchResult, void, void>;
  /** Fetches messages, some ahead of the reader; otherwise as {@link batch}. */
  messages(
    options?: MessagesOptions,
  ): AsyncGenerator<
    (MailboxEntry & RawMessage & { error?: undefined }) | RefusedMessage,
    void,
    void
  >;
  /** Looks which messages are new, without fetching them. */
  checkNew(options?: NewOptions): Promise<NewMail>;
  /**
   * Fetches the messages that are new. It is safe to repeat, in another session too, also after this
   * one broke: store a message and its `id`, then go on; give all ids back as `seen`. Nothing comes
   * twice then, and nothing is missed. To delete what is stored, call {@link dele} in the loop.
   *
   * Messages are told apart by UIDL. Where the server has none, or gives an identifier to several
   * messages, a SHA-256 of the header stands in, which TOP is asked for, and equal headers are
   * counted. So a copy to the octet of a message that is gone is not new there.
   */
  fetchNew(options?: NewOptions): AsyncGenerator<NewMessage | RefusedMessage, void, void>;
  /** Commits the deletions, unlocks the mailbox and closes. */
  quit(options?: CallOptions): Promise<Reply>;
  /** Closes at once without QUIT: the server drops the deletions. */
  close(): void;
  /** `quit()` if the session still stands; never rejects. */
  [Symbol.asyncDispose](): Promise<void>;
}

export { parseMessage } from './message.js';
export type {
  Address,
  Attachment,
  HeaderField,
  MailingList,
  Message,
  Received,
  Recipient,
  Report,
  ReportField,
} from './message.js';

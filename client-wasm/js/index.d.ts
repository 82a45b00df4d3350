/**
 * pop3-wasm: a POP3 mail client in WebAssembly.
 *
 * The command names are those of Python's poplib; each returns a Promise. Results are plain
 * objects that survive `structuredClone`. Every rejection is a {@link Pop3Error}.
 */

/** Where the WebAssembly module may come from; by default, beside this package. */
export type WasmSource = URL | string | Response | ArrayBuffer | Uint8Array | WebAssembly.Module;

/** Loads the WebAssembly module once. Calling it is optional, and calling it again is harmless. */
export function init(source?: WasmSource): Promise<void>;

/** Who is to blame for a failure, and so who can mend it. */
export type Blame = 'caller' | 'server' | 'protocol' | 'transport' | 'proxy' | 'limit' | 'package';

/**
 * The stable `code` of a {@link Pop3Error}.
 *
 * - caller: `invalid-argument`, `wrong-state`, `aborted`, `plaintext-refused` (a password or token
 *   would go in clear over a hop that anybody on the way can read)
 * - server said -ERR: `rejected`, `auth-failed`, `in-use`, `login-delay`, `sys-temp`, `sys-perm`,
 *   `utf8-required`; or it lacks what is needed: `unsupported`
 * - protocol (the server broke POP3): `protocol-error`; and `auth-failed`, where it did not prove
 *   by SCRAM that it knows the password
 * - transport: `connect-failed`, `connection-lost`, `timeout`
 * - limit: `limit-exceeded`
 * - proxy, from its close code: `unknown-server`, `not-allowed`, `rate-limited`, `dns`, `refused`,
 *   `unreachable`, `connect-timeout`, `tls-certificate`, `tls-handshake`, `stls-unsupported`,
 *   `idle-timeout`, `draining`, `too-large`, `upstream-closed`, `unauthorized`, `upstream-stalled`,
 *   `client-stalled`, `session-expired`
 * - package: `load-failed` (the WebAssembly file did not come; calling again tries again),
 *   `parse-failed` (a message that trapped the parser), `internal` (a defect of this package)
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
  | 'load-failed'
  | 'parse-failed'
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
}

/** What both ways to a mail server have in common. */
export interface SessionOptions {
  /** Milliseconds until the greeting must have come; default 30,000. */
  connectTimeout?: number;
  /** Milliseconds without an octet from the server while a command waits; default 60,000. */
  commandTimeout?: number;
  /** Abandons the attempt. */
  signal?: AbortSignal;
}

/** To a mail server over a WebSocket, by way of a proxy or a plain byte tunnel. */
export interface WebSocketOptions extends SessionOptions {
  /** The proxy's endpoint: `ws:`, `wss:`, `http:` or `https:` URL of its `/pop3`. */
  url: string | URL;
  /** Name of the server in the proxy's configuration. Left out for a plain byte tunnel. */
  server?: string;
  streams?: undefined;
}

/** A `ReadableStream`, as far as its declarations for browsers and for Node agree. */
export interface ReadableOctets {
  readonly locked: boolean;
  getReader(): {
    read(): Promise<{ done: boolean; value?: ArrayBuffer | ArrayBufferView | undefined }>;
  };
}

/** A `WritableStream`, likewise. */
export interface WritableOctets {
  readonly locked: boolean;
  getWriter(): { write(chunk: Uint8Array): Promise<void> };
}

/** What leads to a mail server, both ways: a `ReadableStream` and a `WritableStream`. */
export interface ByteStreams {
  /** Octets from the server, cut anywhere. Any other chunk ends the session: `invalid-argument`. */
  readable: ReadableOctets;
  /** Takes octets to the server. */
  writable: WritableOctets;
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

/** What the proxy said of the hop from it to the mail server; absent where there is no proxy. */
export interface ConnectionInfo {
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

export interface AuthOptions {
  /** `false` waits for the server to ask, as Microsoft's servers want it of XOAUTH2. */
  initialResponse?: boolean;
}

/** A user with a password, or with an OAuth 2 token; with neither, what the connection has shown. */
export type Credentials =
  { user: string; password: string } | { user: string; token: string } | { user?: string };

export interface LoginOptions {
  /**
   * Whether all of the way to the mail server is encrypted, where the caller knows better: for
   * `streams` of a TLS socket, or a tunnel that does TLS. By default it is when the proxy says so,
   * and the WebSocket is encrypted or goes no farther than this machine.
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

export interface FetchOptions {
  /** Called as octets come; at most once for each piece from the network. */
  onProgress?: (progress: Progress) => void;
}

/** A message, or its beginning, as the server sent it: 8-bit clean, dot-unstuffed, CRLF kept. */
export interface RawMessage {
  number: number;
  /** The text after `+OK`. */
  text: string;
  octets: Uint8Array;
}

/** One POP3 session (RFC 1939). Commands may be issued without awaiting the one before. */
export class Pop3Client {
  private constructor();
  /** Opens the connection and waits for the greeting. */
  static connect(options: ConnectOptions): Promise<Pop3Client>;
  /** What the proxy said of its hop to the server. */
  readonly connection: ConnectionInfo | undefined;
  /** `true` from the end of the session on, however it ended. */
  readonly closed: boolean;
  /** The greeting's text after `+OK`. */
  getwelcome(): Promise<string>;
  user(name: string): Promise<Reply>;
  /** Signs in, then asks STAT, so that the reply carries count and size. */
  pass_(password: string): Promise<LoginReply>;
  /** Signs in by a digest of the password and the greeting's timestamp (RFC 1939 section 7). */
  apop(name: string, password: string): Promise<LoginReply>;
  /** Signs in after {@link user} on the word of the proxy's host (RFC 1081). */
  rpop(name: string): Promise<LoginReply>;
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
  utf8(): Promise<Reply>;
  /** The languages of the server's texts, or the choice of one; `*` is the server's own. */
  lang(): Promise<Language[]>;
  lang(tag: string): Promise<Language>;
  stat(): Promise<Stat>;
  list(): Promise<ListEntry[]>;
  list(number: number): Promise<ListEntry>;
  uidl(): Promise<UidlEntry[]>;
  uidl(number: number): Promise<UidlEntry>;
  /** A whole message, of 512 MiB at most. */
  retr(number: number, options?: FetchOptions): Promise<RawMessage>;
  /** Header, blank line and the first `lines` lines of the body (RFC 1939 section 7). */
  top(number: number, lines: number, options?: FetchOptions): Promise<RawMessage>;
  /** Marks for deletion; the server deletes at {@link quit}. */
  dele(number: number): Promise<Reply>;
  /** Takes all marks back. */
  rset(): Promise<Reply>;
  noop(): Promise<Reply>;
  /** Capability names in upper case, each with its arguments (RFC 2449). */
  capa(): Promise<Record<string, string[]>>;
  /** Commits the deletions, unlocks the mailbox and closes. */
  quit(): Promise<Reply>;
  /** Closes at once without QUIT: the server drops the deletions. */
  close(): void;
  /** `quit()` if the session still stands; never rejects. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Address {
  /** Display name, decoded; absent if none was given. */
  name?: string;
  address: string;
}

export interface Attachment {
  /** File name, decoded (RFC 2231), without any path; absent if none was given. */
  name?: string;
  /** Media type in lower case, such as `image/png`. */
  type: string;
  /** Octets after transfer decoding. */
  size: number;
  /** Content-ID without angle brackets, for `cid:` links. */
  contentId?: string;
  /** Meant to be shown in the body rather than listed. */
  inline: boolean;
  content: Uint8Array;
}

export interface HeaderField {
  name: string;
  /** Unfolded, encoded words decoded (RFC 2047). */
  value: string;
}

/** A message taken apart (RFC 5322, MIME). */
export interface Message {
  subject?: string;
  from: Address[];
  to: Address[];
  cc: Address[];
  replyTo: Address[];
  /** Milliseconds since 1970, UTC; absent if there is none or it cannot be read. */
  date?: number;
  messageId?: string;
  inReplyTo: string[];
  references: string[];
  headers: HeaderField[];
  /** The plain text body, made from the HTML one where the message has no other. */
  text?: string;
  /** The HTML body as sent: hostile until sanitised. */
  html?: string;
  attachments: Attachment[];
  /** From the header alone: does the message look as if it had attachments? For lists after TOP. */
  mayHaveAttachments: boolean;
}

/**
 * Takes a message apart. Any octets give an answer: what cannot be read is left out. More than
 * 512 MiB are `limit-exceeded`.
 * Header octets alone (from `top(n, 0)`) do as well. Needs {@link init} to have completed,
 * hence the Promise.
 */
export function parseMessage(octets: Uint8Array): Promise<Message>;

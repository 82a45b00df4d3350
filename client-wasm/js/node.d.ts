/**
 * pop3-wasm/node: straight to a mail server, over the sockets of Node, or of Bun, which has the
 * same modules. No proxy is needed.
 */
import type { ByteStreams, ConnectionInfo, Pop3Client, SessionOptions } from './index.js';

export { Pop3Error } from './error.js';

/** Where the mail server is, and what is wanted of TLS with it. */
export interface SocketOptions {
  /** Its host name, or IP address without brackets. */
  host: string;
  /** Default 995 with TLS from the beginning (RFC 8314 section 3.3), else 110 (RFC 1939 section 3). */
  port?: number;
  /**
   * When TLS begins: with the connection, or after STLS (RFC 2595 section 4); `none` sends all in clear.
   * Default `implicit`. A server that refuses TLS fails with `stls-unsupported` or `tls-handshake`, and
   * nothing of the session is sent. After STLS {@link Pop3Client.getwelcome} is empty, since anybody
   * could have said what came before.
   */
  tls?: 'implicit' | 'starttls' | 'none';
  /** The host name or IP address that the certificate has to be for; by default `host`. */
  servername?: string;
  /** Authorities to trust beside the runtime's own: certificates in PEM. */
  ca?: string | readonly string[];
  /** Milliseconds until the streams must be open; with a session, until the greeting. Default 30,000. */
  connectTimeout?: number;
  /**
   * Abandons the attempt to connect, which rejects with `aborted`; its `cause` is the signal's reason.
   */
  signal?: AbortSignal;
}

/** What Node's sockets can do besides. */
export interface NodeOptions extends SocketOptions {
  /** A certificate to show the server, in PEM, for EXTERNAL (RFC 4422 Appendix A) above all. */
  cert?: string;
  /** Its private key, in PEM. */
  key?: string;
}

/** Streams to a mail server, with what is known of them. TLS, if there is any, is done. */
export interface OpenedStreams extends ByteStreams {
  readonly connection: ConnectionInfo;
}

/**
 * Connects to a mail server and waits for its greeting. The options are those of `Pop3Client.connect`
 * besides: times, limits, pipelining.
 *
 * Rejects with a {@link Pop3Error} whose `cause` is Node's error. To blame is the transport:
 * `dns`, `refused`, `unreachable`, `connect-timeout`, `connect-failed`; or the server: `tls-untrusted`,
 * `tls-expired`, `tls-not-yet-valid`, `tls-revoked`, `tls-wrong-name`, `tls-certificate`, `tls-version`,
 * `tls-handshake`, `stls-unsupported`, `rejected`; or what `Pop3Client.connect` rejects with.
 */
export function connectNode(options: NodeOptions & SessionOptions): Promise<Pop3Client>;

/**
 * Opens the streams alone, for `Pop3Client.connect({ streams })` of `pop3-wasm`, or of `pop3-wasm/tls`
 * with `tls: 'none'` here: that is how to pin a certificate. Their owner has to end them: cancel
 * `readable`, and close or abort `writable`.
 */
export function openNode(options: NodeOptions): Promise<OpenedStreams>;

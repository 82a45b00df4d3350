/**
 * pop3-wasm/direct-sockets: straight to a mail server from an Isolated Web App, whose Direct Sockets have no
 * TLS; that of `pop3-wasm/tls` stands in. The app needs the permissions policies `direct-sockets` and, for
 * servers in its own network, `direct-sockets-private`.
 */
import type { SessionOptions } from './index.js';
import type { OpenedStreams, SocketOptions } from './node.js';
import type { Pop3Client, TlsOptions } from './tls.js';

export { Pop3Error } from './error.js';
export type { OpenedStreams, SocketOptions } from './node.js';

/** Where the mail server is, and what is wanted of TLS with it; see {@link TlsOptions} for its last ones. */
export interface DirectOptions extends SocketOptions, Pick<TlsOptions, 'crl' | 'pin' | 'alpn'> {}

/**
 * Connects to a mail server by a `TCPSocket`, does TLS, and waits for the greeting. The options are those of
 * `Pop3Client.connect` besides: times, limits, pipelining.
 *
 * Rejects as `connect` of `pop3-wasm/tls` does; and with `connect-failed`, or `dns`, `refused`,
 * `unreachable` or `connect-timeout` where the browser tells so much, whose `cause` is its error.
 */
export function connectDirect(options: DirectOptions & SessionOptions): Promise<Pop3Client>;

/** Opens the streams alone, without TLS whatever `tls` says. Their owner has to end them. */
export function openDirect(options: SocketOptions): Promise<OpenedStreams>;

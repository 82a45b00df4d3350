/** pop3-wasm/deno: straight to a mail server, over the sockets of Deno. No proxy is needed. */
import type { Pop3Client, SessionOptions } from './index.js';
import type { OpenedStreams, SocketOptions } from './node.js';

export { Pop3Error } from './error.js';
export type { OpenedStreams, SocketOptions } from './node.js';

/**
 * Connects to a mail server and waits for its greeting, by `Deno.connect` and `Deno.startTls`. It needs
 * the permission `--allow-net` for the server, and `--allow-read` for this package's WebAssembly file. The
 * options are those of `Pop3Client.connect` besides: times, limits, pipelining.
 *
 * Rejects as `connectNode` of `pop3-wasm/node` does; `cause` is Deno's error. Deno does not tell the version
 * and the cipher of TLS, so `connection` has none.
 */
export function connectDeno(options: SocketOptions & SessionOptions): Promise<Pop3Client>;

/**
 * Opens the streams alone, for `Pop3Client.connect({ streams })` of `pop3-wasm`, or of `pop3-wasm/tls`
 * with `tls: 'none'` here. Their owner has to end them.
 */
export function openDeno(options: SocketOptions): Promise<OpenedStreams>;

/**
 * pop3-wasm/sockets: straight to a mail server, over the sockets of whatever the program runs in. The
 * conditions of `exports` choose `pop3-wasm/node` (for Bun too), `pop3-wasm/deno`, or, in a browser,
 * `pop3-wasm/direct-sockets`.
 */
import type { Pop3Client, SessionOptions } from './index.js';
import type { OpenedStreams, SocketOptions } from './node.js';

export { Pop3Error } from './error.js';
export type { OpenedStreams, SocketOptions } from './node.js';

/**
 * Connects to a mail server and waits for its greeting: `connectNode`, `connectDeno` or
 * `connectDirect`. The options are those of `Pop3Client.connect` besides: times, limits, pipelining.
 *
 * Rejects as those do. In a page that is no Isolated Web App it rejects with `unsupported`: a page goes
 * by a proxy, with `Pop3Client.connect({ url })` of `pop3-wasm`.
 */
export function connect(options: SocketOptions & SessionOptions): Promise<Pop3Client>;

/**
 * Opens the streams alone: `openNode`, `openDeno` or `openDirect`, the last of which has no TLS
 * whatever `tls` says. Their owner has to end them.
 */
export function open(options: SocketOptions): Promise<OpenedStreams>;

/**
 * pop3-wasm/worker: the client with all of its work in a worker, so that a page stays at ease while mail comes
 * in. One session has one worker, which ends with it.
 */
import type {
  ByteStreams,
  ConnectionInfo,
  Pop3Client,
  SessionOptions,
  WebSocketOptions,
} from './index.js';
import type { NodeOptions } from './node.js';
import type { EndToEndInfo, TlsOptions } from './tls.js';

export { Pop3Error } from './error.js';

/** What a worker can be told besides. */
export interface WorkerOptions extends SessionOptions {
  /**
   * The worker, which the session takes over and ends, where it is not to be made by this package. Its script
   * imports `pop3-wasm/worker-entry`, or with TLS of `pop3-wasm/tls`, `pop3-wasm/worker-tls-entry`.
   */
  worker?: object;
  /**
   * Where the worker's WebAssembly module comes from, if not from beside the package: its URL, its octets, or
   * best a compiled module, which several workers can share.
   */
  wasm?: URL | string | ArrayBuffer | Uint8Array | WebAssembly.Module;
}

/** Over a WebSocket of the worker's, as with {@link Pop3Client.connect}. A relative URL is the page's. */
export interface WorkerWebSocketOptions extends Omit<WebSocketOptions, 'streams'>, WorkerOptions {
  /** TLS with the mail server itself, as of `pop3-wasm/tls`: then that module is loaded. */
  tls?: TlsOptions;
}

/** Over streams of the page's, whose octets go through it in pieces. They are copied once. */
export interface WorkerStreamOptions extends WorkerOptions {
  streams: ByteStreams;
  tls?: TlsOptions;
}

/** Over sockets of the worker's, in Node and Deno: as `pop3-wasm/node` and `pop3-wasm/deno`. */
export type WorkerSocketOptions = NodeOptions & WorkerOptions;

/**
 * A session whose work a worker does. It is used as a {@link Pop3Client}: the same commands, iterators,
 * streams, events, signals and failures, also their `code` and `cause`. Messages are handed over, not copied.
 *
 * `lines`, `onProgress` and `onChecked` are called here, so a slow page hears of progress late. Where
 * `lines` is a function, the worker asks it of all messages of an iterator together. When the worker dies, all
 * that waits rejects with `worker-lost`, and the deletions that were pending are undone.
 */
export type WorkerClient = Omit<Pop3Client, 'connection'> & {
  /** What is known of the way to the mail server. */
  readonly connection: ConnectionInfo | EndToEndInfo | undefined;
};

/**
 * Starts a worker, connects to a mail server there, and waits for its greeting. Rejects as
 * `Pop3Client.connect` does; also with `load-failed`, where the worker could not be started, and
 * `unsupported`, where there are none.
 */
export function connectInWorker(
  options: WorkerWebSocketOptions | WorkerStreamOptions | WorkerSocketOptions,
): Promise<WorkerClient>;

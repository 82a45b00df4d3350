/** The entry `pop3-wasm/worker`; its types and documentation are in worker.d.ts. */
import { throwIfAborted } from './cancel.js';
import { Pop3Error } from './error.js';
import { WorkerClient } from './remote.js';
import { sendReadable, sendWritable } from './wire.js';

export { Pop3Error };

let last = 0;

/** Opens a session in a worker; see worker.d.ts. */
export async function connectInWorker(options) {
  if (typeof options !== 'object' || options === null) {
    throw new Pop3Error('invalid-argument', 'options must be an object.');
  }
  const { worker, wasm, signal, streams, url, ...rest } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new Pop3Error('invalid-argument', 'signal must be an AbortSignal.');
  }
  throwIfAborted(signal);
  const message = { signal, source: wasm instanceof URL ? wasm.href : wasm, options: rest };
  // A worker has a place of its own, against which it would read a relative one.
  if (url !== undefined) message.options.url = absolute(url);
  const transfer = [];
  let discard = () => {};
  if (streams !== undefined) {
    const { readable, writable, connection } = usable(streams);
    const [reading, writing] = [sendReadable(readable, false), sendWritable(writable)];
    message.streams = { readable: reading.port, writable: writing.port, connection };
    transfer.push(reading.port, writing.port);
    discard = () => [reading, writing].forEach((end) => end.discard());
  }
  const begin = (lost) => start(worker ?? spawn(rest), lost, discard);
  return WorkerClient.connect(begin, message, transfer);
}

function absolute(url) {
  try {
    return new URL(url, globalThis.location?.href).href;
  } catch {
    return url;
  }
}

/** Streams that can be locked here; what is wrong with others is told as `connect` does. */
function usable(streams) {
  const { readable, writable } = streams ?? {};
  const fit = readable instanceof ReadableStream && writable instanceof WritableStream;
  if (fit && !readable.locked && !writable.locked) return streams;
  throw new Pop3Error('invalid-argument', 'streams must be two streams that nobody has locked.');
}

/** The worker for what these options ask for. Bundlers know the first two by how they are written. */
function spawn({ host, tls }) {
  if (host !== undefined) {
    const file = globalThis.Deno === undefined ? 'worker-node-entry.js' : 'worker-deno-entry.js';
    return thread(new URL(`./${file}`, import.meta.url));
  }
  const secure = typeof tls === 'object' && tls !== null;
  if (typeof Worker === 'undefined') {
    const file = secure ? 'worker-tls-entry.js' : 'worker-entry.js';
    return thread(new URL(`./${file}`, import.meta.url));
  }
  return secure
    ? new Worker(new URL('./worker-tls-entry.js', import.meta.url), { type: 'module' })
    : new Worker(new URL('./worker-entry.js', import.meta.url), { type: 'module' });
}

/** A worker where there may be only those of Node. */
function thread(url) {
  if (typeof Worker !== 'undefined') return new Worker(url, { type: 'module' });
  const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  if (node !== undefined) {
    // This one is for programs that are no file.
    const execArgv = process.execArgv.filter((flag) => !flag.startsWith('--input-type'));
    return new node.Worker(url, { execArgv });
  }
  throw new Pop3Error('unsupported', 'This runtime has no workers.', { blame: 'caller' });
}

/** Sends a worker its port, and watches over it. `discard` ends what it was given, where it did not. */
function start(worker, lost, discard) {
  const { port1: port, port2 } = new MessageChannel();
  let begun = false;
  const fail = (cause) => {
    const [code, words] = begun
      ? ['worker-lost', 'The worker has ended, and the session with it.']
      : ['load-failed', 'The worker could not be started.'];
    lost(new Pop3Error(code, words, { cause }));
  };
  if (typeof worker.on === 'function') {
    worker.on('error', fail);
    worker.on('exit', (code) => fail(new Error(`It ended with exit code ${code}.`)));
  } else {
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      fail(event.error ?? new Error(event.message ?? 'Its script did not load.'));
    });
  }
  worker.postMessage({ pop3: port2 }, [port2]);
  const waiting = new AbortController();
  const lock = `pop3-wasm-worker-${crypto.randomUUID?.() ?? `${performance.now()}-${++last}`}`;
  return {
    port,
    lock,
    end: (gone) => {
      if (!gone) discard();
      waiting.abort();
      worker.terminate();
    },
    /** From now on the worker holds the lock; whoever gets it has outlived the worker. */
    watch: () => {
      begun = true;
      globalThis.navigator?.locks
        ?.request(lock, { signal: waiting.signal }, () => fail(new Error('It was ended.')))
        .catch(() => {});
    },
  };
}

/**
 * The WebAssembly module: loading it once, calling into it, and starting it anew after a trap.
 */
import load, * as glue from '../dist/pop3_wasm.js';
import { Pop3Error } from './error.js';

let loading;
const ignore = () => {};
/** The sessions that would not outlive a restart of the module. */
const sessions = new Set();

/** Loads the module; see index.d.ts. After a failure the next call tries again. */
export function init(source) {
  loading ??= start(source).catch((cause) => {
    loading = undefined;
    throw new Pop3Error('load-failed', 'The WebAssembly module could not be loaded.', { cause });
  });
  return loading;
}

async function start(source = new URL('../dist/pop3_wasm_bg.wasm', import.meta.url)) {
  await load({ module_or_path: await fetchable(source) });
}

/** Node's `fetch` knows no `file:` URL, so there the file is read instead. */
async function fetchable(source) {
  const isFile = String(source).startsWith('file:');
  if (!isFile || globalThis.process?.versions?.node === undefined) return source;
  // By way of a variable, so that no bundler for browsers looks for the module.
  const name = 'node:fs/promises';
  const { readFile } = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  return readFile(new URL(source));
}

/** A session of the module, as {@link call} and {@link restart} see it. */
export class Lifeline {
  /** Set by the module: its WebSocket. */
  socket;
  /** Set by the module: what `setTimeout` returned. */
  timer;
  #rejectors = new Set();
  #failure;

  constructor() {
    sessions.add(this);
  }

  /** Called by the module with each of its event handlers, so that a trap in one is noticed. */
  guard(handler) {
    return (event) => {
      if (this.#failure !== undefined) return;
      try {
        handler(event);
      } catch (cause) {
        restart(cause);
      }
    };
  }

  /** A listener for events that need no answer; read by the module. */
  get ignore() {
    return ignore;
  }

  /** Has a trap ended this session? */
  get broken() {
    return this.#failure !== undefined;
  }

  /**
   * Runs a call that returns a Promise. It rejects with a {@link Pop3Error}, and also when the
   * module has to be started anew, after which its own Promises never settle.
   */
  run(work) {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#rejectors.add(reject);
      call(work)
        .then(resolve, (failure) => {
          reject(failure instanceof Pop3Error ? failure : Pop3Error.from(failure));
        })
        .finally(() => this.#rejectors.delete(reject));
    });
  }

  /** Called by the module at the end of the session: nothing is left that could call back. */
  end() {
    sessions.delete(this);
  }

  /** Lets go of a session whose module has trapped, and ends it for its callers. */
  abandon(failure) {
    this.#failure = failure;
    clearTimeout(this.timer);
    const { socket } = this;
    if (socket !== undefined) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.onerror = ignore;
      socket.close();
    }
    for (const reject of this.#rejectors) reject(failure);
    this.#rejectors.clear();
  }
}

/**
 * Calls into the module. Its functions report a failure by what they return, so whatever one
 * throws is a trap (a `RuntimeError`, or the engine's own error for an exhausted stack).
 */
export function call(work) {
  try {
    return work(glue);
  } catch (cause) {
    throw restart(cause);
  }
}

/** Puts a fresh instance in the place of the one that trapped, and gives the error to report. */
function restart(cause) {
  const message = 'The POP3 module failed and was started anew.';
  const failure = new Pop3Error('internal', message, { cause });
  for (const session of sessions) session.abandon(failure);
  sessions.clear();
  glue.scheduleRestart();
  glue.settle();
  return failure;
}

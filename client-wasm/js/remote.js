/** A client whose work a worker does: the page's side of `pop3-wasm/worker`. */
import * as check from './arguments.js';
import { aborted, heed, throwIfAborted } from './cancel.js';
import { DISPOSE, dispose } from './dispose.js';
import { Pop3Error } from './error.js';
import { pack, receiveReadable, unpack } from './wire.js';

/** The methods that give a Promise, and those that give an iterator. */
const COMMANDS = [
  'user',
  'pass_',
  'apop',
  'rpop',
  'auth',
  'login',
  'utf8',
  'lang',
  'stat',
  'list',
  'uidl',
  'retr',
  'top',
  'dele',
  'rset',
  'noop',
  'capa',
  'checkNew',
  'quit',
];
const ITERATORS = ['batch', 'messages', 'fetchNew'];

/** What of the options of a command the worker gets another way. */
const FUNCTIONS = ['onProgress', 'onChecked', 'lines'];

const KEY = Symbol('WorkerClient');

/** As `Pop3Client`; documented in worker.d.ts. */
export class WorkerClient extends EventTarget {
  #port;
  #end;
  #connection;
  #welcome;
  #state = 'authorization';
  #deletions = new Set();
  /** What waits for an answer of the worker, by its number. */
  #waiting = new Map();
  /** The functions of the callers that the worker may want to have called, likewise. */
  #hooks = new Map();
  /** The bodies of messages that are being read. */
  #bodies = new Set();
  #last = 0;
  /** Has the session ended, as the worker tells it? */
  #ended = false;
  /** Has it left nothing behind there? */
  #gone = false;
  /** Has the worker ended? */
  #over = false;

  /** `port` leads to the worker, which `end(gone)` ends, in order or not. */
  constructor(key, port, end) {
    super();
    if (key !== KEY) {
      throw new Pop3Error('invalid-argument', 'Use connectInWorker() to open a session.');
    }
    this.#port = port;
    this.#end = end;
    port.onmessage = ({ data }) => this.#handle(data);
  }

  /**
   * Has the worker connect. `start(lost)` starts it, and calls `lost(error)` when it is gone; gives the
   * `port`, `end()`, and the name of the `lock` that it is to hold.
   */
  static async connect(start, { signal, ...message }, transfer) {
    const { port, end, lock, watch } = start((error) => client?.#lose(error));
    const client = new WorkerClient(KEY, port, end);
    try {
      const { connection, state, welcome } = await client.#ask(
        { kind: 'connect', lock, ...message },
        { signal },
        transfer,
      );
      client.#connection = connection;
      client.#welcome = welcome;
      if (client.#state !== 'closed') client.#state = state;
      watch();
      return client;
    } catch (failure) {
      client.#finish();
      throw failure;
    }
  }

  get connection() {
    return this.#connection;
  }

  get state() {
    return this.#state;
  }

  get closed() {
    return this.#state === 'closed';
  }

  get pendingDeletions() {
    return this.closed ? [] : [...this.#deletions];
  }

  async getwelcome() {
    return this.#welcome;
  }

  addEventListener(type, ...how) {
    if (type === 'progress') this.#post({ kind: 'watch' });
    super.addEventListener(type, ...how);
  }

  close() {
    if (this.closed) return;
    this.#post({ kind: 'close' });
    this.#state = 'closed';
  }

  async [DISPOSE]() {
    await dispose(this);
  }

  /** Runs a command in the worker. */
  async #call(method, given) {
    const { args, hooks, sent } = split(given);
    const id = this.#last + 1;
    const value = await this.#ask({ kind: 'call', method, args, hooks: sent }, hooks);
    if (method === 'dele') this.#deletions.add(given[0]);
    if (method === 'rset') this.#deletions.clear();
    for (const message of value?.unclear ?? []) message.error = unpack(message.error);
    return value?.body === undefined ? value : this.#withBody(id, value, hooks);
  }

  /** Runs an iterator in the worker. */
  async *#iterate(method, given) {
    const { args, hooks, sent } = split(given);
    const of = this.#last + 1;
    const forget = this.#heed(of, hooks.signal);
    try {
      await this.#ask({ kind: 'open', method, args, hooks: sent }, {});
      this.#hooks.set(of, hooks);
      for (;;) {
        const { value, done } = await this.#ask({ kind: 'next', of }, hooks, [], of);
        if (hooks.failure !== undefined) throw hooks.failure.error;
        if (done) return;
        if (value.error !== undefined) value.error = unpack(value.error);
        else if (value.command?.[0] === 'dele') this.#deletions.add(value.command[1]);
        yield value;
      }
    } finally {
      forget();
      this.#hooks.delete(of);
      this.#post({ id: of, kind: 'stop' });
      this.#settle();
    }
  }

  #post(message) {
    if (!this.#over) this.#port.postMessage(message);
  }

  /** Has the worker give up what has this number, when the signal says so. Gives what ends that. */
  #heed(id, signal) {
    return heed(signal, () => this.#post({ id, kind: 'abort', reason: pack(signal.reason) }));
  }

  /** Sends a message, and waits for its answer, which may be about the iterator `of`. */
  async #ask(message, hooks, transfer = [], of = undefined) {
    if (this.#over) throw new Pop3Error('wrong-state', 'The session is over.');
    const { signal } = hooks;
    throwIfAborted(signal);
    const id = ++this.#last;
    // An iterator heeds its own from the first to the last.
    const forget = of === undefined ? this.#heed(id, signal) : () => {};
    if (of === undefined) this.#hooks.set(id, hooks);
    try {
      return await new Promise((resolve, reject) => {
        this.#port.postMessage({ id, ...message }, transfer);
        this.#waiting.set(id, { resolve, reject });
      });
    } catch (failure) {
      if (failure instanceof DOMException && failure.name === 'DataCloneError') {
        const words = 'An argument cannot be sent to a worker.';
        throw new Pop3Error('invalid-argument', words, { cause: failure });
      }
      throw signal?.aborted && failure.code === 'aborted' ? aborted(signal, failure) : failure;
    } finally {
      forget();
      this.#hooks.delete(id);
      this.#settle();
    }
  }

  #handle({ id, what, value, error, detail, pendingDeletions }) {
    if (what === 'state' || what === 'progress') return this.#tell(what, detail);
    if (what === 'gone') {
      this.#gone = true;
      return this.#settle();
    }
    if (what !== undefined) return this.#callBack(id, what, detail);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) return waiting?.resolve(value);
    // What was cancelled may have been done.
    if (pendingDeletions !== undefined) this.#deletions = new Set(pendingDeletions);
    return waiting?.reject(unpack(error));
  }

  #tell(type, { error, ...detail }) {
    if (error !== undefined) detail.error = unpack(error);
    if (type === 'state') this.#state = detail.state;
    else if (this.closed) return;
    const ended = this.closed && !this.#ended;
    if (ended) {
      this.#ended = true;
      // What is left of them is in the worker, which may go then.
      for (const body of this.#bodies) body.drain();
    }
    if (type === 'progress' || ended || !this.closed) {
      this.dispatchEvent(new CustomEvent(type, { detail }));
    }
  }

  #callBack(id, what, detail) {
    const hooks = this.#hooks.get(id);
    if (what === 'lines') {
      const answer = attempt(() => detail.map((entry) => hooks.lines(entry)));
      const counts = answer.error === undefined ? { counts: answer.value } : {};
      const error = answer.error === undefined ? {} : { error: pack(answer.error) };
      this.#port.postMessage({ id, kind: 'counts', ...counts, ...error });
      return;
    }
    if (hooks?.[what] === undefined) return;
    const { unclear } = detail;
    for (const message of unclear ?? []) message.error = unpack(message.error);
    const { error } = attempt(() => hooks[what](detail));
    if (error === undefined) return;
    // As without a worker: a listener's own failure is reported, and stops nothing; that of `onChecked` does.
    if (what === 'onProgress') (globalThis.reportError ?? console.error)(error);
    else hooks.failure = { error };
  }

  /** A message that is streamed, which can be given up until its end. */
  #withBody(id, { body: port, ...message }, hooks) {
    const body = receiveReadable(port);
    const forget = this.#heed(id, hooks.signal);
    this.#bodies.add(body);
    this.#hooks.set(id, hooks);
    body.ended.then(() => {
      forget();
      this.#bodies.delete(body);
      this.#hooks.delete(id);
      this.#post({ id, kind: 'stop' });
      this.#settle();
    });
    if (this.closed) body.drain();
    return { ...message, body: body.stream };
  }

  /** Ends the worker, once the session has ended and nobody waits for what is left of it. */
  #settle() {
    if (this.#gone && this.#waiting.size === 0 && this.#bodies.size === 0) this.#finish();
  }

  #finish() {
    if (this.#over) return;
    this.#over = true;
    this.#state = 'closed';
    this.#port.close();
    this.#end(this.#gone);
  }

  /** The worker is gone, or is of no use. */
  #lose(error) {
    if (this.#over) return;
    const undoneDeletions = this.pendingDeletions;
    const lost =
      undoneDeletions.length === 0
        ? error
        : new Pop3Error(error.code, error.message, {
            ...error,
            ...('cause' in error ? { cause: error.cause } : {}),
            undoneDeletions,
          });
    this.#finish();
    for (const { reject } of this.#waiting.values()) reject(lost);
    this.#waiting.clear();
    for (const body of this.#bodies) body.fail(lost);
    this.#tell('state', { state: 'closed', error: pack(lost) });
  }

  static {
    for (const method of COMMANDS) {
      define(this.prototype, method, function (...args) {
        return this.#call(method, args);
      });
    }
    for (const method of ITERATORS) {
      define(this.prototype, method, function (...args) {
        return this.#iterate(method, args);
      });
    }
  }
}

function define(prototype, name, value) {
  Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
}

/** What can be sent of the arguments of a method, and what of its options cannot. */
function split(given) {
  const args = given.map(plain);
  const at = args.findIndex(
    (arg) => typeof arg === 'object' && arg !== null && !Array.isArray(arg),
  );
  if (at < 0) return { args, hooks: {}, sent: {} };
  const { signal, ...rest } = args[at];
  check.callOptions({ signal });
  const hooks = { signal };
  const sent = { at, signal: signal !== undefined };
  for (const name of FUNCTIONS) {
    if (typeof rest[name] !== 'function') continue;
    hooks[name] = rest[name];
    sent[name] = true;
    delete rest[name];
  }
  for (const name of ['seen', 'find', 'numbers']) {
    if (rest[name] !== undefined) rest[name] = plain(rest[name]);
  }
  args[at] = rest;
  return { args, hooks, sent };
}

/** An iterable as an array; all else as it is. */
function plain(value) {
  const iterable = typeof value === 'object' && value !== null && Symbol.iterator in value;
  return iterable ? [...value] : value;
}

function attempt(work) {
  try {
    return { value: work() };
  } catch (error) {
    return { error: error ?? new Error('Nothing was thrown.') };
  }
}

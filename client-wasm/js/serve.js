/** The worker's side of `pop3-wasm/worker`: a client there, and what is asked of it by `remote.js`. */
import { buffersOf, pack, receiveReadable, receiveWritable, sendReadable, unpack } from './wire.js';

/** Waits for the page, and connects by `connect(options)`. `init(source)` loads the module. */
export function serve(connect, init) {
  const { parentPort } =
    globalThis.self === undefined
      ? globalThis.process.getBuiltinModule('node:worker_threads')
      : { parentPort: globalThis };
  const onMessage = ({ data }) => {
    if (data?.pop3 === undefined) return;
    parentPort.removeEventListener('message', onMessage);
    new Server(data.pop3, connect, init);
  };
  // Node's port is an EventTarget as well, but has to be told to begin.
  parentPort.addEventListener('message', onMessage);
  parentPort.start?.();
}

class Server {
  #port;
  #connect;
  #init;
  #client;
  /** The calls that can be given up, and the iterators, each by its number. */
  #calls = new Map();
  #iterators = new Map();
  /** The ends of the other side's streams. */
  #streams = [];
  /** Questions to the other side that it has not answered. */
  #questions = new Map();

  constructor(port, connect, init) {
    this.#port = port;
    this.#connect = connect;
    this.#init = init;
    port.onmessage = ({ data }) => this.#handle(data);
  }

  #handle({ id, kind, ...message }) {
    if (kind === 'abort') this.#calls.get(id)?.abort(unpack(message.reason));
    else if (kind === 'close') this.#client?.close();
    else if (kind === 'watch') this.#forward('progress');
    else if (kind === 'stop') this.#stop(id);
    else if (kind === 'counts') this.#questions.get(id)?.(message);
    else this.#answer(id, this[kind](id, message));
  }

  async #answer(id, work) {
    try {
      const value = await work;
      const ports = value?.body instanceof MessagePort ? [value.body] : [];
      const octets = buffersOf(value?.step ? value.value : value);
      this.#port.postMessage({ id, value }, [...ports, ...octets]);
    } catch (failure) {
      const { pendingDeletions } = this.#client ?? {};
      this.#port.postMessage({ id, error: pack(failure), pendingDeletions });
    }
  }

  /** Opens the session. */
  async connect(id, { options, lock, source, streams }) {
    const given = { ...options, ...this.#signal(id, true) };
    await hold(lock);
    if (source !== undefined) await this.#init(source);
    if (streams !== undefined) {
      const { connection } = streams;
      const readable = receiveReadable(streams.readable);
      const writable = receiveWritable(streams.writable);
      given.streams = { readable: readable.stream, writable: writable.stream, connection };
      this.#streams = [readable.ended, writable.ended];
    }
    this.#client = await this.#connect(given);
    this.#calls.delete(id);
    this.#forward('state');
    const { connection, state } = this.#client;
    return { connection, state, welcome: await this.#client.getwelcome() };
  }

  /** Runs a command, and gives what it gives. */
  async call(id, { method, args, hooks }) {
    let body;
    try {
      const value = await this.#client[method](...this.#arguments(id, args, hooks));
      ({ body } = value ?? {});
      if (method === 'checkNew') return plain(value);
      return body === undefined ? value : { ...value, body: sendReadable(body, true).port };
    } finally {
      // A message that is on its way can be given up until the other side has all of it.
      if (body === undefined) this.#calls.delete(id);
    }
  }

  /** Makes an iterator of this number. */
  async open(id, { method, args, hooks }) {
    this.#iterators.set(id, this.#client[method](...this.#arguments(id, args, hooks)));
  }

  /** The next of the iterator `of`. */
  async next(_, { of }) {
    const { value, done } = await this.#iterators.get(of).next();
    if (done) this.#stop(of);
    return {
      step: true,
      value: value?.error ? { ...value, error: pack(value.error) } : value,
      done,
    };
  }

  #stop(id) {
    const iterator = this.#iterators.get(id);
    this.#iterators.delete(id);
    this.#calls.delete(id);
    // It may be in the middle of something, whose failure nobody wants to know.
    iterator?.return().catch(() => {});
  }

  #signal(id, wanted) {
    if (!wanted) return {};
    const controller = new AbortController();
    this.#calls.set(id, controller);
    return { signal: controller.signal };
  }

  /** The arguments with the functions in their last that could not be sent. */
  #arguments(id, args, { at, signal, onProgress, onChecked, lines }) {
    if (at === undefined) return args;
    const tell = (what) => (detail) => this.#port.postMessage({ id, what, detail: plain(detail) });
    const options = { ...args[at], ...this.#signal(id, signal) };
    if (onProgress) options.onProgress = tell('onProgress');
    if (onChecked) options.onChecked = tell('onChecked');
    if (lines) options.lines = this.#counter(id);
    return args.with?.(at, options) ?? Object.assign([...args], { [at]: options });
  }

  /** Asks the other side for the lines of messages, of all that are wanted at once together. */
  #counter(id) {
    let entries = [];
    let answer;
    return async (entry) => {
      if (entries.length === 0) {
        answer = new Promise((resolve) => this.#questions.set(id, resolve));
        queueMicrotask(() => {
          this.#port.postMessage({ id, what: 'lines', detail: entries });
          entries = [];
        });
      }
      const place = entries.push(entry) - 1;
      const { counts, error } = await answer;
      if (error !== undefined) throw unpack(error);
      return counts[place];
    };
  }

  #forward(type) {
    this.#client.addEventListener(type, ({ detail }) => {
      this.#port.postMessage({ what: type, detail: plain(detail) });
      if (detail.state !== 'closed') return;
      Promise.all(this.#streams).then(() => this.#port.postMessage({ what: 'gone' }));
    });
  }
}

/** With its failures as plain data. */
function plain({ error, unclear, ...detail }) {
  if (error !== undefined) detail.error = pack(error);
  if (unclear !== undefined) detail.unclear = unclear.map(plain);
  return detail;
}

/** Takes a lock of this name for as long as the worker lives, which is how the other side sees its death. */
async function hold(name) {
  const { locks } = globalThis.navigator ?? {};
  if (name === undefined || locks === undefined) return;
  await new Promise((granted, refused) => {
    locks
      .request(name, () => {
        granted();
        return new Promise(() => {});
      })
      .catch(refused);
  });
}

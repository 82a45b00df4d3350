/**
 * What goes between a page and a worker beside plain data: failures, and streams. Browsers could carry both
 * by themselves, but of an error they keep the message alone, and of a stream that fails no more; and they
 * copy each chunk. So streams go by a port of their own here: their reader asks for each chunk, which is
 * handed over rather than copied.
 */
import { Pop3Error } from './error.js';
import { octetsOf } from './streams.js';

const ignore = () => {};

/** A failure as plain data. */
export function pack(failure) {
  if (!(failure instanceof Error)) return { value: clonable(failure) };
  const { name, message, stack, cause, ...fields } = failure;
  const error = { name, message, stack, fields: clonable(fields) };
  if (failure instanceof Pop3Error) error.pop3 = true;
  if ('cause' in failure) error.cause = pack(failure.cause);
  // Those of the platform have theirs on the prototype, and so have DOMExceptions theirs.
  if (failure.code !== undefined) error.fields = { ...error.fields, code: failure.code };
  return { error };
}

/** The failure of which {@link pack} made plain data. */
export function unpack({ error, value }) {
  if (error === undefined) return value;
  const { name, message, stack, cause, fields, pop3 } = error;
  const details = cause === undefined ? {} : { cause: unpack(cause) };
  if (pop3) return new Pop3Error(fields.code, message, { ...fields, ...details });
  if (name === 'AbortError' || name === 'TimeoutError') return new DOMException(message, name);
  const failure = new Error(message, details);
  for (const [key, own] of Object.entries({ name, stack, ...fields })) {
    const enumerable = key in fields;
    Object.defineProperty(failure, key, {
      value: own,
      configurable: true,
      writable: true,
      enumerable,
    });
  }
  return failure;
}

/** What can be sent; anything else as its text. */
function clonable(value) {
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}

/** The buffers of octets that may be handed over: those that hold nothing else. */
export function buffersOf(value) {
  const octets = value?.octets;
  if (!(octets instanceof Uint8Array)) return [];
  return octets.byteLength === octets.buffer.byteLength ? [octets.buffer] : [];
}

/**
 * Gives the `port` by which the other side reads a stream, and `discard()`, for when there is no other side any
 * more. `owned` chunks are nobody else's.
 */
export function sendReadable(readable, owned) {
  const { port1: port, port2 } = new MessageChannel();
  const reader = readable.getReader();
  port.onmessage = async ({ data }) => {
    try {
      if ('cancel' in data) {
        port.close();
        await reader.cancel(unpack(data.cancel));
        return;
      }
      const { done, value } = await reader.read();
      if (done) return void port.postMessage({ done });
      const chunk = owned ? value : copyOf(value);
      port.postMessage({ chunk }, chunk === null ? [] : buffersOf({ octets: chunk }));
    } catch (failure) {
      port.postMessage({ error: pack(failure) });
    }
  };
  const discard = () => {
    port.close();
    reader.cancel().catch(ignore);
  };
  return { port: port2, discard };
}

/** Octets of their own; `null` for what are none. */
function copyOf(chunk) {
  const octets = octetsOf(chunk);
  return octets === undefined ? null : new Uint8Array(octets);
}

/**
 * The stream that is read by such a port. Gives `stream`; `fail(error)`; `drain()`, after which it reads on
 * whether anybody wants it or not; and `ended`, which resolves when nothing more will come.
 */
export function receiveReadable(port) {
  let controller;
  let answered = () => {};
  let asked = false;
  let draining = false;
  let isOver = false;
  let over;
  const ended = new Promise((resolve) => (over = resolve));
  const end = () => {
    isOver = true;
    port.close();
    answered();
    over();
  };
  const fail = (error) => {
    if (isOver) return;
    controller.error(error);
    end();
  };
  const ask = () => {
    if (!asked && !isOver) port.postMessage({});
    asked = true;
  };
  port.onmessage = ({ data }) => {
    if (isOver) return;
    asked = false;
    if ('error' in data) {
      fail(unpack(data.error));
    } else if (data.done) {
      controller.close();
      end();
    } else {
      controller.enqueue(data.chunk);
      answered();
      if (draining) ask();
    }
  };
  const stream = new ReadableStream({
    start: (given) => {
      controller = given;
    },
    pull: () => {
      const answer = new Promise((resolve) => (answered = resolve));
      ask();
      return isOver ? undefined : answer;
    },
    cancel: (reason) => {
      if (isOver) return;
      port.postMessage({ cancel: pack(reason) });
      end();
    },
  });
  const drain = () => {
    draining = true;
    ask();
  };
  return { stream, fail, drain, ended };
}

/** Gives the `port` by which the other side writes to a stream, and `discard()`, likewise. */
export function sendWritable(writable) {
  const { port1: port, port2 } = new MessageChannel();
  const writer = writable.getWriter();
  const perform = ({ chunk, close, abort }) => {
    if (chunk !== undefined) return writer.write(chunk);
    return close ? writer.close() : writer.abort(unpack(abort));
  };
  port.onmessage = async ({ data }) => {
    try {
      await perform(data);
      port.postMessage({});
    } catch (failure) {
      port.postMessage({ error: pack(failure) });
    }
    if (data.chunk === undefined) port.close();
  };
  const discard = () => {
    port.close();
    writer.abort().catch(ignore);
  };
  return { port: port2, discard };
}

/** The `stream` that is written to by such a port; `ended` as of one that is read. */
export function receiveWritable(port) {
  let settle;
  let over;
  const ended = new Promise((resolve) => (over = resolve));
  port.onmessage = ({ data }) => {
    settle(data);
    if ('error' in data) over();
  };
  const ask = (message, transfer = []) => {
    port.postMessage(message, transfer);
    return new Promise((resolve, reject) => {
      settle = ({ error }) => (error === undefined ? resolve() : reject(unpack(error)));
    });
  };
  const last = (message) => {
    const answer = ask(message);
    over();
    return answer;
  };
  const stream = new WritableStream({
    write: (chunk) => ask({ chunk }),
    close: () => last({ close: true }),
    abort: (reason) => last({ abort: pack(reason) }),
  });
  return { stream, ended };
}

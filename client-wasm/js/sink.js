/**
 * Where the module puts a message that comes in (`Sink` in src/sink.rs). It calls `begin`, `chunk`
 * and `progress`, none of which throws.
 */

/** Octets that wait for a slow reader before the server is asked to wait, too. */
const HIGH_WATER = 1024 * 1024;

const ignore = () => {};

/** A callback whose own failure is reported like that of an event listener, and stops nothing. */
function shielded(onProgress) {
  if (onProgress === undefined) return ignore;
  return (received, expected) => {
    try {
      onProgress(expected === undefined ? { received } : { received, expected });
    } catch (error) {
      (globalThis.reportError ?? console.error)(error);
    }
  };
}

/** For a message that the module collects: tells how far it is, if anybody wants to know. */
export function progressSink(onProgress) {
  return onProgress === undefined ? undefined : { progress: shielded(onProgress) };
}

/** For a message that goes on to its reader as it comes, by way of a `ReadableStream`. */
export class StreamSink {
  #number;
  #onBegin;
  #pressure;
  #controller;
  #body;
  #ended = false;

  /**
   * `onBegin` gets the message, whose `body` is the stream. `pressure` is told by `add` and
   * `delete` while the reader is behind. `onCancel` hears that nobody reads any more.
   */
  constructor({ number, onBegin, onCancel, onProgress, pressure }) {
    this.#number = number;
    this.#onBegin = onBegin;
    this.#pressure = pressure;
    this.progress = shielded(onProgress);
    const start = (controller) => {
      this.#controller = controller;
    };
    const pull = () => pressure.delete(this);
    const cancel = (reason) => {
      this.#end();
      onCancel(reason);
    };
    const strategy = new ByteLengthQueuingStrategy({ highWaterMark: HIGH_WATER });
    this.#body = new ReadableStream({ start, pull, cancel }, strategy);
  }

  begin(text, code, size) {
    const message = { number: this.#number, text };
    if (code !== undefined) message.code = code;
    if (size !== undefined) message.size = size;
    this.#onBegin({ ...message, body: this.#body });
  }

  chunk(octets) {
    if (this.#ended) return;
    this.#controller.enqueue(octets);
    if (this.#controller.desiredSize <= 0) this.#pressure.add(this);
  }

  /** The message is complete. */
  close() {
    if (this.#ended) return;
    this.#end();
    this.#controller.close();
  }

  /** No more will come. */
  fail(error) {
    if (this.#ended) return;
    this.#end();
    this.#controller.error(error);
  }

  #end() {
    this.#ended = true;
    // What is left is in the reader's hands, and holds up nobody else.
    this.#pressure.delete(this);
  }
}

/** The readers that are behind: calls `pause` for the first, and `resume` after the last. */
export class Pressure {
  #behind = new Set();
  #pause;
  #resume;

  constructor(pause, resume) {
    this.#pause = pause;
    this.#resume = resume;
  }

  add(reader) {
    this.#behind.add(reader);
    if (this.#behind.size === 1) this.#pause();
  }

  delete(reader) {
    if (this.#behind.delete(reader) && this.#behind.size === 0) this.#resume();
  }
}

/** The streams that a session was given, from the locks on them to their end. */

const ignore = () => {};

/** Octets that are copied into the module at a time, however large a chunk is. */
const PIECE = 1024 * 1024;

/** A pair of streams that a session has to itself. */
export class Streams {
  #reader;
  #writer;
  #handlers;
  #outgoing = [];
  #writing = false;
  #reading = false;
  #paused = false;
  #closed = false;

  /**
   * Locks the streams and starts to read. `onOctets` gets a `Uint8Array`, or `undefined` for a chunk
   * that has no octets; `onEnd` or `onFailure` is called once. None of them throws.
   */
  constructor(readable, writable, handlers) {
    this.#reader = readable.getReader();
    try {
      this.#writer = writable.getWriter();
    } catch (locked) {
      this.#reader.releaseLock();
      throw locked;
    }
    this.#handlers = handlers;
    this.resume();
  }

  /** Writes octets after all those before. */
  send(octets) {
    this.#outgoing.push(octets);
    if (this.#writing) return;
    this.#writing = true;
    // Not at once: the stream may be the caller's own code, and the module is in the middle of a call.
    queueMicrotask(() => this.#write());
  }

  /** Asks for no more octets, until {@link resume}. */
  pause() {
    this.#paused = true;
  }

  resume() {
    this.#paused = false;
    if (this.#reading) return;
    this.#reading = true;
    queueMicrotask(() => this.#read());
  }

  /**
   * Ends both streams, and unlocks them. `orderly` lets out what was written before, and what waits;
   * otherwise it is dropped, as by a connection that is cut. No handler is called any more.
   */
  close(orderly) {
    if (this.#closed) return;
    this.#closed = true;
    if (orderly) for (const octets of this.#outgoing) this.#writer.write(octets).catch(ignore);
    // Neither throws, and both reject where the stream had ended by itself.
    (orderly ? this.#writer.close() : this.#writer.abort()).catch(ignore);
    this.#reader.cancel().catch(ignore);
    this.#writer.releaseLock();
    this.#reader.releaseLock();
  }

  /**
   * Reads until the stream or the session ends, or the session has enough for now. Nothing is asked
   * for before the session has taken what came, so the stream holds its source back.
   */
  async #read() {
    while (!this.#closed) {
      if (this.#paused) {
        this.#reading = false;
        return;
      }
      let result;
      try {
        result = await this.#reader.read();
      } catch (cause) {
        this.#fail(cause);
        return;
      }
      if (this.#closed) return;
      if (result.done) {
        this.#handlers.onEnd();
        return;
      }
      this.#take(result.value);
    }
  }

  /** Hands a chunk to the session, whatever view of octets it is. */
  #take(chunk) {
    const octets = octetsOf(chunk);
    if (octets === undefined) this.#handlers.onOctets(undefined);
    // The length is asked for each time: the caller can take the buffer back in `onProgress`.
    for (let from = 0; !this.#closed && from < octets?.length; from += PIECE) {
      this.#handlers.onOctets(octets.subarray(from, from + PIECE));
    }
  }

  /** Writes what waits, in order, each after the stream has taken the one before. */
  async #write() {
    while (!this.#closed && this.#outgoing.length > 0) {
      try {
        await this.#writer.write(this.#outgoing.shift());
      } catch (cause) {
        this.#fail(cause);
        return;
      }
    }
    this.#writing = false;
  }

  #fail(cause) {
    if (!this.#closed) this.#handlers.onFailure(cause);
  }
}

/** The octets of a buffer or of any view of one, not copied; `undefined` for anything else. */
export function octetsOf(chunk) {
  if (chunk instanceof Uint8Array) return chunk;
  try {
    const isView = ArrayBuffer.isView(chunk);
    if (!isView && !(chunk instanceof ArrayBuffer)) return undefined;
    // It may be gone, and a view of that cannot be made.
    if (chunk.byteLength === 0) return new Uint8Array();
    return isView
      ? new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      : new Uint8Array(chunk);
  } catch {
    // A `DataView` whose buffer is gone.
    return undefined;
  }
}

/** Ends streams that nobody has begun to use, unless somebody else has. */
export function discardStreams({ readable, writable }) {
  writable.abort().catch(ignore);
  readable.cancel().catch(ignore);
}

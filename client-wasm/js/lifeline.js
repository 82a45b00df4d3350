import { Pop3Error } from './error.js';
import { connected } from './connected.js';
import { Streams } from './streams.js';

const ignore = () => {};

/**
 * What a session of the module leaves outside of it, so that the session can be ended when the
 * module has trapped and may not be called any more.
 */
export class Lifeline {
  /** Set by the module: its WebSocket. */
  socket;
  /** Set by the module: what `setTimeout` returned. */
  timer;
  /** What a stream failed with. */
  cause;
  #module;
  #endToEnd;
  #generation;
  #rejectors = new Set();
  #streams;
  #failure;
  #ended = false;
  #onEnd = ignore;

  /**
   * `module` is the `Instance` that the session is in; `endToEnd` says whether it does TLS with the mail
   * server there.
   */
  constructor(module, endToEnd) {
    this.#module = module;
    this.#endToEnd = endToEnd;
    this.#generation = module.generation;
    module.sessions.add(this);
  }

  /** Called by the module with each of its event handlers, so that a trap in one is noticed. */
  guard(handler) {
    return (event) => {
      if (this.broken) return;
      try {
        this.#module.call(() => handler(event));
      } catch {
        // Whoever waits for this session has been told.
      }
    };
  }

  /** Called by the module with a text frame of the proxy's. */
  connected(frame) {
    return connected(frame, this.#endToEnd);
  }

  /** Called by the module with the caller's streams; throws where one of them is locked. */
  openStreams(readable, writable, onOctets, onEnd, failed) {
    const onFailure = (cause) => {
      this.cause = cause;
      failed();
    };
    this.#streams = new Streams(readable, writable, { onOctets, onEnd, onFailure });
    return this.#streams;
  }

  /** A listener for events that need no answer; read by the module. */
  get ignore() {
    return ignore;
  }

  /** Has the module that the session was in trapped, before or after its end? */
  get broken() {
    return this.#generation !== this.#module.generation;
  }

  /**
   * Runs a call that returns a Promise. It rejects with a {@link Pop3Error}, and also when the
   * module has to be started anew, after which its own Promises never settle.
   */
  run(work) {
    if (this.broken) {
      const ended = new Pop3Error('wrong-state', 'The session is over.');
      return Promise.reject(this.#failure ?? ended);
    }
    return new Promise((resolve, reject) => {
      this.#rejectors.add(reject);
      this.#module
        .call(work)
        .then(resolve, (failure) => reject(Pop3Error.from(failure, this.cause)))
        .finally(() => this.#rejectors.delete(reject));
    });
  }

  /**
   * Called by the module at the end of the session: nothing is left that could call back. `failure` is
   * what it has failed with.
   */
  end(failure) {
    this.#module.sessions.delete(this);
    this.#tellEnd(failure && Pop3Error.from(failure, this.cause));
  }

  /** `onEnd` is called once at the end of the session, with its failure if it was one. */
  watch(onEnd) {
    if (!this.#ended) this.#onEnd = onEnd;
  }

  #tellEnd(failure) {
    const onEnd = this.#onEnd;
    this.#ended = true;
    // The module holds this object, and the listener its client, which would keep the other alive.
    this.#onEnd = ignore;
    onEnd(failure);
  }

  /** Lets go of a session whose module has trapped, and ends it for its callers. */
  abandon(failure) {
    this.#failure = failure;
    clearTimeout(this.timer);
    this.#streams?.close(false);
    const { socket } = this;
    if (socket !== undefined) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.onerror = ignore;
      socket.close();
    }
    for (const reject of this.#rejectors) reject(failure);
    this.#rejectors.clear();
    this.#tellEnd(failure);
  }
}

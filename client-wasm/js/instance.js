/** A WebAssembly module: loading it once, calling into it, and starting it anew after a trap. */
import { Pop3Error } from './error.js';

export class Instance {
  /** The sessions that would not outlive a restart: objects with `abandon(failure)`. */
  sessions = new Set();
  /** How often the module was started anew. What an earlier instance made may not be touched. */
  generation = 0;
  #load;
  #glue;
  #file;
  #loading;
  #loaded = false;
  /** How many calls into the module are under way; more than one when it calls back. */
  #depth = 0;
  /** The error of a trap, until the last of those calls has returned. */
  #trap;

  /**
   * `load` and `glue` are what wasm-bindgen made of the module, and `file` gives the URL where the
   * module lies.
   */
  constructor(load, glue, file) {
    this.#load = load;
    this.#glue = glue;
    this.#file = file;
  }

  /** Loads the module; see `init` in index.d.ts. After a failure the next call tries again. */
  init(source) {
    this.#loading ??= this.#start(source).catch((cause) => {
      this.#loading = undefined;
      throw notLoaded(cause);
    });
    return this.#loading;
  }

  async #start(source = this.#file()) {
    await this.#load({ module_or_path: isFile(source) ? await readFile(source) : source });
    this.#loaded = true;
  }

  /** Loads the module at once; see `initSync` in index.d.ts. */
  initSync(source) {
    if (this.#loaded) return;
    if (this.#loading !== undefined) {
      // What is on its way would take the place of this one, and of all that was made in it.
      throw new Pop3Error('wrong-state', 'The WebAssembly module is being loaded: await init().');
    }
    try {
      this.#glue.initSync({ module: source });
    } catch (cause) {
      throw notLoaded(cause);
    }
    this.#loaded = true;
    this.#loading = Promise.resolve();
  }

  /**
   * Calls into the module. Its functions report a failure by what they return, so whatever one
   * throws is a trap (a `RuntimeError`, or the engine's own error for an exhausted stack); it is
   * thrown on as a {@link Pop3Error}.
   */
  call(work) {
    if (this.#trap !== undefined) throw this.#trap;
    this.#depth += 1;
    try {
      return work(this.#glue);
    } catch (cause) {
      const message = 'The POP3 module failed and was started anew.';
      this.#trap ??= new Pop3Error('internal', message, { cause });
      throw this.#trap;
    } finally {
      this.#leave();
    }
  }

  #leave() {
    this.#depth -= 1;
    // Not while the old instance has calls to return to, which would then go on in the new one.
    if (this.#depth === 0 && this.#trap !== undefined) this.#restart();
  }

  /** Puts a fresh instance in the place of the one that trapped. */
  #restart() {
    const failure = this.#trap;
    this.#trap = undefined;
    this.generation += 1;
    for (const session of this.sessions) session.abandon(failure);
    this.sessions.clear();
    this.#glue.scheduleRestart();
    this.#glue.settle();
  }
}

function notLoaded(cause) {
  return new Pop3Error('load-failed', 'The WebAssembly module could not be loaded.', { cause });
}

/** Node's `fetch` knows no `file:` URL, so there the file has to be read. */
function isFile(source) {
  if (globalThis.process?.getBuiltinModule === undefined) return false;
  return source instanceof URL
    ? source.protocol === 'file:'
    : typeof source === 'string' && source.startsWith('file:');
}

function readFile(source) {
  // Not by an import, so that no bundler for browsers looks for the module.
  return globalThis.process.getBuiltinModule('node:fs/promises').readFile(new URL(source));
}

/**
 * The WebAssembly module: loading it once, calling into it, and starting it anew after a trap.
 */
import load, * as glue from '../dist/pop3_wasm.js';
import { Pop3Error } from './error.js';

let loading;
/** The sessions that would not outlive a restart: objects with `abandon(failure)`. */
export const sessions = new Set();
/** How often the module was started anew. What an earlier instance made may not be touched. */
export let generation = 0;
/** How many calls into the module are under way; more than one when it calls back. */
let depth = 0;
/** The error of a trap, until the last of those calls has returned. */
let trap;

/** Loads the module; see index.d.ts. After a failure the next call tries again. */
export function init(source) {
  loading ??= start(source).catch((cause) => {
    loading = undefined;
    throw new Pop3Error('load-failed', 'The WebAssembly module could not be loaded.', { cause });
  });
  return loading;
}

async function start(source = new URL('../dist/pop3_wasm_bg.wasm', import.meta.url)) {
  await load({ module_or_path: isFile(source) ? await readFile(source) : source });
}

/** Node's `fetch` knows no `file:` URL, so there the file has to be read. */
function isFile(source) {
  if (globalThis.process?.versions?.node === undefined) return false;
  return source instanceof URL
    ? source.protocol === 'file:'
    : typeof source === 'string' && source.startsWith('file:');
}

async function readFile(source) {
  // By way of a variable, so that no bundler for browsers looks for the module.
  const name = 'node:fs/promises';
  const fs = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
  return fs.readFile(new URL(source));
}

/**
 * Calls into the module. Its functions report a failure by what they return, so whatever one
 * throws is a trap (a `RuntimeError`, or the engine's own error for an exhausted stack); it is
 * thrown on as a {@link Pop3Error}.
 */
export function call(work) {
  if (trap !== undefined) throw trap;
  depth += 1;
  try {
    return work(glue);
  } catch (cause) {
    const message = 'The POP3 module failed and was started anew.';
    trap ??= new Pop3Error('internal', message, { cause });
    throw trap;
  } finally {
    leave();
  }
}

/**
 * Counts as a call into the module until the futures that it has been told to run have run. It
 * schedules them as a microtask, which would find a new instance in the place of its own.
 */
export function hold() {
  depth += 1;
  queueMicrotask(leave);
}

function leave() {
  depth -= 1;
  // Not while the old instance has calls to return to, which would then go on in the new one.
  if (depth === 0 && trap !== undefined) restart();
}

/** Puts a fresh instance in the place of the one that trapped. */
function restart() {
  const failure = trap;
  trap = undefined;
  generation += 1;
  for (const session of sessions) session.abandon(failure);
  sessions.clear();
  glue.scheduleRestart();
  glue.settle();
}

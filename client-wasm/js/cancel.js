/** Cancelling a command: by an `AbortSignal`, or after a time. */
import { Pop3Error } from './error.js';

let last = 0;

/** A number for a command, by which the module knows what to cancel. Never 0. */
function ticket() {
  last = (last % 0xffff_ffff) + 1;
  return last;
}

/**
 * Runs a command that may be given up. `run` gets its ticket, 0 where it may not. When `signal`
 * says so or `timeout` is over, `cancel` gets the same; or `release`, when `unwanted` says so.
 */
export async function cancellable({ signal, timeout, unwanted }, run, { cancel, release }) {
  throwIfAborted(signal);
  if (signal === undefined && timeout === undefined && unwanted === undefined) return run(0);
  const mine = ticket();
  let why;
  const stop = (reason) => {
    why ??= reason;
    cancel(mine);
  };
  const onAbort = () => stop((details) => aborted(signal, details));
  const onTimeout = () => stop((details) => timedOut(timeout, details));
  const onUnwanted = () => release(mine);
  const forget = [heed(signal, onAbort), heed(unwanted, onUnwanted)];
  const timer = timeout === undefined ? undefined : setTimeout(onTimeout, timeout);
  try {
    return await run(mine);
  } catch (failure) {
    // It may have failed by itself at the same moment.
    throw why !== undefined && failure.code === 'aborted' ? why(failure) : failure;
  } finally {
    for (const each of forget) each();
    clearTimeout(timer);
  }
}

/** What is to be done when a signal aborts, by signal. */
const heeded = new WeakMap();

/**
 * Has `act` called when the signal aborts, until the function that it gives is called. However many
 * commands share a signal, it has one listener of ours: Node warns of more than ten as of a leak.
 */
export function heed(signal, act) {
  if (signal === undefined) return () => {};
  let acts = heeded.get(signal);
  if (acts === undefined) {
    acts = new Set();
    heeded.set(signal, acts);
    signal.addEventListener('abort', tell);
  }
  acts.add(act);
  return () => {
    acts.delete(act);
    if (acts.size > 0 || heeded.get(signal) !== acts) return;
    heeded.delete(signal);
    signal.removeEventListener('abort', tell);
  };
}

function tell({ currentTarget }) {
  for (const act of [...(heeded.get(currentTarget) ?? [])]) act();
}

export function throwIfAborted(signal) {
  if (signal?.aborted) throw aborted(signal, new Pop3Error('aborted', 'It was cancelled.'));
}

/** The failure of what a signal has cancelled, with what the session's own failure tells. */
export function aborted(signal, failure) {
  return new Pop3Error('aborted', failure.message, { ...failure, cause: signal.reason });
}

function timedOut(timeout, { message, ...details }) {
  const sentence = `It took longer than its ${timeout} milliseconds. ${message}`;
  return new Pop3Error('timeout', sentence, { ...details, blame: 'caller' });
}

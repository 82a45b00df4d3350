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
  signal?.addEventListener('abort', onAbort);
  unwanted?.addEventListener('abort', onUnwanted);
  const timer = timeout === undefined ? undefined : setTimeout(onTimeout, timeout);
  try {
    return await run(mine);
  } catch (failure) {
    // It may have failed by itself at the same moment.
    throw why !== undefined && failure.code === 'aborted' ? why(failure) : failure;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    unwanted?.removeEventListener('abort', onUnwanted);
    clearTimeout(timer);
  }
}

export function throwIfAborted(signal) {
  if (signal?.aborted) throw aborted(signal, new Pop3Error('aborted', 'It was cancelled.'));
}

/** The failure of what a signal has cancelled, with what the session's own failure tells. */
function aborted(signal, failure) {
  return new Pop3Error('aborted', failure.message, { ...failure, cause: signal.reason });
}

function timedOut(timeout, { message, ...details }) {
  const sentence = `It took longer than its ${timeout} milliseconds. ${message}`;
  return new Pop3Error('timeout', sentence, { ...details, blame: 'caller' });
}

import { ABORTED, endsSession, failureOf, type Failure } from '../../lib/outcome.ts';
import type { Credentials, FetchReport } from '../mail-protocol.ts';
import { connectionOf, sessionFailure, signedIn } from './connect.ts';
import type { Client, Clock, Surroundings } from './types.ts';
import { Tally, Visit, type VisitOptions } from './visit.ts';

/** Sessions in a row that may break without getting any further, before the fetch has failed. */
const ATTEMPTS = 4;

/** Before the second session; twice as long before each one after it. */
const BACK_OFF_MS = 1_000;

/** A server that wants longer pauses between sign-ins is left for another time. */
const LONGEST_DELAY_MS = 120_000;

/** What a new session may mend once there has been one, beside the end of that. */
const PASSING: ReadonlySet<Failure['code']> = new Set<Failure['code']>([
  'timeout',
  'connect-failed',
  'connect-timeout',
  'dns',
  'refused',
  'unreachable',
  'rate-limited',
  // The server has not noticed yet that the session before has ended.
  'in-use',
  'login-delay',
  'sys-temp',
  'limit-exceeded',
  // A trap of the module, which has been started anew.
  'internal',
]);

export interface FetchOptions
  extends
    Pick<VisitOptions, 'account' | 'progress' | 'signal' | 'onLive'>,
    Pick<Surroundings, 'storage' | 'digest' | 'clock' | 'connect' | 'random'> {
  credentials: Credentials;
  /** A session that is signed in already. */
  client?: Client;
}

export interface Fetched {
  report: FetchReport;
  /** Why it did not come to its end. */
  failure?: Failure;
  /** Milliseconds that the server wants until the next sign-in. */
  loginDelay: number;
}

/**
 * Fetches and deletes as the account's policy says, in one session, or in more when one breaks: then
 * what is stored is not fetched again, and what was marked is marked again. Never throws.
 */
export async function fetchMail(options: FetchOptions): Promise<Fetched> {
  const { progress, signal, clock, random } = options;
  const tally = new Tally();
  let { client } = options;
  let lost = 0;
  let failure: Failure | undefined;
  let connection: FetchReport['connection'];
  for (;;) {
    const before = tally.steps;
    const began = clock.now();
    try {
      progress.stage('connecting');
      client ??= await signedIn(options.connect, options.account(), options.credentials, signal);
      connection = await connectionOf(client);
      await new Visit(client, { ...options, tally }).run();
      failure = undefined;
      break;
    } catch (thrown) {
      failure = signal.aborted ? ABORTED : failureIn(client, thrown);
      lost = tally.steps > before ? 1 : lost + 1;
      // What fails at the first connection is told at once: somebody may be waiting for it.
      const again = client !== undefined || lost > 1;
      client = undefined;
      const hopeless = signal.aborted || tally.unwritable || lost >= ATTEMPTS;
      if (hopeless || !again || !mayPass(failure)) break;
      const pause = BACK_OFF_MS * 2 ** (lost - 1) * (1 + random());
      const delay = Math.max(pause, began + tally.loginDelay - clock.now());
      if (delay > LONGEST_DELAY_MS) break;
      await sleep(delay, clock, signal);
    }
  }
  progress.end();
  const { added, deleted, refused, notDeleted, unsure, loginDelay } = tally;
  const left = Math.max(0, notDeleted - unsure.size);
  const counts = { added, deleted, refused, notDeleted: left, unsure: unsure.size };
  const report = { ...counts, ...(connection && { connection }) };
  return { report, loginDelay, ...(failure && { failure }) };
}

function failureIn(client: Client | undefined, thrown: unknown): Failure {
  return client === undefined ? failureOf(thrown) : sessionFailure(thrown, client);
}

function mayPass(failure: Failure): boolean {
  return endsSession(failure) || PASSING.has(failure.code);
}

/** Ends early when the signal is given. */
function sleep(milliseconds: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      callOff();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const callOff = clock.after(milliseconds, wake);
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
  });
}

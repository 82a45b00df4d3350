import { proxy, wrap, type Remote } from 'comlink';
import { failed, type Failure, type Outcome } from '../lib/outcome.ts';
import type { Mailbox, SessionWorker } from './protocol.ts';

const DIED: Failure = { code: 'worker-died', blame: 'package' };

/**
 * The session worker, seen from the page: every call has an answer, also when the worker dies.
 * A dead worker is replaced at the next sign-in, since the password died with it.
 */
export class SessionClient implements SessionWorker {
  readonly #start: () => Worker;
  #worker: { remote: Remote<SessionWorker>; died: Promise<void> } | undefined;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  signIn: SessionWorker['signIn'] = (credentials) => {
    this.#worker ??= this.#startWorker();
    return this.#ask<Outcome<Mailbox>>((remote) => remote.signIn(credentials), failed(DIED));
  };

  refresh: SessionWorker['refresh'] = () =>
    this.#ask<Outcome<Mailbox>>((remote) => remote.refresh(), failed(DIED));

  headers: SessionWorker['headers'] = (keys, listener) =>
    this.#ask((remote) => remote.headers(keys, proxy(listener)), { outcome: failed(DIED) });

  retrieve: SessionWorker['retrieve'] = (key, listener) =>
    this.#ask((remote) => remote.retrieve(key, proxy(listener)), { outcome: failed(DIED) });

  signOut: SessionWorker['signOut'] = async (deletions) => {
    const nothing = { deleted: [], kept: [], unsure: [], failure: DIED };
    if (this.#worker === undefined) {
      return { ...nothing, kept: deletions.map((key) => ({ key, failure: DIED })) };
    }
    return this.#ask((remote) => remote.signOut(deletions), { ...nothing, unsure: deletions });
  };

  stopWaiting: SessionWorker['stopWaiting'] = () =>
    this.#ask((remote) => remote.stopWaiting(), undefined);

  abandon: SessionWorker['abandon'] = () => this.#ask((remote) => remote.abandon(), undefined);

  async #ask<T>(call: (remote: Remote<SessionWorker>) => Promise<T>, dead: NoInfer<T>): Promise<T> {
    const worker = this.#worker;
    if (worker === undefined) return dead;
    return Promise.race([call(worker.remote), worker.died.then(() => dead)]);
  }

  #startWorker(): { remote: Remote<SessionWorker>; died: Promise<void> } {
    const worker = this.#start();
    const died = new Promise<void>((resolve) => {
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        worker.terminate();
        this.#worker = undefined;
        resolve();
      });
    });
    return { remote: wrap<SessionWorker>(worker), died };
  }
}

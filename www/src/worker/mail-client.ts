import { proxy, wrap, type Remote } from 'comlink';
import { FailureError, failed, type Failure } from '../lib/outcome.ts';
import type { MailWorker } from './mail-protocol.ts';

const DIED: Failure = { code: 'worker-died', blame: 'package' };

/** What has no outcome that could tell a failure: it rejects instead. */
const WITHOUT_OUTCOME: ReadonlySet<string> = new Set<keyof MailWorker>([
  'lock',
  'storageChanged',
  'cancelAddAccount',
  'signOut',
  'stopFetching',
  'watch',
  'unwatch',
  'rows',
  'conversation',
]);

type Method = (...values: unknown[]) => Promise<unknown>;

interface Running {
  worker: Worker;
  remote: Remote<MailWorker>;
  died: Promise<void>;
}

/**
 * The mail worker, seen from the page: every call has an answer, also when the worker dies. Then
 * `died` is called, and the next call starts a new worker, which has to be opened again.
 */
export function mailClient(start: () => Worker, died: () => void): MailWorker {
  let running: Running | undefined;

  function startWorker(): Running {
    const worker = start();
    const dying = new Promise<void>((resolve) => {
      worker.addEventListener('error', (event) => {
        event.preventDefault();
        if (running?.worker !== worker) return;
        running = undefined;
        worker.terminate();
        resolve();
        died();
      });
    });
    return { worker, remote: wrap<MailWorker>(worker), died: dying };
  }

  async function ask(method: string, values: unknown[]): Promise<unknown> {
    running ??= startWorker();
    const dead = running.died.then(() => {
      if (WITHOUT_OUTCOME.has(method)) throw new FailureError(DIED);
      return failed(DIED);
    });
    const remote = running.remote as unknown as Record<string, Method>;
    const passed = values.map((value) => (typeof value === 'function' ? proxy(value) : value));
    return Promise.race([remote[method]?.(...passed), dead]);
  }

  return new Proxy({} as MailWorker, {
    get: (_, method) =>
      // A client is no Promise, also where one is awaited.
      typeof method === 'string' && method !== 'then'
        ? (...values: unknown[]) => ask(method, values)
        : undefined,
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expose } from 'comlink';
import { mailClient } from '../src/worker/mail-client.ts';
import { INITIAL } from '../src/store/mail-state.ts';

/** A port that stands for a worker, with what it does when it is asked. */
function worker(api: object): { worker: Worker; die: () => void } {
  const { port1, port2 } = new MessageChannel();
  expose(api, port2);
  const listeners: ((event: Event) => void)[] = [];
  const stand = {
    addEventListener: (type: string, listener: (event: Event) => void) => {
      if (type === 'error') listeners.push(listener);
      else port1.addEventListener(type, listener as EventListener);
    },
    removeEventListener: port1.removeEventListener.bind(port1),
    postMessage: port1.postMessage.bind(port1),
    start: () => port1.start(),
    terminate: () => {
      port1.close();
      port2.close();
    },
  };
  port1.start();
  const die = (): void => {
    for (const listener of listeners) listener(new Event('error', { cancelable: true }));
  };
  return { worker: stand as unknown as Worker, die };
}

test('calls go to the worker, and what it tells comes back', async (context) => {
  const { worker: one } = worker({
    saveSettings: async (change: object) => ({
      ok: true,
      value: { ...INITIAL.settings, ...change },
    }),
    fetchRest: async (id: number, progress: (received: number, expected: number) => void) => {
      await progress(id, 9);
      return { ok: true, value: undefined };
    },
  });
  context.after(() => one.terminate());
  const client = mailClient(
    () => one,
    () => assert.fail('it lives'),
  );
  const saved = await client.saveSettings({ readAfter: 3 });
  assert.equal(saved.ok && saved.value.readAfter, 3);
  const told: number[][] = [];
  const outcome = await client.fetchRest(4, (...values) => told.push(values));
  assert.equal(outcome.ok, true);
  assert.deepEqual(told, [[4, 9]]);
});

test('when the worker dies, every call has an answer, and the next one starts another', async (context) => {
  const first = worker({ octets: () => new Promise(() => {}), rows: () => new Promise(() => {}) });
  const second = worker({ rows: async () => [] });
  context.after(() => second.worker.terminate());
  const started = [first.worker, second.worker];
  let deaths = 0;
  const client = mailClient(
    () => started.shift() ?? assert.fail('no more workers'),
    () => (deaths += 1),
  );
  const octets = client.octets(1);
  const rows = client.rows([1]);
  first.die();
  assert.deepEqual(await octets, {
    ok: false,
    failure: { code: 'worker-died', blame: 'package' },
  });
  await assert.rejects(rows, { name: 'FailureError', message: 'worker-died' });
  assert.deepEqual(await client.rows([1]), []);
  assert.equal(deaths, 1);
});

import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { SECOND_THOUGHTS_MS } from '../src/store/actions.ts';
import { unreadInInboxes } from '../src/store/mail-state.ts';
import { MailStore } from '../src/store/mail-store.ts';
import type { MessageParser } from '../src/store/reading.ts';
import { RowCache } from '../src/store/rows.ts';
import { extended, followed, kept, neighbour } from '../src/store/selection.ts';
import type { MailWorker, MessageRow } from '../src/worker/mail-protocol.ts';
import { FakeMailWorker, account, row } from './fake-mail-worker.ts';

/** Lets everything that needs no time happen. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

async function opened(rows: readonly MessageRow[], prepare?: (fake: FakeMailWorker) => void) {
  const fake = new FakeMailWorker(rows);
  prepare?.(fake);
  const store = new MailStore({
    mail: fake as unknown as MailWorker,
    parser: {
      parse: async () => ({ ok: false, failure: { code: 'internal', blame: 'package' } }),
    } as unknown as MessageParser,
    endpoints: { servers: 'https://site/servers.json', pop3: 'wss://site/pop3' },
  });
  await store.open();
  await settled();
  return { fake, store, ids: () => [...store.list.state.ids] };
}

const FIVE = [1, 2, 3, 4, 5].map((id) => row(id));
const ids = (...of: number[]): Uint32Array => Uint32Array.from(of);

test('the focus follows its message, or goes to the nearest below, or above', () => {
  const cases: [before: number[], after: number[], active: number | undefined, to: unknown][] = [
    [[5, 4, 3], [6, 5, 4, 3], 4, 4],
    [[5, 4, 3], [5, 3], 4, 3],
    [[5, 4, 3], [5], 4, 5],
    [[5, 4, 3, 2, 1], [5, 1], 3, 1],
    [[5, 4, 3], [5, 4], 3, 4],
    [[5, 4, 3], [], 4, undefined],
    [[], [5, 4], undefined, 5],
    [[9], [5, 4], 7, 5],
  ];
  for (const [before, after, active, to] of cases) {
    assert.equal(followed(ids(...before), ids(...after), active), to, `${before} to ${after}`);
  }
});

test('neighbours stay within the list', () => {
  const list = ids(5, 4, 3);
  assert.equal(neighbour(list, 4, 1), 3);
  assert.equal(neighbour(list, 4, -9), 5);
  assert.equal(neighbour(list, 4, 9), 3);
  assert.equal(neighbour(list, undefined, 1), 5);
  assert.equal(neighbour(ids(), 4, 1), undefined);
});

test('a range goes from the anchor in either direction, and adds to what is selected', () => {
  const list = ids(5, 4, 3, 2, 1);
  assert.deepEqual([...extended(new Set([1]), list, 4, 2)].sort(), [1, 2, 3, 4]);
  assert.deepEqual([...extended(new Set(), list, 2, 4)].sort(), [2, 3, 4]);
  assert.deepEqual([...extended(new Set(), list, 99, 3)], [3]);
  assert.deepEqual([...extended(new Set([7]), list, 5, 99)], [7]);
  assert.deepEqual([...kept(new Set([5, 9]), list)], [5]);
});

test('rows are asked for as they come into sight, one question at a time', async () => {
  const asked: number[][] = [];
  const answers: (() => void)[] = [];
  const cache = new RowCache(
    (wanted) => {
      asked.push(wanted);
      return new Promise((resolve) => answers.push(() => resolve(wanted.map((id) => row(id)))));
    },
    () => {},
  );
  cache.want([1, 2]);
  cache.want([3, 4]);
  cache.want([5, 6]);
  assert.deepEqual(asked, [[1, 2]]);
  answers.shift()?.();
  await settled();
  assert.deepEqual(asked.slice(1), [[5, 6]], 'what was scrolled past is not asked for');
  answers.shift()?.();
  await settled();
  cache.outdate([1, 5]);
  assert.equal(cache.peek(1), undefined, 'out of sight, out of mind');
  assert.equal(cache.peek(5)?.id, 5, 'shown until the new one is here');
  assert.deepEqual(asked.slice(2), [[5]]);
});

test('the cache of rows is bounded, and a message that is gone is not asked for forever', async () => {
  let questions = 0;
  const cache = new RowCache(
    async (wanted) => {
      questions += 1;
      return wanted.filter((id) => id !== 13).map((id) => row(id));
    },
    () => {},
  );
  for (let start = 0; start < 5_000; start += 100) {
    cache.want(Array.from({ length: 100 }, (_, at) => start + at));
    await settled();
  }
  assert.equal(cache.peek(1), undefined);
  assert.equal(cache.peek(4_999)?.id, 4_999);
  assert.ok(questions < 60, `${questions} questions`);
});

test('the inbox is shown as soon as the store is open', async () => {
  const { store, ids } = await opened(FIVE);
  assert.equal(store.state.phase, 'open');
  assert.deepEqual(ids(), [5, 4, 3, 2, 1]);
  assert.equal(store.list.state.active, 5);
  assert.equal(unreadInInboxes(store.state), 5);
});

test('a result of a place that was left is not shown, and its watch ends', async () => {
  const { store, fake, ids } = await opened([...FIVE, row(9, { folder: 'archive' })]);
  store.go({ folder: 'archive' });
  store.go({ folder: 'trash' });
  assert.equal(store.list.state.waiting, true);
  await settled();
  assert.deepEqual(ids(), []);
  assert.equal(fake.watches, 1);
});

test('what is deleted can be taken back, and the focus returns with it', async () => {
  const { store, fake, ids } = await opened(FIVE);
  store.list.activate(3);
  await store.actions.delete();
  assert.deepEqual(ids(), [5, 4, 2, 1]);
  assert.equal(store.list.state.active, 2);
  assert.equal(store.toasts.state.toast?.undo, true);
  await store.actions.archive();
  assert.deepEqual(ids(), [5, 4, 1]);
  await store.toasts.undo();
  assert.equal(store.list.state.active, 2);
  await store.toasts.undo();
  assert.deepEqual(ids(), [5, 4, 3, 2, 1]);
  assert.equal(store.list.state.active, 3);
  await store.toasts.undo();
  assert.equal(fake.log.filter(([method]) => method === 'undo').length, 2);
});

test('an action is about the selection, else the open message, else the active one', async () => {
  const { store } = await opened(FIVE);
  assert.deepEqual(store.actions.targets(), [5]);
  await store.read(4);
  store.list.activate(2);
  assert.deepEqual(store.actions.targets(), [4]);
  store.list.toggle(1);
  store.list.extendTo(3);
  assert.deepEqual(store.actions.targets().sort(), [1, 2, 3]);
  await store.actions.archive();
  assert.equal(store.list.state.selected.size, 0, 'what left the list is not selected');
});

test('a change that fails is told, and nothing is to be taken back', async () => {
  const { store, ids } = await opened(FIVE, (fake) => fake.fails.add('change'));
  await store.actions.delete();
  assert.equal(store.toasts.state.toast?.failure?.code, 'internal');
  assert.equal(store.toasts.state.toast?.undo, false);
  assert.deepEqual(ids(), [5, 4, 3, 2, 1]);
});

test('of a conversation, all that lies in the folder shown is changed', async () => {
  const { store, fake, ids } = await opened(
    [
      row(1, { thread: 7 }),
      row(2, { thread: 7, folder: 'archive' }),
      row(3),
      row(4, { thread: 7 }),
      row(5, { thread: 7, account: 'bob' }),
    ],
    (fake) => {
      fake.settings.conversations = true;
      fake.accounts.push(account('bob'));
    },
  );
  store.go({ account: 'ada', folder: 'inbox' });
  await settled();
  assert.deepEqual(ids(), [4, 3]);
  await store.actions.archive([4]);
  const [, changed] = fake.log.find(([method]) => method === 'change') ?? [];
  assert.deepEqual((changed as number[]).toSorted(), [1, 4]);
});

test('what is deleted out of the trash goes when nobody has minded for a while', async (context) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  context.after(() => mock.timers.reset());
  const { store, fake, ids } = await opened(FIVE.map((one) => ({ ...one, folder: 'trash' })));
  const expunged = () => fake.log.filter(([method]) => method === 'expunge').map(([, of]) => of);
  store.go({ folder: 'trash' });
  await settled();
  await store.actions.delete([5]);
  assert.deepEqual([...store.list.state.leaving], [5]);
  await store.toasts.undo();
  mock.timers.tick(SECOND_THOUGHTS_MS * 2);
  await settled();
  assert.deepEqual(expunged(), []);
  assert.equal(store.list.state.leaving.size, 0);
  await store.actions.delete([4]);
  await store.actions.delete([3]);
  await settled();
  assert.deepEqual(expunged(), [[4]], 'the next one ends the waiting of the one before');
  mock.timers.tick(SECOND_THOUGHTS_MS);
  await settled();
  assert.deepEqual(expunged(), [[4], [3]]);
  await store.toasts.undo();
  assert.deepEqual(
    fake.log.filter(([method]) => method === 'undo'),
    [],
    'what is gone for good is no step that could be taken back',
  );
  assert.deepEqual(ids(), [5, 2, 1]);
});

test('deletions on the server are kept back all at once', async () => {
  const { store, fake } = await opened([
    row(1, { server: 'pending', folder: 'trash' }),
    row(2, { server: 'pending' }),
    row(3),
  ]);
  assert.deepEqual(store.state.counts.pending, { ada: 2 });
  await store.actions.keepPending();
  const [, kept, wanted] = fake.log.find(([method]) => method === 'deleteOnServer') ?? [];
  assert.deepEqual((kept as number[]).toSorted(), [1, 2]);
  assert.equal(wanted, false);
  assert.deepEqual(store.state.counts.pending, {});
});

test('a message counts as read once, after the time that was set', async (context) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  context.after(() => mock.timers.reset());
  const { store, fake } = await opened(FIVE, (fake) => (fake.settings.readAfter = 3));
  await store.read(4);
  await settled();
  mock.timers.tick(2_999);
  await settled();
  assert.equal(fake.messages.get(4)?.read, false);
  mock.timers.tick(1);
  await settled();
  assert.equal(fake.messages.get(4)?.read, true);
  await store.actions.markRead(false, [4]);
  await settled();
  assert.equal(fake.messages.get(4)?.read, false, 'it is not read again by itself');
  await store.read(3);
  mock.timers.tick(1_000);
  await store.read(2);
  mock.timers.tick(2_500);
  await settled();
  assert.equal(fake.messages.get(3)?.read, false);
});

test('an account that is removed is not shown any longer; labels that go can come back', async () => {
  const { store, fake } = await opened(FIVE, (fake) => fake.accounts.push(account('bob')));
  store.go({ account: 'bob', folder: 'inbox' });
  fake.tell({ type: 'accounts', accounts: [account('ada')] });
  assert.equal(store.list.state.query.account, undefined);
  const label = await store.actions.createLabel('Work');
  assert.ok(label);
  assert.equal(await store.actions.createLabel('Work'), label, 'a name has one label');
  await store.actions.label(label, true, [5]);
  store.go({ label: label.id });
  await settled();
  assert.deepEqual([...store.list.state.ids], [5]);
  await store.actions.removeLabel(label.id);
  assert.equal(store.list.state.query.label, undefined);
  await store.toasts.undo();
  assert.deepEqual(store.state.settings.labels, [label]);
});

test('when what is stored is locked, nothing of it stays in sight', async () => {
  const { store, fake } = await opened(FIVE);
  await store.read(5);
  fake.tell({
    type: 'storage',
    storage: { ...store.state.storage, encrypted: true, locked: true },
  });
  assert.equal(store.list.state.ids.length, 0);
  assert.equal(store.list.row(5), undefined);
  assert.equal(store.reading.state.id, undefined);
});

test('a worker that has died takes the mail out of sight, and opening again brings it back', async () => {
  const { store, ids } = await opened(FIVE);
  await store.read(5);
  store.workerDied();
  assert.equal(store.state.phase, 'failed');
  assert.equal(store.state.failure?.code, 'worker-died');
  assert.deepEqual([ids(), store.reading.state.id], [[], undefined]);
  await store.open();
  await settled();
  assert.deepEqual(ids(), [5, 4, 3, 2, 1]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from 'pop3-wasm';
import { success } from '../src/lib/outcome.ts';
import { words } from '../src/messages.ts';
import { fill, merge, neighbour, order, unfilled } from '../src/store/mailbox.ts';
import { MessageCache } from '../src/store/message-cache.ts';
import { Store } from '../src/store/store.ts';
import { visibleRange } from '../src/views/virtual-rows.ts';
import { MailSession } from '../src/worker/session.ts';
import { fakeServer, type FakeServer } from './fake-client.ts';

const entry = (number: number) => ({ key: `k${number}`, number, size: 1, lasting: true });
const summary = (date?: number) => ({ from: undefined, subject: 's', date, attachments: false });

test('rows are ordered by date, by number where there is none, unknown ones last', () => {
  const { rows } = merge([], [1, 2, 3, 4, 5, 6].map(entry));
  assert.deepEqual(
    rows.map(({ number }) => number),
    [6, 5, 4, 3, 2, 1],
  );
  const now = 1_000_000_000_000;
  const filled = fill(
    rows,
    new Map([
      ['k6', summary(500)],
      ['k5', summary(900)],
      ['k4', null],
      ['k3', summary(100)],
    ]),
  );
  assert.deepEqual(
    order(filled, now).map(({ number }) => number),
    [5, 6, 4, 3, 2, 1],
  );
  assert.deepEqual(unfilled(filled), ['k2', 'k1']);
  // A date from the future is not believed: the message stays beside its neighbour.
  const future = fill(
    rows,
    new Map(rows.map(({ key, number }) => [key, summary(number === 2 ? 9e15 : number)])),
  );
  assert.deepEqual(
    order(future, now).map(({ number }) => number),
    [6, 5, 4, 3, 2, 1],
  );
});

test('a new session keeps what is known of the same messages', () => {
  const first = merge([], [1, 2, 3].map(entry)).rows.map((row) => ({ ...row, seen: true }));
  const { rows, added, gone } = merge(first, [{ ...entry(3), number: 1 }, entry(4)]);
  assert.deepEqual([added, gone.toSorted()], [1, ['k1', 'k2']]);
  assert.deepEqual(
    rows.map(({ key, number, seen }) => [key, number, seen]),
    [
      ['k4', 4, false],
      ['k3', 1, true],
    ],
  );
});

test('neighbours stay within the list', () => {
  const { rows } = merge([], [1, 2, 3].map(entry));
  assert.equal(neighbour(rows, 'k3', 1), 'k2');
  assert.equal(neighbour(rows, 'k3', -5), 'k3');
  assert.equal(neighbour(rows, 'k3', 99), 'k1');
  assert.equal(neighbour(rows, undefined, 1), 'k3');
  assert.equal(neighbour([], 'k3', 1), undefined);
});

test('as many rows are drawn as are in sight, and a few', () => {
  assert.deepEqual(visibleRange(0, 600, 60, 5000), { start: 0, end: 19 });
  assert.deepEqual(visibleRange(60_000, 600, 60, 5000), { start: 992, end: 1019 });
  const { start, end } = visibleRange(1e9, 600, 60, 5000);
  assert.ok(start < end && end === 5000);
  assert.deepEqual(visibleRange(0, 600, 60, 3), { start: 0, end: 3 });
});

test('the cache forgets the oldest, and never the message just read', () => {
  const cache = new MessageCache();
  const megabytes = (count: number) => ({ octets: new Uint8Array(count * 1_000_000) });
  cache.put('a', megabytes(30));
  cache.put('b', megabytes(30));
  cache.take('a');
  cache.put('c', megabytes(30));
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => cache.take(key) !== undefined),
    [true, false, true],
  );
  cache.put('huge', megabytes(100));
  assert.deepEqual(
    ['a', 'c', 'huge'].map((key) => cache.take(key) !== undefined),
    [false, false, true],
  );
});

/** A store on a fake server, whose parser reads a subject and nothing else. */
async function signedIn(server: FakeServer): Promise<Store> {
  globalThis.fetch = async () => Response.json({ servers: [{ name: 's' }] });
  const subjectOf = (octets: Uint8Array) =>
    /^Subject: (.*)\r/.exec(new TextDecoder().decode(octets))?.[1];
  const store = new Store({
    session: new MailSession(server.connect),
    parser: {
      summarise: async (octets) => success({ ...summary(), subject: subjectOf(octets) }),
      parse: async (octets) =>
        success({ from: [], attachments: [], text: subjectOf(octets) } as unknown as Message),
    },
    endpoints: { servers: 'http://x/servers.json', pop3: 'http://x/pop3' },
  });
  await store.loadServers();
  assert.ok(await store.signIn({ server: 's', user: 'u', password: 'p' }));
  await until(store, () => !store.state.filling);
  return store;
}

function until(store: Store, done: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the store did not get there')), 5_000);
    const check = (): void => {
      if (!done()) return;
      clearTimeout(timer);
      unsubscribe();
      resolve();
    };
    const unsubscribe = store.subscribe(check);
    check();
  });
}

test('the store fills in subjects and never holds the password', async () => {
  const store = await signedIn(fakeServer('a', 'b'));
  assert.deepEqual(
    store.state.rows.map((row) => row.summary?.subject),
    ['b', 'a'],
  );
  assert.ok(!JSON.stringify(store.state).includes('"p"'));
});

test('a lost connection keeps the rows, and filling goes on when asked', async () => {
  const server = fakeServer('a', 'b', 'c');
  server.fails['top'] = 'lost';
  const store = await signedIn(server);
  assert.equal(store.state.rows.length, 3);
  assert.equal(store.state.notice?.failure.code, 'connection-lost');
  server.fails = {};
  store.retryNotice();
  await until(store, () => store.state.rows.every((row) => row.summary !== undefined));
  assert.equal(store.state.notice, undefined);
});

test('marks move the focus down, are undone in turn, and are lost by name only', async () => {
  const server = fakeServer('a', 'b', 'c');
  const store = await signedIn(server);
  store.mark('c');
  assert.equal(store.state.active, 'b');
  store.mark('b');
  assert.equal(store.state.active, 'a');
  store.mark('a');
  assert.equal(store.state.active, 'a');
  store.undo();
  store.undo();
  assert.deepEqual(store.state.marked, ['c']);
  assert.equal(store.state.active, 'b');
  // Somebody else deletes the marked one.
  server.messages.pop();
  await store.check();
  assert.deepEqual(store.state.marked, []);
  assert.equal(store.state.rows.length, 2);
});

test('marking the last row moves the focus up, to the nearest without a mark', async () => {
  const store = await signedIn(fakeServer('a', 'b', 'c'));
  store.mark('b');
  store.mark('a');
  assert.equal(store.state.active, 'c');
});

test('without UIDL, a new session takes the marks back and says so', async () => {
  const server = fakeServer('a', 'b');
  server.withoutUidl = true;
  const store = await signedIn(server);
  const [first] = store.state.rows;
  store.mark(first?.key ?? '');
  server.hangUp();
  const [, second] = store.state.rows;
  await store.open(second?.key ?? '');
  assert.deepEqual(store.state.marked, []);
  assert.ok(store.state.rows.every(({ marked }) => !marked));
  assert.deepEqual(store.state.marksLost, ['b'], 'which the news of the new session cannot hide');
  assert.equal(store.state.toast?.text, words.inbox.reconnected);
  store.dismissMarksLost();
  assert.equal(store.state.marksLost, undefined);
});

test('a check that would lose marks asks first', async () => {
  const server = fakeServer('a', 'b');
  server.withoutUidl = true;
  const store = await signedIn(server);
  const connects = () => server.log.filter((line) => line === 'connect').length;
  const mark = () => store.mark(store.state.rows[0]?.key ?? '');
  mark();
  await store.check();
  assert.ok(store.state.checkAsks);
  assert.equal(connects(), 1);
  store.dontCheck();
  assert.equal(store.state.checkAsks, false);
  await store.check();
  store.undo();
  assert.equal(store.state.checkAsks, false, 'there is nothing to lose any more');

  mark();
  await store.check();
  await store.check({ losingMarks: true });
  assert.equal(connects(), 2);
  assert.equal(store.state.checkAsks, false);
  assert.deepEqual(store.state.marked, []);
  assert.deepEqual(store.state.marksLost, ['b']);
  assert.equal(store.state.toast?.text, words.inbox.listedAnew(2), 'nothing new, and nothing gone');
});

test('a mark is lost, not its message gone, when the uids are withheld later', async () => {
  const server = fakeServer('a', 'b');
  const store = await signedIn(server);
  store.mark('b');
  server.withoutUidl = true;
  await store.check();
  assert.deepEqual(store.state.marksLost, ['b']);
  assert.equal(store.state.toast?.text, words.inbox.listedAnew(2));
});

test('an open message that the sign-out deleted is shown as a copy', async () => {
  const server = fakeServer('a', 'b');
  const store = await signedIn(server);
  store.mark('a');
  store.mark('b');
  await store.open('a');
  server.fails['dele 2'] = 'rejected';
  await store.signOut();
  assert.deepEqual(store.state.signOutReport?.deleted, ['a']);
  store.staySignedIn();
  assert.equal(store.state.open?.gone, true);
});

test('a sign-out that fails keeps the list and the marks', async () => {
  const server = fakeServer('a', 'b');
  const store = await signedIn(server);
  store.mark('a');
  server.hangUp();
  server.fails['connect'] = 'connect-failed';
  await store.signOut();
  assert.equal(store.state.phase, 'inbox');
  assert.equal(store.state.signOutReport?.failure?.code, 'connect-failed');
  assert.deepEqual(store.state.marked, ['a']);
  server.fails = {};
  await store.signOut();
  assert.equal(store.state.phase, 'signed-out');
  assert.deepEqual(store.state.farewell, { deleted: 1, notDeleted: 0, unsure: 0 });
  assert.deepEqual(
    server.messages.map(({ uid }) => uid),
    ['b'],
  );
});

test('a failure takes away news that is older, but no undo', async () => {
  const server = fakeServer('a');
  const store = await signedIn(server);
  await store.check();
  const toast = () => store.state.toast;
  assert.equal(toast()?.text, words.inbox.added(0));
  server.fails['connect'] = 'connect-failed';
  await store.check();
  assert.equal(store.state.notice?.failure.code, 'connect-failed');
  assert.equal(toast(), undefined);
  store.mark('a');
  await store.check();
  assert.equal(toast()?.undo, true);
});

test('opening twice asks the server once', async () => {
  const server = fakeServer('a');
  const store = await signedIn(server);
  await store.open('a');
  assert.equal(store.state.open?.status, 'ready');
  store.close();
  await store.open('a');
  assert.equal(store.state.open?.status, 'ready');
  assert.equal(server.log.filter((line) => line.startsWith('retr')).length, 1);
});

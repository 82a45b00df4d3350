import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Outcome } from '../src/lib/outcome.ts';
import { entriesOf, isLasting } from '../src/worker/identity.ts';
import { MailSession } from '../src/worker/session.ts';
import { fakeServer, pop3Error, type FakeServer } from './fake-client.ts';

const CREDENTIALS = { url: 'ws://x/pop3', server: 's', user: 'u', password: 'p' };

async function signedIn(server: FakeServer): Promise<{ session: MailSession; keys: string[] }> {
  const session = new MailSession(server.connect);
  const outcome = await session.signIn(CREDENTIALS);
  assert.ok(outcome.ok);
  return { session, keys: outcome.value.entries.map(({ key }) => key) };
}

const left = (server: FakeServer): string[] => server.messages.map(({ uid }) => uid);
const codeOf = (outcome: Outcome<unknown>): string | undefined =>
  outcome.ok ? undefined : outcome.failure.code;

/** Waits while promises are settled; nothing here needs more turns than these. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn += 1) {
    assert.ok(turn < 1_000, 'it never came');
    await Promise.resolve();
  }
}

test('sign-in lists the mailbox by uid', async () => {
  const server = fakeServer('a', 'b');
  const { keys } = await signedIn(server);
  assert.deepEqual(keys, ['a', 'b']);
  assert.deepEqual(server.log, ['connect', 'user', 'pass', 'uidl', 'list']);
});

test('a failed sign-in forgets the password', async () => {
  const server = fakeServer('a');
  server.fails['pass'] = 'auth-failed';
  const session = new MailSession(server.connect);
  assert.equal(codeOf(await session.signIn(CREDENTIALS)), 'auth-failed');
  server.fails = {};
  assert.equal(codeOf((await session.retrieve('a', () => {})).outcome), 'wrong-state');
  assert.equal(server.log.filter((line) => line === 'connect').length, 1);
});

test('a sign-in under way can be given up', async () => {
  let session: MailSession | undefined;
  const connecting = new Promise<void>((connected) => {
    session = new MailSession(({ signal }) => {
      connected();
      return new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(pop3Error('aborted')));
      });
    });
  });
  assert.ok(session);
  const signingIn = session.signIn(CREDENTIALS);
  await connecting;
  await session.abandon();
  assert.equal(codeOf(await signingIn), 'aborted');
});

test('leaving without deleting waits for no retrieval', async () => {
  const server = fakeServer('a');
  const { session } = await signedIn(server);
  server.fails = { retr: 'hangs', quit: 'hangs' };
  const retrieving = session.retrieve('a', () => {});
  await until(() => server.log.includes('retr 1'));
  await session.abandon();
  assert.equal((await retrieving).outcome.ok, false);
  assert.ok(!server.log.includes('quit'));
});

test('leaving waits for no QUIT that a check for new mail has queued', async () => {
  const server = fakeServer('a');
  const { session } = await signedIn(server);
  server.fails['quit'] = 'hangs';
  const checking = session.refresh();
  await until(() => server.log.includes('quit'));
  await session.abandon();
  assert.equal(codeOf(await checking), 'wrong-state');
  assert.equal(server.log.filter((line) => line === 'connect').length, 1);
});

test('leaving waits for an answer to QUIT, but not for long', async () => {
  const server = fakeServer('a');
  const { session } = await signedIn(server);
  server.fails['quit'] = 'hangs';
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    let left = false;
    const leaving = session.abandon().then(() => {
      left = true;
    });
    await until(() => server.log.includes('quit'));
    assert.equal(left, false);
    mock.timers.tick(2_000);
    await leaving;
  } finally {
    mock.timers.reset();
  }
});

/** Runs `action` while time stands still but for `pass`. */
async function inStoppedTime(action: (pass: (ms: number) => void) => Promise<void>): Promise<void> {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    await action((ms) => mock.timers.tick(ms));
  } finally {
    mock.timers.reset();
  }
}

test('a sign-out that deletes nothing waits seconds for QUIT', async () => {
  const server = fakeServer('a');
  const { session } = await signedIn(server);
  server.fails['quit'] = 'hangs';
  await inStoppedTime(async (pass) => {
    const leaving = session.signOut([]);
    await until(() => server.log.includes('quit'));
    pass(3_000);
    assert.deepEqual(await leaving, { deleted: [], kept: [], unsure: [] });
  });
});

test('a check for new mail waits seconds for the QUIT of the session before', async () => {
  const server = fakeServer('a');
  const { session } = await signedIn(server);
  server.fails['quit'] = 'hangs';
  await inStoppedTime(async (pass) => {
    const checking = session.refresh();
    await until(() => server.log.includes('quit'));
    pass(3_000);
    assert.ok((await checking).ok);
  });
});

test('a check for new mail gives a stalled retrieval up, which then starts anew', async () => {
  const server = fakeServer('a');
  const { session } = await signedIn(server);
  server.fails['retr'] = 'hangs';
  await inStoppedTime(async (pass) => {
    const retrieving = session.retrieve('a', () => {});
    await until(() => server.log.includes('retr 1'));
    const checking = session.refresh();
    server.fails = {};
    pass(3_000);
    assert.ok((await checking).ok);
    assert.ok((await retrieving).outcome.ok);
    assert.ok(!server.log.includes('quit'), 'it would wait behind the retrieval');
  });
});

test('a stalled retrieval is given up before the deletions', async () => {
  const server = fakeServer('a', 'b');
  const { session } = await signedIn(server);
  server.fails['retr'] = 'hangs';
  await inStoppedTime(async (pass) => {
    const retrieving = session.retrieve('a', () => {});
    await until(() => server.log.includes('retr 1'));
    const leaving = session.signOut(['b']);
    pass(3_000);
    assert.deepEqual(await leaving, { deleted: ['b'], kept: [], unsure: [] });
    assert.equal((await retrieving).outcome.ok, false);
  });
  assert.equal(server.log.filter((line) => line === 'retr 1').length, 1, 'and not asked for again');
  assert.deepEqual(left(server), ['a']);
});

test('a retrieval that ends in time costs no session', async () => {
  const server = fakeServer('a', 'b');
  const { session } = await signedIn(server);
  const retrieving = session.retrieve('a', () => {});
  assert.deepEqual((await session.signOut(['b'])).deleted, ['b']);
  assert.ok((await retrieving).outcome.ok);
  assert.equal(server.log.filter((line) => line === 'connect').length, 1);
});

test('no session is given up whose marks would be lost with it', async () => {
  const server = fakeServer('a', 'b');
  server.withoutUidl = true;
  const { session, keys } = await signedIn(server);
  server.fails['retr'] = 'hangs';
  const retrieving = session.retrieve(keys[0] ?? '', () => {});
  await until(() => server.log.includes('retr 1'));
  assert.deepEqual((await session.signOut([keys[1] ?? ''])).deleted, [keys[1]]);
  assert.equal((await retrieving).outcome.ok, false);
});

test('when waiting for DELE is stopped, all is kept, and can be tried again', async () => {
  const server = fakeServer('a', 'b');
  const { session } = await signedIn(server);
  server.fails['dele'] = 'hangs';
  const leaving = session.signOut(['a']);
  await until(() => server.log.includes('dele 1'));
  await session.stopWaiting();
  const report = await leaving;
  assert.deepEqual([report.deleted, report.unsure], [[], []]);
  assert.deepEqual(
    report.kept.map(({ key }) => key),
    ['a'],
  );
  assert.equal(report.failure?.code, 'stopped-waiting');
  assert.ok(!server.log.includes('quit'));
  server.fails = {};
  assert.deepEqual((await session.signOut(['a'])).deleted, ['a']);
});

test('when waiting for QUIT is stopped, nobody claims to know', async () => {
  const server = fakeServer('a', 'b');
  const { session } = await signedIn(server);
  server.fails['quit'] = 'hangs';
  const leaving = session.signOut(['a']);
  await until(() => server.log.includes('quit'));
  await session.stopWaiting();
  const report = await leaving;
  assert.deepEqual([report.deleted, report.kept, report.unsure], [[], [], ['a']]);
  assert.equal(report.failure?.code, 'stopped-waiting');
  assert.equal(server.log.filter((line) => line === 'connect').length, 1);
});

test('waiting for a session to delete in can be stopped as well', async () => {
  const server = fakeServer('a');
  const { session } = await signedIn(server);
  server.hangUp();
  server.fails['user'] = 'hangs';
  const leaving = session.signOut(['a']);
  await until(() => server.log.filter((line) => line === 'user').length === 2);
  await session.stopWaiting();
  assert.equal((await leaving).kept.length, 1);
});

test('headers come in the order asked for, and a refused one stops nothing', async () => {
  const server = fakeServer('a', 'b', 'c');
  const { session } = await signedIn(server);
  server.fails['top 2'] = 'rejected';
  const got: [string, boolean][] = [];
  const { outcome } = await session.headers(['c', 'b', 'gone', 'a'], (key, { ok }) => {
    got.push([key, ok]);
  });
  assert.ok(outcome.ok);
  assert.deepEqual(got, [
    ['c', true],
    ['b', false],
    ['a', true],
  ]);
});

test('a server that knows no TOP is asked a few times only', async () => {
  const server = fakeServer(...Array.from({ length: 500 }, (_, at) => `u${at}`));
  const { session, keys } = await signedIn(server);
  server.fails['top'] = 'rejected';
  let told = 0;
  await session.headers(keys, (_, { ok }) => {
    assert.equal(ok, false);
    told += 1;
  });
  assert.equal(told, 500);
  assert.ok(server.log.filter((line) => line.startsWith('top')).length < 40);
});

test('a session lost while idle is opened again, once, and told of', async () => {
  const server = fakeServer('a', 'b', 'c');
  const { session } = await signedIn(server);
  server.hangUp();
  server.messages.shift();
  const { outcome, reconnected } = await session.retrieve('c', () => {});
  assert.ok(outcome.ok);
  assert.equal(new TextDecoder().decode(outcome.value), 'Subject: c\r\n\r\n');
  assert.deepEqual(
    reconnected?.entries.map(({ key }) => key),
    ['b', 'c'],
  );
  assert.ok(server.log.includes('retr 2'), 'by the number of the new session');
});

test('a session lost before it answers is opened again; a second loss is told', async () => {
  const server = fakeServer('a');
  const { session } = await signedIn(server);
  server.fails['retr'] = 'lost';
  const { outcome, reconnected } = await session.retrieve('a', () => {});
  assert.equal(codeOf(outcome), 'connection-lost');
  assert.ok(reconnected);
  assert.equal(server.log.filter((line) => line === 'connect').length, 2);
});

test('two actions on a lost session open one', async () => {
  const server = fakeServer('a', 'b');
  const { session } = await signedIn(server);
  server.hangUp();
  const both = ['a', 'b'].map((key) => session.retrieve(key, () => {}));
  assert.ok((await Promise.all(both)).every(({ outcome }) => outcome.ok));
  assert.equal(server.log.filter((line) => line === 'connect').length, 2);
});

test('checking for new mail quits without deleting and lists anew', async () => {
  const server = fakeServer('a');
  const { session } = await signedIn(server);
  server.messages.push({ uid: 'b', octets: 'x' });
  const outcome = await session.refresh();
  assert.ok(outcome.ok);
  assert.deepEqual(
    outcome.value.entries.map(({ key }) => key),
    ['a', 'b'],
  );
  assert.deepEqual(server.log.slice(5, 7), ['quit', 'connect']);
});

test('sign-out deletes what was marked, by uid', async () => {
  const server = fakeServer('a', 'b', 'c');
  const { session } = await signedIn(server);
  assert.deepEqual(await session.signOut(['b']), { deleted: ['b'], kept: [], unsure: [] });
  assert.deepEqual(left(server), ['a', 'c']);
  assert.equal(codeOf(await session.refresh()), 'wrong-state', 'the password is forgotten');
});

test('numbers that moved delete no other message', async () => {
  const server = fakeServer('a', 'b', 'c');
  const { session } = await signedIn(server);
  server.hangUp();
  server.messages.shift();
  const report = await session.signOut(['b', 'a']);
  assert.deepEqual(report.deleted.toSorted(), ['a', 'b']);
  assert.deepEqual(left(server), ['c']);
});

test('a refused deletion is told, the others happen', async () => {
  const server = fakeServer('a', 'b', 'c');
  const { session } = await signedIn(server);
  server.fails['dele 2'] = 'rejected';
  const report = await session.signOut(['a', 'b', 'c']);
  assert.deepEqual(report.deleted, ['a', 'c']);
  assert.deepEqual(
    report.kept.map(({ key, failure }) => [key, failure.code]),
    [['b', 'rejected']],
  );
  assert.deepEqual(left(server), ['b']);
  server.fails = {};
  assert.deepEqual((await session.signOut(['b'])).deleted, ['b']);
  assert.deepEqual(left(server), []);
});

test('a session lost among the deletions is opened again and they are sent anew', async () => {
  const server = fakeServer('a', 'b', 'c');
  const { session } = await signedIn(server);
  server.fails['dele 2'] = 'lost';
  const signingOut = session.signOut(['a', 'b']);
  await Promise.resolve();
  assert.equal((await signingOut).kept.length, 2, 'lost twice: all are kept');
  assert.deepEqual(left(server), ['a', 'b', 'c']);
  server.fails = {};
  assert.deepEqual((await session.signOut(['a', 'b'])).deleted, ['a', 'b']);
  assert.deepEqual(left(server), ['c']);
});

test('when the answer to QUIT is lost, a new session tells what was deleted', async () => {
  const server = fakeServer('a', 'b');
  const { session } = await signedIn(server);
  server.fails['quit'] = 'lost';
  const kept = await session.signOut(['a']);
  assert.deepEqual(
    kept.kept.map(({ key }) => key),
    ['a'],
  );
  assert.deepEqual(kept.deleted, []);

  // This time the server does delete before it hangs up.
  server.messages = server.messages.filter(({ uid }) => uid !== 'a');
  assert.deepEqual((await session.signOut(['a'])).deleted, ['a']);
});

test('when nobody can tell, nobody claims', async () => {
  const server = fakeServer('a');
  const { session } = await signedIn(server);
  server.fails['quit'] = 'lost';
  server.fails['connect'] = 'connect-failed';
  const report = await session.signOut(['a']);
  assert.deepEqual([report.deleted, report.kept, report.unsure], [[], [], ['a']]);
});

test('without UIDL, a message is deleted in its own session alone', async () => {
  const server = fakeServer('a', 'b');
  server.withoutUidl = true;
  const first = await signedIn(server);
  assert.deepEqual((await first.session.signOut([first.keys[0] ?? ''])).kept, []);
  assert.deepEqual(left(server), ['b']);

  const second = await signedIn(server);
  server.hangUp();
  const report = await second.session.signOut([second.keys[0] ?? '']);
  assert.deepEqual(
    report.kept.map(({ failure }) => failure.code),
    ['unidentifiable'],
  );
  assert.deepEqual(left(server), ['b']);
});

test('a mark on a message with a blank uid deletes no other in the next session', async () => {
  // One blank uid among others, so that counting uses alone would take it for a name.
  const server = fakeServer('a', '');
  const { session, keys } = await signedIn(server);
  server.hangUp();
  server.messages = [{ uid: '', octets: 'another' }, ...server.messages.slice(0, 1)];
  const report = await session.signOut([keys[1] ?? '']);
  assert.deepEqual(
    report.kept.map(({ failure }) => failure.code),
    ['unidentifiable'],
  );
  assert.deepEqual(report.deleted, []);
  assert.deepEqual(left(server), ['', 'a']);
});

test('a mark on one of two messages with the same uid deletes neither later', async () => {
  const server = fakeServer('same', 'same', 'own');
  const { session, keys } = await signedIn(server);
  server.hangUp();
  // In the next session the uid is unique, but nobody knows which of the two it was.
  server.messages.shift();
  const report = await session.signOut([keys[0] ?? '', 'own']);
  assert.deepEqual(report.deleted, ['own']);
  assert.deepEqual(
    report.kept.map(({ failure }) => failure.code),
    ['unidentifiable'],
  );
  assert.deepEqual(left(server), ['same']);
});

for (const [what, change] of Object.entries<(server: FakeServer) => void>({
  'two messages share its uid': (server) => server.messages.push({ uid: 'a', octets: 'x' }),
  'the uids are withheld': (server) => (server.withoutUidl = true),
  'the uids are blank': (server) => {
    server.messages = [{ uid: '', octets: 'x' }];
  },
})) {
  test(`a marked message is neither deleted nor called deleted when ${what}`, async () => {
    const server = fakeServer('a');
    const { session } = await signedIn(server);
    server.hangUp();
    change(server);
    const before = left(server);
    const report = await session.signOut(['a']);
    assert.deepEqual(report.deleted, []);
    assert.deepEqual(
      report.kept.map(({ failure }) => failure.code),
      ['unidentifiable'],
    );
    assert.deepEqual(left(server), before);
  });
}

test('when DELE is answered with nonsense, a new session tells what was deleted', async () => {
  const server = fakeServer('a', 'b', 'c');
  const { session } = await signedIn(server);
  // Obeyed all the same.
  server.fails['dele 2'] = 'protocol-error';
  const report = await session.signOut(['a', 'b']);
  assert.deepEqual(report, { deleted: ['a', 'b'], kept: [], unsure: [] });
  assert.deepEqual(left(server), ['c']);
});

test('what DELE answered with nonsense and did not delete is kept', async () => {
  const server = fakeServer('a', 'b');
  const { session } = await signedIn(server);
  server.fails['dele 1'] = 'protocol-error';
  server.fails['quit'] = 'protocol-error';
  const quitting = session.signOut(['a']);
  await until(() => server.log.includes('quit'));
  server.messages = fakeServer('a', 'b').messages;
  const report = await quitting;
  assert.deepEqual(
    report.kept.map(({ key }) => key),
    ['a'],
  );
  assert.deepEqual([report.deleted, report.unsure], [[], []]);
});

test('what DELE answered with nonsense stays unsure when nobody can tell', async () => {
  const server = fakeServer('a', 'b');
  const { session } = await signedIn(server);
  server.fails['dele 1'] = 'protocol-error';
  server.fails['connect'] = 'connect-failed';
  const report = await session.signOut(['a', 'b']);
  assert.deepEqual([report.deleted, report.kept, report.unsure], [['b'], [], ['a']]);
  assert.equal(report.failure?.code, 'protocol-error');
});

test('a uid that two messages share names neither', () => {
  const list = [1, 2, 3, 4].map((number) => ({ number, size: 1 }));
  const uidl = ['same', 'same', 'own', 'session:1:1'].map((uid, at) => ({ number: at + 1, uid }));
  const entries = entriesOf(list, uidl, 9);
  assert.deepEqual(
    entries.map(({ key }) => key),
    ['session:9:1', 'session:9:2', 'own', 'session:9:4'],
  );
  assert.deepEqual(
    entries.map(({ lasting }) => lasting),
    [false, false, true, false],
  );
  assert.deepEqual(
    entries.map(({ key }) => isLasting(key)),
    [false, false, true, false],
  );
});

test('a blank uid, or one of two for a message, names nothing', () => {
  const list = [1, 2].map((number) => ({ number, size: 1 }));
  const uids = ['', 'x', 'y'];
  const uidl = uids.map((uid, at) => ({ number: Math.min(at + 1, 2), uid }));
  assert.deepEqual(
    entriesOf(list, uidl, 3).map(({ key }) => key),
    ['session:3:1', 'session:3:2'],
  );
  assert.equal(isLasting(''), false);
});

test('a number that is listed twice is one message', () => {
  const list = [1, 2, 1].map((number, at) => ({ number, size: at }));
  const uidl = [1, 2].map((number) => ({ number, uid: `u${number}` }));
  const keys = (uids?: typeof uidl) => entriesOf(list, uids, 3).map(({ key, size }) => [key, size]);
  assert.deepEqual(keys(uidl), [
    ['u1', 0],
    ['u2', 1],
  ]);
  assert.deepEqual(keys(), [
    ['session:3:1', 0],
    ['session:3:2', 1],
  ]);
});

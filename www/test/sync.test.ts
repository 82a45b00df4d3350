import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { AccountStatus, FetchProgress } from '../src/worker/mail-protocol.ts';
import { MESSAGE_LIMIT } from '../src/worker/sync/policy.ts';
import { MailServer, letter, loadModules } from './mail-server.ts';
import { CREDENTIALS, HastyClock, POLICY, World, anAccount, settled, until } from './sync-world.ts';

before(loadModules);

const LETTERS = () => [letter('one'), letter('two'), letter('three')];
const DRAFT = {
  title: 'u',
  server: 's',
  user: 'u',
  hop: { mode: 'proxy' },
  policy: POLICY,
} as const;

const lines = (world: World, pattern: RegExp): string[] =>
  world.server.log.filter((line) => pattern.test(line));

const progressOf = (statuses: AccountStatus[]): FetchProgress[] =>
  statuses.flatMap((status) => (status.kind === 'fetching' ? [status.progress] : []));

async function fetched(world: World, tab = world.tab()) {
  const outcome = await tab.sync.fetch('a');
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.value;
}

test('an account is added once its password is seen to work, and fetched in the same session', async () => {
  const world = new World(new MailServer(LETTERS()));
  const tab = world.tab();
  const wrong = await tab.sync.addAccount(DRAFT, { ...CREDENTIALS, password: 'no' }, false);
  assert.ok(!wrong.ok && wrong.failure.code === 'auth-failed');
  assert.deepEqual(world.storage.accounts(), []);
  const added = await tab.sync.addAccount(DRAFT, CREDENTIALS, true);
  assert.ok(added.ok);
  await until(
    'a report',
    () => world.storage.stored.size === 3 && tab.statuses.at(-1)?.kind === 'idle',
  );
  assert.deepEqual(lines(world, /^(connect|QUIT)/), ['connect', 'connect', 'QUIT']);
  assert.equal(world.storage.accounts()[0]?.passwordKept, true);
  assert.ok((world.storage.accounts()[0]?.lastFetch ?? 0) > 0);
  const again = await tab.sync.addAccount(DRAFT, CREDENTIALS, false);
  assert.ok(!again.ok && again.failure.code === 'account-exists');
});

test('adding an account can be given up', async () => {
  const world = new World(new MailServer(LETTERS()));
  world.server.holds = (line) => (line.startsWith('PASS') ? new Promise(() => {}) : undefined);
  const tab = world.tab();
  const adding = tab.sync.addAccount(DRAFT, CREDENTIALS, false);
  await until('PASS', () => lines(world, /^PASS/).length > 0);
  tab.sync.cancelAddAccount();
  const outcome = await adding;
  assert.ok(!outcome.ok && outcome.failure.code === 'aborted');
  assert.deepEqual(world.storage.accounts(), []);
});

test('a sign-in can be given up, wherever it is carried out', async () => {
  const world = new World(new MailServer(LETTERS()));
  await world.storage.addAccount(anAccount());
  const [first, second] = [world.tab(), world.tab()];
  for (const { sync } of [first, second]) sync.accountsChanged();
  await settled();
  for (const { sync } of [first, second]) {
    world.server.holds = (line) => (line.startsWith('PASS') ? new Promise(() => {}) : undefined);
    const before = lines(world, /^PASS/).length;
    const signingIn = sync.signIn('a', CREDENTIALS, false);
    await until('PASS', () => lines(world, /^PASS/).length > before);
    sync.cancelAddAccount();
    const outcome = await signingIn;
    assert.ok(!outcome.ok && outcome.failure.code === 'aborted');
    assert.equal(sync.status('a').kind, 'signed-out');
  }
});

test('new mail comes once, and stays on the server', async () => {
  const world = new World(new MailServer(LETTERS()));
  const tab = world.tab();
  await world.signIn(tab);
  const first = await fetched(world, tab);
  assert.deepEqual(first, { added: [1, 2, 3], deleted: 0, notDeleted: 0, unsure: 0, refused: 0 });
  world.server.messages.push(letter('four'));
  assert.deepEqual((await fetched(world, tab)).added, [4]);
  assert.deepEqual(world.subjects(), ['one', 'two', 'three', 'four']);
  assert.deepEqual(lines(world, /^DELE/), []);
});

test('progress tells messages, octets and stages', async () => {
  const world = new World(new MailServer([letter('one', 500_000), letter('two', 500_000)]));
  const tab = world.tab();
  const octets = world.server.messages.reduce((sum, one) => sum + one.octets.length, 0);
  await world.signIn(tab, { onServer: { kind: 'delete' } });
  await fetched(world, tab);
  const told = progressOf(tab.statuses);
  const stages = told.map(({ stage }) => stage).filter((stage, at, all) => stage !== all[at - 1]);
  assert.deepEqual(stages, ['connecting', 'comparing', 'fetching', 'deleting', 'quitting']);
  const last = told.at(-1);
  assert.deepEqual([last?.done, last?.all, last?.received, last?.expected], [2, 2, octets, octets]);
  assert.ok(told.every(({ received, expected }) => received <= expected));
});

test('what is deleted after its download is stored before', async () => {
  const world = new World(new MailServer(LETTERS()));
  world.server.onMark = ({ octets }) => {
    assert.ok([...world.storage.stored.values()].some((one) => one.octets === octets));
  };
  const tab = world.tab();
  await world.signIn(tab, { onServer: { kind: 'delete' } });
  assert.equal((await fetched(world, tab)).deleted, 3);
  assert.deepEqual(world.server.messages, []);
  assert.deepEqual(await world.storage.onServer('a'), []);
});

test('what is kept for days is deleted after that, by its number of then', async () => {
  const world = new World(new MailServer(LETTERS()));
  const tab = world.tab();
  await world.signIn(tab, { onServer: { kind: 'days', days: 14 } });
  await fetched(world, tab);
  // Somebody else deletes the first, so that the numbers move, and there is new mail.
  world.server.messages.shift();
  const clock = world.clock as HastyClock;
  clock.time += 13.9 * 24 * 3_600_000;
  world.server.messages.push(letter('four'));
  assert.equal((await fetched(world, tab)).deleted, 0);
  clock.time += 0.2 * 24 * 3_600_000;
  assert.equal((await fetched(world, tab)).deleted, 2);
  assert.deepEqual(
    world.server.messages.map(({ uid }) => uid),
    ['uid-four'],
  );
});

test('what was deleted here is deleted there, unless that is taken back in time', async () => {
  const world = new World(new MailServer(LETTERS()));
  const tab = world.tab();
  await world.signIn(tab);
  await fetched(world, tab);
  const ids = (await world.storage.onServer('a')).map(({ seen }) => seen);
  await world.storage.setPending('a', ids.slice(0, 2), true);
  // Taken back after its DELE went out, and before QUIT.
  world.server.holds = (line) =>
    line === 'DELE 2' ? world.storage.setPending('a', ids.slice(1, 2), false) : undefined;
  assert.equal((await fetched(world, tab)).deleted, 1);
  assert.deepEqual(lines(world, /^(DELE|RSET)/), ['DELE 1', 'DELE 2', 'RSET', 'DELE 1']);
  assert.deepEqual(
    world.server.messages.map(({ uid }) => uid),
    ['uid-two', 'uid-three'],
  );
});

test('a header is never taken for the message: what is here as that alone stays there', async () => {
  const world = new World(new MailServer([letter('small'), letter('large', 5_000)]));
  const tab = world.tab();
  await world.signIn(tab, { sizeLimit: 1_000, onServer: { kind: 'delete' } });
  assert.equal((await fetched(world, tab)).deleted, 1);
  assert.deepEqual(lines(world, /^(RETR|TOP)/), ['RETR 1', 'TOP 2 0']);
  const [, large] = world.storage.stored.values();
  const [there] = world.server.messages;
  assert.deepEqual([large?.local, large?.size], ['header', there?.octets.length]);
  const rest = await tab.sync.fetchRest('a', 2, () => {});
  assert.ok(rest.ok);
  assert.deepEqual([large?.local, large?.octets], ['whole', there?.octets]);
  assert.equal((await fetched(world, tab)).deleted, 1);
  assert.deepEqual(world.server.messages, []);
});

test('headers come whole where the server knows no TOP, within the limit of sizes', async () => {
  const world = new World(new MailServer([letter('one'), letter('large', 5_000)]));
  world.server.top = false;
  const tab = world.tab();
  await world.signIn(tab, { what: 'headers', sizeLimit: 1_000 });
  const report = await fetched(world, tab);
  assert.deepEqual([report.added.length, report.refused], [1, 1]);
  assert.equal(world.storage.stored.get(1)?.local, 'whole');
});

test('a message that the server refuses holds up no other, and is tried again', async () => {
  const world = new World(new MailServer(LETTERS()));
  world.server.answers['RETR 2'] = '-ERR [SYS/TEMP] not now\r\n';
  const tab = world.tab();
  await world.signIn(tab);
  const report = await fetched(world, tab);
  assert.deepEqual([report.added.length, report.refused], [2, 1]);
  delete world.server.answers['RETR 2'];
  await fetched(world, tab);
  assert.deepEqual(world.subjects(), ['one', 'three', 'two']);
});

test('a drop is made good by another session, with nothing twice', async () => {
  const world = new World(new MailServer(LETTERS()));
  let drops = 2;
  world.server.breaks = (line) => (line.startsWith('RETR 2') && drops-- > 0 ? 'middle' : undefined);
  const tab = world.tab();
  await world.signIn(tab);
  await fetched(world, tab);
  assert.deepEqual(world.subjects(), ['one', 'two', 'three']);
  assert.equal(lines(world, /^connect/).length, 3);
});

test('a drop between two commands is made good as any other', async () => {
  // More than is asked for before any of it has been stored.
  const tags = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
  const world = new World(new MailServer(tags.map((tag) => letter(tag, 10_000_000))));
  let drops = 1;
  world.storage.beforeAdd = async () => {
    if (drops-- !== 1) return;
    // All that was asked for has come, and more is asked for only once this is written.
    await until('RETR', () => lines(world, /^RETR/).length >= 3);
    await settled();
    world.server.hangUp();
    await settled();
  };
  const tab = world.tab();
  await world.signIn(tab);
  await fetched(world, tab);
  assert.deepEqual(world.subjects(), tags);
  assert.equal(lines(world, /^connect/).length, 2);
});

test('drops without end are told after a few sessions', async () => {
  const world = new World(new MailServer(LETTERS()));
  world.server.breaks = (line) => (line.startsWith('LIST') ? 'before' : undefined);
  const tab = world.tab();
  await world.signIn(tab);
  const began = world.clock.now();
  const outcome = await tab.sync.fetch('a');
  assert.ok(!outcome.ok && outcome.failure.code === 'connection-lost');
  assert.equal(lines(world, /^connect/).length, 4);
  assert.ok(world.clock.now() - began >= 7_000);
  const status = tab.statuses.at(-1);
  assert.ok(status?.kind === 'idle' && status.failure?.code === 'connection-lost');
});

test('what fails at the first connection is told at once', async () => {
  const world = new World(new MailServer(LETTERS()));
  const tab = world.tab();
  await world.signIn(tab);
  world.server.answers['PASS'] = '-ERR [IN-USE] somebody else\r\n';
  const busy = await tab.sync.fetch('a');
  assert.ok(!busy.ok && busy.failure.code === 'in-use');
  world.server.answers['PASS'] = '-ERR [LOGIN-DELAY] wait\r\n';
  const early = await tab.sync.fetch('a');
  assert.ok(!early.ok && early.failure.code === 'login-delay');
  assert.equal(lines(world, /^connect/).length, 2);
});

test('after a drop, the server gets the pause between sign-ins that it wants', async () => {
  const world = new World(new MailServer(LETTERS()));
  world.server.capabilities.push('LOGIN-DELAY 60');
  let drops = 1;
  world.server.breaks = (line) => (line.startsWith('RETR 2') && drops-- > 0 ? 'before' : undefined);
  const tab = world.tab();
  await world.signIn(tab);
  const began = world.clock.now();
  await fetched(world, tab);
  assert.ok(world.clock.now() - began >= 60_000);
});

test('a wrong password signs the account out everywhere, and is not tried again', async () => {
  const world = new World(new MailServer(LETTERS()));
  const [tab, other] = [world.tab(), world.tab()];
  await world.signIn(tab);
  world.server.password = 'changed';
  const outcome = await tab.sync.fetch('a');
  assert.ok(!outcome.ok && outcome.failure.code === 'auth-failed');
  await settled();
  for (const { statuses } of [tab, other]) assert.equal(statuses.at(-1)?.kind, 'signed-out');
  const again = await tab.sync.fetch('a');
  assert.ok(!again.ok && again.failure.code === 'signed-out');
  assert.equal(lines(world, /^connect/).length, 1);
  const signedIn = await other.sync.signIn('a', { ...CREDENTIALS, password: 'changed' }, false);
  assert.ok(signedIn.ok);
  await until('mail', () => world.storage.stored.size === 3);
  assert.equal(lines(world, /^connect/).length, 2);
});

test('a fetch that is stopped keeps what has come, and deletes nothing', async () => {
  const world = new World(new MailServer(LETTERS()));
  world.server.holds = (line) => (line === 'RETR 3' ? new Promise(() => {}) : undefined);
  const tab = world.tab();
  await world.signIn(tab, { onServer: { kind: 'delete' } });
  const fetching = tab.sync.fetch('a');
  await until('two messages', () => lines(world, /^RETR 3/).length > 0);
  await settled();
  tab.sync.stopFetching('a');
  const outcome = await fetching;
  assert.ok(outcome.ok);
  assert.deepEqual(world.subjects(), ['one', 'two']);
  assert.deepEqual(lines(world, /^DELE/), []);
  world.server.holds = () => undefined;
  assert.equal((await fetched(world, tab)).deleted, 3);
  assert.deepEqual(world.subjects(), ['one', 'two', 'three']);
});

test('a full disk stops the fetch, and what was not stored is neither deleted nor forgotten', async () => {
  const world = new World(new MailServer(LETTERS().map(({ uid }) => letter(uid, 5_000_000))));
  const tab = world.tab();
  await world.signIn(tab, { onServer: { kind: 'delete' } });
  world.storage.beforeAdd = () => {
    if (world.storage.stored.size === 1) throw new DOMException('full', 'QuotaExceededError');
  };
  const outcome = await tab.sync.fetch('a');
  assert.ok(!outcome.ok && outcome.failure.code === 'storage-full');
  assert.equal(world.server.messages.length, 3);
  assert.equal(world.storage.stored.size, 1);
  assert.deepEqual(lines(world, /^DELE/), []);
  world.storage.beforeAdd = () => {};
  assert.equal((await fetched(world, tab)).deleted, 3);
  assert.equal(world.storage.stored.size, 3);
});

test('what cannot be stored, for whatever reason, is not fetched again and again', async () => {
  const world = new World(new MailServer(LETTERS()));
  const tab = world.tab();
  await world.signIn(tab, { onServer: { kind: 'delete' } });
  world.storage.beforeAdd = () => {
    throw new Error('something is wrong with the disk');
  };
  const outcome = await tab.sync.fetch('a');
  assert.ok(!outcome.ok && outcome.failure.code === 'internal');
  assert.equal(lines(world, /^connect/).length, 1);
  assert.equal(world.server.messages.length, 3);
});

test('large messages are written one at a time, small ones together', async () => {
  const small = Array.from({ length: 200 }, (_, at) => letter(`small${at}`));
  const world = new World(new MailServer([...small, letter('large', 5_000_000), letter('last')]));
  const tab = world.tab();
  await world.signIn(tab);
  await fetched(world, tab);
  const { writes } = world.storage;
  assert.ok(writes.length < 20, writes.join());
  assert.ok(writes.includes(1));
  assert.equal(Math.max(...writes) <= 128, true);
});

test('a message that is larger than any tab should hold comes as its header', async () => {
  const world = new World(new MailServer([letter('huge')]));
  world.server.answers['LIST'] = `+OK\r\n1 ${MESSAGE_LIMIT + 1}\r\n.\r\n`;
  const tab = world.tab();
  await world.signIn(tab);
  await fetched(world, tab);
  assert.equal(world.storage.stored.get(1)?.local, 'header');
  const rest = await tab.sync.fetchRest('a', 1, () => {});
  assert.ok(!rest.ok && rest.failure.code === 'limit-exceeded');
});

test('when QUIT is not answered, the next session finds out what became of the deletions', async () => {
  for (const how of ['before', 'after'] as const) {
    const world = new World(new MailServer(LETTERS()));
    let broken = false;
    world.server.breaks = (line) => {
      if (line !== 'QUIT' || broken) return undefined;
      broken = true;
      return how;
    };
    const tab = world.tab();
    await world.signIn(tab, { onServer: { kind: 'delete' } });
    const report = await fetched(world, tab);
    assert.deepEqual([report.deleted, report.notDeleted, report.unsure], [3, 0, 0], how);
    assert.deepEqual([world.server.messages, await world.storage.onServer('a')], [[], []]);
  }
});

test('deletions that the server refuses, or never confirms, are told and stay in the queue', async () => {
  const world = new World(new MailServer(LETTERS()));
  world.server.answers['DELE 2'] = '-ERR no\r\n';
  const tab = world.tab();
  await world.signIn(tab, { onServer: { kind: 'delete' } });
  const report = await fetched(world, tab);
  assert.deepEqual([report.deleted, report.notDeleted], [2, 1]);
  delete world.server.answers['DELE 2'];
  world.server.answers['QUIT'] = '-ERR some are still there\r\n';
  const outcome = await tab.sync.fetch('a');
  assert.ok(!outcome.ok && outcome.failure.code === 'rejected');
  const status = tab.statuses.at(-1);
  assert.ok(status?.kind === 'idle' && status.report?.unsure === 1, JSON.stringify(status));
  delete world.server.answers['QUIT'];
  assert.equal((await fetched(world, tab)).deleted, 1);
});

test('the rest of a message is fetched on the side of what is under way', async () => {
  const world = new World(new MailServer([letter('large', 5_000)]));
  const tab = world.tab();
  await world.signIn(tab, { sizeLimit: 1_000 });
  await fetched(world, tab);
  world.server.messages.push(letter('two'), letter('three'));
  let release = (): void => {};
  const held = new Promise<void>((go) => (release = go));
  world.server.holds = (line) => (line === 'RETR 3' ? held : undefined);
  const fetching = tab.sync.fetch('a');
  await until('RETR 3', () => lines(world, /^RETR 3/).length > 0);
  const rest = tab.sync.fetchRest('a', 1, () => {});
  await settled();
  release();
  assert.ok((await rest).ok);
  assert.ok((await fetching).ok);
  assert.equal(lines(world, /^connect/).length, 2);
});

test('the rest of a message that is gone, or of an account without a password, is told', async () => {
  const world = new World(new MailServer([letter('large', 5_000)]));
  const tab = world.tab();
  await world.signIn(tab, { sizeLimit: 1_000 });
  await fetched(world, tab);
  world.server.messages = [];
  const gone = await tab.sync.fetchRest('a', 1, () => {});
  assert.ok(!gone.ok && gone.failure.code === 'gone');
  await tab.sync.signOut('a');
  const signedOut = await tab.sync.fetchRest('a', 1, () => {});
  assert.ok(!signedOut.ok && signedOut.failure.code === 'signed-out');
});

test('an account that is removed in mid-fetch stays removed', async () => {
  const world = new World(new MailServer(LETTERS()));
  world.server.holds = (line) => (line === 'RETR 3' ? new Promise(() => {}) : undefined);
  const tab = world.tab();
  await world.signIn(tab);
  const fetching = tab.sync.fetch('a');
  await until('RETR 3', () => lines(world, /^RETR 3/).length > 0);
  await world.storage.removeAccount('a');
  tab.sync.accountsChanged();
  await fetching;
  assert.deepEqual(world.storage.accounts(), []);
});

test('a password that is kept is used when the page is opened', async () => {
  const world = new World(new MailServer(LETTERS()));
  await world.storage.addAccount(anAccount());
  await world.storage.keepPassword('a', JSON.stringify(CREDENTIALS));
  const tab = world.tab();
  tab.sync.accountsChanged();
  await settled();
  assert.equal(tab.statuses.at(-1)?.kind, 'idle');
  assert.equal((await fetched(world, tab)).added.length, 3);
});

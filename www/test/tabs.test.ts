/** Several tabs of one browser: one fetches, the others follow, and another takes over. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Progress } from '../src/worker/sync/progress.ts';
import { MailServer, letter, loadModules } from './mail-server.ts';
import { CREDENTIALS, PatientClock, World, anAccount, settled, until } from './sync-world.ts';

before(loadModules);

const LETTERS = () => [letter('one'), letter('two'), letter('three')];
const MINUTE = 60_000;

const sessions = (world: World): number =>
  world.server.log.filter((line) => line === 'connect').length;

/** Holds the server back at a line, until it is let go. */
function hold(world: World, line: string): () => void {
  let release = (): void => {};
  const held = new Promise<void>((go) => (release = go));
  world.server.holds = (given) => (given === line ? held : undefined);
  return () => {
    world.server.holds = () => undefined;
    release();
  };
}

async function twoTabs(world: World) {
  const first = world.tab();
  await world.signIn(first);
  const second = world.tab();
  second.sync.accountsChanged();
  await settled();
  return { first, second };
}

test('what another tab asks for is done by the one that leads, and followed live', async () => {
  const world = new World(new MailServer(LETTERS()));
  const { first, second } = await twoTabs(world);
  const release = hold(world, 'RETR 3');
  const fetching = Promise.all([first.sync.fetch('a'), second.sync.fetch('a')]);
  await until('RETR 3', () => world.server.log.includes('RETR 3'));
  await settled();
  const here = first.sync.status('a');
  const there = second.sync.status('a');
  assert.ok(here.kind === 'fetching' && here.here);
  assert.ok(there.kind === 'fetching' && !there.here && there.progress.all === 3);
  release();
  const [one, two] = await fetching;
  assert.deepEqual(one, two);
  assert.equal(sessions(world), 1);
  await settled();
  assert.deepEqual(second.sync.status('a'), first.sync.status('a'));
});

test('a tab that is opened in mid-fetch follows it, and can stop it', async () => {
  const world = new World(new MailServer(LETTERS()));
  const first = world.tab();
  await world.signIn(first);
  hold(world, 'RETR 2');
  const fetching = first.sync.fetch('a');
  await until('RETR 2', () => world.server.log.includes('RETR 2'));
  const second = world.tab();
  second.sync.accountsChanged();
  await settled();
  assert.equal(second.sync.status('a').kind, 'fetching');
  second.sync.stopFetching('a');
  const outcome = await fetching;
  assert.ok(outcome.ok);
  assert.deepEqual(world.subjects(), ['one']);
});

test('when the tab that fetches is killed, another goes on, with nothing twice', async () => {
  const world = new World(new MailServer(LETTERS()));
  const { first, second } = await twoTabs(world);
  const release = hold(world, 'RETR 3');
  void first.sync.fetch('a');
  const asked = second.sync.fetch('a');
  await until('two messages', () => world.storage.stored.size === 2);
  first.kill();
  release();
  const outcome = await asked;
  assert.ok(outcome.ok);
  assert.deepEqual(world.subjects(), ['one', 'two', 'three']);
});

test('a fetch that nobody asked a second tab for is taken up all the same', async () => {
  const world = new World(new MailServer(LETTERS()));
  const { first, second } = await twoTabs(world);
  const release = hold(world, 'RETR 1');
  void first.sync.fetch('a');
  await until('RETR 1', () => world.server.log.includes('RETR 1'));
  first.kill();
  release();
  await until('mail', () => world.storage.stored.size === 3);
  await until('the end', () => second.sync.status('a').kind === 'idle');
});

test('a tab killed between DELE and QUIT loses nothing, and the queue is still exact', async () => {
  for (const line of ['DELE 2', 'QUIT']) {
    const world = new World(new MailServer(LETTERS()));
    const { first, second } = await twoTabs(world);
    await first.sync.fetch('a');
    const ids = (await world.storage.onServer('a')).map(({ seen }) => seen);
    await world.storage.setPending('a', ids.slice(0, 2), true);
    const release = hold(world, line);
    void first.sync.fetch('a');
    await until(
      line,
      () => world.server.log.filter((one) => one === line).length > (line === 'QUIT' ? 1 : 0),
    );
    first.kill();
    release();
    await until('the deletions', () => world.server.messages.length === 1);
    await until('the end', () => second.sync.status('a').kind === 'idle');
    const left = await world.storage.onServer('a');
    assert.deepEqual(
      left.map(({ seen, pending }) => [seen, pending]),
      [[ids[2], false]],
      line,
    );
    assert.equal(world.storage.stored.size, 3);
  }
});

test('the rest of a message is fetched for the tab that asks, with its progress', async () => {
  const world = new World(new MailServer([letter('large', 400_000)]));
  const first = world.tab();
  await world.signIn(first, { sizeLimit: 1_000 });
  const second = world.tab();
  second.sync.accountsChanged();
  assert.ok((await second.sync.fetch('a')).ok);
  const told: number[] = [];
  const rest = await second.sync.fetchRest('a', 1, (received) => told.push(received));
  assert.ok(rest.ok);
  await settled();
  assert.ok(told.length > 0);
  assert.equal(world.storage.stored.get(1)?.local, 'whole');
});

test('an account signs in once for all tabs, and out of all', async () => {
  const world = new World(new MailServer(LETTERS()));
  await world.storage.addAccount(anAccount());
  const [first, second] = [world.tab(), world.tab()];
  for (const { sync } of [first, second]) sync.accountsChanged();
  await settled();
  assert.equal(second.sync.status('a').kind, 'signed-out');
  assert.ok((await second.sync.signIn('a', CREDENTIALS, true)).ok);
  await until('mail', () => world.storage.stored.size === 3);
  assert.equal(sessions(world), 1);
  assert.ok(world.storage.passwords.has('a'));
  await second.sync.signOut('a');
  await settled();
  for (const { sync } of [first, second]) assert.equal(sync.status('a').kind, 'signed-out');
  assert.equal(world.storage.passwords.has('a'), false);
  first.kill();
  await settled();
  assert.equal(second.sync.status('a').kind, 'signed-out');
});

test('a tab whose storage is locked leaves the lead to another, and forgets', async () => {
  const world = new World(new MailServer(LETTERS()));
  const { first, second } = await twoTabs(world);
  await first.sync.stop();
  assert.ok((await second.sync.fetch('a')).ok);
  assert.deepEqual(world.subjects(), ['one', 'two', 'three']);
});

test('mail is fetched at the interval by the one tab that leads', async () => {
  const clock = new PatientClock();
  const world = new World(new MailServer(LETTERS()), clock);
  const first = world.tab();
  await world.signIn(first, { intervalMinutes: 10 });
  const second = world.tab();
  second.sync.accountsChanged();
  const pass = async (milliseconds: number): Promise<number> => {
    for (let at = 0; at < milliseconds; at += MINUTE / 2) {
      clock.advance(MINUTE / 2);
      await settled();
      await until('the end', () => first.sync.status('a').kind !== 'fetching');
    }
    return sessions(world);
  };
  // Overdue from the beginning.
  assert.equal(await pass(MINUTE), 1);
  assert.equal(await pass(8 * MINUTE), 1);
  assert.equal(await pass(3 * MINUTE), 2);
  // Without a network nothing is tried, and what was due is made up for after it.
  world.setOnline(false);
  assert.equal(await pass(30 * MINUTE), 2);
  world.setOnline(true);
  assert.equal(await pass(MINUTE), 3);
  // Nor are the fetches made up for that a sleeping computer has missed.
  clock.sleep(8 * 60 * MINUTE);
  assert.equal(await pass(MINUTE), 4);
  // The server wants a longer pause.
  world.server.capabilities.push('LOGIN-DELAY 1800');
  assert.equal(await pass(12 * MINUTE), 5);
  assert.equal(await pass(27 * MINUTE), 5);
  assert.equal(await pass(4 * MINUTE), 6);
  await world.storage.changeAccount('a', { policy: { intervalMinutes: 0 } });
  first.sync.accountsChanged();
  assert.equal(await pass(60 * MINUTE), 6);
});

test('progress is told ten times a second at most, with the rate of the last seconds', () => {
  const clock = new PatientClock();
  const told: { at: number; received: number; rate: number }[] = [];
  const progress = new Progress(
    ({ received, rate }) => told.push({ at: clock.now(), received, rate }),
    clock,
  );
  progress.expect(1, 1_000_000);
  for (let at = 1; at <= 1_000; at += 1) {
    progress.coming(1, at * 500);
    clock.advance(5);
  }
  assert.ok(told.length >= 45 && told.length <= 52, String(told.length));
  const last = told.at(-1);
  assert.ok(last && Math.abs(last.rate - 100_000) < 5_000, JSON.stringify(last));
  progress.came(1, 600_000, 1_000_000);
  clock.advance(100);
  assert.equal(told.at(-1)?.received, 600_000);
});

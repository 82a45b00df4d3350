import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Browser, account, message, valueOf, type Tab } from './tabs-world.ts';
import { until } from './until.ts';

const PLAIN = new Set(['records/look', 'records/format', 'records/versions', 'meta/lock']);
const told = (): void => undefined;

const browser = (): Browser => (last = new Browser());
let last: Browser | undefined;
afterEach(() => last?.mend());

/** Mail in one account, with a text each. */
async function filled(tab: Tab, count: number): Promise<void> {
  const storage = await tab.withAccount();
  for (let first = 0; first < count; first += 100) {
    const messages = Array.from({ length: Math.min(100, count - first) }, (_, index) => {
      const number = first + index;
      return message({ subject: `Subject ${number}`, date: number + 1, text: `text ${number}` });
    });
    await storage.add('a', messages);
  }
}

/** Everything that a tab can read. */
async function readable(tab: Tab): Promise<string[]> {
  const { ids } = await tab.list({ descending: false });
  const all: string[] = [];
  for (const id of ids) {
    const [row] = await tab.service.rows([id]);
    const octets = valueOf(await tab.service.octets(id));
    all.push(`${row?.subject} ${Buffer.from(octets).toString()}`);
  }
  return all;
}

async function isSealed(one: Browser): Promise<boolean> {
  const records = [...(await one.records())].filter(([place]) => !PLAIN.has(place));
  const sealed = records.filter(([, record]) => (record as { iv?: unknown }).iv !== undefined);
  assert.ok(sealed.length === 0 || sealed.length === records.length, 'half of it is sealed');
  const words = records.map(([, record]) =>
    Buffer.from((record as { octets: Uint8Array }).octets).toString('latin1'),
  );
  const legible = words.some((text) => /Subject|plain|text \d|deleteWithLocal/.test(text));
  assert.equal(legible, sealed.length === 0);
  return sealed.length > 0;
}

describe('under a passphrase', () => {
  test('everything is sealed, and read by whoever knows it', async () => {
    const one = browser();
    const tab = one.tab();
    await filled(tab, 150);
    valueOf(await tab.service.saveSettings({ theme: 'dark', trustedSenders: ['friend@plain'] }));
    const before = await readable(tab);
    assert.equal(await isSealed(one), false);
    const steps: number[] = [];
    valueOf(await tab.service.setPassphrase(null, 'Ångström', (done) => steps.push(done)));
    assert.equal(steps.at(-1), 1);
    assert.equal(await isSealed(one), true);
    assert.deepEqual(await readable(tab), before);
    await tab.storage?.add('a', [message({ subject: 'Subject new', date: 1000 })]);
    await tab.storage?.keepPassword('a', 'hunter2');
    assert.equal(await isSealed(one), true);
    await tab.service.close();

    const again = one.tab();
    const opened = valueOf(await again.open());
    const { storage, settings, accounts } = opened;
    assert.deepEqual([storage.encrypted, storage.locked, accounts], [true, true, []]);
    assert.deepEqual([settings.theme, settings.trustedSenders], ['dark', []]);
    assert.deepEqual(await again.service.rows([1]), []);
    const change = await again.service.change([1], { read: true });
    assert.equal(!change.ok && change.failure.code, 'locked');
    const wrong = await again.service.unlock('angstrom');
    assert.equal(!wrong.ok && wrong.failure.code, 'wrong-passphrase');
    // Typed on another keyboard, in which the ring is a character of its own.
    const unlocked = valueOf(await again.service.unlock('Ångström'.normalize('NFD')));
    assert.deepEqual(unlocked.settings.trustedSenders, ['friend@plain']);
    assert.equal((await readable(again)).length, 151);
    assert.equal(await again.storage?.keptPassword('a'), 'hunter2');

    const notIt = await again.service.setPassphrase('x', 'y', told);
    assert.equal(!notIt.ok && notIt.failure.code, 'wrong-passphrase');
    valueOf(await again.service.setPassphrase('Ångström', 'second', told));
    await again.service.lock();
    assert.deepEqual(await again.service.rows([1]), []);
    assert.equal((await again.service.unlock('Ångström')).ok, false);
    valueOf(await again.service.unlock('second'));
    valueOf(await again.service.setPassphrase('second', null, told));
    assert.equal(await isSealed(one), false);
    assert.equal((await readable(again)).length, 151);
    // A password is kept under a passphrase or not at all.
    assert.equal(await again.storage?.keptPassword('a'), undefined);
    assert.ok(![...(await one.records()).keys()].includes('records/password/a'));
    await assert.rejects(again.storage?.keepPassword('a', 'hunter2') ?? Promise.resolve());
  });

  for (const kind of ['set', 'remove'] as const) {
    test(`to ${kind} it can be broken off anywhere, and nothing is lost`, async () => {
      for (let writes = 0; ; writes += 1) {
        const one = browser();
        const tab = one.tab();
        await filled(tab, 200);
        const before = await readable(tab);
        if (kind === 'remove') valueOf(await tab.service.setPassphrase(null, 'secret', told));
        const [current, next] = kind === 'set' ? [null, 'secret'] : ['secret', null];
        one.killAfter(writes);
        const outcome = await tab.service.setPassphrase(current, next, told);
        await tab.service.close();
        one.mend();
        const again = one.tab();
        const { storage } = valueOf(await again.open());
        if (storage.locked) valueOf(await again.service.unlock('secret'));
        assert.deepEqual(await readable(again), before, `after ${writes} writes`);
        const state = await again.service.storageChanged();
        assert.equal(await isSealed(one), state.encrypted, `after ${writes} writes`);
        if (outcome.ok) break;
        assert.ok(writes < 50);
      }
    });
  }

  test('all tabs lock and unlock together', async () => {
    const one = browser();
    const tab = one.tab();
    await filled(tab, 10);
    const other = await one.opened();
    valueOf(await tab.service.setPassphrase(null, 'secret', told));
    const locked = async (which: Tab): Promise<boolean> =>
      (await which.service.storageChanged()).locked;
    // The other tab gets the new key, and goes on.
    await until(async () => !(await locked(other)) && (await other.list()).messages === 10);
    await other.storage?.add('a', [message({ subject: 'Subject of the other', date: 99 })]);
    assert.equal(await isSealed(one), true);
    await until(async () => (await tab.list()).messages === 11);
    await tab.service.lock();
    await until(() => locked(other));
    assert.deepEqual(await other.service.rows([1]), []);
    other.events.length = 0;
    valueOf(await tab.service.unlock('secret'));
    await until(() => other.events.some(({ type }) => type === 'storage'));
    assert.ok(
      other.events.some((event) => event.type === 'accounts' && event.accounts.length === 1),
    );
    assert.equal((await other.list()).messages, 11);
    // A new tab asks those that are open.
    const third = one.tab();
    assert.equal(valueOf(await third.open()).storage.locked, false);
    assert.equal((await third.list()).messages, 11);
    valueOf(await third.service.setPassphrase('secret', null, told));
    await until(async () => (await other.subjects()).length === 11 && !(await locked(other)));
    await other.storage?.add('a', [message({ subject: 'Subject plain', date: 100 })]);
    assert.equal(await isSealed(one), false);
  });

  test('a record in another one’s place is not taken for it', async () => {
    const one = browser();
    const tab = one.tab();
    await filled(tab, 2);
    valueOf(await tab.service.setPassphrase(null, 'secret', told));
    await one.put('octets', 2, (await one.records()).get('octets/1'));
    const outcome = await tab.service.octets(2);
    assert.equal(!outcome.ok && outcome.failure.code, 'storage-damaged');
    valueOf(await tab.service.octets(1));
  });

  test('all can be erased without it', async () => {
    const one = browser();
    const tab = one.tab();
    await filled(tab, 5);
    valueOf(await tab.service.setPassphrase(null, 'secret', told));
    await tab.service.close();
    const again = one.tab();
    const other = one.tab();
    assert.equal(valueOf(await again.open()).storage.locked, true);
    assert.equal(valueOf(await other.open()).storage.locked, true);
    valueOf(await again.service.eraseEverything());
    const state = await again.service.storageChanged();
    assert.deepEqual([state.encrypted, state.locked], [false, false]);
    await again.storage?.addAccount(account('b'));
    await until(async () => !(await other.service.storageChanged()).locked);
    assert.equal((await other.list()).messages, 0);
  });
});

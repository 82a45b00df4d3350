import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { openDB } from 'idb';
import { DATABASE } from '../src/worker/storage/database.ts';
import { Browser, account, message, valueOf } from './tabs-world.ts';
import { until } from './until.ts';

let last: Browser | undefined;
const browser = (): Browser => (last = new Browser());
afterEach(() => last?.mend());

const full = (): Error => new DOMException('', 'QuotaExceededError');
const failureOf = async (work: Promise<unknown> | undefined): Promise<string> => {
  const thrown: unknown = await (work ?? Promise.resolve()).then(
    () => undefined,
    (why: unknown) => why,
  );
  return thrown instanceof Error ? thrown.message : 'none';
};
const encoder = new TextEncoder();
/** A database as the first version of the page made it. */
const firstVersion = () =>
  openDB(DATABASE, 1, {
    upgrade(database) {
      for (const name of ['meta', 'records', 'rows', 'octets']) database.createObjectStore(name);
    },
  });
const plain = (value: unknown) => ({ octets: encoder.encode(JSON.stringify(value)) });

describe('what is stored', () => {
  test('is whole or not there at all when the disk is full, and that is told', async () => {
    const one = browser();
    const tab = one.tab();
    const storage = await tab.withAccount();
    const [id = 0] = await storage.add('a', [message({ subject: 'one', date: 1 }, '1')]);
    const before = await one.records();
    one.failWrites(0, full);
    const messages = [message({ subject: 'two', date: 2 }, '2')];
    assert.equal(await failureOf(storage.add('a', messages)), 'storage-full');
    const change = await tab.service.change([id], { read: true });
    assert.equal(!change.ok && change.failure.code, 'storage-full');
    assert.equal((await tab.service.storageChanged()).full, true);
    assert.ok(tab.events.some((event) => event.type === 'storage' && event.storage.full));
    assert.deepEqual(await tab.subjects(), ['one']);
    assert.equal((await tab.service.rows([id]))[0]?.read, false);
    assert.equal((await storage.onServer('a')).length, 1);
    one.mend();
    assert.deepEqual(await one.records(), before);
    await storage.add('a', messages);
    assert.equal((await tab.service.storageChanged()).full, false);
    assert.deepEqual(await tab.subjects(), ['two', 'one']);
  });

  test('is read by others as it is, though one block is damaged', async () => {
    const one = browser();
    const tab = one.tab();
    const storage = await tab.withAccount();
    const messages = Array.from({ length: 300 }, (_, index) =>
      message({ subject: `${index}`, date: index + 1 }, `s${index}`),
    );
    await storage.add('a', messages);
    await tab.service.close();
    // Ids begin with 1, so that block 1 has those from 128 to 255; block 2 is the last one.
    for (const key of [1, 2]) await one.put('rows', key, { octets: encoder.encode('[{"id":') });
    const before = await one.records();
    const again = await one.opened();
    assert.equal((await again.list()).messages, 127);
    assert.equal((await again.service.storageChanged()).damaged, 2);
    const change = await again.service.change([5, 200], { starred: true });
    assert.equal(!change.ok && change.failure.code, 'storage-damaged');
    // What comes is stored elsewhere, and no id is given twice.
    const [id = 0] =
      (await again.storage?.add('a', [message({ subject: 'new', date: 999 })])) ?? [];
    assert.ok(id >= 384);
    const after = await one.records();
    for (const key of ['rows/1', 'rows/2', 'octets/200']) {
      assert.deepEqual(after.get(key), before.get(key));
    }
    valueOf(await again.service.octets(200));
  });

  test('survives damaged accounts and settings, which stay as they are', async () => {
    const one = browser();
    const tab = one.tab();
    const storage = await tab.withAccount();
    await storage.add('a', [message({ subject: 'one', date: 1 })]);
    await tab.service.close();
    const broken = { octets: encoder.encode('{') };
    await one.put('records', 'accounts', broken);
    await one.put('records', 'settings', broken);
    const again = one.tab();
    const { accounts, storage: state } = valueOf(await again.open());
    assert.deepEqual([accounts, state.damaged], [[], 2]);
    assert.deepEqual(await again.subjects(), ['one']);
    const saved = await again.service.saveSettings({ theme: 'dark' });
    assert.equal(!saved.ok && saved.failure.code, 'storage-damaged');
    assert.deepEqual((await one.records()).get('records/accounts'), broken);
  });

  test('of the first format is brought up to date, wherever that was broken off', async () => {
    const row = (id: number) => ({
      ...{ id, account: 'a', folder: 'inbox', to: [], subject: `${id}`, date: id, size: 10 },
      ...{ attachments: false, attachmentNames: [], snippet: '', read: false, starred: false },
      ...{ labels: [], local: 'whole', server: 'there', seen: `s${id}`, stored: id, broken: false },
      ...{ references: [], text: id % 2 === 0 ? `word${id}` : '' },
    });
    for (let writes = 0; ; writes += 1) {
      const one = browser();
      const old = await firstVersion();
      await old.put('records', plain([account('a')]), 'accounts');
      await old.put('records', plain(300), 'counter');
      for (let block = 0; block < 3; block += 1) {
        const ids = Array.from({ length: 128 }, (_, index) => block * 128 + index);
        const rows = ids.filter((id) => id > 0 && id < 300).map(row);
        await old.put('rows', plain(rows), block);
      }
      await old.put('octets', plain('octets'), 290);
      old.close();
      one.killAfter(writes);
      const killed = one.tab();
      const outcome = await killed.open();
      await killed.service.close();
      one.mend();
      const tab = await one.opened();
      assert.equal((await tab.list()).messages, 299);
      assert.deepEqual(await tab.subjects({ search: 'body:word288' }), ['288']);
      assert.equal((await tab.list({ search: 'body:word' })).messages, 149);
      valueOf(await tab.service.octets(290));
      const [id] = (await tab.storage?.add('a', [message({ subject: 'new' })])) ?? [];
      assert.equal(id, 300);
      const rows = (await one.records()).get('rows/0') as { octets: Uint8Array };
      assert.doesNotMatch(new TextDecoder().decode(rows.octets), /word/);
      if (outcome.ok) break;
      assert.ok(writes < 20);
    }
  });

  test('of a newer page is left alone, and an older tab makes way for it', async () => {
    const one = browser();
    const tab = one.tab();
    const storage = await tab.withAccount();
    await storage.add('a', [message({ subject: 'one' })]);
    const newer = await openDB(DATABASE, 99);
    await until(() => tab.events.some(({ type }) => type === 'closed'));
    const closed = tab.events.find((event) => event.type === 'closed');
    assert.equal(closed?.failure.code, 'page-outdated');
    const older = await one.tab().open();
    assert.equal(!older.ok && older.failure.code, 'page-outdated');
    newer.close();
  });

  test('waits for no tab that holds on to an older version', async () => {
    const one = browser();
    const old = await firstVersion();
    const blocked = await one.tab().open();
    assert.equal(!blocked.ok && blocked.failure.code, 'storage-blocked');
    old.close();
    const tab = one.tab();
    await until(async () => (await tab.open()).ok);
  });

  test('records of a newer format are not touched', async () => {
    const one = browser();
    const tab = one.tab();
    await tab.withAccount();
    await tab.service.close();
    await one.put('records', 'format', plain(99));
    const before = await one.records();
    const outcome = await one.tab().open();
    assert.equal(!outcome.ok && outcome.failure.code, 'page-outdated');
    assert.deepEqual(await one.records(), before);
  });

  test('goes from the trash after the days that are set', async () => {
    const one = browser();
    const tab = one.tab();
    const storage = await tab.withAccount('a', { deleteWithLocal: true });
    const [old = 0, late = 0] = await storage.add('a', [
      message({ subject: 'old' }, 'old'),
      message({ subject: 'late' }, 'late'),
    ]);
    valueOf(await tab.service.saveSettings({ emptyTrashAfter: 7 }));
    valueOf(await tab.service.change([old], { folder: 'trash' }));
    one.now += 5 * 24 * 60 * 60 * 1000;
    valueOf(await tab.service.change([late], { folder: 'trash' }));
    one.now += 2 * 24 * 60 * 60 * 1000;
    const again = await one.opened();
    await until(async () => (await again.list({ folder: 'trash' })).messages === 1);
    assert.deepEqual(await again.subjects({ folder: 'trash' }), ['late']);
    assert.equal((await again.service.octets(old)).ok, false);
    const stored = (await again.storage?.onServer('a')) ?? [];
    // The next fetch deletes both there, and takes neither for new.
    assert.deepEqual(stored.map(({ seen, local, pending }) => [seen, local, pending]).sort(), [
      ['late', 'whole', true],
      ['old', 'none', true],
    ]);
  });

  test('of an account is changed by several tabs, each what it means to', async () => {
    const one = browser();
    const tab = one.tab();
    const storage = await tab.withAccount('a');
    const other = await one.opened();
    // Neither knows of what the other one has changed.
    one.deaf = true;
    const limited = await tab.service.updateAccount('a', { policy: { sizeLimit: 10 } });
    assert.equal(valueOf(limited).policy.sizeLimit, 10);
    const timed = await other.service.updateAccount('a', { policy: { intervalMinutes: 5 } });
    assert.equal(valueOf(timed).policy.sizeLimit, 10);
    await storage.changeAccount('a', { lastFetch: 7 });
    const titled = valueOf(await other.service.updateAccount('a', { title: 'mine' }));
    assert.deepEqual(
      [titled.title, titled.lastFetch, titled.policy],
      ['mine', 7, { ...account('a').policy, sizeLimit: 10, intervalMinutes: 5 }],
    );
    const free = await tab.service.updateAccount('a', { policy: { sizeLimit: undefined } });
    assert.equal(valueOf(free).policy.sizeLimit, undefined);
    const { accounts } = valueOf(await one.tab().open());
    const policy = { ...account('a').policy, intervalMinutes: 5 };
    assert.deepEqual(accounts, [{ ...account('a'), title: 'mine', lastFetch: 7, policy }]);
  });

  test('of an account that was removed does not come back by what another tab stores', async () => {
    const one = browser();
    const tab = one.tab();
    const storage = await tab.withAccount('a');
    valueOf(await tab.service.setPassphrase(null, 'a long passphrase', () => undefined));
    const other = one.tab();
    valueOf(await other.open());
    valueOf(await other.service.unlock('a long passphrase'));
    one.deaf = true;
    valueOf(await other.service.removeAccount('a'));
    assert.equal(storage.accounts().length, 1);
    assert.equal(await failureOf(storage.keepPassword('a', 'secret')), 'aborted');
    assert.equal(await storage.changeAccount('a', { lastFetch: 7 }), undefined);
    const change = await tab.service.updateAccount('a', { title: 'mine' });
    assert.equal(!change.ok && change.failure.code, 'aborted');
    assert.deepEqual([storage.accounts(), other.storage?.accounts()], [[], []]);
    assert.ok([...(await one.records()).keys()].every((key) => !key.includes('password/')));
  });

  test('of an account goes with it, and what is on its way is refused', async () => {
    const one = browser();
    const tab = one.tab();
    const storage = await tab.withAccount('a');
    await storage.addAccount(account('b'));
    await storage.add('a', [message({ subject: 'a' }, '1')]);
    await storage.add('b', [message({ subject: 'b' }, '1')]);
    valueOf(await tab.service.removeAccount('a'));
    assert.deepEqual(await tab.subjects(), ['b']);
    assert.deepEqual(await storage.onServer('a'), []);
    assert.equal(await failureOf(storage.add('a', [message({ subject: 'late' })])), 'aborted');
    assert.deepEqual(
      [...(await one.records()).keys()].filter((key) => /^octets/.test(key)),
      ['octets/2'],
    );
  });
});

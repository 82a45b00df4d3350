/** Tabs killed, networks cut, disks full: nothing is lost, and nothing comes twice. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, launch } from '../lib/browsers.js';
import { startTestbed } from '../lib/testbed.js';
import { bulky, heavy } from './heavy.js';
import { NETWORK_COMPLAINT, inBrowsers } from './inbox.js';
import { letter } from './mail.js';
import { Tab } from './tab.js';

const many = (count, octets) => Array.from({ length: count }, (_, at) => heavy(`n ${at}`, octets));

/** All messages are here, once and whole. */
async function complete(tab, count) {
  const subjects = await tab.subjects();
  assert.deepEqual([subjects.length, new Set(subjects).size], [count, count]);
  assert.deepEqual(await tab.damaged(), []);
}

/** Ways for a tab to end without a word. */
const ENDS = {
  'a tab killed': (tab) => () => tab.kill(),
  'a renderer that crashes': (tab) => tab.armed(),
};

function endings(arm) {
  return {
    'mid-download': async ({ bed, inbox, mailbox }) => {
      const account = await mailbox(many(160, 300_000));
      const first = new Tab(inbox.page);
      const end = await arm(first);
      await first.add(account, { onServer: { kind: 'delete' } });
      await first.fetching(5);
      await end();
      // Nothing is deleted before all that is new is stored.
      assert.equal(await bed.count(account.user), 160);
      const second = await Tab.open(inbox.context, inbox.url);
      assert.ok((await second.signIn(account)).ok);
      await second.ended();
      await complete(second, 160);
      assert.equal(await bed.count(account.user), 0);
    },

    'mid-delete': async ({ bed, inbox, mailbox }) => {
      const count = 600;
      const account = await mailbox(many(count, 280));
      const first = new Tab(inbox.page);
      const end = await arm(first);
      await first.add(account);
      await first.ended();
      await first.policy({ onServer: { kind: 'delete' } });
      await first.startFetching();
      await first.wait('deletions', ({ accounts, statuses }) => {
        const status = statuses[accounts[0].id];
        const stage = status.progress?.stage;
        return stage === 'deleting' || stage === 'quitting' || status.report?.deleted > 0;
      });
      await end();
      const second = await Tab.open(inbox.context, inbox.url);
      assert.ok((await second.signIn(account)).ok);
      await second.ended();
      await complete(second, count);
      assert.equal(await bed.count(account.user), 0);
      assert.ok((await second.rows()).every(({ server }) => server === 'gone'));
    },
  };
}

inBrowsers(
  {
    ...Object.fromEntries(
      Object.entries(ENDS).flatMap(([who, arm]) =>
        Object.entries(endings(arm)).map(([when, body]) => [`${who} in ${when}`, body]),
      ),
    ),

    'a proxy that dies in mid-download, and comes back': async ({ bed, inbox, mailbox }) => {
      const account = await mailbox(many(160, 300_000));
      const tab = new Tab(inbox.page);
      await tab.add(account, { onServer: { kind: 'delete' } });
      await tab.fetching(10);
      await bed.stopProxy();
      await bed.startProxy();
      // By itself, in another session.
      const status = await tab.ended();
      assert.deepEqual([status.kind, status.failure], ['idle', undefined]);
      await complete(tab, 160);
      assert.equal(await bed.count(account.user), 0);
    },

    'a proxy that stays away is told, and what has come is kept': async (given) => {
      const { bed, inbox, mailbox } = given;
      const account = await mailbox(many(10, 300));
      const tab = new Tab(inbox.page);
      await tab.add(account);
      await tab.ended();
      await bed.deliver(account.user, many(12, 300).slice(10));
      await bed.stopProxy();
      try {
        const { ok, failure } = await tab.fetch();
        assert.equal(ok, false);
        assert.ok(['connect-failed', 'connection-lost'].includes(failure.code), failure.code);
        assert.equal((await tab.status()).kind, 'idle');
        await inbox.read('cannot be reached');
        await complete(tab, 10);
      } finally {
        await bed.startProxy();
      }
      assert.ok((await tab.fetch()).ok);
      await complete(tab, 12);
    },

    'a server that hangs up in mid-message is told': async ({ inbox }) => {
      const tab = new Tab(inbox.page);
      const added = await tab.add({ user: 'anybody', password: 'anything' }, {}, 'drops');
      assert.ok(added.ok);
      const status = await tab.ended();
      assert.ok(status.failure, JSON.stringify(status));
      const subjects = await tab.subjects();
      assert.equal(new Set(subjects).size, subjects.length);
    },
  },
  { expected: NETWORK_COMPLAINT },
);

/** Octets that the browser has room for. */
const ROOM = 12 * 1024 * 1024;

/** How a browser gets little room: Chromium when asked to, Firefox from its beginning. */
const CRAMPED = {
  chromium: {
    options: {},
    async fill(context, origin) {
      const session = await (await context.newPage()).createCDPSession();
      await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: ROOM });
      return () => session.send('Storage.overrideQuotaForOrigin', { origin });
    },
  },
  firefox: {
    // Kilobytes for all sites; each group of sites gets a part of it.
    options: { prefs: { 'dom.quotaManager.temporaryStorage.fixedLimit': (ROOM / 1024) * 5 } },
    fill: async () => undefined,
  },
};

for (const name of BROWSERS) {
  describe(`${name} with little room`, () => {
    const { options, fill } = CRAMPED[name];
    let bed;
    let browser;
    before(async () => {
      bed = await startTestbed();
      browser = await launch(name, options);
    });
    after(async () => {
      await browser?.close();
      await bed?.stop();
    });

    test('a disk that is full in mid-fetch', { timeout: 180_000 }, async () => {
      const { user, password } = await bed.mailbox(`full${process.pid}`);
      const letters = Array.from({ length: 40 }, (_, at) => bulky(`n ${at}`, 1_000_000));
      await bed.deliver(user, letters);
      const context = await browser.createBrowserContext();
      try {
        // Before the page is there: a browser remembers for a while how much room there was.
        const more = await fill(context, new URL(bed.page).origin);
        const tab = await Tab.open(context, bed.page);
        await tab.add({ user, password }, { onServer: { kind: 'delete' } });
        const status = await tab.ended();
        assert.equal(status.failure?.code, 'storage-full', JSON.stringify(status));
        const stored = await tab.subjects();
        assert.ok(stored.length < 40, String(stored.length));
        assert.equal(new Set(stored).size, stored.length);
        assert.deepEqual(await tab.damaged(), []);
        // What could not be stored was not deleted.
        assert.equal(await bed.count(user), 40);
        if (more !== undefined) {
          await more();
          assert.ok((await tab.fetch()).ok);
          await complete(tab, 40);
          assert.equal(await bed.count(user), 0);
          return;
        }
        // Room that is made is used, and what was deleted does not come again.
        const ids = (await tab.rows()).map(({ id }) => id);
        assert.ok((await tab.call('expunge', ids)).ok);
        await tab.fetch();
        const others = await tab.subjects();
        assert.ok(others.length > 0);
        assert.deepEqual(
          others.filter((subject) => stored.includes(subject)),
          [],
        );
        assert.deepEqual(await tab.damaged(), []);
      } finally {
        await context.close();
      }
    });
  });
}

inBrowsers({
  'a message that cannot be taken apart is kept, and holds up nothing': async (given) => {
    const { bed, inbox, mailbox } = given;
    const noise = Buffer.from(Array.from({ length: 4_000 }, (_, at) => ((at * 7919) % 255) + 1));
    const account = await mailbox([letter('a one'), noise, Buffer.from('\r\n'), letter('b two')]);
    const tab = new Tab(inbox.page);
    await tab.add(account);
    await tab.ended();
    assert.equal((await tab.rows()).length, await bed.count(account.user));
    assert.deepEqual(await tab.damaged(), []);
  },
});

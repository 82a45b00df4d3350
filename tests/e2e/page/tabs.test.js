/** Several tabs share one session: one fetches, the others follow, and another takes over. */
import assert from 'node:assert/strict';
import { until } from '../lib/deadline.js';
import { heavy } from './heavy.js';
import { NETWORK_COMPLAINT, PATIENCE, inBrowsers } from './inbox.js';
import { letter } from './mail.js';
import { Tab } from './tab.js';

const many = (count, octets) => Array.from({ length: count }, (_, at) => heavy(`n ${at}`, octets));

inBrowsers(
  {
    'a second tab follows live, orders, and shares the password': async (given) => {
      const { bed, inbox, mailbox } = given;
      const account = await mailbox(many(120, 400_000));
      const second = await Tab.open(inbox.context, inbox.url);
      const first = new Tab(inbox.page);
      await first.add(account);
      await second.fetching();
      assert.equal((await second.status()).here, false);
      await second.call('stopFetching', 'account');
      await first.ended();
      await second.ended();
      const before = (await second.subjects()).length;
      assert.ok(before < 120, String(before));
      // The tab that was not signed in to has the fetch done by the other one.
      assert.ok((await second.fetch()).ok);
      for (const tab of [first, second]) {
        const subjects = await tab.subjects();
        assert.deepEqual([subjects.length, new Set(subjects).size], [120, 120]);
      }
      const [row] = await second.rows();
      await second.call('change', [row.id], { folder: 'trash' });
      await first.wait('the deletion', ({ counts }) => Object.values(counts.pending)[0] === 1);
      const outcomes = await Promise.all([first.fetch(), second.fetch()]);
      assert.deepEqual(
        outcomes.map(({ value }) => value.deleted),
        [1, 1],
      );
      assert.equal(await bed.count(account.user), 119);
    },

    'when the tab that fetches is closed, another goes on': async ({ bed, inbox, mailbox }) => {
      const account = await mailbox(many(80, 300_000));
      const second = await Tab.open(inbox.context, inbox.url);
      const first = new Tab(inbox.page);
      await first.add(account, { onServer: { kind: 'delete' } });
      await second.fetching(5);
      await first.kill();
      await until(PATIENCE, 'an empty mailbox', async () => (await bed.count(account.user)) === 0);
      const status = await second.ended();
      assert.deepEqual([status.kind, status.failure], ['idle', undefined]);
      const subjects = await second.subjects();
      assert.deepEqual([subjects.length, new Set(subjects).size], [80, 80]);
      assert.deepEqual(await second.damaged(), []);
      await bed.deliver(account.user, [letter('one more')]);
      assert.equal((await second.fetch()).value.added.length, 1);
    },

    'an account is signed out of in all tabs': async ({ inbox, mailbox }) => {
      const account = await mailbox([letter('one')]);
      const first = new Tab(inbox.page);
      await first.add(account);
      await first.ended();
      const second = await Tab.open(inbox.context, inbox.url);
      await second.call('signOut', 'account');
      for (const tab of [first, second]) {
        await tab.wait(
          'signed out',
          ({ accounts, statuses }) => statuses[accounts[0].id].kind === 'signed-out',
        );
      }
      assert.equal((await first.fetch()).failure.code, 'signed-out');
      assert.ok((await second.signIn(account)).ok);
      await first.ended();
      assert.deepEqual(await first.subjects(), ['one']);
    },
  },
  { expected: NETWORK_COMPLAINT },
);

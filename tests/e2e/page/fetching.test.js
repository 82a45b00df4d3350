/** Fetching: what comes, what stays on the server, and how it is seen and stopped. */
import assert from 'node:assert/strict';
import { until } from '../lib/deadline.js';
import { heavy } from './heavy.js';
import { PATIENCE, inBrowsers } from './inbox.js';
import { letter } from './mail.js';
import { Tab } from './tab.js';

const LETTERS = () => ['a one', 'b two', 'c three'].map((subject) => letter(subject));

inBrowsers({
  'fetches what is new once, and leaves it on the server': async ({ bed, inbox, mailbox }) => {
    const account = await mailbox(LETTERS());
    await inbox.tryToSignIn(account);
    const tab = new Tab(inbox.page);
    await tab.ended();
    assert.deepEqual(await tab.subjects(), ['a one', 'b two', 'c three']);
    await bed.deliver(account.user, [letter('d four')]);
    const outcome = await tab.fetch();
    assert.deepEqual([outcome.ok, outcome.value.added.length], [true, 1]);
    assert.deepEqual(await tab.subjects(), ['a one', 'b two', 'c three', 'd four']);
    assert.deepEqual(await tab.damaged(), []);
    assert.equal(await bed.count(account.user), 4);
    const rows = await tab.rows();
    assert.ok(rows.every(({ server, local }) => server === 'there' && local === 'whole'));
  },

  'deletes on the server what was deleted here, unless it is taken back': async (given) => {
    const { bed, inbox, mailbox } = given;
    const account = await mailbox(LETTERS());
    const tab = new Tab(inbox.page);
    await tab.add(account);
    await tab.ended();
    const [one, two] = await tab.rows();
    await tab.call('change', [one.id], { folder: 'trash' });
    const change = await tab.call('change', [two.id], { folder: 'trash' });
    await tab.wait('two deletions', ({ counts }) => Object.values(counts.pending)[0] === 2);
    assert.equal(await bed.count(account.user), 3);
    await tab.call('undo', change.value);
    const outcome = await tab.fetch();
    assert.equal(outcome.value.deleted, 1);
    assert.equal(await bed.count(account.user), 2);
    const [deleted] = await tab.rows({ folder: 'trash' });
    assert.deepEqual([deleted.subject, deleted.server], ['a one', 'gone']);
  },

  'deletes after the download, or after days': async ({ bed, inbox, mailbox }) => {
    const account = await mailbox(LETTERS());
    const tab = new Tab(inbox.page);
    await tab.add(account, { onServer: { kind: 'days', days: 1 } });
    await tab.ended();
    assert.equal(await bed.count(account.user), 3);
    // A day is long: what is over at once stands in for it.
    await tab.policy({ onServer: { kind: 'days', days: 0 } });
    assert.equal((await tab.fetch()).value.deleted, 3);
    assert.equal(await bed.count(account.user), 0);
    await bed.deliver(account.user, [letter('d four')]);
    await tab.policy({ onServer: { kind: 'delete' } });
    assert.equal((await tab.fetch()).value.deleted, 1);
    assert.equal(await bed.count(account.user), 0);
    assert.equal((await tab.subjects()).length, 4);
    assert.deepEqual(await tab.damaged(), []);
  },

  'fetches headers alone, and the rest when it is asked for': async (given) => {
    const { bed, inbox, mailbox } = given;
    const account = await mailbox([letter('a small'), heavy('b large', 300_000)]);
    const tab = new Tab(inbox.page);
    await tab.add(account, { sizeLimit: 20_000, onServer: { kind: 'delete' } });
    await tab.ended();
    const [small, large] = await tab.rows();
    assert.deepEqual([small.local, large.local], ['whole', 'header']);
    assert.ok(large.size > 290_000);
    // Of what is here as its header alone, nothing else has the rest.
    assert.equal(await bed.count(account.user), 1);
    await inbox.openMessage('b large');
    await inbox.click('.rest button');
    await until(PATIENCE, 'the rest', async () => (await tab.rows())[1].local === 'whole');
    assert.deepEqual(await tab.damaged(), []);
    assert.equal((await tab.fetch()).value.deleted, 1);
    assert.equal(await bed.count(account.user), 0);
  },

  'shows how far it is, and stops when asked to': async ({ bed, inbox, mailbox }) => {
    const letters = Array.from({ length: 120 }, (_, at) => heavy(`n ${at}`, 400_000));
    const account = await mailbox(letters);
    const tab = new Tab(inbox.page);
    await tab.add(account);
    await tab.fetching(3);
    await inbox.click('pop3-status-bar >>> .stop');
    const status = await tab.ended();
    assert.equal(status.failure, undefined);
    const before = (await tab.subjects()).length;
    assert.ok(before > 0 && before < 120, String(before));
    assert.equal((await tab.fetch()).value.added.length, 120 - before);
    const subjects = await tab.subjects();
    assert.deepEqual([subjects.length, new Set(subjects).size], [120, 120]);
    assert.deepEqual(await tab.damaged(), []);
    assert.equal(await bed.count(account.user), 120);
  },

  'fetches by itself at the interval': async ({ bed, inbox, mailbox }) => {
    const account = await mailbox(LETTERS());
    const tab = new Tab(inbox.page);
    await tab.add(account);
    await tab.ended();
    await bed.deliver(account.user, [letter('d four')]);
    // Minutes are long.
    await tab.policy({ intervalMinutes: 0.02 });
    await until(PATIENCE, 'new mail', async () => (await tab.subjects()).length === 4);
  },
});

/** Accounts as people keep them: several, each with its own rules, signed out and in again. */
import assert from 'node:assert/strict';
import { roots } from 'pop3-wasm/tls';
import { NETWORK_COMPLAINT, inBrowsers } from './inbox.js';
import { letter } from './mail.js';

const LETTERS = () => [letter('One', { minutes: 30 }), letter('Two', { minutes: 20 })];
const MEGABYTE = 1_000_000;

/** The account of this user, as the page knows it, with its status. */
function account(inbox, user) {
  return inbox.page.evaluate((wanted) => {
    const { accounts, statuses } = document.querySelector('pop3-app').store.state;
    const found = accounts.find((one) => one.user === wanted);
    return found && { ...found, status: statuses[found.id] };
  }, user);
}

async function open(inbox, name, user) {
  const { id } = await account(inbox, user);
  await inbox.click(`pop3-dialog-button[dialog="${name}"][slot="account-${id}"] >>> button`);
}

const gone = (inbox, name) =>
  inbox.wait(
    `${name} gone`,
    (wanted) => {
      const home = document.querySelector(wanted);
      return !(home?.shadowRoot ?? home)?.querySelector('dialog[open]');
    },
    name,
  );

async function enterPassword(inbox, password) {
  await inbox.page.type('.sign-in-dialog #password', password);
  await inbox.page.click('.sign-in-dialog .sign-in-submit');
}

inBrowsers(
  {
    'keeps two accounts side by side, each with its rules, and lets one go': async ({
      bed,
      inbox,
      mailbox,
      page,
    }) => {
      const ada = await mailbox(LETTERS());
      const bob = await mailbox([letter('Three', { minutes: 10 })]);
      await inbox.signIn(ada);
      await inbox.addAccount(bob, 'implicit');
      await inbox.lists('Three', 'Two', 'One');

      await open(inbox, 'pop3-account-dialog', bob.user);
      await inbox.see('#title');
      // The browser has promised nothing, so that the only copy may not be the one here.
      const disabled = await page.$$eval('>>> [name="on-server"]', (all) =>
        all.map((one) => [one.value, one.disabled]),
      );
      assert.deepEqual(disabled, [
        ['keep', false],
        ['days', true],
        ['delete', true],
      ]);
      await page.$eval('>>> #title', (input) => (input.value = 'Bob’s own'));
      await inbox.click('[name="what"][value="headers"]');
      await inbox.click('#delete-with-local');
      await page.$eval('>>> #interval', (select) => {
        select.value = '30';
        select.dispatchEvent(new Event('change'));
      });
      await inbox.click('.save');
      await gone(inbox, 'pop3-account-dialog');
      await inbox.read('Bob’s own');
      const { policy } = await account(inbox, bob.user);
      assert.deepEqual(policy, {
        what: 'headers',
        onServer: { kind: 'keep' },
        deleteWithLocal: false,
        intervalMinutes: 30,
      });
      await bed.deliver(bob.user, [letter('Four', { minutes: 5 })]);
      await inbox.fetch();
      await inbox.lists('Four', 'Three', 'Two', 'One');
      assert.ok((await inbox.row('Four')).badges.includes('Header only'));

      await open(inbox, 'pop3-account-dialog', bob.user);
      await inbox.click('.remove');
      await inbox.read('2 messages that are stored here are removed for good');
      await inbox.click('.remove-account');
      await gone(inbox, 'pop3-account-dialog');
      await inbox.lists('Two', 'One');
      assert.equal(await bed.count(bob.user), 2, 'nothing has changed on the server');
    },

    'forgets a password when asked to, and takes it again': async ({ inbox, mailbox, page }) => {
      const ada = await mailbox(LETTERS());
      await inbox.signIn(ada);
      await open(inbox, 'pop3-account-dialog', ada.user);
      await inbox.click('.sign-out');
      await inbox.wait('signed out', () => {
        const { statuses } = document.querySelector('pop3-app').store.state;
        return Object.values(statuses).every(({ kind }) => kind === 'signed-out');
      });
      await inbox.press('Escape');
      await inbox.click('.bar.signed-out button');
      await inbox.see('.sign-in-dialog #password');
      assert.deepEqual(
        await page.$eval('.sign-in-dialog #user', ({ value, readOnly }) => [value, readOnly]),
        [ada.user, true],
      );
      await enterPassword(inbox, 'wrong');
      await inbox.read('The user name or password is not right');
      await inbox.wait('the password selected', () => document.activeElement.id === 'password');
      await enterPassword(inbox, ada.password);
      await gone(inbox, 'pop3-sign-in-dialog');
      await inbox.filled();
      assert.deepEqual(await inbox.subjects(), ['Two', 'One']);
    },

    'shows how far a fetch is, and stops it': async ({ bed, inbox, mailbox }) => {
      const ada = await mailbox(LETTERS());
      await inbox.signIn(ada);
      const body = `${'x'.repeat(76)}\r\n`.repeat((3 * MEGABYTE) / 78);
      const large = (number) => letter(`Large ${number}`, { minutes: number, body });
      await bed.deliver(
        ada.user,
        Array.from({ length: 12 }, (_, index) => large(index + 1)),
      );
      await inbox.page.evaluate(() => void document.querySelector('pop3-app').store.fetch());
      await inbox.see('pop3-status-bar >>> progress');
      await inbox.click('pop3-status-bar >>> .stop');
      await inbox.wait('the end of the fetch', () => {
        const { statuses } = document.querySelector('pop3-app').store.state;
        return Object.values(statuses).every(({ kind }) => kind === 'idle');
      });
      const stored = (await inbox.subjects()).length;
      assert.ok(stored < 14, `${stored} rows`);
      await inbox.fetch();
      const subjects = await inbox.subjects();
      assert.equal(new Set(subjects).size, subjects.length, 'nothing comes twice');
      const { lastFetch } = await account(inbox, ada.user);
      assert.ok(lastFetch > Date.now() - 60_000);
      await inbox.read('Last fetched:');
    },

    'does TLS itself, with a server that was looked at once, and with no other': async ({
      inbox,
      mailbox,
      page,
    }) => {
      const ada = await mailbox(LETTERS());
      await page.select('#server', 'either');
      const modes = await page.$$eval('[name="mode"]', (all) =>
        all.map(({ value, checked }) => [value, checked]),
      );
      assert.deepEqual(modes, [
        ['end-to-end', true],
        ['proxy', false],
      ]);

      await inbox.tryToSignIn(ada, 'end-to-end');
      await inbox.read('Do you know this mail server?');
      const fingerprint = await inbox.see('pop3-first-use >>> code');
      assert.match(fingerprint, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
      await inbox.click('pop3-first-use >>> .refuse');
      assert.equal(await account(inbox, ada.user), undefined);
      await inbox.tryToSignIn(ada, 'end-to-end');
      await inbox.click('pop3-first-use >>> .accept');
      await inbox.filled();
      assert.deepEqual(await inbox.subjects(), ['Two', 'One']);
      const { hop, id } = await account(inbox, ada.user);
      assert.equal(hop.pin, fingerprint.replaceAll(':', '').toLowerCase());

      await open(inbox, 'pop3-lock-dialog', ada.user);
      await inbox.read('Only this browser and the mail server can read this mail');
      await inbox.read(fingerprint);
      const words = await inbox.see('pop3-lock-dialog >>> dialog');
      assert.match(words, /TLSv1\.[23], \w+/);
      const day = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone: 'UTC' });
      const list = `Mozilla’s list of authorities of ${day.format(new Date(roots.date))}`;
      assert.ok(words.includes(list), words);
      await inbox.press('Escape');

      // As if the server had been another one when it was trusted.
      await page.evaluate(
        (account, pin) => {
          const { store } = document.querySelector('pop3-app');
          const { hop } = store.state.accounts[0];
          return store.accounts.update(account, { hop: { ...hop, pin } });
        },
        id,
        'ab'.repeat(32),
      );
      await inbox.fetch();
      await inbox.see('.bar.failure');
      await inbox.read('The mail server shows another certificate than before');
      await open(inbox, 'pop3-lock-dialog', ada.user);
      await inbox.read('another certificate than the one you trusted');
      await inbox.read('AB:AB:AB');
      await inbox.click('pop3-lock-dialog >>> .accept');
      await inbox.wait('the server trusted again', () => {
        const { statuses } = document.querySelector('pop3-app').store.state;
        return Object.values(statuses).every(({ kind, failure }) => kind === 'idle' && !failure);
      });
    },

    'trusts no server that goes by another name': async ({ inbox, mailbox, page }) => {
      const ada = await mailbox(LETTERS());
      await inbox.tryToSignIn(ada, 'end-to-end-expired');
      await inbox.see('.panel-error');
      assert.equal(await page.$('pop3-first-use >>> dialog'), null);
      assert.equal(await account(inbox, ada.user), undefined);
    },
  },
  { expected: NETWORK_COMPLAINT },
);

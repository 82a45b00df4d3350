/** Bad input: each failure has its own sentence, and nothing that is shown is lost. */
import assert from 'node:assert/strict';
import { Inbox, NETWORK_COMPLAINT, inBrowsers } from './inbox.js';
import { letter } from './mail.js';

const LETTERS = () => [
  letter('One', { minutes: 30 }),
  letter('Two', { minutes: 20 }),
  letter('Three', { minutes: 10 }),
];

const NOBODY = { user: 'nobody', password: 'not the password' };

/** By server of the test bed: what the page has to say, and a word of what to do. */
const REFUSALS = {
  'bad-certificate': ['certificate is not to be trusted', 'Your password was not sent'],
  'wrong-name': ['certificate is not to be trusted', 'Your password was not sent'],
  'expired': ['certificate is not to be trusted', 'Your password was not sent'],
  'floods': ['sent more than this page accepts', 'protects your browser'],
  'unknown-host': ['name was not found', 'tell whoever runs this page'],
  'refused': ['refuses connections', 'Try again later'],
  'no-stls': ['does not offer encryption', 'your password was not sent'],
};

/** Deletes a message in a second tab, as somebody else would, and comes back to the first. */
async function deleteElsewhere(subject, account, inbox) {
  const other = await Inbox.open(inbox.page.browser(), inbox.url);
  try {
    await other.signIn(account);
    await other.mark(subject);
    await other.signOut();
    await other.read('1 message deleted from the server.');
  } finally {
    await other.close();
  }
  await inbox.page.bringToFront();
}

/** Tells whether the alert of the sign-in form shows, and nothing is signed in. */
async function refused(inbox, title, advice) {
  await inbox.read(title);
  const alert = await inbox.see('[role="alert"] .panel-error');
  assert.ok(alert.includes(advice), alert);
  assert.equal(await inbox.page.$('pop3-message-list'), null);
}

const refusals = Object.fromEntries(
  Object.entries(REFUSALS).map(([server, [title, advice]]) => [
    `says why ${server} cannot be used`,
    async ({ inbox }) => {
      await inbox.tryToSignIn(NOBODY, server);
      await refused(inbox, title, advice);
    },
  ]),
);

inBrowsers(refusals);

inBrowsers(
  {
    'says that the password is wrong, and lets it be corrected': async ({ inbox, mailbox }) => {
      const account = await mailbox(LETTERS());
      await inbox.tryToSignIn({ ...account, password: 'wrong' });
      await refused(inbox, 'The user name or password is not right', 'Check both');
      const focused = await inbox.page.evaluate(() => document.activeElement.id);
      assert.equal(focused, 'password');
      await inbox.signIn(account);
      assert.deepEqual(await inbox.subjects(), ['Three', 'Two', 'One']);
    },

    'gives up a sign-in when asked to': async ({ inbox, mailbox }) => {
      const account = await mailbox(LETTERS());
      await inbox.tryToSignIn(account, 'silent');
      await inbox.read('Connecting…');
      await inbox.click('.sign-in-cancel');
      await inbox.wait('the form', () => document.querySelector('.sign-in-cancel') === null);
      await inbox.signIn(account);
      assert.deepEqual(await inbox.subjects(), ['Three', 'Two', 'One']);
    },

    'keeps the list when the server hangs up in mid-message': async ({ inbox }) => {
      await inbox.signIn({ user: 'anybody', password: 'anything' }, 'drops');
      const before = await inbox.rows();
      assert.equal(before.length, 3);
      await inbox.click('[role="row"]');
      await inbox.read('The connection to the mail server was lost');
      await inbox.see('.failure button');
      const after = await inbox.rows();
      assert.deepEqual(
        after.map(({ subject, size }) => [subject, size]),
        before.map(({ subject, size }) => [subject, size]),
      );
      // The next attempt makes a session of its own, and says so.
      await inbox.click('.failure button');
      await inbox.read('you are signed in again');
      await inbox.read('The connection to the mail server was lost');
      await inbox.signOut();
      await inbox.read('You are signed out.');
    },

    'survives a dead proxy, and goes on when it is back': async ({ bed, inbox, mailbox }) => {
      await inbox.signIn(await mailbox(LETTERS()));
      await inbox.openMessage('Three');
      await bed.stopProxy();
      try {
        await inbox.choose('Two');
        await inbox.read('The proxy of this page cannot be reached');
        assert.deepEqual(await inbox.subjects(), ['Three', 'Two', 'One']);
        // What was read needs no server.
        await inbox.openMessage('Three');
        await inbox.click('.check');
        await inbox.see('.bar.failure');
        assert.deepEqual(await inbox.subjects(), ['Three', 'Two', 'One']);
      } finally {
        await bed.startProxy();
      }
      await inbox.click('.bar.failure .actions button');
      await inbox.read('No new mail.');
      await inbox.openMessage('Two');
      await inbox.read('This is Two.');
    },

    'makes a lost session good by itself, once, and says so': async ({ bed, inbox, mailbox }) => {
      await inbox.signIn(await mailbox(LETTERS()));
      await bed.stopProxy();
      await bed.startProxy();
      await inbox.openMessage('Two');
      await inbox.read('The connection had been lost; you are signed in again.');
    },

    'says which deletions did not happen, and lets them be tried again': async (given) => {
      const { bed, inbox, mailbox } = given;
      const account = await mailbox(LETTERS());
      await inbox.signIn(account);
      await inbox.mark('Two');
      await bed.stopProxy();
      try {
        await inbox.signOut();
        await inbox.read('Not everything could be deleted');
        await inbox.read('This message is still on the server:');
        assert.match(await inbox.see('pop3-sign-out-dialog >>> ul'), /^Two$/);
      } finally {
        await bed.startProxy();
      }
      assert.equal(await bed.count(account.user), 3);
      await inbox.click('.again');
      await inbox.read('1 message deleted from the server.');
      assert.equal(await bed.count(account.user), 2);
    },

    'signs out without deleting when asked to': async ({ bed, inbox, mailbox }) => {
      const account = await mailbox(LETTERS());
      await inbox.signIn(account);
      await inbox.mark('Two');
      await bed.stopProxy();
      try {
        await inbox.signOut();
        await inbox.see('.leave');
        await inbox.click('.leave');
        await inbox.read('1 message marked for deletion was left on the server.');
      } finally {
        await bed.startProxy();
      }
      assert.equal(await bed.count(account.user), 3);
    },

    'deletes by uid when the numbers have moved': async ({ bed, inbox, mailbox }) => {
      const account = await mailbox(LETTERS());
      await inbox.signIn(account);
      await inbox.mark('Two');
      // The session is lost, and meanwhile somebody else deletes what was message 1.
      await bed.stopProxy();
      await bed.startProxy();
      await deleteElsewhere('One', account, inbox);
      await inbox.signOut();
      await inbox.read('1 message deleted from the server.');
      assert.equal(await bed.count(account.user), 1);
      await inbox.signIn(account);
      assert.deepEqual(await inbox.subjects(), ['Three']);
    },

    'tells when a message was deleted by somebody else': async ({ inbox, mailbox }) => {
      const account = await mailbox(LETTERS());
      await inbox.signIn(account);
      await inbox.openMessage('Three');
      await deleteElsewhere('Three', account, inbox);
      await inbox.click('.check');
      await inbox.read('1 message is no longer on the server.');
      await inbox.read('What you see is this tab’s copy.');
      await inbox.read('This is Three.');
      assert.deepEqual(await inbox.subjects(), ['Two', 'One']);
    },

    'says that the list of servers could not be loaded': async ({ bed, inbox, page }) => {
      await page.setRequestInterception(true);
      let broken = true;
      page.on('request', (request) => {
        if (!request.url().endsWith('/servers.json') || !broken) return request.continue();
        return request.respond({ status: 502, body: 'bad gateway' });
      });
      await page.goto(bed.page, { waitUntil: 'load' });
      await inbox.read('The list of mail servers could not be loaded');
      broken = false;
      await inbox.click('.panel-error button');
      await inbox.see('#user');
    },
  },
  { expected: NETWORK_COMPLAINT },
);

/** Why an account cannot be added: each failure has its own sentence, and can be made good. */
import assert from 'node:assert/strict';
import { NETWORK_COMPLAINT, inBrowsers } from './inbox.js';
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

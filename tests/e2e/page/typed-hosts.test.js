/** A proxy that knows no servers: people type theirs, once they have shown that they may. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, launch } from '../lib/browsers.js';
import { startTestbed } from '../lib/testbed.js';
import { Inbox } from './inbox.js';
import { letter } from './mail.js';

let bed;
before(async () => {
  bed = await startTestbed();
});
after(() => bed?.stop());

for (const name of BROWSERS) {
  describe(name, () => {
    let browser;
    before(async () => {
      browser = await launch(name);
    });
    after(() => browser?.close());

    async function opened(work) {
      const inbox = await Inbox.open(browser, bed.typed.page);
      try {
        await work(inbox);
        // What was typed wrong, and what the server then closed, the browser reports itself.
        const complaints = inbox.complaints.filter((text) => !/WebSocket/.test(text));
        assert.deepEqual(complaints, []);
      } finally {
        await inbox.close();
      }
    }

    async function mailbox(title) {
      const account = await bed.mailbox(`typed-${title}-${name}`);
      await bed.deliver(account.user, [letter('From afar', { minutes: 5 })]);
      return account;
    }

    const typeInto = async ({ page }, selector, text) => {
      await page.$eval(selector, (input) => (input.value = ''));
      await page.type(selector, text);
    };

    for (const port of ['995', '110']) {
      test(`reads mail of a host that was typed, port ${port}`, { timeout: 180_000 }, () =>
        opened(async (inbox) => {
          const account = await mailbox(port);
          await inbox.see('#host');
          assert.equal(await inbox.page.$('#server'), null, 'no list of none');
          await typeInto(inbox, '#host', 'no such host');
          await inbox.tryToSignIn(account);
          await inbox.read('That is no full name of a server.');
          assert.equal(await focused(inbox), 'host');
          await typeInto(inbox, '#host', bed.typed.host);
          await inbox.page.select('#port', port);
          assert.equal(await inbox.page.$('#token'), null, 'not asked before the proxy has');
          await inbox.page.click('.sign-in-submit');
          await inbox.read('The proxy of this page does not know you');
          await inbox.see('#token');
          // A wrong one is asked for again, and the rest need not be typed again.
          await typeInto(inbox, '#token', 'guessed');
          await inbox.page.click('.sign-in-submit');
          await inbox.wait('the focus on the token', () => {
            return document.activeElement?.id === 'token' && !document.querySelector('.spinner');
          });
          await typeInto(inbox, '#token', bed.typed.token);
          await inbox.page.click('.sign-in-submit');
          await inbox.filled();
          const rows = await inbox.rows();
          assert.deepEqual(
            rows.map(({ subject }) => subject),
            ['From afar'],
          );
        }),
      );
    }

    test('says so of a host that there is not', { timeout: 180_000 }, () =>
      opened(async (inbox) => {
        await inbox.see('#host');
        await typeInto(inbox, '#host', 'nowhere.example.org');
        await inbox.tryToSignIn({ user: 'somebody', password: 'something' });
        await inbox.see('#token');
        await typeInto(inbox, '#token', bed.typed.token);
        await inbox.page.click('.sign-in-submit');
        await inbox.read('The mail server’s name was not found');
      }),
    );
  });
}

function focused({ page }) {
  return page.evaluate(() => document.activeElement?.id);
}

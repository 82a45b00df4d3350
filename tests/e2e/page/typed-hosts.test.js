/** A proxy that knows no servers: people type theirs, once they have shown that they may. */
import assert from 'node:assert/strict';
import { inBrowsers } from './inbox.js';
import { letter } from './mail.js';

const typeInto = async ({ page }, selector, text) => {
  await page.$eval(selector, (input) => (input.value = ''));
  await page.type(selector, text);
};

const focused = ({ page }) => page.evaluate(() => document.activeElement?.id);

/** Reads mail of the host that is typed, by this port. */
const readsBy =
  (port) =>
  async ({ bed, inbox, mailbox }) => {
    const account = await mailbox([letter('From afar', { minutes: 5 })]);
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
  };

inBrowsers(
  {
    'reads mail of a host that was typed, port 995': readsBy('995'),
    'reads mail of a host that was typed, port 110': readsBy('110'),

    'says so of a host that there is not': async ({ bed, inbox }) => {
      await inbox.see('#host');
      await typeInto(inbox, '#host', 'nowhere.example.org');
      await inbox.tryToSignIn({ user: 'somebody', password: 'something' });
      await inbox.see('#token');
      await typeInto(inbox, '#token', bed.typed.token);
      await inbox.page.click('.sign-in-submit');
      await inbox.read('The mail server’s name was not found');
    },
  },
  // That the proxy has closed a WebSocket, the browser reports itself.
  { expected: /WebSocket/, where: ({ typed }) => typed.page },
);

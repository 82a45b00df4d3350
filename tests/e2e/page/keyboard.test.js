/** The whole job without a pointer. */
import assert from 'node:assert/strict';
import { inBrowsers } from './inbox.js';
import { letter, newsletter } from './mail.js';

const MAIL = () => [
  letter('Alpha', { minutes: 50 }),
  letter('Beta', { minutes: 40 }),
  newsletter('Gamma', { minutes: 30 }),
  letter('Delta', { minutes: 20 }),
  letter('Epsilon', { minutes: 10 }),
];

async function chord(inbox, modifier, key) {
  await inbox.page.keyboard.down(modifier);
  await inbox.press(key);
  await inbox.page.keyboard.up(modifier);
}

const selected = async (inbox) =>
  (await inbox.rows()).filter((row) => row.selected).map(({ subject }) => subject);

/** Waits until just these are selected. */
async function selects(inbox, ...subjects) {
  let last;
  for (let tries = 0; tries < 100; tries += 1) {
    last = await selected(inbox);
    if (last.join() === subjects.join()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.deepEqual(last, subjects);
}

const headingFocused = () =>
  document.querySelector('pop3-reader')?.shadowRoot?.activeElement?.localName === 'h1';

inBrowsers({
  'does the whole job from the keyboard': async ({ bed, inbox, mailbox, page }) => {
    const account = await mailbox(MAIL());
    await page.select('#server', 'implicit');
    await page.focus('#user');
    await page.keyboard.type(account.user);
    await inbox.press('Tab');
    await page.keyboard.type(account.password);
    await inbox.press('Enter');
    await inbox.filled();
    await inbox.focus('Epsilon');

    // In the list.
    await inbox.press('j', 'ArrowDown');
    await inbox.focused('Gamma');
    await inbox.press('End');
    await inbox.focused('Alpha');
    await inbox.press('j');
    await inbox.focused('Alpha');
    await inbox.press('Home', 'ArrowUp');
    await inbox.focused('Epsilon');
    await inbox.press('PageDown');
    await inbox.focused('Alpha');
    await inbox.press('PageUp');
    await inbox.focused('Epsilon');

    // Selecting.
    await inbox.press('j', 'x');
    await selects(inbox, 'Delta');
    await inbox.press('J');
    await selects(inbox, 'Delta', 'Gamma');
    await chord(inbox, 'Shift', 'ArrowDown');
    await selects(inbox, 'Delta', 'Gamma', 'Beta');
    await inbox.press('*', 'n');
    await selects(inbox);
    await inbox.press('*', 'a');
    await selects(inbox, 'Epsilon', 'Delta', 'Gamma', 'Beta', 'Alpha');
    await inbox.press('Escape');
    await selects(inbox);
    await inbox.press(' ');
    await selects(inbox, 'Beta');
    await inbox.press('x');

    // Reading, and what is read.
    await inbox.press('Home', 'j', 'Enter');
    await inbox.shown('Delta');
    await inbox.wait('the focus in the message', headingFocused);
    await inbox.press('j');
    await inbox.shown('Gamma');
    await inbox.press('k', 'k');
    await inbox.shown('Epsilon');
    await inbox.press('u');
    await inbox.focused('Epsilon');
    await inbox.press('o');
    await inbox.shown('Epsilon');
    await inbox.press('Escape');
    await inbox.focused('Epsilon');
    await inbox.row('Gamma', ({ unread }) => !unread);
    await inbox.press('U');
    await inbox.row('Epsilon', ({ unread }) => unread);
    await inbox.press('*', 'u');
    await selects(inbox, 'Epsilon', 'Beta', 'Alpha');
    await inbox.press('I');
    await inbox.wait('nothing unread', () => !document.title.startsWith('('));
    await inbox.press('*', 'n', 's');
    await inbox.row('Epsilon', ({ starred }) => starred);
    await inbox.press('s');
    await inbox.row('Epsilon', ({ starred }) => !starred);

    // Putting away, and taking that back.
    await inbox.press('e');
    await inbox.lists('Delta', 'Gamma', 'Beta', 'Alpha');
    await inbox.focused('Delta');
    await inbox.press('j', '#');
    await inbox.focused('Beta');
    await inbox.press('Delete');
    await inbox.lists('Delta', 'Alpha');
    await inbox.focused('Alpha');
    await chord(inbox, 'Control', 'z');
    await inbox.focused('Beta');
    await chord(inbox, 'Control', 'z');
    await inbox.focused('Gamma');
    await chord(inbox, 'Control', 'z');
    await inbox.focused('Epsilon');
    await inbox.lists('Epsilon', 'Delta', 'Gamma', 'Beta', 'Alpha');

    // Searching, and back to the inbox.
    await inbox.press('/');
    await page.keyboard.type('subject:gamma #');
    await inbox.press('Backspace', 'Backspace', 'Enter');
    await inbox.lists('Gamma');
    await inbox.focused('Gamma');
    await inbox.press('g', 'i');
    await inbox.lists('Epsilon', 'Delta', 'Gamma', 'Beta', 'Alpha');

    // Getting mail.
    await bed.deliver(account.user, [letter('Zeta', { minutes: 1 })]);
    await inbox.press('r');
    await inbox.row('Zeta');

    // The help, in which no key means a message.
    const helpOpen = () =>
      document.querySelector('pop3-help-dialog')?.shadowRoot.querySelector('dialog')?.open === true;
    await inbox.press('?');
    await inbox.wait('the help', helpOpen);
    await inbox.press('#', 'Escape');
    await inbox.wait('the help gone', () => {
      return !document.querySelector('pop3-help-dialog').shadowRoot.querySelector('dialog').open;
    });
    assert.equal((await inbox.rows()).length, 6);
  },

  'lets single keys be turned off': async ({ inbox, mailbox }) => {
    await inbox.signIn(await mailbox(MAIL()));
    await inbox.focus('Epsilon');
    await inbox.press('?');
    const box = await inbox.page.waitForSelector('>>> pop3-help-dialog >>> input[type="checkbox"]');
    await box.focus();
    await inbox.press(' ');
    await inbox.wait('the setting', () => {
      return !document.querySelector('pop3-app').store.state.settings.shortcuts;
    });
    await inbox.press('Escape');
    await inbox.focus('Epsilon');
    await inbox.press('j', 'e', '#', 'x', 's', '/', 'Enter');
    await inbox.shown('Epsilon');
    await inbox.press('Escape');
    await inbox.focused('Epsilon');
    const rows = await inbox.rows();
    assert.equal(rows.length, 5);
    assert.ok(!rows.some(({ selected: is, starred }) => is || starred));
    // Delete and Ctrl-Z are no characters.
    await inbox.press('Delete');
    await inbox.focused('Delta');
    await chord(inbox, 'Control', 'z');
    await inbox.focused('Epsilon');
  },

  'moves between the views of a message with the arrow keys': async ({ inbox, mailbox, page }) => {
    await inbox.signIn(await mailbox(MAIL()));
    await inbox.openMessage('Gamma');
    const tab = await page.waitForSelector('>>> #tab-html');
    await tab.focus();
    for (const view of ['text', 'headers', 'source', 'html', 'text']) {
      await inbox.press('ArrowRight');
      await inbox.see(`#tab-${view}[aria-selected="true"][tabindex="0"]`);
    }
    await inbox.press('ArrowLeft');
    await inbox.see('#tab-html[aria-selected="true"]');
    // Keys are heard inside the frame of a formatted message too.
    const frame = await page.waitForSelector('>>> iframe');
    await frame.click();
    await inbox.press('j');
    await inbox.shown('Beta');
  },

  'leaves keys alone on buttons that are not about messages': async ({ inbox, mailbox, page }) => {
    await inbox.signIn(await mailbox(MAIL()));
    const button = await page.waitForSelector('>>> .fetch');
    await button.focus();
    await inbox.press('Delete', '#', 'j', 'o', 'x', 'e');
    await inbox.press('?');
    await inbox.see('pop3-help-dialog >>> dialog[open] h2');
    await inbox.press('Escape');
    const rows = await inbox.rows();
    assert.equal(rows.length, 5);
    assert.ok(!rows.some(({ selected: is }) => is));
    assert.equal(
      await page.evaluate(() => document.querySelector('pop3-app').store.reading.state.id),
      undefined,
    );
  },

  'goes back in the history to where the message was opened': async ({ inbox, mailbox, page }) => {
    await inbox.signIn(await mailbox(MAIL()));
    await inbox.openMessage('Gamma');
    assert.equal(await page.evaluate(() => history.state?.reading), true);
    await inbox.press('u');
    await inbox.wait('the history to follow', () => history.state?.reading !== true);
    // Closed and at once opened again: the history catches up with what is open.
    await inbox.press('o');
    await inbox.shown('Gamma');
    await inbox.press('u', 'o');
    await inbox.shown('Gamma');
    await inbox.wait('the history to follow', () => history.state?.reading === true);
    await page.evaluate(() => history.back());
    await inbox.wait('the message closed', () => {
      return document.querySelector('pop3-app').store.reading.state.id === undefined;
    });
  },
});

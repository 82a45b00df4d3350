/** The whole job without a pointer. */
import assert from 'node:assert/strict';
import { inBrowsers } from './inbox.js';
import { letter, newsletter } from './mail.js';

const MAIL = () => [
  letter('Alpha', { minutes: 40 }),
  letter('Beta', { minutes: 30 }),
  newsletter('Gamma', { minutes: 20 }),
  letter('Delta', { minutes: 10 }),
];

/** The subject of the row that has the focus. */
async function focused(inbox) {
  return (await inbox.rows()).find((row) => row.focused)?.subject;
}

async function focusOn(inbox, subject) {
  await inbox.wait(
    `the focus on ${subject}`,
    (wanted) => {
      const row = document.querySelector('pop3-message-list')?.shadowRoot.activeElement;
      return row?.querySelector('.subject')?.textContent.trim() === wanted;
    },
    subject,
  );
}

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
    await focusOn(inbox, 'Delta');

    await inbox.press('j', 'ArrowDown');
    await focusOn(inbox, 'Beta');
    await inbox.press('End');
    await focusOn(inbox, 'Alpha');
    await inbox.press('j');
    assert.equal(await focused(inbox), 'Alpha', 'the end is the end');
    await inbox.press('Home', 'ArrowUp');
    assert.equal(await focused(inbox), 'Delta');

    await inbox.press('j', 'Enter');
    await inbox.shown('Gamma');
    await inbox.wait('the focus in the message', () => {
      return document.querySelector('pop3-reader').shadowRoot.activeElement?.localName === 'h1';
    });
    await inbox.press('k');
    await inbox.shown('Delta');
    await inbox.press('u');
    await focusOn(inbox, 'Delta');
    await inbox.press('o');
    await inbox.shown('Delta');
    await inbox.press('Escape');
    await focusOn(inbox, 'Delta');

    await inbox.press('#');
    await focusOn(inbox, 'Gamma');
    await inbox.press('Delete');
    await focusOn(inbox, 'Beta');
    await page.keyboard.down('Control');
    await inbox.press('z');
    await page.keyboard.up('Control');
    await focusOn(inbox, 'Gamma');
    const marks = (await inbox.rows()).filter(({ marked }) => marked);
    assert.deepEqual(
      marks.map(({ subject }) => subject),
      ['Delta'],
    );

    await inbox.press('?');
    await inbox.wait('the help', () => {
      return document.querySelector('pop3-help-dialog').shadowRoot.querySelector('dialog').open;
    });
    await inbox.press('#', 'Escape');
    await inbox.wait('the help gone', () => {
      return !document.querySelector('pop3-help-dialog').shadowRoot.querySelector('dialog').open;
    });
    await inbox.read('1 message will be deleted when you sign out.');

    await bed.deliver(account.user, [letter('Epsilon', { minutes: 1 })]);
    await inbox.press('r');
    await inbox.read('1 new message.');
    await inbox.filled();
    await focusOn(inbox, 'Gamma');

    // Back through the page to the button that signs out.
    const onSignOut = () =>
      page.evaluate(() => {
        const bar = document.querySelector('pop3-top-bar').shadowRoot;
        return bar.activeElement?.classList.contains('sign-out') === true;
      });
    for (let presses = 0; presses < 10 && !(await onSignOut()); presses += 1) {
      await page.keyboard.down('Shift');
      await inbox.press('Tab');
      await page.keyboard.up('Shift');
    }
    assert.ok(await onSignOut(), 'Shift+Tab reaches the button');
    await inbox.press('Enter');
    await inbox.read('1 message deleted from the server.');
    assert.equal(await bed.count(account.user), 4);
  },

  'moves between the views of a message with the arrow keys': async ({ inbox, mailbox }) => {
    await inbox.signIn(await mailbox(MAIL()));
    await inbox.openMessage('Gamma');
    const tab = await inbox.page.waitForSelector('>>> #tab-html');
    await tab.focus();
    for (const view of ['text', 'headers', 'source', 'html', 'text']) {
      await inbox.press('ArrowRight');
      await inbox.see(`#tab-${view}[aria-selected="true"][tabindex="0"]`);
    }
    await inbox.press('ArrowLeft');
    await inbox.see('#tab-html[aria-selected="true"]');
  },

  'hears keys that are pressed inside a formatted message': async ({ inbox, mailbox, page }) => {
    await inbox.signIn(await mailbox(MAIL()));
    await inbox.openMessage('Gamma');
    await inbox.inFrame((body) => body.childElementCount);
    const frame = await page.waitForSelector('>>> iframe');
    await frame.click();
    await inbox.press('j');
    await inbox.shown('Beta');
  },

  'leaves keys alone on buttons that are not about messages': async ({ inbox, mailbox, page }) => {
    await inbox.signIn(await mailbox(MAIL()));
    const button = await page.waitForSelector('>>> .sign-out');
    await button.focus();
    await inbox.press('Delete', '#', 'j', 'o', 'r');
    // The help comes from anywhere, and after the other keys.
    await inbox.press('?');
    await inbox.see('pop3-help-dialog >>> dialog[open] h2');
    await inbox.press('Escape');
    assert.ok((await inbox.rows()).every(({ marked }) => !marked));
    const did = await page.evaluate(() => {
      const { open, checking, rows, active } = document.querySelector('pop3-app').store.state;
      return { opened: open !== undefined, checking, moved: rows[0].key !== active };
    });
    assert.deepEqual(did, { opened: false, checking: false, moved: false });
  },

  'goes back in the history to where the message was opened': async ({ inbox, mailbox, page }) => {
    await inbox.signIn(await mailbox(MAIL()));
    const reading = () => page.evaluate(() => history.state?.reading === true);
    await inbox.openMessage('Gamma');
    assert.equal(await reading(), true);
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
      return document.querySelector('pop3-reader').open === undefined;
    });
  },

  'offers to stop a sign-out that takes long': async ({ inbox, mailbox, page }) => {
    await inbox.signIn(await mailbox(MAIL()));
    // A dialog of its own, which no server can answer.
    await page.evaluate(() => {
      globalThis.stops = 0;
      const dialog = document.createElement('pop3-sign-out-dialog');
      dialog.id = 'slow';
      dialog.store = { stopWaiting: () => (globalThis.stops += 1) };
      dialog.state = { ...document.querySelector('pop3-app').store.state, phase: 'signing-out' };
      document.body.append(dialog);
    });
    await inbox.see('#slow >>> .spinner');
    assert.equal(await page.$('#slow >>> .stop'), null);
    await inbox.wait('the button', () => {
      const stop = document.querySelector('#slow').shadowRoot.querySelector('.stop');
      stop?.click();
      return stop !== null;
    });
    assert.equal(await page.evaluate(() => globalThis.stops), 1);
  },

  'leaves keys alone in fields, and when they are turned off': async ({ inbox, mailbox, page }) => {
    const account = await mailbox(MAIL());
    await page.focus('#user');
    await page.keyboard.type('j#?u');
    assert.equal(await page.$eval('#user', ({ value }) => value), 'j#?u');
    await inbox.signIn(account);
    await inbox.press('?');
    await inbox.click('pop3-help-dialog >>> input');
    await inbox.press('Escape');
    await inbox.click('[role="row"]');
    await inbox.shown('Delta');
    await inbox.press('#');
    await inbox.press('j');
    // Ctrl-Z is no single key: it still works, and has nothing to undo.
    assert.deepEqual(
      (await inbox.rows()).filter(({ marked }) => marked),
      [],
    );
    await inbox.shown('Delta');
  },
});

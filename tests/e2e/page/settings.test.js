/** Settings: how the page looks, what keeps the mail, mail from files and to a file. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { NETWORK_COMPLAINT, inBrowsers } from './inbox.js';
import { letter } from './mail.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const PASSPHRASE = 'correct horse battery staple';
const LETTERS = () => [letter('One', { minutes: 30 }), letter('Two', { minutes: 20 })];

async function settings(inbox, section) {
  await inbox.page.evaluate((about) => {
    const detail = { name: 'pop3-settings-dialog', about };
    document.querySelector('pop3-app').dispatchEvent(new CustomEvent('dialog', { detail }));
  }, section);
  await inbox.see(`#tab-${section}[aria-selected="true"]`);
}

async function choose(inbox, id, value) {
  const select = await inbox.page.waitForSelector(`>>> #${id}`);
  await select.evaluate((element, wanted) => {
    element.value = wanted;
    element.dispatchEvent(new Event('change'));
  }, value);
}

async function type(inbox, id, text) {
  const field = await inbox.page.waitForSelector(`>>> #${id}`);
  // In place of what is there.
  await field.evaluate((input) => (input.focus(), input.select()));
  await inbox.page.keyboard.type(text);
}

/** What the page knows, by a function of its state. */
const state = (inbox, ask) =>
  inbox.page.evaluate(`(${ask})(document.querySelector('pop3-app').store.state)`);

/** Waits for the list, and for these subjects in it. */
async function listed(inbox, ...subjects) {
  await inbox.see('pop3-message-list');
  await inbox.lists(...subjects);
}

async function reload(inbox) {
  await inbox.page.reload({ waitUntil: 'load' });
}

async function offences(page) {
  await page.evaluate(await readFile(AXE, 'utf8'));
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target)}`);
  });
}

inBrowsers(
  {
    'changes looks at once, and keeps them': async ({ inbox, mailbox, page }) => {
      await inbox.signIn(await mailbox(LETTERS()));
      await settings(inbox, 'general');
      await choose(inbox, 'theme', 'dark');
      await inbox.wait('the dark', () => document.documentElement.dataset.theme === 'dark');
      await choose(inbox, 'density', 'compact');
      await choose(inbox, 'trash-after', '7');
      await choose(inbox, 'read-after', '-1');
      await inbox.click('#shortcuts');
      await inbox.wait('all of it kept', () => {
        const { settings: set } = document.querySelector('pop3-app').store.state;
        return set.readAfter === -1 && !set.shortcuts;
      });
      await reload(inbox);
      await inbox.see('.bar.signed-out');
      const kept = await state(inbox, ({ settings: set }) => [
        set.theme,
        set.density,
        set.emptyTrashAfter,
        set.readAfter,
        set.shortcuts,
      ]);
      assert.deepEqual(kept, ['dark', 'compact', 7, -1, false]);
      await listed(inbox, 'Two', 'One');
      // By the arrow keys from part to part.
      await settings(inbox, 'general');
      await page.$eval('>>> #tab-general', (tab) => tab.focus());
      await inbox.press('ArrowLeft');
      await inbox.see('#tab-about[aria-selected="true"]');
      await inbox.read('Version');
    },

    'encrypts what is stored, and asks for the passphrase': async ({ inbox, mailbox, page }) => {
      const ada = await mailbox(LETTERS());
      await inbox.signIn(ada);
      await settings(inbox, 'storage');
      await inbox.click('.set-passphrase');
      await type(inbox, 'next', 'short');
      await type(inbox, 'again', 'short');
      await inbox.press('Enter');
      await inbox.read('At least 8 characters');
      await type(inbox, 'next', PASSPHRASE);
      await type(inbox, 'again', PASSPHRASE);
      await inbox.read('Good.');
      await inbox.press('Enter');
      await inbox.read('Done: what is stored is encrypted.');
      await inbox.click('.close');

      // The password is kept from now on.
      await page.evaluate(() => {
        const { store } = document.querySelector('pop3-app');
        return store.accounts.signOut(store.state.accounts[0].id);
      });
      await inbox.click('.bar.signed-out button');
      await inbox.see('.sign-in-dialog #keep');
      await page.type('.sign-in-dialog #password', ada.password);
      await page.click('.sign-in-dialog #keep');
      await page.click('.sign-in-dialog .sign-in-submit');
      await inbox.filled();
      await inbox.wait('the password kept', () => {
        return document.querySelector('pop3-app').store.state.accounts[0]?.passwordKept;
      });

      await reload(inbox);
      await inbox.see('#passphrase');
      for (const theme of ['light', 'dark']) {
        await page.evaluate((wanted) => (document.documentElement.dataset.theme = wanted), theme);
        assert.deepEqual(await offences(page), [], theme);
      }
      await type(inbox, 'passphrase', 'wrong one');
      await inbox.press('Enter');
      await inbox.read('That is not the passphrase');
      await inbox.wait('the field selected', () => {
        const { id, selectionStart, selectionEnd, readOnly } = document.activeElement;
        return id === 'passphrase' && !readOnly && selectionStart === 0 && selectionEnd === 9;
      });
      await inbox.page.keyboard.type(PASSPHRASE);
      await inbox.press('Enter');
      await listed(inbox, 'Two', 'One');
      await inbox.wait('signed in by the kept password', () => {
        const { accounts, statuses } = document.querySelector('pop3-app').store.state;
        return accounts[0]?.passwordKept && statuses[accounts[0].id]?.kind === 'idle';
      });
      await settings(inbox, 'storage');
      await inbox.click('.lock-now');
      await inbox.see('#passphrase');
      await type(inbox, 'passphrase', PASSPHRASE);
      await inbox.press('Enter');
      await listed(inbox, 'Two', 'One');
      await settings(inbox, 'storage');
      await inbox.click('.remove-passphrase');
      await type(inbox, 'current', PASSPHRASE);
      await inbox.press('Enter');
      await inbox.read('no longer encrypted');
      await reload(inbox);
      await listed(inbox, 'Two', 'One');
    },

    'saves all mail as a file, reads it again, and erases everything': async ({
      inbox,
      mailbox,
      page,
      browserName,
    }) => {
      await inbox.signIn(await mailbox(LETTERS()));
      await settings(inbox, 'transfer');
      await inbox.click('.export');
      const name = `mail-${new Date().toISOString().slice(0, 10)}.mbox`;
      const mbox = String(await inbox.downloaded(name));
      assert.match(mbox, /^From /);
      assert.equal(mbox.match(/^Subject: /gm).length, 2);

      const extra = letter('From a file', { minutes: 5 });
      const drop = (files) =>
        page.evaluate((all) => {
          const dataTransfer = new DataTransfer();
          for (const [file, content] of all) dataTransfer.items.add(new File([content], file));
          const section = document
            .querySelector('pop3-settings-dialog')
            .shadowRoot.querySelector('pop3-transfer-section');
          const target = section.shadowRoot.querySelector('.drop');
          target.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
        }, files);
      await drop([
        [name, mbox],
        ['new.eml', extra],
      ]);
      await inbox.read('1 new message, 2 here already.');
      await drop([['picture.png', '\u0089PNG not a message']]);
      await inbox.read('This is not a file of mail');

      await inbox.click('#tab-storage');
      await inbox.see('meter');
      await inbox.click('.persist');
      // Chromium decides by itself; Firefox waits for an answer, which nobody gives here.
      await inbox.read(
        browserName === 'firefox' ? 'Answer the browser’s question' : 'did not agree',
      );
      assert.equal(
        await page.$eval('>>> pop3-erase >>> button', (button) => button.disabled),
        true,
      );
      await type(inbox, 'word', 'Erase');
      await inbox.click('pop3-erase >>> button');
      await inbox.see('#user');
      assert.deepEqual(await state(inbox, ({ accounts }) => accounts), []);
    },

    'tells of new mail on the desktop, once asked to, and out of sight': async ({
      bed,
      inbox,
      mailbox,
      page,
    }) => {
      const ada = await mailbox(LETTERS());
      await inbox.signIn(ada);
      await page.evaluate(() => {
        globalThis.shown = [];
        globalThis.Notification = class {
          static permission = 'denied';
          static requestPermission = async () => this.permission;
          constructor(title, { body }) {
            globalThis.shown.push([title, body]);
          }
        };
      });
      await settings(inbox, 'general');
      await inbox.click('#notifications');
      await inbox.read('The browser does not let this page show notifications');
      assert.equal(await state(inbox, ({ settings: set }) => set.notifications), false);
      await page.evaluate(() => (globalThis.Notification.permission = 'granted'));
      await inbox.click('#notifications');
      await inbox.wait(
        'the setting kept',
        () => document.querySelector('pop3-app').store.state.settings.notifications,
      );
      await inbox.click('.close');

      await bed.deliver(ada.user, [letter('Seen anyway', { minutes: 9 })]);
      await inbox.fetch();
      assert.deepEqual(await page.evaluate(() => globalThis.shown), []);
      await page.evaluate(() => {
        Object.defineProperty(document, 'visibilityState', { value: 'hidden' });
        document.dispatchEvent(new Event('visibilitychange'));
      });
      await bed.deliver(ada.user, [letter('Tea is ready', { minutes: 8 })]);
      await inbox.fetch();
      await inbox.wait('a notification', () => globalThis.shown.length > 0);
      assert.deepEqual(await page.evaluate(() => globalThis.shown), [
        ['Ada Lovelace', 'Tea is ready'],
      ]);
    },
  },
  { expected: NETWORK_COMPLAINT },
);

/** The passphrase: what lies in the browser under it, in all tabs, also when one dies. */
import assert from 'node:assert/strict';
import { until } from '../lib/deadline.js';
import { inBrowsers, PATIENCE } from './inbox.js';
import { letter } from './mail.js';

const SECRET = 'correct horse battery staple';

/** In the page: how many records can be read without a key, and whether words of mail are in any. */
async function lying(word) {
  const asked = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await asked(indexedDB.open('pop3-mail'));
  const found = { sealed: 0, plain: [], legible: false };
  for (const store of ['records', 'rows', 'texts', 'octets']) {
    const records = database.transaction(store).objectStore(store);
    const [keys, values] = await Promise.all([
      asked(records.getAllKeys()),
      asked(records.getAll()),
    ]);
    for (const [index, { iv, octets }] of values.entries()) {
      if (iv) found.sealed += 1;
      else found.plain.push(`${store}/${keys[index]}`);
      found.legible ||= new TextDecoder('latin1').decode(octets).includes(word);
    }
  }
  database.close();
  return { ...found, plain: found.plain.sort() };
}

const setPassphrase = (page, current, next) =>
  page.evaluate(
    async (before, after) => {
      const { vault } = document.querySelector('pop3-app').store;
      return (await vault.setPassphrase(before, after))?.code;
    },
    current,
    next,
  );

const phase = (page) =>
  page.evaluate(() => {
    const { storage, accounts, counts } = document.querySelector('pop3-app').store.state;
    return {
      locked: storage.locked,
      accounts: accounts.length,
      counts: Object.keys(counts.folders),
    };
  });

async function unlock(inbox, passphrase) {
  const field = await inbox.page.waitForSelector('#passphrase', { timeout: PATIENCE });
  await field.evaluate((input) => (input.value = ''));
  await inbox.page.type('#passphrase', passphrase);
  await inbox.page.click('.sign-in-submit');
}

inBrowsers({
  'seals all that is stored, asks for the passphrase, and follows it in every tab': async ({
    inbox,
    mailbox,
    page,
  }) => {
    await inbox.signIn(await mailbox([letter('Treasure map', { body: 'Dig under the oak.' })]));
    assert.equal((await page.evaluate(lying, 'Treasure')).legible, true);
    assert.equal(await setPassphrase(page, null, SECRET), undefined);
    const { legible, plain, sealed } = await page.evaluate(lying, 'Treasure');
    assert.deepEqual([legible, plain], [false, ['records/format', 'records/versions']]);
    assert.ok(sealed >= 4);
    await inbox.drawn();
    await inbox.lists('Treasure map');

    // A tab that is opened beside it has the key at once, and locks with it.
    const other = await inbox.context.newPage();
    await other.goto(inbox.url, { waitUntil: 'load' });
    const told = async () => {
      const { locked, accounts } = await other.evaluate(() => {
        const { state } = document.querySelector('pop3-app').store;
        return { locked: state.storage.locked, accounts: state.accounts.length };
      });
      return !locked && accounts === 1;
    };
    await until(PATIENCE, 'the other tab open', told);
    await page.bringToFront();
    await page.evaluate(() => document.querySelector('pop3-app').store.lock());
    await until(PATIENCE, 'the other tab locked', async () => (await phase(other)).locked);
    assert.deepEqual(await phase(page), { locked: true, accounts: 0, counts: [] });

    await unlock(inbox, 'not the passphrase');
    await inbox.see('.panel-error');
    assert.equal((await phase(page)).locked, true);
    await unlock(inbox, SECRET);
    await inbox.drawn();
    await inbox.lists('Treasure map');
    await until(PATIENCE, 'the other tab unlocked', told);
    await other.close();
    await page.bringToFront();

    // Alone, a tab that is loaded anew asks; and without a passphrase nothing is sealed any more.
    await page.reload();
    await unlock(inbox, SECRET);
    await inbox.drawn();
    await inbox.lists('Treasure map');
    assert.equal(await setPassphrase(page, 'wrong', null), 'wrong-passphrase');
    assert.equal(await setPassphrase(page, SECRET, null), undefined);
    assert.equal((await page.evaluate(lying, 'Treasure')).sealed, 0);
    await page.reload();
    await inbox.drawn();
    await inbox.lists('Treasure map');
  },

  'goes on with what a dying tab had begun to seal': async ({ inbox, mailbox, page }) => {
    const mail = Array.from({ length: 300 }, (_, number) =>
      letter(`Number ${number}`, { minutes: 300 - number, body: 'x'.repeat(2_000) }),
    );
    await inbox.signIn(await mailbox(mail));
    const other = await inbox.context.newPage();
    await other.goto(inbox.url, { waitUntil: 'load' });
    await until(PATIENCE, 'the account in the other tab', () =>
      other.evaluate(() => document.querySelector('pop3-app')?.store.state.accounts.length === 1),
    );
    // It dies as soon as something has been sealed.
    const broken = setPassphrase(other, null, SECRET).catch(() => 'died');
    await inbox.wait('something sealed', async () => {
      const database = await new Promise((resolve) => {
        const request = indexedDB.open('pop3-mail');
        request.onsuccess = () => resolve(request.result);
      });
      const sealed = await new Promise((resolve) => {
        const request = database.transaction('rows').objectStore('rows').getAll();
        request.onsuccess = () => resolve(request.result.some(({ iv }) => iv));
      });
      database.close();
      return sealed;
    });
    await other.close();
    await broken;
    await page.bringToFront();
    await page.reload();
    await unlock(inbox, SECRET);
    await inbox.wait('all of it', () => {
      const { list } = document.querySelector('pop3-message-list') ?? {};
      return list?.complete && list.messages === 300;
    });
    const { legible, plain } = await page.evaluate(lying, 'Number');
    assert.deepEqual([legible, plain], [false, ['records/format', 'records/versions']]);
    await inbox.openMessage('Number 299');
  },
});

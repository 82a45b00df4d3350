/** The page in each of its languages: nothing is left in English, and Arabic runs from right to left. */
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { NETWORK_COMPLAINT, Inbox, inBrowsers } from './inbox.js';
import { letter } from './mail.js';

const LOCALES = new URL('../../../www/src/locales/', import.meta.url);
const LANGUAGES = ['de', 'fr', 'es', 'ja', 'ar'];

async function catalogue(language) {
  const folder = new URL(`${language}/`, LOCALES);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const parts = await Promise.all(
    files.map(async (name) => JSON.parse(await readFile(new URL(name, folder), 'utf8'))),
  );
  return Object.assign({}, ...parts);
}

/** Texts and labels in sight, through shadow roots; runs in the page. */
function textsInSight() {
  const found = new Set();
  const add = (text) => text?.trim() && found.add(text.replace(/\s+/g, ' ').trim());
  const look = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) look(element.shadowRoot);
      if (['STYLE', 'SCRIPT', 'NOSCRIPT', 'TITLE'].includes(element.tagName)) continue;
      for (const name of ['aria-label', 'title', 'placeholder']) add(element.getAttribute(name));
      for (const node of element.childNodes) {
        if (node.nodeType === Node.TEXT_NODE) add(node.data);
      }
    }
  };
  look(document);
  return [...found];
}

async function dialog(inbox, name, about) {
  await inbox.page.evaluate(
    (wanted, what) => {
      const app = document.querySelector('pop3-app');
      const about = what === 'account' ? app.store.state.accounts[0].id : what;
      app.dispatchEvent(new CustomEvent('dialog', { detail: { name: wanted, about } }));
    },
    name,
    about,
  );
  const root = name === 'pop3-sign-in-dialog' ? `${name} dialog[open]` : `${name} >>> dialog[open]`;
  await inbox.see(root);
  return () => inbox.page.$eval(`>>> ${root}`, (open) => open.close());
}

const VIEWS = [
  ['pop3-settings-dialog', 'general'],
  ['pop3-settings-dialog', 'storage'],
  ['pop3-settings-dialog', 'transfer'],
  ['pop3-account-dialog', 'account'],
  ['pop3-lock-dialog', 'account'],
  ['pop3-sign-in-dialog', ''],
  ['pop3-help-dialog', ''],
];

inBrowsers(
  {
    'speaks each of its languages, and nothing else': async ({ inbox, mailbox, page }) => {
      const english = await catalogue('en');
      await inbox.signIn(await mailbox([letter('One', { minutes: 30 })]));
      await inbox.openMessage('One');
      for (const language of LANGUAGES) {
        const texts = await catalogue(language);
        let close = await dialog(inbox, 'pop3-settings-dialog', 'general');
        await page.$eval(
          '>>> #language',
          (select, value) => {
            select.value = value;
            select.dispatchEvent(new Event('change'));
          },
          language,
        );
        await inbox.wait(
          `the page in ${language}`,
          (wanted) => document.documentElement.lang === wanted,
          language,
        );
        await inbox.read(texts['settings.theme']);
        await inbox.read(texts['list.archive']);
        const direction = await page.evaluate(() => getComputedStyle(document.body).direction);
        assert.equal(direction, language === 'ar' ? 'rtl' : 'ltr');
        await close();

        // What English says in words that this language does not use.
        const foreign = new Set(
          Object.entries(english)
            .filter(([key, text]) => texts[key] !== text && !/[{}]/.test(text))
            .map(([, text]) => text.trim()),
        );
        for (const text of Object.values(texts)) foreign.delete(text.trim());
        for (const [name, about] of VIEWS) {
          close = await dialog(inbox, name, about);
          const left = (await page.evaluate(textsInSight)).filter((text) => foreign.has(text));
          assert.deepEqual(left, [], `${language}, ${name} ${about}`);
          await close();
        }
      }
      // Mirrored, and whole on a narrow screen.
      const sides = await page.evaluate(() =>
        ['pop3-sidebar', 'pop3-message-list', 'pop3-reader-pane'].map(
          (name) => document.querySelector(name).getBoundingClientRect().left,
        ),
      );
      assert.ok(sides[0] > sides[1] && sides[1] > sides[2], `${sides}`);
      await page.setViewport({ width: 320, height: 568 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 320, `${wide} pixels`);
      await page.reload({ waitUntil: 'load' });
      await inbox.wait('Arabic again', () => document.documentElement.dir === 'rtl');
    },

    'begins with the language that the browser prefers': async ({ inbox: other, browserName }) => {
      const inbox = await Inbox.open(other.context.browser(), other.url);
      const { page } = inbox;
      try {
        const prefer = () => {
          Object.defineProperty(Navigator.prototype, 'languages', {
            get: () => ['tlh', 'fr-CA', 'de'],
          });
        };
        await page.evaluateOnNewDocument(prefer);
        await page.reload({ waitUntil: 'load' });
        await inbox.wait('French', () => document.documentElement.lang === 'fr');
        const texts = await catalogue('fr');
        await inbox.read(texts['accounts.firstHeading']);
        assert.equal(await inbox.see('.sign-in-submit'), texts['accounts.submit'], browserName);
      } finally {
        await inbox.close();
      }
    },
  },
  { expected: NETWORK_COMPLAINT },
);

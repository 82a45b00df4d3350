/**
 * Screenshots of each view in target/screenshots, for people to look at: light and dark, wide and
 * narrow, and from right to left.
 */
import assert from 'node:assert/strict';
import { mkdir, stat } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { launch } from '../lib/browsers.js';
import { startTestbed } from '../lib/testbed.js';
import { Inbox } from './inbox.js';
import { MAIL, settled, visit } from './views.js';

const SCREENSHOTS = fileURLToPath(new URL('../../../target/screenshots/', import.meta.url));

const LOOKS = {
  'light-wide': { size: [1280, 800], theme: 'light' },
  'dark-wide': { size: [1280, 800], theme: 'dark' },
  'light-narrow': { size: [375, 700], theme: 'light' },
  'dark-narrow': { size: [375, 700], theme: 'dark' },
  'arabic-wide': { size: [1280, 800], theme: 'light', language: 'ar' },
  'arabic-narrow': { size: [375, 700], theme: 'dark', language: 'ar' },
};

let bed;
let browser;
before(async () => {
  bed = await startTestbed();
  browser = await launch('chromium');
  await mkdir(SCREENSHOTS, { recursive: true });
});
after(async () => {
  await browser?.close();
  await bed?.stop();
});

let accounts = 0;

for (const [name, { size, theme, language }] of Object.entries(LOOKS)) {
  test(name, { timeout: 240_000 }, async () => {
    accounts += 1;
    const account = await bed.mailbox(`look${process.pid}-${accounts}`);
    await bed.deliver(account.user, MAIL());
    const inbox = await Inbox.open(browser, bed.page);
    const { page } = inbox;
    try {
      const [width, height] = size;
      await page.setViewport({ width, height });
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
      let asked = language === undefined;
      const views = [];
      await visit(inbox, account, bed, async (view) => {
        if (!asked && view === 'list') {
          asked = true;
          await page.evaluate(
            (wanted) => document.querySelector('pop3-app').store.saveSettings({ language: wanted }),
            language,
          );
          await inbox.wait(
            'the language',
            (wanted) => document.documentElement.lang === wanted,
            language,
          );
          await inbox.drawn();
        }
        await settled(page);
        const path = `${SCREENSHOTS}${name}-${views.length + 1}-${view}.png`;
        await page.screenshot({ path });
        views.push(path);
      });
      assert.equal(
        await page.evaluate(() => getComputedStyle(document.documentElement).direction),
        language ? 'rtl' : 'ltr',
      );
      for (const path of views) assert.ok((await stat(path)).size > 5_000, path);
    } finally {
      await inbox.close();
    }
  });
}

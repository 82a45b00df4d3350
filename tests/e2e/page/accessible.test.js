/**
 * Every view of the page by axe in both themes, and whole at 200 %, with letters twice as large, and at
 * 320 pixels: 1280 of them at 400 %.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, launch } from '../lib/browsers.js';
import { startTestbed } from '../lib/testbed.js';
import { Inbox, NETWORK_COMPLAINT } from './inbox.js';
import { MAIL, settled, visit } from './views.js';

const THEMES = ['light', 'dark'];
const SIZES = {
  'wide': { width: 1280, height: 800 },
  // 1280 by 800 at 200 %, as a browser's own zoom has it.
  'zoomed': { width: 640, height: 400, deviceScaleFactor: 2 },
  // The letters alone, by the browser's setting for them.
  'large letters': { width: 1280, height: 800, letters: '200%' },
  'narrowest': { width: 320, height: 568 },
};

/** A browser that prefers the theme: Firefox is told before it starts. */
function launchWith(name, theme) {
  if (name !== 'firefox') return launch(name);
  const prefers = THEMES.indexOf(theme) ^ 1;
  return launch(name, {
    extraPrefsFirefox: { 'layout.css.prefers-color-scheme.content-override': prefers },
  });
}

let bed;
let axe;
before(async () => {
  bed = await startTestbed();
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
});
after(() => bed?.stop());

/** What axe has against the page as it stands. */
async function offences(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => {
    // The frame of a message runs no scripts, so axe cannot look into it.
    return globalThis.axe.run(document, {
      iframes: false,
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
  });
  return violations.flatMap(({ id, help, nodes }) => {
    return nodes.map(
      ({ target, failureSummary }) => `${id}: ${help} at ${target}: ${failureSummary}`,
    );
  });
}

/** What sticks out of the window on the right; runs in the page. */
function overflow() {
  const width = document.documentElement.clientWidth;
  const out = [];
  const look = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) look(element.shadowRoot);
      const style = getComputedStyle(element);
      if (style.visibility === 'hidden' || element.closest('.visually-hidden, .words')) continue;
      const { right, width: own } = element.getBoundingClientRect();
      if (own > 0 && right > width + 1 && !clipped(element)) {
        out.push(`${element.localName}.${element.className}`);
      }
    }
  };
  const clipped = (element) => {
    for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
      if (at !== element && getComputedStyle(at).overflowX !== 'visible') return true;
    }
    return false;
  };
  look(document);
  if (document.documentElement.scrollWidth > width) out.push('the whole page');
  return out;
}

let accounts = 0;

for (const name of BROWSERS) {
  for (const theme of THEMES) {
    describe(`${name}, ${theme}`, () => {
      let browser;
      before(async () => {
        browser = await launchWith(name, theme);
      });
      after(() => browser?.close());

      for (const [size, { letters, ...viewport }] of Object.entries(SIZES)) {
        // The colours are the same in every size.
        if (size !== 'wide' && theme === 'dark') continue;
        test(`${size}: every view is accessible and whole`, { timeout: 240_000 }, async () => {
          accounts += 1;
          const account = await bed.mailbox(`axe${process.pid}-${accounts}`);
          await bed.deliver(account.user, MAIL());
          const inbox = await Inbox.open(browser, bed.page);
          const { page } = inbox;
          try {
            await page.setViewport(viewport);
            if (letters) {
              await page.evaluate((size) => {
                document.documentElement.style.fontSize = size;
              }, letters);
            }
            if (name === 'chromium') {
              await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
            }
            const dark = await page.evaluate(
              () => matchMedia('(prefers-color-scheme: dark)').matches,
            );
            assert.equal(dark, theme === 'dark', 'the theme is set');
            const found = {};
            await visit(inbox, account, bed, async (view) => {
              await settled(page);
              const against = [...(await offences(page)), ...(await page.evaluate(overflow))];
              if (against.length > 0) found[view] = against;
            });
            assert.deepEqual(found, {});
            const complaints = inbox.complaints.filter((text) => !NETWORK_COMPLAINT.test(text));
            assert.deepEqual(complaints, []);
          } finally {
            await inbox.close();
          }
        });
      }
    });
  }
}

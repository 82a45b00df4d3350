/**
 * How the page looks: accessible by axe in each view and theme, nothing cut off on a phone, and
 * screenshots in target/screenshots for people to look at.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import puppeteer from 'puppeteer-core';
import { BROWSERS, launch } from '../lib/browsers.js';
import { startTestbed } from '../lib/testbed.js';
import { Inbox } from './inbox.js';
import { letter, newsletter } from './mail.js';

const SCREENSHOTS = fileURLToPath(new URL('../../../target/screenshots/', import.meta.url));
const THEMES = ['light', 'dark'];
const SIZES = { wide: [1280, 800], narrow: [375, 700], narrowest: [320, 568] };

const TALK = [
  'Hello Charles,',
  '',
  'the engine weaves algebraic patterns just as the loom weaves flowers and leaves.',
  'The notes are at https://example.org/notes?page=7, please read them before Friday.',
  '',
  '> When will the cards be ready?',
  '>> And who will punch them?',
  '',
  'Best wishes',
  '-- ',
  'Ada',
].join('\r\n');

const HTML = `<div style="max-width: 36em; margin: auto">
  <h1 style="color: #2a4d8f">Autumn catalogue</h1>
  <p>Brass gears, <b>polished</b>, in every size. <a href="https://shop.example/gears">See all</a></p>
  <p><img src="cid:dot@here" alt="A red dot" width="48" height="48">
     <img src="https://shop.example/banner.png" alt="Banner"></p>
  <table border="1" cellpadding="6"><tr><th>Teeth</th><th>Price</th></tr>
    <tr><td>12</td><td>3 s.</td></tr><tr><td>48</td><td>11 s.</td></tr></table></div>`;

const SENDERS = [
  ['Ada Lovelace <ada@example.org>', 'Notes on the engine'],
  ['Mary Somerville <mary@example.org>', 'Re: Dinner on Thursday'],
  ['=?utf-8?q?Jos=C3=A9_M=C3=BCller?= <jose@example.org>', 'Angebot Nr. 1837'],
  ['billing@example.com', 'Your invoice for the second quarter is ready, and so is your receipt'],
  ['=?utf-8?b?5bGx55Sw6Iqx5a2Q?= <hanako@example.jp>', '=?utf-8?b?5Lya6K2w44Gu6LOH5paZ?='],
];

const MAIL = () => [
  ...Array.from({ length: 30 }, (_, index) => {
    const [from, subject] = SENDERS[index % SENDERS.length];
    return letter(subject, { minutes: 400 * (31 - index), from });
  }),
  letter('The cards', { minutes: 50, body: TALK }),
  newsletter('Autumn catalogue', { minutes: 20, html: HTML, name: 'price list 1837.pdf' }),
];

/** A browser that prefers the theme: Firefox is told before it starts. */
function launchWith(name, theme) {
  if (name !== 'firefox') return launch(name);
  return puppeteer.launch({
    browser: 'firefox',
    headless: true,
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    extraPrefsFirefox: {
      'layout.css.prefers-color-scheme.content-override': THEMES.indexOf(theme) ^ 1,
    },
  });
}

let bed;
let axe;
before(async () => {
  bed = await startTestbed();
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await mkdir(SCREENSHOTS, { recursive: true });
});
after(() => bed?.stop());

/** What axe has against the page as it stands. */
async function offences(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => {
    // The frame of a message runs no scripts, so axe cannot look into it.
    return globalThis.axe.run(document, { iframes: false, resultTypes: ['violations'] });
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
      if (style.visibility === 'hidden' || element.closest('.visually-hidden')) continue;
      const { right, width: own } = element.getBoundingClientRect();
      if (own > 0 && right > width + 1 && !clipped(element)) out.push(element.localName);
    }
  };
  const clipped = (element) => {
    for (let at = element.parentElement; at; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== 'visible') return true;
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

      for (const [size, [width, height]] of Object.entries(SIZES)) {
        test(`${size}: every view is accessible and whole`, { timeout: 180_000 }, async () => {
          accounts += 1;
          const account = await bed.mailbox(`look${process.pid}-${accounts}`);
          await bed.deliver(account.user, MAIL());
          const inbox = await Inbox.open(browser, bed.page);
          const { page } = inbox;
          try {
            await page.setViewport({ width, height });
            if (name === 'chromium') {
              await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
            }
            const dark = await page.evaluate(
              () => matchMedia('(prefers-color-scheme: dark)').matches,
            );
            assert.equal(dark, theme === 'dark', 'the theme is set');
            await visit(inbox, account, async (view) => {
              await settled(page);
              await page.screenshot({ path: `${SCREENSHOTS}${name}-${theme}-${size}-${view}.png` });
              assert.deepEqual(await offences(page), [], view);
              assert.deepEqual(await page.evaluate(overflow), [], view);
            });
            assert.deepEqual(
              inbox.complaints.filter((text) => !/WebSocket|connection/.test(text)),
              [],
            );
          } finally {
            await inbox.close();
          }
        });
      }
    });
  }
}

/** Waits until nothing moves any more, so that axe measures colours and not fades. */
async function settled(page) {
  await page.evaluate(async () => {
    const roots = [document];
    for (const root of roots) {
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) roots.push(element.shadowRoot);
      }
    }
    const moving = roots.flatMap((root) => root.getAnimations?.() ?? []);
    const finite = moving.filter(
      ({ effect }) => effect.getComputedTiming().iterations !== Infinity,
    );
    await Promise.allSettled(finite.map(({ finished }) => finished));
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  });
}

/** Goes through the page, view by view. */
async function visit(inbox, account, look) {
  await look('1-sign-in');
  await inbox.tryToSignIn({ ...account, password: 'wrong' });
  await inbox.read('is not right');
  await look('2-wrong-password');
  await inbox.signIn(account, 'implicit');
  await look('3-list');

  await inbox.openMessage('Autumn catalogue');
  await inbox.inFrame((body) => body.childElementCount);
  await inbox.read('1 image from elsewhere');
  await look('4-formatted');
  await inbox.click('#tab-text');
  await inbox.see('pop3-text-view');
  await inbox.click('#tab-headers');
  await inbox.see('.headers');
  await look('5-headers');
  await inbox.click('#tab-source');
  await inbox.see('pop3-text-view[source]');
  await look('6-source');
  await inbox.press('u');

  await inbox.openMessage('The cards');
  await look('7-text');
  await inbox.press('#');
  await inbox.read('1 message will be deleted');
  await look('8-deletion');
  await inbox.press('?');
  await inbox.wait('the help', () => {
    return document.querySelector('pop3-help-dialog').shadowRoot.querySelector('dialog').open;
  });
  await look('9-help');
  await inbox.press('Escape');

  await bed.stopProxy();
  try {
    await inbox.choose('Notes on the engine');
    await inbox.see('.failure');
    await look('10-failed-message');
    await inbox.press('u');
    await inbox.signOut();
    await inbox.see('pop3-sign-out-dialog >>> .again');
    await look('11-failed-sign-out');
  } finally {
    await bed.startProxy();
  }
  await inbox.click('.again');
  await inbox.read('1 message deleted');
  await look('12-signed-out');
}

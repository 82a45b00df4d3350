/** One test bed and site for a file of tests, and a tab for each test in each browser. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AllBrowsers, BROWSERS, openPage } from './browsers.js';
import { startSite } from './site.js';
import { startTestbed } from './testbed.js';

let mailboxes = 0;

/**
 * Runs each test of a table, `{ title: test }`, in each browser. A test gets:
 * - `bed`, the test bed;
 * - `run(function, ...arguments)`, which calls a function in the page, where `pop3` is the package
 *   and site/page.js has put its helpers;
 * - `mailbox(messages)`, which makes a user of its own and delivers messages;
 * - `complaints`, what the page has reported as errors. It must be empty at the end of the test.
 */
export function inBrowsers(tests) {
  let bed;
  let site;
  let browsers;
  before(async () => {
    browsers = new AllBrowsers();
    bed = await startTestbed();
    site = await startSite(bed.endpoint);
  });
  after(async () => {
    await site?.stop();
    await Promise.all([bed?.stop(), browsers?.close()]);
  });

  async function mailbox(messages = []) {
    mailboxes += 1;
    const account = await bed.mailbox(`user${process.pid}-${mailboxes}`);
    if (messages.length > 0) await bed.deliver(account.user, messages);
    return { user: account.user, password: account.password };
  }

  for (const name of BROWSERS) {
    describe(name, () => {
      let browser;
      before(async () => {
        browser = await browsers.get(name);
      });
      after(() => browsers.release(name));

      for (const [title, body] of Object.entries(tests)) {
        test(title, { timeout: 120_000 }, async () => {
          const { page, complaints } = await openPage(browser, site.url);
          await page.waitForFunction(() => 'pop3' in globalThis, { timeout: 30_000 });
          const run = (work, ...values) => page.evaluate(work, ...values);
          try {
            await body({ bed, run, mailbox, complaints, page, browser: name });
            assert.deepEqual(complaints, []);
          } finally {
            await page.close();
          }
        });
      }
    });
  }
}

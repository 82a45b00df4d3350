// How the time and the memory of the inbox page grow with the messages in its store.
//
// usage: node tests/bench/page.js OUTPUT.json [--quick]

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BROWSERS, launch } from '../e2e/lib/browsers.js';
import { until } from '../e2e/lib/deadline.js';
import { startTestbed } from '../e2e/lib/testbed.js';
import { letter } from '../e2e/page/mail.js';
import { fill, search, watchOpening } from '../e2e/page/many.js';
import { Tab } from '../e2e/page/tab.js';
import { tabMemory } from './lib/tab.js';
import { median } from './lib/measure.js';

const [target, mode] = process.argv.slice(2);
const COUNTS = mode === '--quick' ? [100, 1_000] : [1_000, 10_000, 100_000];
/** Of the text of each message. */
const OCTETS = 2_400;
const TIMES = 5;
const PATIENCE = 120_000;

const bed = await startTestbed();
const rows = [];
try {
  const account = await bed.mailbox('page');
  await bed.deliver('page', [letter('Alpha')]);
  for (const name of BROWSERS) {
    for (const count of COUNTS) {
      const row = { name, count, ...(await measure(name, account, count)) };
      rows.push(row);
      console.log(
        `${name.padEnd(9)} ${String(count).padStart(7)} messages: first rows after ${told(row.first)}, ` +
          `all after ${told(row.whole)}, a search ${told(row.search)}; ` +
          `${(row.memory / 1e6).toFixed(0)} MB, and ${(row.searching / 1e6).toFixed(0)} MB with all texts`,
      );
    }
  }
} finally {
  await bed.stop();
}
writeFileSync(target, JSON.stringify(rows, null, 2));

function told(seconds) {
  return `${seconds.toFixed(3)} s`;
}

async function measure(name, account, count) {
  const profile = mkdtempSync(join(tmpdir(), 'pop3-page-'));
  try {
    const words = await inBrowser(name, profile, (tab) => prepare(tab, account, count));
    // In another process: what filled the store has memory of its own.
    return await inBrowser(name, profile, (tab, browser) => open(tab, browser, count, words));
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

async function inBrowser(name, profile, use) {
  const browser = await launch(name, { userDataDir: profile, protocolTimeout: PATIENCE });
  try {
    return await use(await Tab.open(browser.defaultBrowserContext(), bed.page), browser);
  } finally {
    await browser.close();
  }
}

async function prepare(tab, account, count) {
  await tab.add(account);
  await tab.ended();
  return tab.page.evaluate(fill, count - 1, OCTETS);
}

/** Seconds and octets of opening the store and searching in it. */
async function open(tab, browser, count, [often]) {
  const { page } = tab;
  await page.evaluateOnNewDocument(watchOpening);
  const openings = [];
  for (let time = 0; time < TIMES; time += 1) {
    await page.reload();
    openings.push(await until(PATIENCE, 'the whole list', () => page.evaluate(opened, count)));
  }
  const memory = tabMemory(browser);
  const [{ messages }] = [await page.evaluate(search, 'zebra')];
  if (messages !== 1) throw new Error(`${messages} messages found, not 1`);
  const searches = [];
  for (let time = 0; time < TIMES; time += 1) searches.push(await page.evaluate(search, often));
  const seconds = (all, field) => median(all.map((one) => one[field])) / 1_000;
  return {
    first: seconds(openings, 'first'),
    whole: seconds(openings, 'whole'),
    search: seconds(searches, 'whole'),
    memory,
    searching: tabMemory(browser),
  };
}

/** In the page: what was noted, once the list has all messages. */
function opened(count) {
  const { opening } = globalThis;
  if (opening?.whole === undefined) return undefined;
  const { messages } = document.querySelector('pop3-message-list').list;
  if (messages !== count) throw new Error(`${messages} messages, not ${count}`);
  return opening;
}

/** The inbox page as a person uses it: what is in sight, what can be clicked, what can be typed. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { AllBrowsers, BROWSERS } from '../lib/browsers.js';
import { until } from '../lib/deadline.js';
import { startTestbed } from '../lib/testbed.js';

/** How long anything on the page may take; generous, as two browsers may share one core. */
export const PATIENCE = 20_000;

/** What browsers say in the console by themselves when a connection fails. */
export const NETWORK_COMPLAINT =
  /WebSocket|establish a connection|The connection to ws|ERR_CONNECTION|ERR_ABORTED|Failed to load resource/;

let mailboxes = 0;

/**
 * Runs each test of a table, `{ title: test }`, in each browser, on one test bed. A test gets the
 * test bed, an {@link Inbox} in a fresh browser context, and `mailbox(messages)`. Afterwards
 * neither the console nor the page may have reported an error; `expected` lets some through. `where`
 * tells the address of the page, if it is another proxy's.
 */
export function inBrowsers(tests, { expected, where = ({ page }) => page } = {}) {
  let bed;
  let browsers;
  before(async () => {
    browsers = new AllBrowsers();
    bed = await startTestbed();
  });
  after(() => Promise.all([bed?.stop(), browsers?.close()]));

  async function mailbox(messages = []) {
    mailboxes += 1;
    const account = await bed.mailbox(`page${process.pid}-${mailboxes}`);
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
        test(title, { timeout: 180_000 }, async () => {
          const inbox = await Inbox.open(browser, where(bed));
          try {
            await body({ bed, inbox, mailbox, page: inbox.page, browserName: name });
            const complaints = inbox.complaints.filter((text) => !expected?.test(text));
            assert.deepEqual(complaints, []);
          } finally {
            await inbox.close();
          }
        });
      }
    });
  }
}

/** One tab with the page in it. */
export class Inbox {
  /** Errors that the console and the page have reported. */
  complaints = [];

  static async open(browser, url) {
    const inbox = new Inbox();
    inbox.downloads = await mkdtemp(join(tmpdir(), 'pop3-page-'));
    const downloadBehavior = { policy: 'allow', downloadPath: inbox.downloads };
    inbox.context = await browser.createBrowserContext({ downloadBehavior });
    inbox.url = url;
    inbox.page = await inbox.context.newPage();
    inbox.page.on('pageerror', (error) => inbox.complaints.push(`page: ${error.stack ?? error}`));
    inbox.page.on('console', (message) => {
      if (message.type() === 'error') inbox.complaints.push(`console: ${message.text()}`);
    });
    await inbox.page.setViewport({ width: 1280, height: 800 });
    await inbox.page.goto(url, { waitUntil: 'load', timeout: 60_000 });
    await inbox.see('#user, .panel-error');
    return inbox;
  }

  async close() {
    await this.context.close();
    await rm(this.downloads, { recursive: true, force: true });
  }

  /** Waits for an element, through shadow roots, and gives its text. */
  async see(selector) {
    return until(PATIENCE, selector, async () => {
      try {
        const found = `>>> ${selector}`;
        const element = await this.page.waitForSelector(found, { timeout: PATIENCE });
        const text = await element.evaluate((one) => one.textContent);
        return { text: text.replace(/\s+/g, ' ').trim() };
      } catch (error) {
        // The page that was asked has just given way to the next one.
        if (/belong to the document|context/i.test(String(error.cause ?? error))) return undefined;
        throw error;
      }
    }).then(({ text }) => text);
  }

  /** Waits until a function of the page is true. */
  async wait(what, ask, ...values) {
    return until(PATIENCE, what, () => this.page.evaluate(ask, ...values));
  }

  /** Waits until the text of the page, shadow roots and all, holds `text`. */
  async read(text) {
    await this.wait(`“${text}” in the page`, pageHolds, text);
  }

  async click(selector) {
    const element = await this.page.waitForSelector(`>>> ${selector}`, { timeout: PATIENCE });
    // By the element, so that a toast in the way or a row that moves does not matter.
    await element.evaluate((found) => found.click());
  }

  async press(...keys) {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** Adds an account with the form, and waits until its mail has been fetched and is listed. */
  async signIn(account, server = 'plain') {
    await this.tryToSignIn(account, server);
    await this.filled();
  }

  async tryToSignIn({ user, password }, server = 'plain') {
    await this.see('#user');
    if (await this.page.$('#server')) await this.page.select('#server', server);
    for (const [field, value] of Object.entries({ '#user': user, '#password': password })) {
      await this.page.$eval(field, (input) => (input.value = ''));
      await this.page.type(field, value);
    }
    await this.page.click('.sign-in-submit');
  }

  /** Adds one more account, from the side bar. */
  async addAccount(account, server = 'plain') {
    await this.click('pop3-sidebar > pop3-dialog-button[wide] >>> button');
    await this.see('.sign-in-dialog #user');
    await this.tryToSignIn(account, server);
    await this.wait('the dialog gone', () => !document.querySelector('.sign-in-dialog[open]'));
    await this.filled();
  }

  /** Waits until all accounts have been fetched and what was stored is listed and drawn. */
  async filled() {
    await this.wait('mail that has been fetched, and counted', () => {
      const { store } = document.querySelector('pop3-app');
      const { phase, accounts, statuses, counts } = store.state;
      const reports = accounts.map(
        ({ id }) => statuses[id]?.kind === 'idle' && statuses[id].report,
      );
      if (phase !== 'open' || accounts.length === 0 || !reports.every(Boolean)) return false;
      const stored = Object.values(counts.folders).reduce((sum, { messages }) => sum + messages, 0);
      return stored >= reports.reduce((sum, { added }) => sum + added.length, 0);
    });
    await this.drawn();
  }

  /** Waits until the list is complete, and every row in sight is there. */
  async drawn() {
    await this.wait('the list drawn', () => {
      const list = document.querySelector('pop3-message-list');
      if (!list?.list || list.list.waiting || !list.list.complete || list.isUpdatePending) {
        return false;
      }
      const rows = [...list.shadowRoot.querySelectorAll('[role="row"]')];
      const whole = rows.every((row) => row.querySelector('.check input') !== null);
      const { query, messages } = list.list;
      const { folders } = list.store.state.counts;
      // The list may be behind what is known to be there.
      if (Object.keys(query).length === 4 && query.folder === 'inbox') {
        const inboxes = Object.entries(folders).filter(([key]) => key.endsWith('/inbox'));
        const all = inboxes.reduce((sum, [, one]) => sum + one.messages, 0);
        if (messages !== all) return false;
      }
      return whole && (list.list.ids.length === 0) === (rows.length === 0);
    });
  }

  /** Presses the button that fetches, and waits until the fetch has ended, well or badly. */
  async fetch() {
    await this.page.evaluate(() => {
      const { store } = document.querySelector('pop3-app');
      const seen = new Set();
      const done = new Promise((resolve) => {
        const stop = store.subscribe(() => {
          for (const [id, { kind }] of Object.entries(store.state.statuses)) {
            if (kind === 'fetching') seen.add(id);
            else if (seen.delete(id) && seen.size === 0) {
              stop();
              resolve();
            }
          }
        });
      });
      globalThis.fetchEnded = false;
      void done.then(() => (globalThis.fetchEnded = true));
    });
    await this.click('.fetch');
    await this.wait('a fetch that has ended', () => globalThis.fetchEnded);
    await this.drawn();
  }

  /** The rows in the document, from top to bottom. */
  rows() {
    return this.page.evaluate(() => {
      const text = (row, part) =>
        row.querySelector(part)?.textContent.replace(/\s+/g, ' ').trim() ?? '';
      const { shadowRoot } = document.querySelector('pop3-message-list');
      return [...shadowRoot.querySelectorAll('[role="row"]')]
        .map((row) => ({
          index: Number(row.getAttribute('aria-rowindex')),
          from: text(row, '.from bdi'),
          subject: text(row, '.subject'),
          snippet: text(row, '.snippet'),
          date: text(row, '.date'),
          size: text(row, '.size'),
          conversation: Number(text(row, '.conversation [aria-hidden]') || 1),
          labels: [...row.querySelectorAll('.label')].map((label) => label.textContent.trim()),
          badges: [...row.querySelectorAll('.badge')].map((badge) => badge.textContent.trim()),
          copy: row.querySelector('.copy')?.getAttribute('aria-label') ?? '',
          attachments: row.querySelector('.clip') !== null,
          unread: row.classList.contains('unread'),
          starred: row.querySelector('.star [aria-pressed="true"]') !== null,
          selected: row.getAttribute('aria-selected') === 'true',
          focused: row.contains(shadowRoot.activeElement),
        }))
        .sort((a, b) => a.index - b.index);
    });
  }

  async subjects() {
    return (await this.rows()).map(({ subject }) => subject);
  }

  /** Waits until the list shows just these subjects, in this order. */
  async lists(...subjects) {
    let last;
    try {
      await until(PATIENCE, 'the list', async () => {
        last = await this.subjects();
        return JSON.stringify(last) === JSON.stringify(subjects);
      });
    } catch {
      assert.deepEqual(last, subjects);
    }
  }

  /** Waits until the row with this subject fits, and gives it. */
  async row(subject, fits = () => true) {
    let last;
    try {
      return await until(PATIENCE, `a row “${subject}”`, async () => {
        last = (await this.rows()).find((row) => row.subject === subject);
        return last && fits(last) ? last : undefined;
      });
    } catch {
      return assert.fail(`the row “${subject}” is ${JSON.stringify(last)}, not ${fits}`);
    }
  }

  /** Clicks on the row with this subject, or on a part of it, without waiting for the message. */
  async choose(subject, part = undefined, modifiers = {}) {
    await this.wait(
      `a row “${subject}”`,
      (wanted, inside, keys) => {
        const { shadowRoot } = document.querySelector('pop3-message-list');
        const row = [...shadowRoot.querySelectorAll('[role="row"]')].find(
          (one) => one.querySelector('.subject')?.textContent.trim() === wanted,
        );
        const target = inside ? row?.querySelector(inside) : row;
        const init = { bubbles: true, composed: true, cancelable: true, ...keys };
        target?.dispatchEvent(new MouseEvent('click', init));
        return target !== undefined && target !== null;
      },
      subject,
      part,
      modifiers,
    );
  }

  /** Opens the message with this subject, and waits until it can be read. */
  async openMessage(subject) {
    await this.choose(subject);
    await this.shown(subject);
  }

  /** Waits until the message with this subject is there to be read. */
  async shown(subject) {
    await this.wait(
      `“${subject}” open`,
      (wanted) => {
        const { id, members } = document.querySelector('pop3-app').store.reading.state;
        const member = members.find(({ row }) => row.id === id);
        const heading = document
          .querySelector('pop3-reader')
          ?.shadowRoot?.querySelector('h1')
          ?.textContent.trim();
        return heading === wanted && member?.content?.status === 'ready';
      },
      subject,
    );
  }

  /** Puts the focus on the row with this subject. */
  async focus(subject) {
    await this.wait(
      `a row “${subject}” with the focus`,
      (wanted) => {
        const { shadowRoot } = document.querySelector('pop3-message-list');
        const row = [...shadowRoot.querySelectorAll('[role="row"]')].find(
          (one) => one.querySelector('.subject')?.textContent.trim() === wanted,
        );
        row?.focus();
        return row !== undefined && shadowRoot.activeElement === row;
      },
      subject,
    );
  }

  /** Waits until the row with this subject has the focus. */
  async focused(subject) {
    await this.row(subject, (row) => row.focused);
  }

  /** Goes to a place of the side bar by its words, in the section `of` where there are several. */
  async go(place, of) {
    await this.wait(
      `the place ${place}`,
      (title, section) => {
        const side = document.querySelector('pop3-sidebar').shadowRoot;
        const roots = [side, side.querySelector('pop3-label-list').shadowRoot];
        const found = roots
          .flatMap((root) => [...root.querySelectorAll('.place')])
          .filter((one) => one.querySelector('.title').textContent.trim() === title)
          .find((one) => {
            const heading = one.closest('section')?.querySelector('h2')?.textContent.trim();
            return section === undefined || heading === section;
          });
        found?.click();
        return found !== undefined;
      },
      place,
      of,
    );
    await this.drawn();
  }

  /** Types into the search field what stands there alone then. */
  async search(words) {
    const field = await this.page.waitForSelector('>>> input[type="search"]');
    await field.evaluate((input) => {
      input.value = '';
      input.focus();
    });
    await this.page.keyboard.type(words);
    await this.wait(
      `a search for ${words}`,
      (wanted) => {
        const { query } = document.querySelector('pop3-app').store.list.state;
        return (query.search ?? '') === wanted.trim();
      },
      words,
    );
    await this.drawn();
  }

  /** Waits for a file in the folder for downloads, whole, and gives its octets. */
  async downloaded(name) {
    return until(PATIENCE, `a file ${name}`, async () => {
      if (!(await readdir(this.downloads)).includes(name)) return undefined;
      const content = await readFile(join(this.downloads, name));
      return content.length > 0 ? content : undefined;
    });
  }
}

function pageHolds(wanted) {
  const textOf = (root) =>
    [...root.childNodes]
      .map((node) => {
        if (node.nodeType === Node.TEXT_NODE) return node.data;
        if (node.nodeType !== Node.ELEMENT_NODE) return '';
        if (node.localName === 'style' || node.localName === 'script') return '';
        return (node.shadowRoot ? textOf(node.shadowRoot) : '') + textOf(node);
      })
      .join('');
  return textOf(document.body).replace(/\s+/g, ' ').includes(wanted);
}

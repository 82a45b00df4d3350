/** The inbox page as a person uses it: what is in sight, what can be clicked, what can be typed. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, launch } from '../lib/browsers.js';
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
 * neither the console nor the page may have reported an error; `expected` lets some through.
 */
export function inBrowsers(tests, { expected } = {}) {
  let bed;
  before(async () => {
    bed = await startTestbed();
  });
  after(() => bed?.stop());

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
        browser = await launch(name);
      });
      after(() => browser?.close());

      for (const [title, body] of Object.entries(tests)) {
        test(title, { timeout: 180_000 }, async () => {
          const inbox = await Inbox.open(browser, bed.page);
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
    const element = await this.page.waitForSelector(`>>> ${selector}`, { timeout: PATIENCE });
    return element.evaluate((found) => found.textContent.replace(/\s+/g, ' ').trim());
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

  /** Signs in with the form, and waits for the list. */
  async signIn(account, server = 'plain') {
    await this.tryToSignIn(account, server);
    await this.filled();
  }

  async tryToSignIn({ user, password }, server = 'plain') {
    await this.page.select('#server', server);
    for (const [field, value] of Object.entries({ '#user': user, '#password': password })) {
      await this.page.$eval(field, (input) => (input.value = ''));
      await this.page.type(field, value);
    }
    await this.page.click('.sign-in-submit');
  }

  /** Waits until the header of each message has come. */
  async filled() {
    await this.wait('a full list', () => {
      const list = document.querySelector('pop3-message-list');
      return list !== null && list.rows !== undefined && !list.filling && list.isConnected;
    });
    await this.wait('the list drawn', () => {
      const list = document.querySelector('pop3-message-list');
      const drawn = list.shadowRoot.querySelectorAll('[role="row"]').length;
      return list.rows.length === 0 ? drawn === 0 : drawn > 0;
    });
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
          date: text(row, '.date'),
          size: text(row, '.size'),
          attachments: row.querySelector('.clip') !== null,
          unread: row.classList.contains('unread'),
          marked: row.querySelector('.badge') !== null,
          focused: shadowRoot.activeElement === row,
        }))
        .sort((a, b) => a.index - b.index);
    });
  }

  async subjects() {
    return (await this.rows()).map(({ subject }) => subject);
  }

  /** Clicks on the row with this subject, without waiting for the message. */
  async choose(subject) {
    await this.wait(
      `a row “${subject}”`,
      (wanted) => {
        const { shadowRoot } = document.querySelector('pop3-message-list');
        const row = [...shadowRoot.querySelectorAll('[role="row"]')].find(
          (one) => one.querySelector('.subject')?.textContent.trim() === wanted,
        );
        row?.click();
        return row !== undefined;
      },
      subject,
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
        const reader = document.querySelector('pop3-reader');
        const heading = reader?.shadowRoot.querySelector('h1')?.textContent.trim();
        return heading === wanted && reader.open?.status === 'ready';
      },
      subject,
    );
    await this.see('#view');
  }

  /** Waits until the frame shows the message, and gives a function of its body. */
  async inFrame(ask, ...values) {
    await this.wait('a filled frame', () => {
      const view = document.querySelector('pop3-reader').shadowRoot.querySelector('pop3-html-view');
      const frame = view?.shadowRoot.querySelector('iframe');
      return frame?.contentDocument?.body?.hasChildNodes() === true;
    });
    const source = `(${ask})(document.querySelector('pop3-reader').shadowRoot
      .querySelector('pop3-html-view').shadowRoot.querySelector('iframe').contentDocument.body,
      ...${JSON.stringify(values)})`;
    return this.page.evaluate(source);
  }

  /** Marks the open message, or the row that has the focus. */
  async mark(subject) {
    await this.openMessage(subject);
    await this.click('.delete');
    await this.wait(
      `“${subject}” marked`,
      (wanted) => {
        const { rows } = document.querySelector('pop3-message-list');
        return rows.some((row) => row.summary?.subject === wanted && row.marked);
      },
      subject,
    );
  }

  async signOut() {
    await this.click('.sign-out');
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

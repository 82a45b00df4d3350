/** The browsers of the tests: Debian's, or those that CHROMIUM and FIREFOX name. */
import puppeteer from 'puppeteer-core';

const OPTIONS = {
  chromium: {
    browser: 'chrome',
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  },
  firefox: {
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    extraPrefsFirefox: {
      // Nothing here may look for a network.
      'app.update.enabled': false,
      'browser.safebrowsing.malware.enabled': false,
      'browser.safebrowsing.phishing.enabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
    },
  },
};

/** The names of the browsers that each test runs in. */
export const BROWSERS = Object.keys(OPTIONS);

/**
 * Starts a browser with a fresh profile, which goes when it is closed; `more` is for puppeteer, and
 * `prefs` for Firefox.
 */
export function launch(name, { prefs = {}, ...more } = {}) {
  const options = { ...OPTIONS[name], ...more };
  const extraPrefsFirefox = { ...options.extraPrefsFirefox, ...prefs };
  return puppeteer.launch({ headless: true, timeout: 60_000, ...options, extraPrefsFirefox });
}

/** All browsers, started at once and closed at leisure: most of what both take is waiting. */
export class AllBrowsers {
  #starting = new Map(BROWSERS.map((name) => [name, launch(name)]));
  #closing = [];

  constructor() {
    // Who asks for one that could not be started hears of it.
    for (const browser of this.#starting.values()) browser.catch(() => {});
  }

  get(name) {
    return this.#starting.get(name);
  }

  /** Begins to close one. */
  release(name) {
    this.#closing.push(this.get(name).then((browser) => browser.close()));
    this.#starting.delete(name);
    this.#closing.at(-1).catch(() => {});
  }

  /** Closes those that are left, and waits until all are closed. */
  async close() {
    for (const name of [...this.#starting.keys()]) this.release(name);
    await Promise.all(this.#closing);
  }
}

/**
 * Opens a tab. `complaints` collects what the console and the page itself report as errors, so
 * that a test can ask for none.
 */
export async function openPage(browser, url) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`page: ${error.stack ?? error}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  await page.goto(url, { waitUntil: 'load', timeout: 60_000 });
  return { page, complaints };
}

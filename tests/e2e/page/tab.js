/**
 * One tab's mail, as its store knows it: what no view shows at once, such as every row, and settings
 * that would take a dozen clicks. All of it goes the way of the views, through the page's own store.
 */
import { readFile, readdir } from 'node:fs/promises';
import { until, within } from '../lib/deadline.js';
import { PATIENCE } from './inbox.js';

/** Sessions that break are followed by others, after pauses. */
const LONG = 3 * PATIENCE;

export class Tab {
  constructor(page) {
    this.page = page;
  }

  /** Another tab of the same browser, with the same storage. */
  static async open(context, url) {
    const page = await context.newPage();
    await page.goto(url, { waitUntil: 'load', timeout: 60_000 });
    const tab = new Tab(page);
    await tab.wait('an open store', ({ phase }) => phase === 'open');
    return tab;
  }

  /** The store's state, or what a function makes of it. */
  state(ask = (state) => state) {
    return this.page.evaluate(`(${ask})(document.querySelector('pop3-app').store.state)`);
  }

  wait(what, ask, patience = PATIENCE) {
    return until(patience, what, () => this.state(ask));
  }

  account() {
    return this.state(({ accounts }) => accounts[0]);
  }

  status() {
    return this.state(({ accounts, statuses }) => statuses[accounts[0].id]);
  }

  /** Waits until a fetch has come to its end, and gives the status that tells of it. */
  async ended() {
    const ended = ({ accounts, statuses }) => {
      const status = statuses[accounts[0]?.id];
      return status?.kind === 'idle' && (status.report ?? status.failure) ? status : undefined;
    };
    return this.wait('the end of a fetch', ended, LONG);
  }

  /** Waits until so many messages of a fetch have come. */
  fetching(least = 1) {
    return this.wait(
      `${least} messages of a fetch`,
      `({ accounts, statuses }) => {
        const status = statuses[accounts[0]?.id];
        return status?.kind === 'fetching' && status.progress.done >= ${least};
      }`,
    );
  }

  /** Calls the mail worker; `account` in the arguments is the account's id. */
  async call(method, ...values) {
    return this.page.evaluate(
      async (name, given) => {
        const { store } = document.querySelector('pop3-app');
        const { id } = store.state.accounts[0];
        return store.mail[name](...given.map((value) => (value === 'account' ? id : value)));
      },
      method,
      values,
    );
  }

  /** Fetches, and waits for what comes of it. */
  fetch() {
    return this.call('fetch', 'account');
  }

  /** Begins to fetch. */
  startFetching() {
    return this.page.evaluate(() => {
      const { store } = document.querySelector('pop3-app');
      void store.mail.fetch(store.state.accounts[0].id);
    });
  }

  async policy(change) {
    const { policy } = await this.account();
    return this.call('updateAccount', 'account', { policy: { ...policy, ...change } });
  }

  /** Adds an account with a policy of its own, without waiting for its mail. */
  add({ user, password }, policy = {}, server = 'plain') {
    return this.page.evaluate(
      async (draft, given, secret) => {
        const { store } = document.querySelector('pop3-app');
        const usual = { what: 'whole', onServer: { kind: 'keep' }, deleteWithLocal: true };
        const whole = { ...draft, policy: { ...usual, intervalMinutes: 0, ...given } };
        const credentials = { url: store.endpoints.pop3, password: secret };
        return store.mail.addAccount(whole, credentials, false);
      },
      { title: user, server, user, hop: { mode: 'proxy' } },
      policy,
      password,
    );
  }

  signIn({ password }) {
    return this.page.evaluate(async (secret) => {
      const { store } = document.querySelector('pop3-app');
      const credentials = { url: store.endpoints.pop3, password: secret };
      return store.mail.signIn(store.state.accounts[0].id, credentials, false);
    }, password);
  }

  /** All rows outside the trash, by subject. */
  rows(query = {}) {
    return this.page.evaluate(async (more) => {
      const { mail } = document.querySelector('pop3-app').store;
      const sorted = { sort: 'subject', descending: false, conversations: false, ...more };
      let watch;
      const ids = await new Promise((resolve) => {
        watch = mail.watch(sorted, (result) => {
          if (result.complete) resolve([...result.ids]);
        });
      });
      await mail.unwatch(await watch);
      return mail.rows(ids);
    }, query);
  }

  async subjects(query) {
    return (await this.rows(query)).map(({ subject }) => subject);
  }

  /** Rows of whole messages whose octets are not there, or not as many as the row says. */
  async damaged() {
    const whole = (await this.rows()).filter(({ local }) => local === 'whole');
    return this.page.evaluate(async (rows) => {
      const { mail } = document.querySelector('pop3-app').store;
      const damaged = [];
      for (const { id, size, subject } of rows) {
        const outcome = await mail.octets(id);
        if (!outcome.ok || outcome.value.length !== size) damaged.push(subject);
      }
      return damaged;
    }, whole);
  }

  /** Ends the tab in the middle of whatever it does. */
  kill() {
    return this.page.close();
  }

  /** Gives what takes its process down, with the workers in it. */
  async armed() {
    const browser = this.page.browser();
    if (/firefox/i.test(await browser.version())) {
      return () => killContent(browser.process().pid);
    }
    const session = await this.page.createCDPSession();
    return async () => {
      const crashed = new Promise((resolve) => this.page.once('error', resolve));
      // It never answers.
      session.send('Page.crash').catch(() => {});
      await within(PATIENCE, 'the crash', crashed);
    };
  }
}

/** Ends all processes that a Firefox has pages in. */
async function killContent(browser) {
  const processes = await contentProcesses(browser);
  if (processes.length === 0) throw new Error('Firefox has no process for content');
  for (const one of processes) process.kill(one, 'SIGKILL');
  await until(PATIENCE, 'their end', async () => {
    const left = await contentProcesses(browser);
    return processes.every((one) => !left.includes(one));
  });
}

/** The processes that this Firefox has pages in: its own, or those that its fork server has made. */
async function contentProcesses(browser) {
  const parents = new Map();
  const content = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const command = await readFile(`/proc/${name}/cmdline`, 'latin1');
      const status = await readFile(`/proc/${name}/status`, 'latin1');
      parents.set(Number(name), Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]));
      const alive = !/^State:\s*Z/m.test(status);
      if (alive && /-contentproc.*\btab[\0 ]*$/s.test(command)) content.push(Number(name));
    } catch {
      // It has ended since.
    }
  }
  const inside = (pid) => pid === browser || (pid > 1 && inside(parents.get(pid)));
  return content.filter(inside);
}

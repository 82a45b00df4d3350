/** What is stored in the browser: much of it, by several tabs, from files and to files. */
import assert from 'node:assert/strict';
import { until } from '../lib/deadline.js';
import { inBrowsers, PATIENCE } from './inbox.js';
import { letter } from './mail.js';
import { fill, watchOpening } from './many.js';

const MANY = 100_000;

/** Generous, as the machine may be busy with other tests; alone it is a fraction of it. */
const GAP_MS = 2_000;

const stored = (inbox) =>
  inbox.page.evaluate(() => {
    const { folders } = document.querySelector('pop3-app').store.state.counts;
    return Object.values(folders).reduce((sum, { messages }) => sum + messages, 0);
  });

/** In the page: imports a mailbox file of so many messages. */
async function importMailbox(count) {
  const { store } = document.querySelector('pop3-app');
  const text = Array.from({ length: count }, (_, number) =>
    [
      'From a@example.org Thu Nov 24 18:22:48 1986',
      `Message-ID: <imported${number}@example.org>`,
      `From: Importer <a@example.org>`,
      `Subject: Imported ${number}`,
      `Date: Thu, 24 Nov 2022 18:22:${String(number % 60).padStart(2, '0')} +0000`,
      '',
      `Hello.\n>From here on, ${number}.\n\n`,
    ].join('\n'),
  ).join('');
  const file = new File([text], 'mail.mbox');
  return store.mail.importFile(file, store.state.accounts[0].id, () => undefined);
}

async function exportMailbox() {
  const { mail } = document.querySelector('pop3-app').store;
  const query = { sort: 'date', descending: false, conversations: false };
  const outcome = await mail.exportMbox(query, () => undefined);
  return { missing: outcome.value.missing, text: await outcome.value.file.text() };
}

inBrowsers({
  'opens a hundred thousand messages at once, and scrolls through them': async ({
    inbox,
    mailbox,
    browserName,
  }) => {
    await inbox.signIn(await mailbox([letter('Alpha')]));
    await inbox.page.evaluate(fill, MANY);
    await inbox.page.evaluateOnNewDocument(watchOpening);
    await inbox.page.reload();
    await inbox.wait('the whole list', () => globalThis.opening?.whole);
    await inbox.drawn();
    assert.equal(await stored(inbox), MANY + 1);
    const opening = await inbox.page.evaluate(() => globalThis.opening);
    console.log(
      `${browserName}: first rows after ${Math.round(opening.first)} ms, all ${MANY} after`,
      `${Math.round(opening.whole)} ms, the page still for ${Math.round(opening.gap)} ms at most`,
    );
    assert.ok(opening.gap < GAP_MS, `still for ${opening.gap} ms`);

    // Conversations of pairs: the newest of each is what stands in the list.
    const { ids, sizes } = await inbox.page.evaluate(() => {
      const { list } = document.querySelector('pop3-message-list');
      return { ids: list.ids.length, sizes: Math.max(...list.sizes.subarray(0, 100)) };
    });
    assert.deepEqual([ids, sizes], [MANY - MANY / 4 + 1, 2]);

    const { gap, rows, costs, slowdown } = await inbox.page.evaluate(async () => {
      const middle = (all) => all.toSorted((a, b) => a - b)[all.length >> 1];
      const timed = (work) => {
        const began = performance.now();
        work();
        return performance.now() - began;
      };
      // How much slower than alone this machine is now: by work that is always the same.
      const spins = Array.from({ length: 60 }, () =>
        timed(() => {
          for (let at = 0, sum = 0; at < 200_000; at += 1) sum += Math.sqrt(at);
        }),
      );
      const slowdown = middle(spins) / Math.min(...spins);
      // Once the watch has seen how long that took.
      await new Promise((seen) => setTimeout(seen, 50));
      globalThis.opening.gap = 0;
      const list = document.querySelector('pop3-message-list');
      const costs = [];
      const { performUpdate } = Object.getPrototypeOf(list);
      list.performUpdate = () => {
        costs.push(timed(() => performUpdate.call(list)));
      };
      let rows = 0;
      const scroller = [...list.shadowRoot.querySelectorAll('*'), list].find(
        (element) => element.scrollHeight > element.clientHeight * 10,
      );
      for (let step = 0; step < 60; step += 1) {
        scroller.scrollTop = (scroller.scrollHeight * step) / 60;
        await new Promise((drawn) => requestAnimationFrame(drawn));
        rows = Math.max(rows, list.shadowRoot.querySelectorAll('[role="row"]').length);
      }
      delete list.performUpdate;
      return { gap: globalThis.opening.gap, rows, costs: [middle(costs), costs.length], slowdown };
    });
    const [cost, updates] = costs;
    console.log(
      `${browserName}: the page still for ${Math.round(gap)} ms at most while scrolling; drawing`,
      `takes ${cost.toFixed(1)} ms, ${rows} rows at most, the machine ${slowdown.toFixed(1)} times as slow`,
    );
    // What is drawn at once does not grow with the list, and is no task of more than 50 ms.
    assert.ok(rows < 60, `${rows} rows at once`);
    assert.ok(updates >= 20, `${updates} updates`);
    assert.ok(cost < 50 * slowdown, `${cost} ms for one update`);
    assert.ok(gap < GAP_MS, `still for ${gap} ms while scrolling`);
    await inbox.wait('the rows at the end', () => {
      const { shadowRoot } = document.querySelector('pop3-message-list');
      // The one that has the focus stays above them.
      const [, ...rows] = shadowRoot.querySelectorAll('[role="row"]');
      return rows.length > 5 && rows.every((row) => row.querySelector('.check input') !== null);
    });

    // A change in the middle of them is stored, and the counts follow.
    const unread = await inbox.page.evaluate(async () => {
      const { store } = document.querySelector('pop3-app');
      await store.mail.change([50_001], { read: true });
      await store.mail.change([50_003], { folder: 'trash' });
      const [row] = await store.mail.rows([50_001]);
      return row.read;
    });
    assert.equal(unread, true);
    await inbox.page.reload();
    await inbox.wait(
      'the change',
      (all) => {
        const { folders } = document.querySelector('pop3-app').store.state.counts;
        const [inboxes] = Object.entries(folders).filter(([key]) => key.endsWith('/inbox'));
        return inboxes?.[1].messages === all;
      },
      MANY,
    );
  },

  'imports a mailbox once, also when the tab dies in the middle, and exports it again': async ({
    inbox,
    mailbox,
    page,
  }) => {
    await inbox.signIn(await mailbox([letter('Alpha')]));
    const other = await inbox.context.newPage();
    await other.goto(inbox.url, { waitUntil: 'load' });
    await until(PATIENCE, 'the account in the other tab', () =>
      other.evaluate(() => document.querySelector('pop3-app')?.store.state.accounts.length === 1),
    );
    // It dies once something has been stored, with most of the file to come.
    const broken = other.evaluate(importMailbox, 3_000).catch(() => 'died');
    await inbox.wait('a part of it', () => {
      const { folders } = document.querySelector('pop3-app').store.state.counts;
      return Object.values(folders).some(({ messages }) => messages > 100);
    });
    await other.close();
    assert.equal(await broken, 'died');
    await page.bringToFront();

    const { value } = await page.evaluate(importMailbox, 3_000);
    assert.equal(value.added + value.known, 3_000);
    assert.ok(value.known > 0 && value.refused === 0);
    const again = await page.evaluate(importMailbox, 3_000);
    assert.deepEqual(again.value, { added: 0, known: 3_000, refused: 0 });
    await inbox.wait('all of it', () => {
      const { folders } = document.querySelector('pop3-app').store.state.counts;
      return Object.values(folders).reduce((sum, one) => sum + one.messages, 0) === 3_001;
    });

    const { missing, text } = await page.evaluate(exportMailbox);
    assert.equal(missing, 0);
    assert.equal(text.match(/^From .*\d{4}$/gm).length, 3_001);
    assert.equal(text.match(/^>From here on, \d+\.$/gm).length, 3_000);
    assert.equal(text.match(/^Subject: Alpha$/gm).length, 1);
    await inbox.search('subject:"imported 2999" body:"here on"');
    await inbox.lists('Imported 2999');
  },
});

/** Searching what is stored: what people type, and how long a large mailbox takes to answer. */
import assert from 'node:assert/strict';
import { inBrowsers } from './inbox.js';
import { letter } from './mail.js';

const MANY = 50_000;

/** Generous, as the machine may be busy with other tests; alone it is a twentieth of it. */
const ANSWER_MS = 2_000;

/** In the page: puts messages with texts of 2.4 kB into the database, as the page itself stores them. */
async function fill(count) {
  const account = document.querySelector('pop3-app').store.state.accounts[0].id;
  const encoder = new TextEncoder();
  const plain = (value) => ({ octets: encoder.encode(JSON.stringify(value)) });
  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.oncomplete = () => resolve();
      request.onerror = request.onabort = () => reject(request.error);
    });
  let seed = 1;
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  const syllables = ['an', 'be', 'cor', 'du', 'el', 'fin', 'ga', 'hol', 'in', 'ja', 'ker', 'lo'];
  const syllable = () => syllables[Math.floor(random() * syllables.length)];
  const words = Array.from({ length: 4_000 }, () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, syllable).join(''),
  );
  // Some words are frequent and most are rare, as in any language.
  const word = () => words[Math.floor(words.length * random() ** 3)];
  const database = await done(indexedDB.open('pop3-mail'));
  const first = 10;
  const now = Date.now();
  for (let block = first; (block - first) * 128 < count; block += 1) {
    const transaction = database.transaction(['rows', 'texts'], 'readwrite');
    const rows = [];
    let texts = [];
    for (let id = block * 128; id < (block + 1) * 128; id += 1) {
      const number = id - first * 128;
      if (number >= count) break;
      let text = number === 7 ? 'Once upon a time there was a zebra. ' : '';
      while (text.length < 2_400) text += `${word()} `;
      texts.push([id, text]);
      if (texts.length === 32 || number === count - 1) {
        transaction.objectStore('texts').put(plain(texts), Math.floor(id / 32));
        texts = [];
      }
      rows.push({
        ...{ id, account, folder: 'inbox', subject: `${word()} ${word()} ${number}`, size: 5_000 },
        ...{ from: { name: word(), address: `${word()}@example.org` } },
        ...{ to: [{ address: 'me@example.org' }], date: now - (count - number) * 60_000 },
        ...{ attachments: number % 7 === 0, attachmentNames: [], snippet: text.slice(0, 100) },
        ...{ read: number % 2 === 0, starred: false, labels: [], local: 'whole', server: 'gone' },
        ...{ stored: now, seen: `seen ${number}`, references: [], broken: false },
      });
    }
    transaction.objectStore('rows').put(plain(rows), block);
    await done(transaction);
  }
  const transaction = database.transaction('records', 'readwrite');
  transaction.objectStore('records').put(plain((first + 1) * 128 + count), 'counter');
  await done(transaction);
  database.close();
  return [word(), word()];
}

/** In the page: when a search had its first hits and all of them, and how many. */
function search(text) {
  const { mail } = document.querySelector('pop3-app').store;
  const query = { sort: 'date', descending: true, conversations: true, search: text };
  const began = performance.now();
  return new Promise((resolve) => {
    let first;
    const watch = mail.watch(query, ({ ids, messages, complete }) => {
      const now = performance.now() - began;
      if (ids.length > 0) first ??= now;
      if (!complete) return;
      resolve({ first, whole: now, messages });
      void watch.then((id) => mail.unwatch(id));
    });
  });
}

inBrowsers({
  'answers from fifty thousand messages while one types': async ({
    inbox,
    mailbox,
    browserName,
  }) => {
    await inbox.signIn(await mailbox([letter('Alpha')]));
    const [often, again] = await inbox.page.evaluate(fill, MANY);
    await inbox.page.reload();
    await inbox.wait('the whole list', () => {
      const { list, state } = document.querySelector('pop3-app')?.store ?? {};
      return state?.phase === 'open' && list.state.complete && list.state.messages > 50_000;
    });
    // The first search reads the texts.
    const { messages } = await inbox.page.evaluate(search, 'zebra');
    assert.equal(messages, 1);
    for (const text of ['zebra', often, `${often} ${again}`, `from:${often}`, 'has:attachment']) {
      const answer = await inbox.page.evaluate(search, text);
      console.log(
        `${browserName}: “${text}” has ${answer.messages} hits, the first after`,
        `${Math.round(answer.first)} ms, all after ${Math.round(answer.whole)} ms`,
      );
      assert.ok(answer.messages > 0, text);
      assert.ok(answer.whole < ANSWER_MS, `“${text}” took ${answer.whole} ms`);
    }
  },
});

/** Many messages in the store, without fetching them; functions that run in the page. */

/**
 * Puts so many messages into the database as the page itself stores them, with texts of so many
 * octets and without their own octets. Every fourth answers the one before it. Gives two words that
 * are in many of the texts, and subjects; one text has a zebra.
 */
export async function fill(count, octets = 0) {
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
  const first = 10 * 128;
  const now = Date.now();
  const snippet = 100;
  // What is made at once has room in memory.
  for (let begin = 0; begin < count; begin += 8_192) {
    const transaction = database.transaction(['rows', 'texts'], 'readwrite');
    const written = done(transaction);
    let rows = [];
    let texts = [];
    const end = Math.min(begin + 8_192, count);
    for (let number = begin; number < end; number += 1) {
      const id = first + number;
      let text = number === 7 ? 'Once upon a time there was a zebra. ' : '';
      while (text.length < Math.max(octets, snippet)) text += `${word()} `;
      rows.push({
        ...{ id, account, folder: 'inbox', subject: `${word()} ${word()} ${number}`, size: 5_000 },
        ...{ from: { name: word(), address: `${word()}@example.org` } },
        ...{ to: [{ address: 'me@example.org' }], date: now - (count - number) * 60_000 },
        ...{ attachments: number % 7 === 0, attachmentNames: [], snippet: text.slice(0, snippet) },
        ...{ read: number % 2 === 0, starred: false, labels: [], local: 'whole', server: 'gone' },
        ...{ stored: now, seen: `seen ${number}`, messageId: `${number}@example.org` },
        ...{ references: number % 4 === 3 ? [`${number - 1}@example.org`] : [], broken: false },
      });
      texts.push([id, text]);
      const last = number === end - 1;
      if (rows.length === 128 || last) {
        transaction.objectStore('rows').put(plain(rows), Math.floor(id / 128));
        rows = [];
      }
      if (texts.length === 32 || last) {
        if (octets > 0) transaction.objectStore('texts').put(plain(texts), Math.floor(id / 32));
        texts = [];
      }
    }
    await written;
  }
  const transaction = database.transaction('records', 'readwrite');
  transaction.objectStore('records').put(plain(first + count), 'counter');
  await done(transaction);
  database.close();
  return [word(), word()];
}

/**
 * In a new page: notes in `opening`, in milliseconds, when the list is `first` drawn, when it is
 * `whole`, and the longest `gap` in which nothing moves.
 */
export function watchOpening() {
  globalThis.opening = { gap: 0 };
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    globalThis.opening.gap = Math.max(globalThis.opening.gap, now - last);
    last = now;
    const list = document.querySelector('pop3-message-list');
    const drawn = list?.shadowRoot?.querySelector('[role="row"] .check input');
    if (drawn) globalThis.opening.first ??= now;
    if (drawn && list.list.complete) globalThis.opening.whole ??= now;
  }, 5);
}

/** Searches: gives when there were first hits and when all of them, in milliseconds, and how many. */
export function search(text) {
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

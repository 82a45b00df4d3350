import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MessageId } from '../src/worker/mail-protocol.ts';
import type { Digest, NewMessage } from '../src/worker/storage/types.ts';
import { exportMbox } from '../src/worker/transfer/export.ts';
import { importFile, likeness } from '../src/worker/transfer/import.ts';
import { MboxReader, mboxOf, type MailboxEntry } from '../src/worker/transfer/mbox.ts';

const octetsOf = (text: string): Uint8Array<ArrayBuffer> => {
  const octets = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) octets[at] = text.charCodeAt(at);
  return octets;
};
const textOf = (octets: Uint8Array): string => Buffer.from(octets).toString('latin1');
const shown = (entry: MailboxEntry): string => (entry === 'too-large' ? entry : textOf(entry));

/** A file in pieces of `step` octets, as messages. */
function read(file: string, step: number, limit = 1_000_000): string[] {
  const reader = new MboxReader(limit);
  const found: string[] = [];
  const octets = octetsOf(file);
  for (let at = 0; at < octets.length; at += step) {
    for (const entry of reader.push(octets.subarray(at, at + step))) found.push(shown(entry));
  }
  for (const entry of reader.end()) found.push(shown(entry));
  return found;
}

const DATE = 'Thu Nov 24 18:22:48 1986';
const long = 'x'.repeat(5_000);

/** A mailbox file, and the messages in it. */
const FILES: [title: string, file: string, messages: string[]][] = [
  ['nothing', '', []],
  ['one message', `From a@b ${DATE}\nSubject: 1\n\nbody\n\n`, ['Subject: 1\r\n\r\nbody\r\n']],
  [
    'two, the last without its end',
    `From a@b ${DATE}\nA: 1\n\none\n\nFrom c@d ${DATE}\nB: 2\n\ntwo`,
    ['A: 1\r\n\r\none\r\n', 'B: 2\r\n\r\ntwo\r\n'],
  ],
  [
    'lines that end in CR LF',
    `From - ${DATE}\r\nA: 1\r\n\r\none\r\n\r\nFrom - ${DATE}\r\nB: 2\r\n\r\n`,
    ['A: 1\r\n\r\none\r\n', 'B: 2\r\n'],
  ],
  [
    'quoted lines of mboxrd',
    `From a@b ${DATE}\nA: 1\n\n>From here\n>>From there\n> From afar\n`,
    ['A: 1\r\n\r\nFrom here\r\n>From there\r\n> From afar\r\n'],
  ],
  [
    'a sentence that nobody quoted',
    `From a@b ${DATE}\nA: 1\n\nWell.\n\nFrom now on, at noon.\n`,
    ['A: 1\r\n\r\nWell.\r\n\r\nFrom now on, at noon.\r\n'],
  ],
  [
    'a separator that no empty line precedes is text',
    `From a@b ${DATE}\nA: 1\n\nWell.\nFrom a@b ${DATE}\n`,
    [`A: 1\r\n\r\nWell.\r\nFrom a@b ${DATE}\r\n`],
  ],
  ['an old first line without a date', 'From nobody\nA: 1\n\none\n', ['A: 1\r\n\r\none\r\n']],
  ['a separator and nothing else', `From a@b ${DATE}\n\nFrom a@b ${DATE}\n`, []],
  [
    'long lines, and carriage returns inside',
    `From a@b ${DATE}\nA: ${long}\n\n${long}\r${long}\r\r\n${long}\n`,
    [`A: ${long}\r\n\r\n${long}\r${long}\r\r\n${long}\r\n`],
  ],
];

describe('mailbox files are taken apart', () => {
  for (const [title, file, messages] of FILES) {
    test(title, () => {
      for (const step of [1, 7, 999, 100_000]) assert.deepEqual(read(file, step), messages);
    });
  }

  test('a message past the limit is told, and the next one is read', () => {
    const file = `From a ${DATE}\nA: 1\n\n${'y'.repeat(300)}\n\nFrom a ${DATE}\nB: 2\n\ntwo\n`;
    assert.deepEqual(read(file, 50, 200), ['too-large', 'B: 2\r\n\r\ntwo\r\n']);
  });

  test('a line without end holds no more than the limit', () => {
    const reader = new MboxReader(10_000);
    const piece = new Uint8Array(64 * 1024).fill(0x61);
    const found = [...reader.push(octetsOf(`From a ${DATE}\n`))];
    for (let count = 0; count < 1_000; count += 1) found.push(...reader.push(piece));
    found.push(...reader.end());
    assert.deepEqual(found, ['too-large']);
  });

  test('what is written is read again', () => {
    const messages = [
      'A: 1\r\n\r\nFrom here\r\n>From there\r\n>>>From afar\r\n From\r\n',
      `A: 2\r\n\r\n\r\n\r\nFrom x ${DATE}\r\n\r\n`,
      'A: 3\r\n\r\nno end',
      'A: 4\r\n\r\n',
    ];
    const file = messages.map((text) => textOf(mboxOf(octetsOf(text), 'a b', NaN))).join('');
    assert.ok(file.startsWith('From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n'));
    const ended = messages.map((text) => (text.endsWith('\n') ? text : `${text}\r\n`));
    for (const step of [1, 13, 100_000]) assert.deepEqual(read(file, step), ended);
  });
});

/** Stored messages, by their likeness. */
function store() {
  const stored: { account: string; octets: Uint8Array; likeness: string }[] = [];
  const writes: number[] = [];
  const storage = {
    alike: (account: string, wanted: string): MessageId[] =>
      stored.flatMap((one, id) => (one.account === account && one.likeness === wanted ? [id] : [])),
    octets: async (id: MessageId) => stored[id]?.octets,
    async add(account: string, messages: NewMessage[]) {
      writes.push(messages.length);
      for (const { octets, digest } of messages) {
        stored.push({ account, octets, likeness: likeness(digest) });
      }
      return messages.map((_, index) => stored.length - messages.length + index);
    },
  };
  return { stored, storage, writes };
}

async function digest(octets: Uint8Array): Promise<Digest> {
  const messageId = /^Message-ID: <(.*)>/m.exec(textOf(octets))?.[1];
  return {
    to: [],
    attachments: false,
    attachmentNames: [],
    snippet: '',
    text: '',
    references: [],
    broken: false,
    ...(messageId !== undefined && { messageId }),
  };
}

describe('files are imported', () => {
  const message = (id: number, body = ''): string => `Message-ID: <${id}@x>\r\n\r\n${body}\r\n`;

  test('twice, and the second time adds nothing', async () => {
    const { storage, stored, writes } = store();
    const texts = Array.from({ length: 300 }, (_, id) => message(id % 250, `body ${id % 275}`));
    const file = new Blob(texts.map((text) => mboxOf(octetsOf(text), undefined, 0)));
    const told: number[] = [];
    const options = { storage, digest, progress: (done: number) => told.push(done) };
    const first = await importFile(file, 'a', options);
    const different = new Set(texts).size;
    assert.deepEqual(first, { added: different, known: 300 - different, refused: 0 });
    assert.equal(told.at(-1), file.size);
    assert.ok(writes.every((count) => count <= 128));
    assert.deepEqual(await importFile(file, 'a', options), { added: 0, known: 300, refused: 0 });
    // The same mail in another account is other mail.
    assert.equal((await importFile(file, 'b', options)).added, different);
    assert.equal(stored.length, 2 * different);
    const { file: out, missing } = await exportMbox(
      stored.slice(0, different).map((_, id) => ({ id, date: 0, size: 10 })),
      storage.octets,
      () => undefined,
    );
    assert.equal(missing, 0);
    assert.deepEqual(await importFile(out, 'a', options), {
      added: 0,
      known: different,
      refused: 0,
    });
  });

  test('of one message as it stands, once, however its lines end', async () => {
    const { storage, stored } = store();
    const options = { storage, digest, progress: () => undefined };
    const file = new Blob([message(1, 'one\r\n\r\nFrom here')]);
    assert.deepEqual(await importFile(file, 'a', options), { added: 1, known: 0, refused: 0 });
    const unix = new Blob([message(1, 'one\r\n\r\nFrom here').replaceAll('\r\n', '\n'), '\n\n']);
    assert.deepEqual(await importFile(unix, 'a', options), { added: 0, known: 1, refused: 0 });
    assert.equal(textOf(stored[0]?.octets ?? new Uint8Array()), await file.text());
  });

  for (const [title, file] of [
    ['nothing', ''],
    ['a picture', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'],
    ['prose', 'Dear all,\n\nFrom: nobody'],
    ['zeros', '\0'.repeat(10_000)],
  ] as const) {
    test(`${title} is not mail`, async () => {
      const { storage, stored } = store();
      const options = { storage, digest, progress: () => undefined };
      await assert.rejects(importFile(new Blob([file]), 'a', options), /not-mail/);
      assert.equal(stored.length, 0);
    });
  }

  test('what was stored before a failure stays, and is passed over afterwards', async () => {
    const { storage, stored } = store();
    const texts = Array.from({ length: 200 }, (_, id) => message(id));
    const file = new Blob(texts.map((text) => mboxOf(octetsOf(text), undefined, 0)));
    const { add } = storage;
    let room = 1;
    storage.add = async (account, messages) => {
      if (room-- === 0) throw new DOMException('', 'QuotaExceededError');
      return add(account, messages);
    };
    const options = { storage, digest, progress: () => undefined };
    await assert.rejects(importFile(file, 'a', options), { name: 'QuotaExceededError' });
    assert.equal(stored.length, 128);
    storage.add = add;
    assert.deepEqual(await importFile(file, 'a', options), { added: 72, known: 128, refused: 0 });
  });
});

// The recipes of the package's README do what they say.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseMessage, Pop3Client } from 'pop3-wasm';
import { mail, maildrop } from './maildrop.js';
import { streamServer } from './pop3-server.js';

const README = readFileSync(new URL('../../../client-wasm/README.md', import.meta.url), 'utf8');
const [, recipes] = /^## Recipes$(.*?)^## /ms.exec(README);

/** The programs, by their headings. */
const programs = new Map(
  recipes
    .split('\n### ')
    .slice(1)
    .map((section) => {
      const [title] = section.split('\n');
      return [title, /^```js\n(.*?)^```/ms.exec(section)[1]];
    }),
);

const MESSAGES = [mail('a', 'x'), mail('b', 'y'), mail('c', 'z')];

/** Runs a recipe against a mailbox of three, with what it takes for granted. */
async function follow(title, ids = [], given = {}) {
  const program = programs.get(title);
  assert.ok(program !== undefined, `no recipe ${title}`);
  programs.delete(title);
  const server = streamServer({
    answers: {
      ...maildrop(MESSAGES),
      'STAT': '+OK 3 90\r\n',
      'TOP 3 5': '+OK\r\nSubject: c\r\n\r\nabout c\r\n.\r\n',
      'TOP 2 5': '-ERR no\r\n',
      'TOP 1 5': '+OK\r\nSubject: a\r\n\r\nabout a\r\n.\r\n',
    },
  });
  const client = await Pop3Client.connect({ streams: server.streams });
  await client.user('a');
  await client.pass_('b');
  const stored = new Map();
  const forgotten = [];
  const printed = [];
  const names = {
    client,
    parseMessage,
    console: { log: (...words) => printed.push(words) },
    store: {
      ids: async () => ids,
      put: async (id, octets) => void stored.set(id, octets),
      forget: async (gone) => void forgotten.push(...gone),
      olderThan: async () => ids.slice(0, 1),
    },
    ...given,
  };
  const AsyncFunction = (async () => {}).constructor;
  await new AsyncFunction(...Object.keys(names), program)(...Object.values(names));
  return { lines: server.lines, stored, forgotten, printed };
}

test('fetch what is new, and keep it on the server', async () => {
  const { lines, stored } = await follow('Fetch what is new, and keep it on the server');
  assert.equal(stored.size, 3);
  assert.ok(!lines.some((line) => line.startsWith('DELE')));
  assert.equal(lines.at(-1), 'QUIT');
});

test('fetch and delete', async () => {
  const { lines, stored } = await follow('Fetch and delete');
  assert.equal(stored.size, 3);
  assert.equal(lines.filter((line) => line.startsWith('DELE')).length, 3);
  assert.equal(lines.at(-1), 'QUIT');
});

test('ask whether there is new mail', async () => {
  const old = `u:${'x'.repeat(43)}:old`;
  const known = `u:${'x'.repeat(43)}:y`;
  const { forgotten, printed } = await follow('Ask whether there is new mail', [old, known]);
  assert.deepEqual(printed, [['2 new messages']]);
  assert.deepEqual(forgotten, [old]);
});

test('delete later what was stored before', async () => {
  const ids = ['y', 'z'].map((uid) => `u:${'x'.repeat(43)}:${uid}`);
  const { lines } = await follow('Delete later what was stored before', ids);
  assert.deepEqual(lines.slice(-2), ['DELE 2', 'QUIT']);
});

test('peek before fetching', async () => {
  const { printed } = await follow('Peek before fetching');
  const size = MESSAGES[0].octets.length;
  assert.deepEqual(printed, [
    [3, 'z', size, 'c', 'about c\n'],
    [1, 'x', size, 'a', 'about a\n'],
  ]);
});

test('a large message, as it comes', async () => {
  const chunks = [];
  const file = { write: async (chunk) => void chunks.push(chunk) };
  const { printed } = await follow('A large message, as it comes', [], { file });
  assert.equal(String(Buffer.concat(chunks)), MESSAGES[0].octets);
  const size = MESSAGES[0].octets.length;
  assert.deepEqual(printed.at(-1), [`${size} of ${size} octets`]);
});

test('cancel', async () => {
  const stopButton = {};
  await follow('Cancel', [], { stopButton });
  assert.equal(typeof stopButton.onclick, 'function');
});

test('many commands, of which some may fail', async () => {
  const { printed } = await follow('Many commands, of which some may fail');
  assert.deepEqual(
    printed.map(([command]) => command[0]),
    ['retr', 'dele', 'top'],
  );
});

test('no recipe is left out', () => {
  assert.deepEqual([...programs.keys()], []);
});

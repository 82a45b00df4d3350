// Every program of the cookbook does what it says, as it stands there, against Dovecot: through the
// proxy, or over sockets where it says so.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Pop3Client } from 'pop3-wasm';
import { openNode } from 'pop3-wasm/node';
import { WebSocket } from 'ws';
import { Certificates } from '../lib/certificates.js';
import { startTestbed } from '../lib/testbed.js';

const read = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const COOKBOOK = read('client-wasm/COOKBOOK.md');

/** The programs, by their headings. */
const programs = new Map(
  [...COOKBOOK.matchAll(/^## (.*?)\n(.*?)(?=^## |(?![^]))/gms)]
    .map(([, title, section]) => [title, /^```js\n(.*?)^```/ms.exec(section)?.[1]])
    .filter(([, program]) => program !== undefined),
);

const NAME = 'pop.tests.example';
const LINE = 'a line of a large message\r\n';
const SMALL = 'Subject: small\r\n\r\nfirst\r\nsecond\r\nthird\r\nfourth\r\n';
const LARGE = `Subject: large\r\n\r\n${LINE.repeat(20_000)}`;

const certificates = new Certificates();
const folder = mkdtempSync(join(tmpdir(), 'pop3-cookbook-'));
let bed;
let secure;
let authority;
let mailboxes = 0;

before(async () => {
  globalThis.WebSocket = WebSocket;
  bed = await startTestbed();
  authority = certificates.authority('Root');
  const { chainFile: chain, keyFile: key } = certificates.server([NAME], { issuer: authority });
  const shown = { chain, key, user: 'reader', messages: [SMALL] };
  secure = await bed.dovecot({ name: 'own', ...shown });
});

after(async () => {
  await bed?.stop();
  certificates.end();
  rmSync(folder, { recursive: true });
});

/**
 * Runs a program with what it takes for granted, in a mailbox with these messages. Gives what it has
 * printed and stored, and how many messages the mailbox has then.
 */
async function cook(title, { messages = [SMALL], names: more = {} } = {}) {
  const program = programs.get(title);
  assert.ok(program !== undefined, `no program ${title}`);
  programs.delete(title);
  mailboxes += 1;
  const { user, password } = await bed.mailbox(`cook-${mailboxes}`);
  if (messages.length > 0) await bed.deliver(user, messages);
  const stored = new Map();
  const printed = [];
  const names = {
    way: { url: bed.endpoint, server: 'implicit' },
    user,
    password,
    console: { log: (...words) => printed.push(words) },
    store: {
      ids: async () => [...stored.keys()],
      put: async (id, octets) => void stored.set(id, Buffer.from(octets).toString()),
      attachment: async (name, type, octets) => void stored.set(name, [type, octets.length]),
    },
    ...more,
    // A function has no static imports.
    load: (name) => import(name),
  };
  const body = program.replaceAll(
    /^import (\{.*?\}) from ('.*?');$/gm,
    'const $1 = await load($2);',
  );
  const AsyncFunction = (async () => {}).constructor;
  const run = new AsyncFunction(...Object.keys(names), body);
  await run(...Object.values(names));
  return { printed, stored, run: () => run(...Object.values(names)), left: await bed.count(user) };
}

/** What Dovecot gives ends as what was put into it. */
const endsWith = (text, end) => assert.ok(text.endsWith(end), text.slice(-100));

test('fetch new mail, and not again', async () => {
  const { stored, left, run } = await cook('Fetch new mail', { messages: [SMALL, LARGE] });
  assert.equal(stored.size, 2);
  assert.equal(left, 2);
  const [small, large] = [...stored.values()];
  endsWith(small, SMALL);
  endsWith(large, LARGE);
  stored.set([...stored.keys()][0], 'kept');
  await run();
  assert.deepEqual([...stored.values()].slice(0, 1), ['kept']);
});

test('delete safely', async () => {
  const { stored, left } = await cook('Delete safely', { messages: [SMALL, LARGE] });
  assert.equal(stored.size, 2);
  assert.equal(left, 0);
});

test('delete safely: what could not be stored stays', async () => {
  programs.set('Delete safely, again', /## Delete safely\n.*?```js\n(.*?)^```/ms.exec(COOKBOOK)[1]);
  const full = { ids: async () => [], put: () => Promise.reject(new Error('disk full')) };
  const cooked = cook('Delete safely, again', { names: { store: full } });
  await assert.rejects(cooked, /disk full/);
  assert.equal(await bed.count(`cook-${mailboxes}`), 1);
});

test('peek at the first lines', async () => {
  const { printed } = await cook('Peek at the first lines');
  assert.deepEqual(
    printed.map(([number, subject, text]) => [number, subject, text.trim().split(/\r?\n/)]),
    [[1, 'small', ['first', 'second', 'third']]],
  );
});

test('stream a large message to a file', async () => {
  const file = join(folder, 'large.eml');
  await cook('Stream a large message to a file', { messages: [LARGE], names: { file } });
  endsWith(readFileSync(file, 'utf8'), LARGE);
});

test('show a progress bar', async () => {
  const values = [];
  const bar = {
    max: 1,
    get value() {
      return values.at(-1);
    },
    set value(value) {
      values.push(value);
    },
  };
  await cook('Show a progress bar', { messages: [LARGE], names: { bar } });
  assert.ok(values.length > 2, String(values));
  assert.ok(
    values.every((value, at) => value <= bar.max && (at === 0 || value >= values[at - 1])),
    String(values),
  );
  assert.equal(bar.value, bar.max);
});

test('cancel', async () => {
  // Pressed as soon as there is something to press.
  const stopButton = {
    set onclick(press) {
      press();
    },
  };
  const { printed } = await cook('Cancel', { messages: [LARGE], names: { stopButton } });
  assert.deepEqual(printed, [['stopped']]);
});

test('sign in by OAuth', async () => {
  const { user, token, pop3s: port } = secure;
  const where = { host: '127.0.0.1', port, servername: NAME, ca: authority.pem };
  const names = { way: { streams: await openNode(where) }, user, token };
  const { printed } = await cook('Sign in by OAuth', { names });
  assert.deepEqual(printed, [['OAUTHBEARER']]);
  programs.set('OAuth, again', /## Sign in by OAuth\n.*?```js\n(.*?)^```/ms.exec(COOKBOOK)[1]);
  names.way = { streams: await openNode(where) };
  const refused = await cook('OAuth, again', { names: { ...names, token: 'x' } });
  assert.deepEqual(refused.printed, [['The token is no longer good: get another one.']]);
});

test('Node without a proxy', async () => {
  const { user, password, pop3s: port } = secure;
  const names = { host: '127.0.0.1', port, servername: NAME, ca: authority.pem, user, password };
  const { printed } = await cook('Node without a proxy', { messages: [], names });
  assert.equal(printed[0][0], 'TLSv1.3');
  assert.equal(printed[1][0].count, 1);
});

test('TLS from end to end', async () => {
  const { user, password } = secure;
  const way = { url: bed.endpoint, server: 'own' };
  const names = { way, servername: NAME, ca: authority.pem, user, password };
  const { printed } = await cook('TLS from end to end', { messages: [], names });
  assert.deepEqual(printed[0], ['end-to-end', [NAME]]);
  assert.equal(printed[1][0].count, 1);
});

test('in a worker', async () => {
  const { user, password, pop3s: port } = secure;
  const way = { host: '127.0.0.1', port, servername: NAME, ca: authority.pem };
  const { printed } = await cook('In a worker', { messages: [], names: { way, user, password } });
  assert.equal(printed.length, 1);
  const [number, octets] = printed[0];
  assert.equal(number, 1);
  assert.ok(octets >= SMALL.length, String(octets));
});

test('parse a message', async () => {
  const text = [
    'From: Alice <alice@example.org>',
    'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    '',
    'Hello',
    '--b',
    'Content-Type: image/png; name=dot.png',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment',
    '',
    'AAAA',
    '--b--',
    '',
  ].join('\r\n');
  const { printed, stored } = await cook('Parse a message', {
    names: { octets: new TextEncoder().encode(text) },
  });
  assert.deepEqual(printed, [
    ['Grüße', [{ name: 'Alice', address: 'alice@example.org' }], 'Hello'],
  ]);
  assert.deepEqual([...stored], [['dot.png', ['image/png', 3]]]);
});

test('bundle it: the project of esbuild says the same', () => {
  const program = programs.get('Bundle it');
  programs.delete('Bundle it');
  const project = read('tests/packaging/projects/esbuild/package.js');
  for (const line of program.split('\n')) assert.ok(project.includes(line), line);
});

test('no program is left out', () => {
  assert.deepEqual([...programs.keys()], []);
});

/** The rows of the table for those who come from another library, by column. */
function migration() {
  const [, table] = /^## Coming from another library\n\n(.*?)\n\n/ms.exec(COOKBOOK);
  const [head, , ...rows] = table
    .split('\n')
    .map((row) => row.split(/(?<!\\)\|/).slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
  return { head, rows };
}

/** The methods that the cells of a column call. */
function called(column) {
  const cells = migration().rows.map((row) => row[column]);
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)\(/g)].map(([, name]) => name));
}

test('the table of other libraries names methods that there are', async () => {
  const { head } = migration();
  const functions = ['parseMessage', 'connectNode'];
  const own = called(head.indexOf('here')).filter((name) => !functions.includes(name));
  assert.ok(own.length > 15, String(own));
  for (const name of own) assert.equal(typeof Pop3Client.prototype[name], 'function', name);
  const others = called(head.indexOf('poplib (Python)')).filter((name) => name !== 'POP3_SSL');
  assert.ok(others.length > 12, String(others));
  const program =
    'import poplib, sys; print([n for n in sys.argv[1:] if not hasattr(poplib.POP3, n)])';
  const missing = execFileSync('python3', ['-c', program, ...others], { encoding: 'utf8' });
  assert.equal(missing.trim(), '[]');
});

// `pop3-wasm/deno`, in Deno: sessions on its own sockets, with Dovecot, and with servers that are at fault.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { afterEach, test } from 'node:test';
import { openDeno } from 'pop3-wasm/deno';
import { until } from '../lib/deadline.js';
import { failure } from '../lib/failure.js';
import { HOST, NAME, authority, dovecot, own, testbed, useOwnDovecot } from './own-dovecot.js';
import { socketServer } from './pop3-server.js';

const MESSAGES = ['one\r\n', '.\r\n..two\r\n', 'a line of a large message\r\n'.repeat(10_000)].map(
  (body, at) => `From: a@tests.example\r\nSubject: number ${at + 1}\r\n\r\n${body}`,
);
const DIGESTS = MESSAGES.map((text) => createHash('sha256').update(text).digest('hex'));
const DENO = createRequire(import.meta.url).resolve('deno/bin.cjs');

const trusted = { host: HOST, servername: NAME, ca: authority.pem };
let server;

useOwnDovecot(MESSAGES);

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

/** Has Deno do these things; it has to end by itself, and to complain of nothing. */
async function deno(...things) {
  const flags = ['run', '--quiet', '--no-prompt', '--no-lock', '--node-modules-dir=manual'];
  const allowed = ['--allow-net', '--allow-read', '--allow-env'];
  const program = 'deno-program.js';
  const { stdout, stderr, killed } = await promisify(execFile)(
    process.execPath,
    [DENO, ...flags, ...allowed, program, JSON.stringify(things)],
    { cwd: import.meta.dirname, timeout: 90_000 },
  ).catch(({ stdout, stderr, killed }) => ({ stdout, stderr, killed }));
  assert.deepEqual([stderr, killed], ['', undefined], stdout);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('Dovecot: TLS from the beginning, by STLS, none, and that of pop3-wasm/tls', async () => {
  const { pop3, pop3s, user, password } = dovecot;
  const credentials = { user, password };
  const outcomes = await deno(
    { options: { ...trusted, port: pop3s }, credentials },
    { options: { ...trusted, port: pop3, tls: 'starttls' }, credentials },
    {
      options: { host: HOST, port: pop3, tls: 'none' },
      credentials: { ...credentials, allowPlaintext: true },
    },
    { options: { host: HOST, port: pop3, tls: 'none' }, credentials },
    {
      by: 'secure',
      options: { host: HOST, port: pop3s, tls: { name: NAME, pin: own.pin } },
      credentials,
    },
    { by: 'worker', options: { ...trusted, port: pop3s }, credentials },
  );
  const [implicit, starttls, none, refused, inside, worker] = outcomes;
  for (const { messages } of [implicit, starttls, none, inside, worker]) {
    assert.deepEqual(messages, DIGESTS);
  }
  assert.deepEqual(implicit.connection, { server: HOST, tls: 'implicit' });
  assert.deepEqual(starttls.connection, { server: HOST, tls: 'starttls' });
  assert.deepEqual(none.connection, { server: HOST, tls: 'none' });
  assert.deepEqual([implicit.welcome === '', starttls.welcome], [false, '']);
  assert.equal(refused.code, 'plaintext-refused');
  assert.equal(inside.connection.tls, 'end-to-end');
});

test('certificates', async () => {
  const faults = {
    'bad-certificate': 'tls-untrusted',
    'wrong-name': 'tls-wrong-name',
    'expired': 'tls-expired',
  };
  const things = Object.keys(faults).flatMap((fault) => {
    const { host, pop3, pop3s } = testbed.addresses[fault];
    const options = { host, ca: testbed.ca };
    return [
      { options: { ...options, port: pop3s } },
      { options: { ...options, port: pop3, tls: 'starttls' } },
    ];
  });
  const outcomes = await deno(...things);
  const expected = Object.values(faults).flatMap((code) => [code, code]);
  assert.deepEqual(
    outcomes.map(({ code }) => code),
    expected,
  );
  for (const { blame, cause } of outcomes) {
    assert.equal(blame, 'server');
    assert.match(cause, /certificate/);
  }
});

test('connections that do not come about', async () => {
  const gone = await socketServer();
  await gone.stop();
  server = await socketServer({ answers: { STLS: '-ERR no\r\n' } });
  const [refused, unknown, plain, without, wrong] = await deno(
    { options: { host: HOST, port: gone.port, tls: 'none' } },
    { options: { host: 'pop.invalid', port: 110 } },
    { options: { ...trusted, port: server.port } },
    { options: { ...trusted, port: server.port, tls: 'starttls' } },
    { options: { host: HOST, port: 'pop3' } },
  );
  assert.deepEqual([refused.code, refused.blame], ['refused', 'transport']);
  assert.match(refused.cause, /^ConnectionRefused/);
  assert.deepEqual([unknown.code, unknown.blame], ['dns', 'transport']);
  assert.deepEqual([plain.code, plain.blame], ['tls-handshake', 'server']);
  assert.deepEqual([without.code, without.serverText], ['stls-unsupported', 'no']);
  assert.equal(wrong.code, 'invalid-argument');
  await until(10_000, 'the end of the sockets', () => server.sockets.every((s) => s.destroyed));
});

test('attempts that are given up', async () => {
  const silent = { greeting: '', answers: { STLS: '' } };
  server = await socketServer(silent);
  const { port } = server;
  const things = ['implicit', 'starttls', 'none'].flatMap((tls) => [
    { options: { ...trusted, port, tls }, abort: 300 },
    { options: { ...trusted, port, tls, connectTimeout: 300 } },
  ]);
  const outcomes = await deno(...things);
  const late = 'connect-timeout';
  assert.deepEqual(
    outcomes.map(({ code }) => code),
    ['aborted', late, 'aborted', late, 'aborted', 'timeout'],
  );
  for (const { code, cause } of outcomes) {
    if (code === 'aborted') assert.equal(cause, 'Error: no more');
  }
  await until(10_000, 'the end of the sockets', () => server.sockets.every((s) => s.destroyed));
});

test('ends: by QUIT, by close, by the server, and of a session that lost its connection', async () => {
  const cut = ({ socket }) => socket.destroy();
  server = await socketServer({ answers: { 'USER a': cut } });
  const options = { host: HOST, port: server.port, tls: 'none' };
  const [quit, closed, lost] = await deno(
    { options },
    { options, then: 'close' },
    { options, then: 'user' },
  );
  assert.deepEqual([quit.welcome, closed.welcome], ['ready', 'ready']);
  assert.equal(lost.code, 'connection-lost');
  await until(10_000, 'the end of the sockets', () => server.sockets.every((s) => s.destroyed));
});

test('elsewhere it says that it needs Deno', async () => {
  const error = await failure(openDeno({ host: HOST }));
  assert.deepEqual([error.code, error.blame], ['unsupported', 'caller']);
});

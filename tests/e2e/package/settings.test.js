// What `connect` can set of a session, and what arguments are refused.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Pop3Client } from 'pop3-wasm';
import { until } from '../lib/deadline.js';
import { failure } from '../lib/failure.js';
import { mail, maildrop } from './maildrop.js';
import { streamServer } from './pop3-server.js';

let server;

afterEach(() => {
  server = undefined;
});

async function open(options, answers = {}) {
  server = streamServer({ answers: { ...maildrop([mail('a'), mail('b')]), ...answers } });
  const client = await Pop3Client.connect({ streams: server.streams, ...options });
  await client.user('a');
  await client.pass_('b');
  return client;
}

const silent = () => {};

test('commands run ahead within the window, and not at all without pipelining', async () => {
  const sent = async (pipelining) => {
    const client = await open({ pipelining }, { NOOP: silent });
    const before = server.lines.length;
    for (let count = 0; count < 5; count += 1) client.noop().catch(silent);
    await until(10_000, 'a command', () => server.lines.length > before);
    await new Promise((resolve) => setImmediate(resolve));
    const lines = server.lines.slice(before).length;
    client.close();
    return lines;
  };
  assert.equal(await sent(undefined), 5);
  assert.equal(await sent({ commands: 2 }), 2);
  assert.equal(await sent({ commandOctets: 18 }), 3);
  assert.equal(await sent(false), 1);
});

test('what is usual is what is documented', async () => {
  const client = await open({}, { NOOP: silent });
  const before = server.lines.length;
  for (let count = 0; count < 1_100; count += 1) client.noop().catch(silent);
  await until(10_000, 'as many as fit', () => server.lines.length - before >= 1_024);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(server.lines.length - before, 1_024);
  client.close();
});

test('messages are asked for within the window of octets', async () => {
  const ahead = async (pipelining) => {
    const client = await open({ pipelining }, { 'RETR 1': silent, 'RETR 2': silent });
    for (const number of [1, 2]) client.retr(number).catch(silent);
    await until(10_000, 'a command', () => server.lines.includes('RETR 1'));
    await new Promise((resolve) => setImmediate(resolve));
    client.close();
    return server.lines.includes('RETR 2');
  };
  assert.equal(await ahead({ answerOctets: 1000, assumedMessage: 500 }), true);
  assert.equal(await ahead({ answerOctets: 999, assumedMessage: 500 }), false);
});

test('each limit ends the session when it is passed', async () => {
  const long = 'x'.repeat(600);
  const cases = [
    [{ statusLine: 512 }, { NOOP: `+OK ${long}\r\n` }, (client) => client.noop()],
    [{ listLine: 512 }, { UIDL: `+OK\r\n1 ${long}\r\n.\r\n` }, (client) => client.uidl()],
    [{ listLines: 1 }, {}, (client) => client.list()],
    [{ capabilities: 1 }, { CAPA: '+OK\r\nA\r\nB\r\n.\r\n' }, (client) => client.capa()],
    [{ message: 20 }, {}, (client) => client.retr(1)],
  ];
  for (const [limits, answers, command] of cases) {
    server = streamServer({ answers: { ...maildrop([mail('a'), mail('b')]), ...answers } });
    const client = await Pop3Client.connect({ streams: server.streams, limits });
    if (!('capabilities' in limits)) {
      await client.user('a');
      await client.pass_('b');
      await client.dele(2);
    }
    const error = await failure(command(client));
    assert.deepEqual(
      [error.code, error.blame],
      ['limit-exceeded', 'limit'],
      JSON.stringify(limits),
    );
    if (!('capabilities' in limits)) assert.deepEqual(error.undoneDeletions, [2]);
    assert.equal(client.closed, true);
  }
  server = streamServer({ answers: { 'AUTH PLAIN': `+ ${long}\r\n` } });
  const client = await Pop3Client.connect({ streams: server.streams, limits: { challenge: 512 } });
  const credentials = { user: 'a', password: 'b', initialResponse: false };
  assert.equal((await failure(client.auth('PLAIN', credentials))).code, 'limit-exceeded');
});

test('NOOP keeps an idle session alive, and tells nobody', async () => {
  const client = await open({ keepAlive: 20 });
  const noops = () => server.lines.filter((line) => line === 'NOOP').length;
  await until(10_000, 'three NOOPs', () => noops() >= 3);
  assert.equal((await client.stat()).count, 2);
  await client.quit();
  const before = noops();
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(noops(), before);
});

test('a server that is silent at a NOOP ends the session', async () => {
  const client = await open({ keepAlive: 20, commandTimeout: 30 }, { NOOP: silent });
  await until(10_000, 'the end', () => client.closed);
});

test('a session has its time', async () => {
  const client = await open({ sessionTimeout: 200, keepAlive: 20 });
  await client.dele(1);
  await until(10_000, 'the end', () => client.closed);
  const error = await failure(client.noop());
  assert.equal(error.code, 'wrong-state');
  const waiting = await open({ sessionTimeout: 200 }, { NOOP: silent });
  await waiting.dele(1);
  const late = await failure(waiting.noop());
  assert.deepEqual([late.code, late.blame, late.undoneDeletions], ['timeout', 'caller', [1]]);
});

test('options that make no sense are refused by name, and nothing is opened', async () => {
  const cases = [
    ['commandTimeout', { commandTimeout: 0 }],
    ['sessionTimeout', { sessionTimeout: -1 }],
    ['readTimeout', { readTimeout: 1.5 }],
    ['keepAlive', { keepAlive: '60' }],
    ['pipelining', { pipelining: true }],
    ['pipelining.commands', { pipelining: { commands: 0 } }],
    ['pipelining.answerOctets', { pipelining: { answerOctets: NaN } }],
    ['limits', { limits: null }],
    ['limits.message', { limits: { message: 2 ** 60 } }],
    ['limits.statusLine', { limits: { statusLine: 10 } }],
    ['drain.octets', { drain: { octets: Infinity } }],
    ['drain', { drain: 5 }],
  ];
  for (const [name, options] of cases) {
    server = streamServer();
    const error = await failure(Pop3Client.connect({ streams: server.streams, ...options }));
    assert.equal(error.code, 'invalid-argument', name);
    assert.ok(error.message.startsWith(`${name} must be`), error.message);
    assert.deepEqual([server.streams.readable.locked, server.cancelled], [false, false]);
  }
});

test('arguments that make no sense are refused, and nothing is sent', async () => {
  const client = await open({});
  const before = server.lines.length;
  const calls = [
    () => client.retr(1, { signal: 5 }),
    () => client.retr(1, { timeout: 0 }),
    () => client.retr(1, { stream: 1 }),
    () => client.retr(1, { stream: true, onProgress: 1 }),
    () => client.retr(0, { stream: true }),
    () => client.list(undefined, 5),
    () => client.dele(1, { timeout: 'x' }),
    () => client.batch().next(),
    () => client.batch('retr').next(),
    () => client.batch(['retr']).next(),
    () => client.batch([['quit']]).next(),
    () => client.batch([['retr']]).next(),
    () => client.batch([['retr', 1, 2]]).next(),
    () => client.batch([['top', 1, -1]]).next(),
    () => client.batch([], { ahead: { messages: 0 } }).next(),
    () => client.messages({ numbers: [0] }).next(),
    () => client.messages({ lines: 1.5 }).next(),
    () => client.messages({ ahead: 5 }).next(),
    () => client.checkNew({ seen: 'abc' }),
    () => client.checkNew({ seen: [1] }),
    () => client.fetchNew({ seen: 5 }).next(),
    () => client.fetchNew({ onChecked: 5 }).next(),
    () => client.messages({ onProgress: 5 }).next(),
    () => client.checkNew({ find: [5] }),
  ];
  for (const call of calls) {
    assert.equal((await failure(call())).code, 'invalid-argument', String(call));
  }
  assert.equal(server.lines.length, before);
});

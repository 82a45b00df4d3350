// Defects of the module, in Node: it is started anew, and nobody is left waiting.

import assert from 'node:assert/strict';
import { afterEach, before, test } from 'node:test';
import { parseMessage, Pop3Client } from 'pop3-wasm';
import { WebSocket } from 'ws';
import { within } from '../lib/deadline.js';
import { failure } from '../lib/failure.js';
import { scripted } from '../lib/scripted.js';
import { streamServer } from './pop3-server.js';

const OCTETS = new TextEncoder().encode('Subject: hello\r\n\r\nbody\r\n');

let server;

before(() => {
  globalThis.WebSocket = WebSocket;
});

afterEach(() => server.stop());

const connect = () => Pop3Client.connect({ url: server.url, server: 'work' });

/** A signed-in session. */
async function prepare(answers = {}) {
  server = await scripted({ answers: { STAT: '+OK 0 0\r\n', ...answers } });
  const client = await connect();
  await client.user('a');
  await client.pass_('b');
  return client;
}

/** The module asks for the time whenever octets come, or a command is to go. */
async function withoutTime(work) {
  const { now } = performance;
  performance.now = () => {
    throw new RangeError('no time');
  };
  try {
    return await work();
  } finally {
    performance.now = now;
  }
}

function assertInternal(error) {
  assert.deepEqual([error.code, error.blame], ['internal', 'package']);
  assert.equal(error.cause.message, 'no time');
}

async function assertMended() {
  await (await connect()).quit();
  assert.equal((await parseMessage(OCTETS)).subject, 'hello');
}

test('in a command', async () => {
  const client = await prepare();
  assertInternal(await withoutTime(() => failure(client.noop())));
  assert.equal(client.closed, true);
  assertInternal(await failure(client.stat()));
  client.close();
  await assertMended();
});

test('while an answer is handled', async () => {
  const client = await prepare({ NOOP: () => {} });
  const waiting = failure(client.noop());
  await withoutTime(async () => {
    for (const socket of server.sockets) socket.send(Buffer.from('+OK\r\n'));
    assertInternal(await waiting);
  });
  assert.equal(client.closed, true);
  await assertMended();
});

test('in a command from within onProgress', async () => {
  const client = await prepare({ 'RETR 1': '+OK\r\nbody\r\n.\r\n' });
  let nested;
  const onProgress = () => {
    nested = withoutTime(() => failure(client.noop()));
  };
  assertInternal(await failure(client.retr(1, { onProgress })));
  assertInternal(await nested);
  await assertMended();
});

test('is nothing to a session that has ended before', async () => {
  const ended = await prepare();
  await ended.quit();
  const broken = await connect();
  await withoutTime(() => failure(broken.noop()));
  const next = await connect();
  assert.equal((await failure(ended.noop())).code, 'wrong-state');
  assert.equal(ended.closed, true);
  ended.close();
  await next.quit();
});

test('while a chunk of a stream is handled', async () => {
  server = await scripted();
  const { streams, send } = streamServer({ answers: { CAPA: '' } });
  const client = await Pop3Client.connect({ streams });
  const waiting = failure(client.capa());
  await withoutTime(async () => {
    send(Buffer.from('+OK\r\n.\r\n'));
    assertInternal(await within(10_000, 'the trap', waiting));
  });
  assert.equal(client.closed, true);
  assert.deepEqual([streams.readable.locked, streams.writable.locked], [false, false]);
  assertInternal(await failure(client.noop()));
  await assertMended();
});

test('while the octets of another session are on their way through the module', async () => {
  server = await scripted();
  const outcomes = new Set();
  // At one of these moments the other session's future has been woken, and has not run yet.
  for (let moment = 0; moment < 12; moment += 1) {
    const other = streamServer({ answers: { CAPA: '' } });
    const client = await Pop3Client.connect(other);
    const waiting = client.capa().then(
      () => 'answered',
      ({ code }) => code,
    );
    const broken = await connect();
    // The command is out before the answer comes.
    while (other.lines.length === 0) await new Promise(setImmediate);
    other.send(Buffer.from('+OK\r\n.\r\n'));
    for (let turn = 0; turn < moment; turn += 1) await null;
    await withoutTime(() => failure(broken.noop()));
    outcomes.add(await within(10_000, 'an outcome', waiting));
  }
  assert.deepEqual([...outcomes].toSorted(), ['answered', 'internal']);
  await assertMended();
});

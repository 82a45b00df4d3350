// Commands that are cancelled, in Node: what becomes of them, and of their session.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Pop3Client } from 'pop3-wasm';
import { until, within } from '../lib/deadline.js';
import { failure } from '../lib/failure.js';
import { maildrop, mail } from './maildrop.js';
import { socketServer, streamServer } from './pop3-server.js';

let server;

afterEach(async () => {
  await server?.stop?.();
  server = undefined;
});

/** A session whose server has begun with message 1, and goes on when it is told to. */
async function halfway(options = {}, script = {}) {
  let connection;
  const answers = {
    'STAT': '+OK 2 20\r\n',
    'RETR 1': (said) => {
      connection = said;
      said.send(Buffer.from('+OK\r\nSubject: half'));
    },
    ...script,
  };
  server = streamServer({ answers });
  const client = await Pop3Client.connect({ streams: server.streams, ...options });
  await client.user('a');
  await client.pass_('b');
  return { client, finish: (rest = '\r\n.\r\n') => connection.send(Buffer.from(rest)) };
}

/** Fetches message 1 until its first octets have come: the failure to be, and how to bring it about. */
async function fetching(client) {
  const controller = new AbortController();
  const { signal } = controller;
  let error;
  await new Promise((resolve) => {
    error = failure(client.retr(1, { signal, onProgress: resolve }));
  });
  return { error, cancel: (reason) => controller.abort(reason) };
}

test('a message is cancelled half-way, and the session goes on', async () => {
  const { client, finish } = await halfway();
  const fetched = await fetching(client);
  const next = client.noop();
  fetched.cancel(new Error('enough'));
  const error = await fetched.error;
  assert.deepEqual([error.code, error.blame], ['aborted', 'caller']);
  assert.equal(error.cause.message, 'enough');
  assert.equal(client.closed, false);
  finish();
  assert.equal((await next).text, '');
  assert.deepEqual((await client.stat()).count, 2);
});

test('a command that waits for its turn is never sent', async () => {
  const { client, finish } = await halfway();
  const controller = new AbortController();
  const first = client.retr(1);
  const second = failure(client.retr(2, { signal: controller.signal }));
  controller.abort();
  assert.equal((await second).code, 'aborted');
  finish();
  assert.equal((await first).octets.length, 'Subject: half\r\n'.length);
  await client.noop();
  assert.ok(!server.lines.includes('RETR 2'), server.lines.join());
});

test('many commands share a signal, of which Node suspects no leak', async () => {
  const warnings = [];
  const hear = ({ name }) => warnings.push(name);
  process.on('warning', hear);
  const { client, finish } = await halfway();
  const { signal, abort } = abortable();
  const first = client.retr(1);
  const many = Array.from({ length: 40 }, () => failure(client.noop({ signal })));
  // Node warns in a later turn.
  await new Promise(setImmediate);
  process.off('warning', hear);
  assert.deepEqual(warnings, []);
  abort();
  const codes = new Set((await Promise.all(many)).map(({ code }) => code));
  assert.deepEqual([...codes], ['aborted']);
  finish();
  await first;
  await client.noop({ signal: new AbortController().signal });
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

test('a signal that was aborted before sends nothing', async () => {
  const { client } = await halfway();
  for (const call of [
    (options) => client.retr(1, options),
    (options) => client.retr(1, { ...options, stream: true }),
    (options) => client.top(1, 0, options),
    (options) => client.list(undefined, options),
    (options) => client.uidl(1, options),
    (options) => client.dele(1, options),
    (options) => client.messages(options).next(),
    (options) => client.checkNew(options),
  ]) {
    const before = server.lines.length;
    const error = await failure(call({ signal: AbortSignal.abort('before') }));
    assert.deepEqual([error.code, error.cause], ['aborted', 'before']);
    assert.equal(server.lines.length, before, server.lines.slice(before).join());
  }
});

test('an answer with too much to come ends the session, and says what is undone', async () => {
  const { client } = await halfway({ drain: { octets: 1000 } }, { LIST: '+OK\r\n1 5000\r\n.\r\n' });
  await client.list();
  await client.dele(2);
  assert.deepEqual(client.pendingDeletions, [2]);
  const fetched = await fetching(client);
  const next = failure(client.noop());
  fetched.cancel();
  for (const error of [await fetched.error, await next]) {
    assert.deepEqual([error.code, error.blame], ['aborted', 'caller']);
    assert.deepEqual(error.undoneDeletions, [2]);
  }
  assert.equal(client.closed, true);
  assert.deepEqual(client.pendingDeletions, []);
  await until(10_000, 'the end of the streams', () => server.cancelled && server.aborted);
});

test('an answer that does not end in time ends the session', async () => {
  const { client } = await halfway({ drain: { timeout: 50 } });
  const fetched = await fetching(client);
  const next = failure(client.noop());
  fetched.cancel();
  assert.equal((await fetched.error).code, 'aborted');
  assert.equal((await next).code, 'aborted');
  assert.equal(client.closed, true);
});

test('a command takes too long for its own time, and the session goes on', async () => {
  const { client, finish } = await halfway();
  const error = await failure(client.retr(1, { timeout: 20 }));
  assert.deepEqual([error.code, error.blame], ['timeout', 'caller']);
  assert.match(error.message, /20 milliseconds/);
  finish();
  assert.equal((await client.stat()).count, 2);
});

test('a time that is not needed leaves no timer behind', async () => {
  server = await socketServer({ answers: maildrop([mail('a')]) });
  const { Duplex } = await import('node:stream');
  const { connect } = await import('node:net');
  const streams = Duplex.toWeb(connect(server.port, '127.0.0.1'));
  const client = await Pop3Client.connect({ streams });
  await client.login({ user: 'a', password: 'b', allowPlaintext: true });
  await client.retr(1, { timeout: 60_000, signal: new AbortController().signal });
  await client.quit();
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
  await until(10_000, 'the end of all timers', () => timers().length <= 1);
});

test('after its end a command cannot be cancelled', async () => {
  const { client } = await halfway();
  const controller = new AbortController();
  await client.dele(1, { signal: controller.signal });
  controller.abort();
  assert.deepEqual(client.pendingDeletions, [1]);
  await within(10_000, 'an answer', client.noop());
});

// Messages that are read as they come, in Node: octets, back-pressure, failures.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, test } from 'node:test';
import { Pop3Client } from 'pop3-wasm';
import { WebSocket } from 'ws';
import { until, within } from '../lib/deadline.js';
import { failure } from '../lib/failure.js';
import { scripted } from '../lib/scripted.js';
import { mail, maildrop, multiline } from './maildrop.js';
import { socketServer, streamServer } from './pop3-server.js';

const MIB = 1024 * 1024;

let server;

afterEach(async () => {
  await server?.stop?.();
  server = undefined;
});

async function signedIn(streams, options = {}) {
  const client = await Pop3Client.connect({ streams, ...options });
  await client.user('a');
  await client.pass_('b');
  return client;
}

/** A session with a server that plays these answers. */
function open(answers, options) {
  server = streamServer({ answers });
  return signedIn(server.streams, options);
}

async function octetsOf(body) {
  const chunks = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('the message is there when it begins, and its octets as they come', async () => {
  let connection;
  const client = await open({
    'LIST': '+OK\r\n1 21\r\n.\r\n',
    'RETR 1': (said) => {
      connection = said;
      said.send(Buffer.from('+OK [X] 21 octets\r\nSubj'));
    },
  });
  await client.list();
  const reports = [];
  const onProgress = (progress) => reports.push(progress);
  const { body, ...message } = await client.retr(1, { stream: true, onProgress });
  assert.deepEqual(message, { number: 1, text: '21 octets', code: 'X', size: 21 });
  const reader = body.getReader();
  const next = async () => Buffer.from((await reader.read()).value).toString();
  assert.equal(await next(), 'Subj');
  connection.send(Buffer.from('ect: a\r\n\r\n..'));
  assert.equal(await next(), 'ect: a\r\n\r\n.');
  connection.send(Buffer.from('b\r\n.\r\n'));
  assert.equal(await next(), 'b\r\n');
  assert.equal((await reader.read()).done, true);
  assert.deepEqual(reports.at(-1), { received: 18, expected: 21 });
});

test('the beginning of a message, and an empty one', async () => {
  const client = await open(maildrop([mail('top')]));
  const { body, ...top } = await client.top(1, 0, { stream: true });
  assert.deepEqual(top, { number: 1, text: '' });
  assert.equal(String(await octetsOf(body)), 'Subject: top\r\n\r\n');
  server = streamServer({ answers: { 'RETR 1': '+OK\r\n.\r\n' } });
  const empty = await (await signedIn(server.streams)).retr(1, { stream: true });
  assert.equal((await octetsOf(empty.body)).length, 0);
});

test('several at once are read one after the other', async () => {
  const messages = ['a', 'b', 'c'].map((subject) => mail(subject));
  const client = await open(maildrop(messages));
  const all = [1, 2, 3].map((number) => client.retr(number, { stream: true }));
  for (const [at, promise] of all.entries()) {
    const { body } = await promise;
    assert.equal(String(await octetsOf(body)), messages[at].octets);
  }
});

test('a refusal rejects before there is a stream', async () => {
  const client = await open({ 'RETR 1': '-ERR [SYS/TEMP] later\r\n' });
  const error = await failure(client.retr(1, { stream: true }));
  assert.deepEqual([error.code, error.serverText], ['sys-temp', 'later']);
  assert.equal(client.closed, false);
});

test('a connection that ends half-way fails the stream, and says what is undone', async () => {
  const client = await open({ 'RETR 1': '+OK\r\nSubject: half' });
  await client.dele(2);
  const { body } = await client.retr(1, { stream: true });
  const reader = body.getReader();
  assert.equal(String(Buffer.from((await reader.read()).value)), 'Subject: half');
  server.end();
  const error = await failure(reader.read());
  assert.deepEqual([error.code, error.blame], ['connection-lost', 'transport']);
  assert.deepEqual(error.undoneDeletions, [2]);
});

test('a stream that nobody wants any more is cancelled, and the session goes on', async () => {
  let connection;
  const client = await open({
    'RETR 1': (said) => {
      connection = said;
      said.send(Buffer.from('+OK\r\nSubject: half'));
    },
  });
  const { body } = await client.retr(1, { stream: true });
  await body.cancel('seen enough');
  const next = client.noop();
  connection.send(Buffer.from(' more\r\n.\r\n'));
  assert.equal((await next).text, '');
});

test('a signal fails the stream', async () => {
  const client = await open({ 'RETR 1': '+OK\r\nSubject: half' });
  const controller = new AbortController();
  const { body } = await client.retr(1, { stream: true, signal: controller.signal });
  controller.abort(new Error('enough'));
  const error = await failure(octetsOf(body));
  assert.deepEqual([error.code, error.cause.message], ['aborted', 'enough']);
});

test('a slow reader keeps the server waiting', { timeout: 60_000 }, async () => {
  const octets = randomBytes(24 * MIB)
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n');
  const message = `${octets}\r\n`;
  server = await socketServer({ answers: { 'RETR 1': multiline(message) } });
  const socket = net.connect(server.port, '127.0.0.1');
  const client = await signedIn(Duplex.toWeb(socket));
  let received = 0;
  const onProgress = (progress) => (received = progress.received);
  const { body } = await client.retr(1, { stream: true, onProgress });
  // What has come stays the same as long as nobody reads: kernel and socket hold the rest back.
  let before;
  await until(20_000, 'a standstill', async () => {
    before = received;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return before === received && received > 0;
  });
  assert.ok(received < 4 * MIB, `${received} octets came unread`);
  assert.ok(server.sockets[0].writableLength > 0, 'the server has written all');
  assert.equal((await octetsOf(body)).toString('latin1'), message);
  await client.quit();
});

test('the answers behind a reader who is slow come when he is done', async () => {
  const large = mail('large');
  large.octets += 'x'.repeat(3 * MIB) + '\r\n';
  server = await socketServer({ answers: maildrop([large, mail('b')]) });
  const client = await signedIn(Duplex.toWeb(net.connect(server.port, '127.0.0.1')));
  const first = await client.retr(1, { stream: true });
  const second = client.retr(2);
  assert.equal((await octetsOf(first.body)).length, large.octets.length);
  assert.equal(String(Buffer.from((await second).octets)), mail('b').octets);
});

test('a reader who never comes ends the session after its time', async () => {
  const large = mail('large');
  large.octets += 'x'.repeat(3 * MIB) + '\r\n';
  server = await socketServer({ answers: maildrop([large]) });
  const streams = Duplex.toWeb(net.connect(server.port, '127.0.0.1'));
  const client = await signedIn(streams, { readTimeout: 100, commandTimeout: 50 });
  const { body } = await client.retr(1, { stream: true });
  const error = await failure(client.noop());
  assert.deepEqual([error.code, error.blame], ['timeout', 'caller']);
  assert.equal((await failure(octetsOf(body))).code, 'timeout');
});

test('a proxy that can pause is told to, and to go on', async () => {
  globalThis.WebSocket = WebSocket;
  const message = `${'x'.repeat(3 * MIB)}\r\n`;
  let rest;
  server = await scripted({
    connected: { pause: true },
    answers: {
      'STAT': '+OK 1 1\r\n',
      'RETR 1': ({ send }) => {
        const answer = multiline(message);
        send(answer.slice(0, 2 * MIB));
        rest = () => send(answer.slice(2 * MIB));
      },
    },
  });
  const client = await Pop3Client.connect({ url: server.url, server: 'work' });
  await client.user('a');
  await client.pass_('b');
  const { body } = await client.retr(1, { stream: true });
  await until(10_000, 'a pause', () => server.texts.length > 0);
  assert.deepEqual(server.texts, ['{"event":"pause"}']);
  const whole = octetsOf(body);
  await until(10_000, 'the end of the pause', () => server.texts.length > 1);
  rest();
  assert.equal((await whole).length, message.length);
  assert.deepEqual(server.texts, ['{"event":"pause"}', '{"event":"resume"}']);
  await client.quit();
});

test('a proxy that cannot pause is told nothing', async () => {
  globalThis.WebSocket = WebSocket;
  const message = `${'x'.repeat(3 * MIB)}\r\n`;
  server = await scripted({ answers: { 'STAT': '+OK 1 1\r\n', 'RETR 1': multiline(message) } });
  const client = await Pop3Client.connect({ url: server.url, server: 'work' });
  await client.user('a');
  await client.pass_('b');
  const { body } = await client.retr(1, { stream: true });
  assert.equal((await octetsOf(body)).length, message.length);
  await within(10_000, 'an answer', client.noop());
  assert.deepEqual(server.texts, []);
  const closed = once(server.sockets[0], 'close');
  client.close();
  await closed;
});

// `pop3-wasm/direct-sockets`, on a `TCPSocket` of the documented shape made of Node's sockets, with Dovecot.

import assert from 'node:assert/strict';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { after, afterEach, before, test } from 'node:test';
import { connectDirect, openDirect } from 'pop3-wasm/direct-sockets';
import { until } from '../lib/deadline.js';
import { failure } from '../lib/failure.js';
import { HOST, NAME, authority, dovecot, own, useOwnDovecot } from './own-dovecot.js';
import { socketServer } from './pop3-server.js';

const MESSAGES = ['Subject: one\r\n\r\nbody\r\n'];

const trusted = { host: HOST, servername: NAME, ca: [authority.pem] };
let server;

/** As of Direct Sockets: `opened` gives the streams, `closed` settles with both. */
class TCPSocket {
  constructor(host, port, options) {
    assert.deepEqual(options, { noDelay: true });
    const socket = net.connect({ host, port });
    this.opened = new Promise((resolve, reject) => {
      socket.once('connect', () => {
        const { readable, writable } = Duplex.toWeb(socket);
        resolve({ readable, writable, remoteAddress: host, remotePort: port });
      });
      socket.once('error', ({ code }) => {
        const word = code === 'ECONNREFUSED' ? 'net::ERR_CONNECTION_REFUSED' : 'Network Error.';
        reject(new DOMException(word, 'NetworkError'));
      });
    });
    this.closed = new Promise((resolve, reject) => {
      socket.once('close', (failed) => (failed ? reject(new Error('cut')) : resolve()));
    });
  }
}

useOwnDovecot(MESSAGES);

before(() => {
  globalThis.TCPSocket = TCPSocket;
});

after(() => {
  delete globalThis.TCPSocket;
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

test('reads a mailbox with TLS from the beginning, by STLS, by a pin, and in clear', async () => {
  const { pop3, pop3s, user, password } = dovecot;
  for (const options of [
    { ...trusted, port: pop3s },
    { ...trusted, port: pop3, tls: 'starttls' },
    { host: HOST, port: pop3s, pin: own.pin, alpn: false },
    { host: HOST, port: pop3, tls: 'none' },
  ]) {
    const client = await connectDirect(options);
    const { tls } = client.connection;
    assert.equal(tls, options.tls === 'none' ? 'none' : 'end-to-end');
    await client.login({ user, password, allowPlaintext: options.tls === 'none' });
    const messages = [];
    for await (const { octets } of client.messages()) messages.push(Buffer.from(octets).toString());
    assert.deepEqual(messages, MESSAGES);
    await client.quit();
  }
});

test('says what is wrong', async () => {
  const untrusted = await failure(connectDirect({ host: HOST, port: dovecot.pop3s }));
  assert.equal(untrusted.code, 'tls-untrusted');
  assert.equal(untrusted.certificate.fingerprint, own.fingerprint);
  server = await socketServer();
  const { port } = server;
  await server.stop();
  server = undefined;
  const refused = await failure(connectDirect({ host: HOST, port, tls: 'none' }));
  assert.deepEqual([refused.code, refused.blame], ['refused', 'transport']);
  assert.equal(refused.cause.name, 'NetworkError');
  const nowhere = await failure(openDirect({ host: 'pop.invalid' }));
  assert.equal(nowhere.code, 'connect-failed');
  for (const wrong of [undefined, {}, { host: HOST, pin: 'x' }, { host: HOST, alpn: 1 }]) {
    assert.equal((await failure(connectDirect(wrong))).code, 'invalid-argument');
  }
});

test('can be given up, and leaves no socket', async () => {
  server = await socketServer({ greeting: '' });
  const { port, sockets } = server;
  for (const tls of ['implicit', 'starttls', 'none']) {
    const stop = new AbortController();
    const open = sockets.length;
    const opened = connectDirect({ ...trusted, port, tls, signal: stop.signal });
    await until(10_000, 'the connection', () => sockets.length > open);
    stop.abort('no more');
    const error = await failure(opened);
    assert.deepEqual([error.code, error.cause], ['aborted', 'no more']);
    const late = await failure(connectDirect({ ...trusted, port, tls, connectTimeout: 300 }));
    assert.equal(late.code, 'timeout');
  }
  await until(10_000, 'the end of the sockets', () => sockets.every((s) => s.destroyed));
});

test('elsewhere it says what it needs', async () => {
  delete globalThis.TCPSocket;
  try {
    const error = await failure(openDirect({ host: HOST }));
    assert.deepEqual([error.code, error.blame], ['unsupported', 'caller']);
  } finally {
    globalThis.TCPSocket = TCPSocket;
  }
});

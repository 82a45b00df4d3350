// `pop3-wasm/node`: sessions on Node's own sockets, with Dovecot, and with servers that are at fault.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { afterEach, describe, test } from 'node:test';
import { connectNode, openNode } from 'pop3-wasm/node';
import { Pop3Client as Secure } from 'pop3-wasm/tls';
import { connectInWorker } from 'pop3-wasm/worker';
import { until, within } from '../lib/deadline.js';
import { failure } from '../lib/failure.js';
import {
  HOST,
  NAME,
  authority,
  certificates,
  dovecot,
  own,
  testbed,
  useOwnDovecot,
} from './own-dovecot.js';
import { socketServer } from './pop3-server.js';

const LARGE = 'a line of a large message\r\n'.repeat(40_000);
const MESSAGES = ['one\r\n', '.\r\n..two\r\n', LARGE].map(
  (body, at) => `From: a@tests.example\r\nSubject: number ${at + 1}\r\n\r\n${body}`,
);

let server;

useOwnDovecot(MESSAGES);

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

const trusted = { host: HOST, servername: NAME, ca: authority.pem };

/** All messages of Dovecot's user, over a connection that is open. */
async function read(client, more = {}) {
  const { user, password } = dovecot;
  await client.login({ user, password, ...more });
  const messages = [];
  for await (const { octets } of client.messages()) messages.push(Buffer.from(octets).toString());
  await client.quit();
  return messages;
}

/** A server on TLS of this process, with a certificate of the tests'. */
function secureServer(script, options = {}) {
  const { chain: cert, key } = own;
  return socketServer(script, (take) => tls.createServer({ cert, key, ...options }, take));
}

describe('Dovecot', () => {
  for (const mode of ['implicit', 'starttls']) {
    test(`reads a mailbox with TLS: ${mode}`, async () => {
      const port = mode === 'implicit' ? dovecot.pop3s : dovecot.pop3;
      const client = await connectNode({ ...trusted, port, tls: mode });
      const { version, cipher, ...hop } = client.connection;
      assert.deepEqual(hop, { server: HOST, tls: mode });
      assert.match(version, /^TLSv1\.[23]$/);
      assert.match(cipher, /^TLS_/);
      assert.equal((await client.getwelcome()) === '', mode === 'starttls');
      // Nobody has to say that it is encrypted.
      assert.deepEqual(await read(client), MESSAGES);
    });
  }

  test('reads a mailbox in clear, and sends no password so unasked', async () => {
    const options = { host: HOST, port: dovecot.pop3, tls: 'none' };
    const client = await connectNode(options);
    assert.deepEqual(client.connection, { server: HOST, tls: 'none' });
    const { user, password } = dovecot;
    const refused = await failure(client.login({ user, password }));
    assert.equal(refused.code, 'plaintext-refused');
    client.close();
    const again = await connectNode(options);
    assert.deepEqual(await read(again, { allowPlaintext: true }), MESSAGES);
  });

  test('carries the TLS of pop3-wasm/tls, with a pin', async () => {
    const streams = await openNode({ host: HOST, port: dovecot.pop3s, tls: 'none' });
    const client = await Secure.connect({ streams, tls: { name: NAME, pin: own.pin } });
    assert.equal(client.connection.tls, 'end-to-end');
    assert.deepEqual(await read(client), MESSAGES);
  });

  test('all that in a worker: its own sockets, and the TLS of pop3-wasm/tls on streams of here', async () => {
    const sockets = await connectInWorker({ ...trusted, port: dovecot.pop3, tls: 'starttls' });
    assert.equal(sockets.connection.tls, 'starttls');
    assert.deepEqual(await read(sockets), MESSAGES);
    const streams = await openNode({ host: HOST, port: dovecot.pop3s, tls: 'none' });
    const client = await connectInWorker({ streams, tls: { name: NAME, ca: authority.pem } });
    assert.equal(client.connection.certificate.fingerprint, own.fingerprint);
    assert.deepEqual(await read(client), MESSAGES);
    const wrong = await openNode({ host: HOST, port: dovecot.pop3s, tls: 'none' });
    const error = await failure(connectInWorker({ streams: wrong, tls: { name: NAME } }));
    assert.equal(error.code, 'tls-untrusted');
    assert.equal(error.certificate.fingerprint, own.fingerprint);
  });

  for (const [fault, code] of Object.entries({
    'bad-certificate': 'tls-untrusted',
    'wrong-name': 'tls-wrong-name',
    'expired': 'tls-expired',
  })) {
    test(`certificates: ${fault} is ${code}`, async () => {
      const { host, pop3, pop3s } = testbed.addresses[fault];
      for (const [port, mode] of [
        [pop3s, 'implicit'],
        [pop3, 'starttls'],
      ]) {
        const error = await failure(connectNode({ host, port, tls: mode, ca: testbed.ca }));
        assert.deepEqual([error.code, error.blame], [code, 'server']);
        assert.ok(error.cause instanceof Error);
      }
    });
  }

  test('an address is held against the certificate; nobody is trusted by default', async () => {
    const { host, pop3s: port } = testbed.addresses.good;
    const client = await connectNode({ host, port, ca: ['', testbed.ca] });
    await client.quit();
    assert.equal((await failure(connectNode({ host, port }))).code, 'tls-untrusted');
    const named = connectNode({ host, port, ca: testbed.ca, servername: 'other.example' });
    assert.equal((await failure(named)).code, 'tls-wrong-name');
  });
});

describe('failures', () => {
  /** A port of the loopback interface at which nothing listens. */
  async function closedPort() {
    const { port, stop } = await socketServer();
    await stop();
    return port;
  }

  test('refused, and dns', async () => {
    for (const mode of ['none', 'implicit', 'starttls']) {
      const refused = await failure(
        connectNode({ host: HOST, port: await closedPort(), tls: mode }),
      );
      assert.deepEqual([refused.code, refused.blame], ['refused', 'transport']);
      assert.equal(refused.cause.code, 'ECONNREFUSED');
    }
    const unknown = await failure(openNode({ host: 'pop.invalid' }));
    assert.deepEqual([unknown.code, unknown.blame], ['dns', 'transport']);
  });

  test('a server without TLS where TLS is to begin', async () => {
    server = await socketServer();
    const error = await failure(connectNode({ ...trusted, port: server.port }));
    assert.deepEqual([error.code, error.blame], ['tls-handshake', 'server']);
    assert.deepEqual(server.lines.join('').match(/USER|PASS/), null);
  });

  test('a server that hangs up in the handshake', async () => {
    server = await socketServer({ greeting: ({ end }) => end() });
    const error = await failure(connectNode({ ...trusted, port: server.port }));
    assert.deepEqual([error.code, error.blame], ['tls-handshake', 'transport']);
  });

  for (const [title, script, code, words] of [
    ['refuses it', { answers: { STLS: '-ERR [SYS/PERM] no\r\n' } }, 'stls-unsupported', /no/],
    ['hangs up at it', { answers: { STLS: ({ end }) => end() } }, 'stls-unsupported'],
    ['refuses the connection', { greeting: '-ERR too many\r\n' }, 'rejected', /too many/],
    ['does not greet', { greeting: ({ end }) => end() }, 'connection-lost'],
    ['is none of POP3', { greeting: '220 smtp\r\n' }, 'protocol-error'],
    ['answers nonsense', { answers: { STLS: '250 go\r\n' } }, 'protocol-error'],
    ['never ends a line', { greeting: `+OK ${'x'.repeat(5000)}` }, 'protocol-error'],
    ['ends inside a line', { greeting: (c) => (c.send('+OK'), c.end()) }, 'connection-lost'],
    ['says more than is asked', { greeting: '+OK\r\n+OK\r\n' }, 'protocol-error'],
    [
      'lets somebody say more before TLS',
      { answers: { STLS: '+OK\r\n+OK injected\r\n' } },
      'protocol-error',
    ],
  ]) {
    test(`STLS with a server that ${title}: ${code}`, async () => {
      server = await socketServer(script);
      const opened = connectNode({ ...trusted, port: server.port, tls: 'starttls' });
      const error = await failure(opened);
      assert.equal(error.code, code);
      if (words !== undefined) assert.match(error.serverText, words);
      assert.deepEqual(
        server.lines.filter((line) => line !== 'STLS'),
        [],
      );
      const [socket] = server.sockets;
      await until(10_000, 'the end of the connection', () => socket.destroyed);
    });
  }

  test('arguments that are none', async () => {
    for (const wrong of [
      undefined,
      {},
      { host: '' },
      { host: HOST, port: 0 },
      { host: HOST, port: '995' },
      { host: HOST, tls: 'tls' },
      { host: HOST, ca: 5 },
      { host: HOST, servername: 5 },
      { host: HOST, key: 5 },
      { host: HOST, connectTimeout: -1 },
      { host: HOST, signal: 'now' },
    ]) {
      assert.equal((await failure(connectNode(wrong))).code, 'invalid-argument');
      assert.equal((await failure(openNode(wrong))).code, 'invalid-argument');
    }
    server = await socketServer();
    const { port } = server;
    const useless = { ...trusted, port, cert: 'none', key: 'none' };
    assert.equal((await failure(openNode(useless))).code, 'invalid-argument');
  });
});

describe('giving up', () => {
  /** Servers that let a client wait: for TLS, for the greeting before STLS, for its answer, for TLS then. */
  const silent = { greeting: '', answers: { STLS: '' } };
  const stages = [
    ['in the handshake', 'implicit', silent],
    ['before the greeting', 'starttls', silent],
    ['at STLS', 'starttls', { answers: { STLS: '' } }],
    ['in the handshake after STLS', 'starttls', {}],
    ['before the greeting in clear', 'none', silent],
  ];

  for (const [title, mode, script] of stages) {
    test(`by a signal, ${title}`, async () => {
      server = await socketServer(script);
      const stop = new AbortController();
      const { port, sockets } = server;
      const opened = connectNode({ ...trusted, port, tls: mode, signal: stop.signal });
      await until(10_000, 'the connection', () => sockets.length > 0);
      const reason = new Error('no more');
      stop.abort(reason);
      const error = await failure(opened);
      assert.deepEqual([error.code, error.cause], ['aborted', reason]);
      await until(10_000, 'its end', () => sockets[0].destroyed);
    });

    test(`by connectTimeout, ${title}`, async () => {
      server = await socketServer(script);
      const { port, sockets } = server;
      const error = await failure(
        connectNode({ ...trusted, port, tls: mode, connectTimeout: 300 }),
      );
      const code = mode === 'none' ? 'timeout' : 'connect-timeout';
      assert.deepEqual([error.code, error.blame], [code, 'transport']);
      await until(10_000, 'its end', () => sockets.length > 0 && sockets[0].destroyed);
    });
  }

  test('by a signal that was aborted before', async () => {
    const signal = AbortSignal.abort('never');
    const error = await failure(connectNode({ host: HOST, port: 1, signal }));
    assert.deepEqual([error.code, error.cause], ['aborted', 'never']);
  });
});

describe('the end', () => {
  test('a server that ends after QUIT, one that ends before, and a client that closes', async () => {
    for (const end of ['quit', 'close', 'server']) {
      server = await secureServer();
      const client = await connectNode({ ...trusted, port: server.port });
      const [socket] = server.sockets;
      if (end === 'quit') await client.quit();
      else if (end === 'close') client.close();
      else socket.end();
      await until(10_000, 'the end of the session', () => client.closed);
      await until(10_000, 'the end of the socket', () => socket.destroyed);
      assert.equal((await failure(client.user('a'))).code, 'wrong-state');
      await server.stop();
    }
    server = undefined;
  });

  test('a connection that is cut: connection-lost, with the cause of the socket', async () => {
    const cut = ({ socket }) => socket.resetAndDestroy?.() ?? socket.destroy();
    server = await socketServer({ answers: { 'USER a': cut } });
    const client = await connectNode({ host: HOST, port: server.port, tls: 'none' });
    const error = await failure(client.user('a'));
    assert.equal(error.code, 'connection-lost');
    assert.equal(error.cause.code, 'ECONNRESET');
  });

  test('shows a certificate of its own to a server that asks', async () => {
    const mine = certificates.server(['alice'], { issuer: authority });
    const subjects = [];
    const greeting = ({ socket, send }) => {
      subjects.push(socket.getPeerCertificate().subject?.CN);
      send('+OK\r\n');
    };
    server = await secureServer({ greeting }, { requestCert: true, rejectUnauthorized: false });
    const { pem: cert, key } = mine;
    const client = await connectNode({ ...trusted, port: server.port, cert, key });
    await client.quit();
    assert.deepEqual(subjects, ['alice']);
  });

  test('leaves nothing that keeps the process, also from a CommonJS program', async () => {
    server = await socketServer();
    const program = `
      const { connectNode } = require('pop3-wasm/node');
      const { Pop3Client, Pop3Error } = require('pop3-wasm');
      (async () => {
        const client = await connectNode({ host: '${HOST}', port: ${server.port}, tls: 'none' });
        console.log(client instanceof Pop3Client, await client.getwelcome());
        await client.quit();
        const gone = await connectNode({ host: '${HOST}', port: ${server.port}, tls: 'none' });
        gone.close();
        const error = await connectNode({}).catch((error) => error);
        console.log(error instanceof Pop3Error, error.code);
      })();
    `;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=commonjs', '--eval', program],
      { cwd: import.meta.dirname, timeout: 30_000 },
    );
    assert.equal(stdout, 'true ready\ntrue invalid-argument\n');
  });

  test('what was opened and is not used is its owner\u2019s to end', async () => {
    server = await socketServer();
    const { readable, writable } = await openNode({ host: HOST, port: server.port, tls: 'none' });
    await within(10_000, 'the end', Promise.all([readable.cancel(), writable.abort()]));
    const [socket] = server.sockets;
    await until(10_000, 'the close', () => socket.destroyed);
  });
});

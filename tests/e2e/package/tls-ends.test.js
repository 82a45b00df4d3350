// TLS inside the module, in Node: how it begins by STLS, and how it ends or is cut, on the wire and by
// a proxy that does not do as it was asked.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { after, afterEach, before, describe, test } from 'node:test';
import { Pop3Client } from 'pop3-wasm/tls';
import { WebSocket } from 'ws';
import { Certificates } from '../lib/certificates.js';
import { until } from '../lib/deadline.js';
import { failure } from '../lib/failure.js';
import { scripted } from '../lib/scripted.js';
import { player } from './pop3-server.js';

const NAME = 'pop.tests.example';
const BODY = `Subject: long\r\n\r\n${'0123456789abcdef'.repeat(4_000)}\r\n`;
const MAILBOX = { 'STAT': '+OK 3 300\r\n', 'RETR 1': `+OK\r\n${BODY}.\r\n` };

const certificates = new Certificates();
const stops = [];
let root;
let own;
/** What the servers have in common, so that each knows the tickets of all. */
let secureContext;

before(() => {
  globalThis.WebSocket = WebSocket;
  root = certificates.authority('Root');
  own = certificates.server([NAME], { issuer: root });
  secureContext = tls.createSecureContext({
    cert: own.chain,
    key: own.key,
    sessionIdContext: 'tests',
  });
});

after(() => certificates.end());

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** Listens on loopback and hands each socket on; gives the port. */
async function listen(serve) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return server.address().port;
}

/** Does TLS on a socket, as the server, and plays the script in it. */
function secure(socket, { script = {}, lines = [], maxVersion }) {
  const context =
    maxVersion === undefined
      ? secureContext
      : tls.createSecureContext({ cert: own.chain, key: own.key, maxVersion });
  const secured = new tls.TLSSocket(socket, { isServer: true, secureContext: context });
  secured.on('error', () => {});
  const connection = {
    lines,
    send: (octets) => secured.write(octets),
    end: () => secured.end(),
  };
  secured.on('data', player(script, connection));
}

function connect(port, security = {}, options = {}) {
  const streams = Duplex.toWeb(net.connect(port, '127.0.0.1'));
  return Pop3Client.connect({
    streams,
    tls: { name: NAME, ca: root.pem, ...security },
    ...options,
  });
}

/** What is between client and server: passes octets on until `down` says otherwise. */
async function between(port, down) {
  return listen((socket) => {
    const upstream = net.connect(port, '127.0.0.1');
    upstream.on('error', () => {});
    upstream.on('data', (octets) => down(octets, socket));
    upstream.on('end', () => socket.end());
    socket.pipe(upstream);
  });
}

describe('STLS', () => {
  /** A server that speaks in clear until STLS. Gives the port and the lines on either side of it. */
  async function server({ stls = '+OK begin\r\n', greeting = '+OK ready\r\n', script } = {}) {
    const clear = [];
    const lines = [];
    const port = await listen((socket) => {
      socket.write(greeting);
      let rest = '';
      socket.on('data', function receive(octets) {
        rest += octets.toString('latin1');
        if (!rest.endsWith('\r\n')) return;
        clear.push(...rest.split('\r\n').slice(0, -1));
        rest = '';
        socket.write(stls);
        if (!stls.startsWith('+OK')) return;
        socket.off('data', receive);
        // In TLS nobody greets again.
        secure(socket, { script: { greeting: '', ...script }, lines });
      });
    });
    return { port, clear, lines };
  }

  for (const alpn of [true, false]) {
    test(`comes before anything else, with${alpn ? '' : 'out'} ALPN`, async () => {
      const { port, clear, lines } = await server({ script: { answers: MAILBOX } });
      const client = await connect(port, { mode: 'starttls', alpn });
      assert.equal(client.connection.tls, 'end-to-end');
      // What was said in clear may have been said by anybody.
      assert.equal(await client.getwelcome(), '');
      assert.equal((await client.login({ user: 'a', password: 'b' })).count, 3);
      const { octets } = await client.retr(1);
      assert.equal(Buffer.from(octets).toString('latin1'), BODY);
      await client.quit();
      assert.deepEqual(clear, ['STLS']);
      assert.deepEqual(lines.slice(0, 3), ['CAPA', 'USER a', 'PASS b']);
    });
  }

  test('a second connection resumes', async () => {
    const { port } = await server();
    const resumed = [];
    for (let visit = 0; visit < 2; visit += 1) {
      // A pin of this test's own, so that no other has left a ticket for it.
      const client = await connect(port, { mode: 'starttls', pin: own.pin });
      await client.login({ user: 'a', password: 'b' });
      resumed.push(client.connection.resumed);
      await client.quit();
    }
    assert.deepEqual(resumed, [false, true]);
  });

  test('stls-unsupported: refused, and nothing more is said', async () => {
    const { port, clear } = await server({ stls: '-ERR not here\r\n' });
    const error = await failure(connect(port, { mode: 'starttls' }));
    assert.deepEqual([error.code, error.blame], ['stls-unsupported', 'server']);
    assert.match(error.message, /not here/);
    assert.deepEqual(clear, ['STLS']);
  });

  test('protocol-error: octets that came with the answer, before the handshake', async () => {
    for (const injected of ['+OK 7 7\r\n', '+OK\r\nUSER\r\n.\r\n', ' ']) {
      const { port, clear } = await server({ stls: `+OK begin\r\n${injected}` });
      const error = await failure(connect(port, { mode: 'starttls' }));
      assert.deepEqual([error.code, error.blame], ['protocol-error', 'protocol']);
      assert.match(error.message, /before the TLS handshake/);
      assert.deepEqual(clear, ['STLS']);
    }
  });

  test('tls-handshake: octets that came after the answer, before the handshake', async () => {
    const port = await listen((socket) => {
      socket.write('+OK ready\r\n');
      socket.once('data', () => {
        socket.write('+OK begin\r\n');
        // The client has begun.
        socket.once('data', () => socket.write('+OK 7 messages\r\n'));
      });
    });
    const error = await failure(connect(port, { mode: 'starttls' }));
    assert.deepEqual([error.code, error.blame], ['tls-handshake', 'server']);
  });

  test('a certificate that is not trusted, and a greeting that refuses', async () => {
    const { port, lines } = await server();
    const untrusted = await failure(connect(port, { mode: 'starttls', ca: undefined }));
    assert.equal(untrusted.code, 'tls-untrusted');
    assert.equal(untrusted.certificate.fingerprint, own.fingerprint);
    assert.deepEqual(lines, []);
    const busy = await server({ greeting: '-ERR [SYS/TEMP] later\r\n' });
    const refused = await failure(connect(busy.port, { mode: 'starttls' }));
    assert.equal(refused.code, 'sys-temp');
  });

  test('timeout: an answer that does not come, and a handshake', async () => {
    const silent = await listen((socket) => socket.write('+OK ready\r\n'));
    const answered = await listen((socket) => {
      socket.write('+OK ready\r\n');
      socket.once('data', () => socket.write('+OK begin\r\n'));
    });
    for (const port of [silent, answered]) {
      const error = await failure(connect(port, { mode: 'starttls' }, { commandTimeout: 100 }));
      assert.deepEqual([error.code, error.blame], ['timeout', 'transport']);
    }
  });
});

describe('the end', () => {
  const server = (answers = {}, options = {}) =>
    listen((socket) =>
      secure(socket, { script: { answers: { ...MAILBOX, ...answers } }, ...options }),
    );

  async function signedIn(port) {
    const client = await connect(port);
    await client.login({ user: 'a', password: 'b' });
    await client.dele(2);
    return client;
  }

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    test(`tls-truncated: a message that is cut off by no word of the server's (${maxVersion})`, async () => {
      let left = Infinity;
      const port = await between(await server({}, { maxVersion }), (octets, socket) => {
        if (octets.length < left) {
          left -= octets.length;
          socket.write(octets);
        } else if (left > 0) {
          socket.end(octets.subarray(0, left));
          left = 0;
        }
      });
      const client = await signedIn(port);
      left = 30_000;
      const received = [];
      const error = await failure(
        client.retr(1, { onProgress: (progress) => received.push(progress.received) }),
      );
      assert.deepEqual([error.code, error.blame], ['tls-truncated', 'transport']);
      assert.deepEqual(error.undoneDeletions, [2]);
      assert.ok(received.length > 0 && received.at(-1) < BODY.length, String(received));
      assert.equal(client.closed, true);
    });

    test(`tls-corrupt: an octet that is another (${maxVersion})`, async () => {
      let at = Infinity;
      const port = await between(await server({}, { maxVersion }), (octets, socket) => {
        if (at < octets.length) octets[at] ^= 1;
        at -= octets.length;
        socket.write(octets);
      });
      const client = await signedIn(port);
      at = 30_000;
      const error = await failure(client.retr(1));
      assert.deepEqual([error.code, error.blame], ['tls-corrupt', 'transport']);
      assert.deepEqual(error.undoneDeletions, [2]);
    });
  }

  test('tls-corrupt: records that come again', async () => {
    let kept = [];
    let replay = false;
    const port = await between(await server(), (octets, socket) => {
      socket.write(octets);
      if (replay) for (const earlier of kept) socket.write(earlier);
      kept = [octets];
    });
    const client = await signedIn(port);
    replay = true;
    const error = await failure(Promise.all([client.noop(), client.noop(), client.noop()]));
    assert.equal(error.code, 'tls-corrupt');
  });

  test('connection-lost: the server ends it in good order, in the middle of a message', async () => {
    const cut = ({ send, end }) => {
      send(Buffer.from('+OK\r\nSubject: short\r\n'));
      end();
    };
    const client = await signedIn(await server({ 'RETR 1': cut }));
    const error = await failure(client.retr(1));
    assert.deepEqual([error.code, error.blame], ['connection-lost', 'transport']);
    assert.deepEqual(error.undoneDeletions, [2]);
  });

  test('connection-lost: the connection is reset', async () => {
    let client;
    let reset = false;
    const port = await between(await server(), (octets, socket) => {
      if (reset) socket.resetAndDestroy();
      else socket.write(octets);
    });
    client = await signedIn(port);
    reset = true;
    const error = await failure(client.noop());
    assert.deepEqual([error.code, error.blame], ['connection-lost', 'transport']);
    assert.notEqual(error.cause, undefined);
  });

  test('the server is told of the end, where it is a good one', async () => {
    const port = await server({}, { maxVersion: 'TLSv1.2' });
    const records = [];
    const relay = await listen((socket) => {
      const upstream = net.connect(port, '127.0.0.1');
      upstream.on('error', () => {});
      // No pipe: that would read no more once the server has hung up.
      socket.on('data', (octets) => {
        records.push(octets[0]);
        upstream.write(octets);
      });
      socket.on('close', () => records.push('closed'));
      upstream.pipe(socket);
    });
    const closed = () => records.includes('closed');
    const alert = 21;
    const good = await signedIn(relay);
    await good.quit();
    await until(5_000, 'the end of the connection', closed);
    assert.ok(records.includes(alert), String(records));
    records.length = 0;
    const abandoned = await signedIn(relay);
    abandoned.close();
    await until(5_000, 'the end of the connection', closed);
    assert.ok(!records.includes(alert), String(records));
  });

  test('a message of many records, read piece by piece', async () => {
    const client = await signedIn(await server());
    const { body } = await client.retr(1, { stream: true });
    const pieces = [];
    for await (const piece of body) pieces.push(piece);
    assert.equal(Buffer.concat(pieces).toString('latin1'), BODY);
    assert.equal((await client.noop()).text, '');
    await client.quit();
  });

  test('records that come octet by octet', async () => {
    const port = await between(await server(), (octets, socket) => {
      for (const octet of octets.subarray(0, 400)) socket.write(Buffer.from([octet]));
      socket.write(octets.subarray(400));
    });
    const client = await signedIn(port);
    assert.equal((await client.retr(1)).octets.length, BODY.length);
    await client.quit();
  });
});

describe('a proxy', () => {
  /** The endpoint of a proxy that says this, and passes octets on to a mail server with TLS. */
  async function proxy(connected, { protocol, mail } = {}) {
    const server = await scripted({
      connected,
      protocol,
      greeting: ({ socket }) => {
        if (mail === undefined) return;
        const upstream = net.connect(mail, '127.0.0.1');
        upstream.on('error', () => {});
        upstream.on('data', (octets) => socket.send(octets));
        upstream.on('end', () => socket.close(1000, 'upstream-closed'));
        // The script's own listener comes after this function.
        queueMicrotask(() => {
          socket.removeAllListeners('message');
          socket.on('message', (octets) => upstream.write(octets));
        });
        socket.on('close', () => upstream.destroy());
      },
    });
    stops.push(server.stop);
    return server;
  }

  const open = (server, security) =>
    Pop3Client.connect({
      url: server.url,
      server: 'work',
      tls: { name: NAME, ca: root.pem, ...security },
    });

  test('is asked to pass TLS on, and says how it begins', async () => {
    const mail = await listen((socket) => secure(socket, { script: { answers: MAILBOX } }));
    const server = await proxy({ tls: 'end-to-end', upstream: 'implicit' }, { mail });
    const client = await open(server);
    assert.deepEqual(server.requests, ['/pop3?server=work&tls=end-to-end']);
    const { server: name, tls: mode, version } = client.connection;
    assert.deepEqual([name, mode, version], ['work', 'end-to-end', 'TLSv1.3']);
    // The WebSocket goes in clear, and does not matter.
    assert.equal((await client.login({ user: 'a', password: 'b' })).count, 3);
    await client.quit();
  });

  test('a plain byte tunnel will do as well', async () => {
    const mail = await listen((socket) => secure(socket, { script: { answers: MAILBOX } }));
    const server = await proxy({}, { protocol: 'binary', mail });
    const client = await open(server);
    assert.equal(client.connection.server, NAME);
    await client.login({ user: 'a', password: 'b' });
    await client.quit();
  });

  for (const [title, connected] of Object.entries({
    'does TLS itself': { tls: 'implicit' },
    'does none': { tls: 'none' },
    'has a server without TLS': { tls: 'end-to-end', upstream: 'none' },
    'does not say how it begins': { tls: 'end-to-end' },
    'says something unknown': { tls: 'end-to-end', upstream: 'rot13' },
  })) {
    test(`tls-not-end-to-end: it ${title}`, async () => {
      const server = await proxy(connected);
      const error = await failure(open(server));
      assert.deepEqual([error.code, error.blame], ['tls-not-end-to-end', 'proxy']);
      assert.deepEqual(server.lines, []);
    });
  }

  test('its own reasons stand', async () => {
    for (const [word, code] of Object.entries({ 'draining': 4011, 'upstream-stalled': 4015 })) {
      const server = await scripted({
        connected: { tls: 'end-to-end', upstream: 'implicit' },
        greeting: ({ close }) => close(code, word),
      });
      stops.push(server.stop);
      const error = await failure(open(server));
      assert.deepEqual([error.code, error.blame], [word, 'proxy']);
    }
  });

  test('the end of the server is no end of TLS', async () => {
    const mail = await listen((socket) => {
      secure(socket, { script: { answers: { ...MAILBOX, NOOP: () => socket.end() } } });
    });
    const server = await proxy({ tls: 'end-to-end', upstream: 'implicit' }, { mail });
    const client = await open(server);
    await client.login({ user: 'a', password: 'b' });
    const error = await failure(client.noop());
    assert.deepEqual([error.code, error.blame], ['tls-truncated', 'transport']);
  });
});

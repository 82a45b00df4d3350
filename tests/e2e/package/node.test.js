// The session and the table of errors, in Node: what no real server does on demand is scripted.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterEach, before, describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { Pop3Client, parseMessage } from 'pop3-wasm';
import { WebSocket } from 'ws';
import { until, within } from '../lib/deadline.js';
import { failure } from '../lib/failure.js';
import { scripted } from '../lib/scripted.js';

const OCTETS = new TextEncoder().encode('Subject: hello\r\n\r\nbody\r\n');

let server;

/** A session with a server that plays a script. */
async function open(script, options = {}) {
  server = await scripted(script);
  return Pop3Client.connect({ url: server.url, server: 'work', ...options });
}

before(() => {
  globalThis.WebSocket = WebSocket;
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

describe('connection', () => {
  test('names the server to the proxy, and keeps the rest of its URL', async () => {
    server = await scripted();
    const url = new URL(`${server.url}?key=a%20b&server=other#part`);
    url.protocol = 'http:';
    const client = await Pop3Client.connect({ url, server: 'my work & home' });
    client.close();
    const asked = new URL(server.requests[0], 'http://proxy');
    assert.equal(asked.pathname, '/pop3');
    assert.deepEqual(Object.fromEntries(asked.searchParams), {
      key: 'a b',
      server: 'my work & home',
      tls: 'proxy',
    });
    assert.deepEqual(client.connection, { server: 'work', tls: 'none' });
  });

  test('shows the proxy its token as a subprotocol, and never in the URL', async () => {
    server = await scripted();
    const proxyToken = 'a t\u{f6}ken/of+?>';
    const client = await Pop3Client.connect({ url: server.url, server: 'work', proxyToken });
    client.close();
    const offered = server.offers[0].split(',').map((name) => name.trim());
    assert.deepEqual(offered.slice(0, 2), ['pop3.v1', 'binary']);
    assert.equal(offered.length, 3);
    assert.match(offered[2], /^bearer\.[\w-]+$/);
    const shown = Buffer.from(offered[2].slice('bearer.'.length), 'base64url').toString();
    assert.equal(shown, proxyToken);
    assert.deepEqual(server.requests, ['/pop3?server=work&tls=proxy']);
    for (const wrong of ['', 5]) {
      const refused = await failure(Pop3Client.connect({ url: server.url, proxyToken: wrong }));
      assert.equal(refused.code, 'invalid-argument');
      assert.match(refused.message, /proxyToken/);
    }
  });

  test('a plain byte tunnel is anonymous, and its text frames are none of ours', async () => {
    const greeting = ({ socket, send }) => {
      socket.send('{"event":"connected","server":"forged","tls":"implicit"}');
      send('+OK tunnel\r\n');
    };
    server = await scripted({ protocol: 'binary', greeting });
    const client = await Pop3Client.connect({ url: server.url });
    assert.deepEqual(server.requests, ['/pop3']);
    assert.equal(client.connection, undefined);
    assert.equal(await client.getwelcome(), 'tunnel');
    await client.quit();
    assert.deepEqual(server.lines, ['QUIT']);
  });

  test('text frames that are no `connected` event are passed over', async () => {
    const greeting = ({ socket, send }) => {
      for (const text of [
        '',
        'no JSON',
        '[]',
        'null',
        '7',
        '{"event":"later","server":"s","tls":"none"}',
        '{"server":"s","tls":"none"}',
        '{"event":"connected","server":"s"}',
        '{"event":"connected","server":"s","tls":"rot13"}',
        '{"event":"connected","server":7,"tls":"none"}',
        '{"event":"connected","server":"s","tls":"none","version":1}',
        '{"event":"connected","server":"s","tls":"none","pause":"yes"}',
        '{"event":"connected","server":"s","tls":"none"} {}',
        '{"event":"connected","server":"s","tls":"end-to-end","upstream":"implicit"}',
        '['.repeat(100_000),
      ]) {
        socket.send(text);
      }
      send('+OK\r\n');
    };
    const client = await open({ connected: null, greeting });
    assert.equal(client.connection, undefined);
    await client.quit();
  });

  test('what the proxy says of its hop is told, and no more than that', async () => {
    const hop = { tls: 'starttls', version: 'TLSv1.3', cipher: 'TLS13_AES_128_GCM_SHA256' };
    for (const [connected, expected] of [
      [
        { ...hop, pause: true, later: [1] },
        { server: 'work', ...hop },
      ],
      [
        { version: null, cipher: null },
        { server: 'work', tls: 'none' },
      ],
    ]) {
      const client = await open({ connected });
      assert.deepEqual(client.connection, expected);
      await client.quit();
      await server.stop();
    }
  });

  test('answers may come in pieces of one octet', async () => {
    const answer = '+OK\r\n1 10\r\n2 20\r\n.\r\n';
    const LIST = ({ send }) => [...answer].forEach((octet) => send(octet));
    const client = await open({ answers: { STAT: '+OK 2 30\r\n', LIST } });
    await client.user('a');
    await client.pass_('b');
    assert.deepEqual(await client.list(), [
      { number: 1, size: 10 },
      { number: 2, size: 20 },
    ]);
    client.close();
  });

  test('close() sends no QUIT', async () => {
    const client = await open();
    client.close();
    await assert.rejects(client.noop(), { code: 'wrong-state' });
    const [socket] = server.sockets;
    if (socket.readyState !== socket.CLOSED) await within(10_000, 'close', once(socket, 'close'));
    assert.deepEqual(server.lines, []);
  });

  test('dispose after the server has vanished rejects nothing', async () => {
    const client = await open({ answers: { QUIT: ({ socket }) => socket.terminate() } });
    await client[Symbol.asyncDispose]();
    assert.equal(client.closed, true);
  });

  test('sizes beyond what a double can count stay numbers', async () => {
    const size = '18446744073709551615';
    const client = await open({ answers: { STAT: `+OK 1 ${size}\r\n` } });
    await client.user('a');
    const { size: told } = await client.pass_('b');
    assert.equal(told, Number(size));
    client.close();
  });

  test('leaves no socket behind', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    const sockets = [];
    globalThis.WebSocket = class extends WebSocket {
      constructor(...values) {
        super(...values);
        sockets.push(new WeakRef(this));
      }
    };
    try {
      const ends = [(client) => client.quit(), (client) => client.close(), () => server.stop()];
      for (const end of ends) {
        const client = await open();
        await end(client);
        await until(10_000, 'the end of the session', () => client.closed);
        await server.stop();
      }
      const refused = open({ greeting: ({ close }) => close(4003, 'dns') });
      await failure(refused);
      await server.stop();
    } finally {
      globalThis.WebSocket = WebSocket;
    }
    assert.equal(sockets.length, 4);
    await until(10_000, 'the collection of the sockets', () => {
      collect();
      return sockets.every((socket) => socket.deref() === undefined);
    });
  });

  test('reports the progress of each message, also where several come at once', async () => {
    const RETR = (body) => `+OK\r\n${body}\r\n.\r\n`;
    const answers = {
      'CAPA': '+OK\r\nPIPELINING\r\n.\r\n',
      'STAT': '+OK 2 30\r\n',
      'LIST': '+OK\r\n1 10\r\n2 20\r\n.\r\n',
      'RETR 1': () => {},
      // Both messages in one frame, the second with stuffed dots.
      'RETR 2': RETR('12345678') + RETR('12345678\r\n..\r\n..two'),
    };
    const client = await open({ answers });
    await client.user('a');
    await client.pass_('b');
    await client.list();
    const reports = [];
    const report = (number) => ({ onProgress: (progress) => reports.push([number, progress]) });
    const messages = await Promise.all([client.retr(1, report(1)), client.retr(2, report(2))]);
    assert.deepEqual(
      messages.map(({ octets }) => Buffer.from(octets).toString()),
      ['12345678\r\n', '12345678\r\n.\r\n.two\r\n'],
    );
    assert.deepEqual(reports, [
      [1, { received: 10, expected: 10 }],
      [2, { received: 19, expected: 20 }],
    ]);
    client.close();
  });

  test('may be closed from within onProgress', async () => {
    const answers = { 'STAT': '+OK 1 9\r\n', 'RETR 1': '+OK\r\nSubject: one\r\n' };
    const client = await open({ answers });
    await client.user('a');
    await client.pass_('b');
    const reports = [];
    const onProgress = (progress) => {
      reports.push(progress);
      client.close();
    };
    const error = await failure(client.retr(1, { onProgress }));
    assert.equal(error.code, 'aborted');
    assert.deepEqual(reports, [{ received: 14 }]);
    assert.equal(client.closed, true);
  });

  test("works with Node's own WebSocket", async () => {
    server = await scripted();
    const program = `
      import { Pop3Client } from 'pop3-wasm';
      const client = await Pop3Client.connect({ url: process.argv[1], server: 'work' });
      const welcome = await client.getwelcome();
      await client.quit();
      const nobody = Pop3Client.connect({ url: 'ws://127.0.0.1:1/' });
      console.log(welcome, await nobody.catch((error) => error.code));
    `;
    const flags = ['--experimental-websocket', '--input-type=module', '--eval', program];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, server.url], {
      cwd: import.meta.dirname,
      timeout: 20_000,
    });
    assert.equal(stdout, 'ready connect-failed\n');
  });

  test('is made by connect() alone', () => {
    assert.throws(() => new Pop3Client(), { code: 'invalid-argument' });
  });
});

describe('errors', () => {
  const proxy = {
    'unknown-server': 4000,
    'not-allowed': 4001,
    'rate-limited': 4002,
    'dns': 4003,
    'refused': 4004,
    'unreachable': 4005,
    'connect-timeout': 4006,
    'tls-certificate': 4007,
    'tls-handshake': 4008,
    'stls-unsupported': 4009,
    'idle-timeout': 4010,
    'draining': 4011,
    'too-large': 4012,
    'upstream-closed': 4013,
    'unauthorized': 4014,
    'upstream-stalled': 4015,
    'client-stalled': 4016,
    'session-expired': 4017,
    'end-to-end-required': 4018,
    'end-to-end-forbidden': 4019,
  };

  for (const [code, closeCode] of Object.entries(proxy)) {
    test(`${code}: before the greeting, and in the middle of a session`, async () => {
      const refused = await failure(open({ greeting: ({ close }) => close(closeCode, code) }));
      assert.deepEqual([refused.code, refused.blame], [code, 'proxy']);
      await server.stop();
      const client = await open({
        answers: { 'STAT': '+OK 3 3\r\n', 'DELE 3': ({ close }) => close(closeCode, code) },
      });
      await client.user('a');
      await client.pass_('b');
      await client.dele(2);
      const ended = await failure(client.dele(3));
      assert.deepEqual([ended.code, ended.blame], [code, 'proxy']);
      assert.deepEqual(ended.undoneDeletions, [2]);
      assert.equal(client.closed, true);
    });
  }

  const refusals = {
    'auth-failed': '-ERR [AUTH] wrong password',
    'in-use': '-ERR [IN-USE] locked by another session',
    'login-delay': '-ERR [LOGIN-DELAY] wait a minute',
    'sys-temp': '-ERR [SYS/TEMP] disk is full',
    'sys-perm': '-ERR [SYS/PERM] ask the administrator',
  };

  for (const [code, line] of Object.entries(refusals)) {
    test(`${code}: in answer to PASS`, async () => {
      const client = await open({ answers: { 'PASS sesame': `${line}\r\n` } });
      await client.user('a');
      const error = await failure(client.pass_('sesame'));
      const { blame, serverText, responseCode } = error;
      assert.deepEqual([error.code, blame], [code, 'server']);
      assert.equal(`-ERR [${responseCode}] ${serverText}`, line);
      assert.ok(error.message.includes(serverText));
      client.close();
    });
  }

  test('rejected: any other refusal', async () => {
    const client = await open({ answers: { 'USER a': '-ERR\r\n' } });
    const error = await failure(client.user('a'));
    assert.deepEqual([error.code, error.blame], ['rejected', 'server']);
    assert.ok(!('serverText' in error) && !('responseCode' in error));
    client.close();
  });

  test('sys-temp: as the greeting', async () => {
    const error = await failure(open({ greeting: '-ERR [SYS/TEMP] try later' }));
    assert.deepEqual([error.code, error.serverText], ['sys-temp', 'try later']);
  });

  test('protocol-error: a greeting that is none', async () => {
    const error = await failure(open({ greeting: 'SSH-2.0-OpenSSH' }));
    assert.deepEqual([error.code, error.blame], ['protocol-error', 'protocol']);
  });

  test('limit-exceeded: a line without an end', async () => {
    const greeting = ({ send }) => send(`+OK ${'a'.repeat(100_000)}`);
    const error = await failure(open({ greeting }));
    assert.deepEqual([error.code, error.blame], ['limit-exceeded', 'limit']);
  });

  test('timeout: of a command', async () => {
    const client = await open({ answers: { 'USER a': () => {} } }, { commandTimeout: 100 });
    const [first, second] = await Promise.all([failure(client.user('a')), failure(client.capa())]);
    assert.deepEqual([first.code, first.blame], ['timeout', 'transport']);
    assert.equal(second.code, 'timeout');
    assert.equal(client.closed, true);
  });

  test('connection-lost: in good order, and not', async () => {
    const ends = [
      ({ close }) => close(1000, 'upstream-closed'),
      ({ socket }) => socket.terminate(),
    ];
    for (const end of ends) {
      const client = await open({ answers: { 'USER a': end } });
      const error = await failure(client.user('a'));
      assert.deepEqual([error.code, error.blame], ['connection-lost', 'transport']);
      await server.stop();
    }
  });

  test('connection-lost: whether QUIT deleted is unknown', async () => {
    const client = await open({
      answers: { STAT: '+OK 3 3\r\n', QUIT: ({ close }) => close(1000, 'upstream-closed') },
    });
    await client.user('a');
    await client.pass_('b');
    await client.dele(2);
    const error = await failure(client.quit());
    assert.equal(error.code, 'connection-lost');
    assert.deepEqual(error.unknownDeletions, [2]);
    assert.equal(error.undoneDeletions, undefined);
  });

  test('connect-failed: nobody listens, and an HTTP error', async () => {
    const http = createServer((request, response) => response.end()).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const url = `ws://127.0.0.1:${http.address().port}/pop3`;
    const noSocket = await failure(Pop3Client.connect({ url, server: 'work' }));
    http.closeAllConnections();
    http.close();
    await once(http, 'close');
    const nobody = await failure(Pop3Client.connect({ url, server: 'work' }));
    for (const error of [noSocket, nobody]) {
      assert.deepEqual([error.code, error.blame], ['connect-failed', 'transport']);
    }
  });

  test('aborted: while the WebSocket opens', async () => {
    const http = createServer().listen(0, '127.0.0.1');
    http.on('upgrade', () => {});
    await once(http, 'listening');
    const url = `ws://127.0.0.1:${http.address().port}/pop3`;
    const error = await failure(Pop3Client.connect({ url, signal: AbortSignal.timeout(100) }));
    assert.deepEqual([error.code, error.blame], ['aborted', 'caller']);
    assert.equal(error.cause.name, 'TimeoutError');
    http.closeAllConnections();
    http.close();
  });

  test('timeout: while the WebSocket opens', async () => {
    const http = createServer().listen(0, '127.0.0.1');
    http.on('upgrade', () => {});
    await once(http, 'listening');
    const url = `ws://127.0.0.1:${http.address().port}/pop3`;
    const error = await failure(Pop3Client.connect({ url, connectTimeout: 100 }));
    assert.deepEqual([error.code, error.blame], ['timeout', 'transport']);
    http.closeAllConnections();
    http.close();
  });

  test('limit-exceeded: more octets than any message has', async () => {
    const error = await failure(parseMessage(new Uint8Array(512 * 1024 * 1024 + 1)));
    assert.deepEqual([error.code, error.blame], ['limit-exceeded', 'limit']);
  });

  test('no error shows a password', async () => {
    const secret = 'correct horse battery staple';
    const answers = { [`PASS ${secret}`]: ({ close }) => close(4013, 'upstream-closed') };
    const client = await open({ answers });
    await client.user('a');
    const error = await failure(client.pass_(secret));
    assert.ok(!`${error.message} ${error.stack} ${JSON.stringify(error)}`.includes(secret));
  });
});

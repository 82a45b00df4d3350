// The loader, and the table of errors, in Node: what no real server does on demand is scripted.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { afterEach, before, describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { init, Pop3Client, Pop3Error, parseMessage } from 'pop3-wasm';
import { WebSocket } from 'ws';
import { until, within } from '../lib/deadline.js';
import { scripted } from '../lib/scripted.js';

const MODULE = new URL('../../../client-wasm/dist/pop3_wasm_bg.wasm', import.meta.url);
const OCTETS = new TextEncoder().encode('Subject: hello\r\n\r\nbody\r\n');

let server;

/** A session with a server that plays a script. */
async function open(script, options = {}) {
  server = await scripted(script);
  return Pop3Client.connect({ url: server.url, server: 'work', ...options });
}

async function failure(promise) {
  try {
    await within(10_000, 'a failure', promise);
  } catch (error) {
    assert.ok(error instanceof Pop3Error, String(error));
    return error;
  }
  return assert.fail('nothing failed');
}

before(() => {
  globalThis.WebSocket = WebSocket;
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

describe('loader', () => {
  /** Runs a module's text in a thread, where nothing is loaded yet; gives what it posts. */
  async function fresh(text, workerData) {
    const code = `
      const { parentPort, workerData } = require('node:worker_threads');
      const run = async () => {
        const pop3 = await import('pop3-wasm');
        const octets = new TextEncoder().encode('Subject: hello\\r\\n\\r\\n');
        ${text}
      };
      run().then((value) => parentPort.postMessage({ value }), (error) =>
        parentPort.postMessage({ code: error.code, message: error.message }));
    `;
    const worker = new Worker(code, { eval: true, workerData });
    const [answer] = await within(20_000, 'the thread', once(worker, 'message'));
    await worker.terminate();
    return answer;
  }

  const load = 'await pop3.init(workerData); return (await pop3.parseMessage(octets)).subject;';

  test('loads once, however often it is asked', async () => {
    await Promise.all([init(), init()]);
    await init('http://127.0.0.1:1/not-asked-for');
    assert.equal((await parseMessage(OCTETS)).subject, 'hello');
  });

  test('loads by itself', async () => {
    const text = 'return (await pop3.parseMessage(octets)).subject;';
    assert.deepEqual(await fresh(text), { value: 'hello' });
  });

  test('loads from octets, a compiled module, a file URL as string', async () => {
    const octets = new Uint8Array(await readFile(MODULE));
    for (const source of [octets, octets.buffer, await WebAssembly.compile(octets), MODULE.href]) {
      assert.deepEqual(await fresh(load, source), { value: 'hello' });
    }
  });

  test('loads from a URL object, an http URL, and a Response', async () => {
    const octets = await readFile(MODULE);
    const http = createServer((request, response) => {
      response.setHeader('Content-Type', 'application/wasm');
      response.end(octets);
    }).listen(0, '127.0.0.1');
    await once(http, 'listening');
    const { port } = http.address();
    const url = `http://127.0.0.1:${port}/module.wasm`;
    const sources = ['new URL(workerData)', 'workerData', 'await fetch(workerData)'];
    try {
      for (const source of sources) {
        const text = load.replace('workerData', source);
        assert.deepEqual(await fresh(text, url), { value: 'hello' }, source);
      }
      const file = load.replace('workerData', 'new URL(workerData)');
      assert.deepEqual(await fresh(file, MODULE.href), { value: 'hello' });
    } finally {
      http.closeAllConnections();
      http.close();
    }
  });

  test('says load-failed, and can be asked again', async () => {
    const text = `
      let code;
      try { await pop3.init(new Uint8Array([1, 2, 3])); } catch (error) { code = error.code; }
      return [code, (await pop3.parseMessage(octets)).subject];
    `;
    assert.deepEqual(await fresh(text), { value: ['load-failed', 'hello'] });
  });

  test('says what to do where there is no WebSocket', async () => {
    const text = `
      delete globalThis.WebSocket;
      await pop3.Pop3Client.connect({ url: 'ws://127.0.0.1:1/' });
    `;
    const { code, message } = await fresh(text);
    assert.equal(code, 'connect-failed');
    assert.match(message, /no WebSocket.*globalThis\.WebSocket/s);
  });
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

  test('events that this version does not know are passed over', async () => {
    const greeting = ({ socket, send }) => {
      for (const text of ['{"event":"later"}', 'no JSON', '', '[]']) socket.send(text);
      send('+OK\r\n');
    };
    const client = await open({ greeting });
    await client.quit();
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

  test('no error shows a password', async () => {
    const secret = 'correct horse battery staple';
    const answers = { [`PASS ${secret}`]: ({ close }) => close(4013, 'upstream-closed') };
    const client = await open({ answers });
    await client.user('a');
    const error = await failure(client.pass_(secret));
    assert.ok(!`${error.message} ${error.stack} ${JSON.stringify(error)}`.includes(secret));
  });
});

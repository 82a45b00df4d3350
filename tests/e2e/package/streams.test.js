// Sessions over byte streams, in Node: sockets without any proxy, and streams that misbehave.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, test } from 'node:test';
import { Pop3Client } from 'pop3-wasm';
import load from '../../../client-wasm/dist/pop3_wasm.js';
import { until, within } from '../lib/deadline.js';
import { failure } from '../lib/failure.js';
import { socketServer, streamServer } from './pop3-server.js';

const README = new URL('../../../client-wasm/README.md', import.meta.url);

let server;

afterEach(async () => {
  await server?.stop?.();
  server = undefined;
});

const toServer = () => Duplex.toWeb(net.connect(server.port, '127.0.0.1'));

/** A session on a socket with a server that plays a script. */
async function open(script, options = {}) {
  server = await socketServer(script);
  return Pop3Client.connect({ streams: toServer(), ...options });
}

async function signIn(client) {
  await client.user('a');
  await client.pass_('b');
  return client;
}

function assertReleased({ readable, writable }) {
  assert.deepEqual([readable.locked, writable.locked], [false, false]);
}

/** Octets as mail of 8 bits has them: any but CR and LF, in lines, many of which begin with a dot. */
function mail(size) {
  const octets = randomBytes(size);
  for (let at = 0; at < size; at += 1) {
    if (octets[at] === 10 || octets[at] === 13) octets[at] = 46;
  }
  for (let at = 70; at + 2 < size; at += 71) octets.set([13, 10, 46], at);
  octets.set([13, 10], size - 2);
  return octets;
}

function retrieval(octets) {
  const stuffed = octets.toString('latin1').replaceAll('\r\n.', '\r\n..').replace(/^\./, '..');
  return `+OK ${octets.length} octets\r\n${stuffed}.\r\n`;
}

describe('sockets', () => {
  test('a whole session', async () => {
    const octets = mail(500);
    const client = await open({
      answers: {
        'STAT': '+OK 1 500\r\n',
        'LIST': '+OK\r\n1 500\r\n.\r\n',
        'UIDL': '+OK\r\n1 abc\r\n.\r\n',
        'TOP 1 0': '+OK\r\nSubject: hello\r\n\r\n.\r\n',
        'RETR 1': retrieval(octets),
      },
    });
    assert.equal(client.connection, undefined);
    assert.equal(await client.getwelcome(), 'ready');
    await client.user('a');
    assert.equal((await client.pass_('b')).count, 1);
    assert.deepEqual(await client.list(), [{ number: 1, size: 500 }]);
    assert.deepEqual(await client.uidl(), [{ number: 1, uid: 'abc' }]);
    assert.equal(String(Buffer.from((await client.top(1, 0)).octets)), 'Subject: hello\r\n\r\n');
    assert.deepEqual(Buffer.from((await client.retr(1)).octets), octets);
    await client.dele(1);
    assert.equal((await client.quit()).text, 'bye');
    assert.equal(client.closed, true);
    const [user, pass, ...rest] = server.lines;
    assert.deepEqual([user, pass], ['USER a', 'PASS b']);
    const last = ['LIST', 'UIDL', 'TOP 1 0', 'RETR 1', 'DELE 1', 'QUIT'];
    assert.deepEqual(
      rest.filter((line) => line !== 'CAPA' && line !== 'STAT'),
      last,
    );
  });

  test('a message of 5 MB, octet for octet', async () => {
    const octets = mail(5_000_000);
    const client = await signIn(await open({ answers: { 'RETR 1': retrieval(octets) } }));
    let last;
    const message = await client.retr(1, { onProgress: ({ received }) => (last = received) });
    assert.ok(octets.equals(message.octets));
    assert.equal(last, octets.length);
    await client.quit();
  });

  test('over TLS', async () => {
    // Keys that both know stand in for a certificate, which TLS 1.3 of Node cannot do.
    const psk = randomBytes(32);
    const common = { ciphers: 'PSK', maxVersion: 'TLSv1.2' };
    server = await socketServer({ answers: { STAT: '+OK 1 2\r\n' } }, (listener) =>
      tls.createServer({ ...common, pskCallback: () => psk }, listener),
    );
    const socket = tls.connect({
      ...common,
      host: '127.0.0.1',
      port: server.port,
      pskCallback: () => ({ psk, identity: 'client' }),
      checkServerIdentity: () => undefined,
    });
    const client = await signIn(await Pop3Client.connect({ streams: Duplex.toWeb(socket) }));
    assert.equal(socket.encrypted, true);
    assert.deepEqual(await client.stat(), { count: 1, size: 2 });
    await client.quit();
  });

  test('the example of the README', async () => {
    server = await socketServer();
    const readme = await readFile(README, 'utf8');
    const [, section] = readme.split('## Without a proxy');
    const examples = [...section.split('\n## ')[0].matchAll(/^```js\n(.*?)^```/gms)];
    const [program] = examples
      .map(([, text]) => text)
      .filter((text) => text.includes("'node:net'"));
    const here = program.replace("'localhost', port: 110", `'127.0.0.1', port: ${server.port}`);
    const flags = ['--input-type=module', '--eval', here];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, flags, {
      cwd: import.meta.dirname,
      timeout: 20_000,
    });
    assert.deepEqual([stdout, stderr], ['ready\n', '']);
    assert.deepEqual(server.lines, ['QUIT']);
  });

  test('the server hangs up in the middle of a message', async () => {
    const client = await signIn(
      await open({
        answers: {
          'STAT': '+OK 3 30\r\n',
          'RETR 1': ({ socket }) => socket.end('+OK\r\nSubject: half'),
        },
      }),
    );
    await client.dele(2);
    await client.dele(3);
    const error = await failure(client.retr(1));
    assert.deepEqual([error.code, error.blame], ['connection-lost', 'transport']);
    assert.deepEqual(error.undoneDeletions, [2, 3]);
    assert.equal(client.closed, true);
  });

  test('the connection is reset, and nobody listens', async () => {
    const client = await open({ answers: { 'USER a': ({ socket }) => socket.resetAndDestroy() } });
    const reset = await failure(client.user('a'));
    assert.deepEqual([reset.code, reset.cause.code], ['connection-lost', 'ECONNRESET']);
    await server.stop();
    const refused = await failure(Pop3Client.connect({ streams: toServer() }));
    server = undefined;
    assert.deepEqual([refused.code, refused.cause.code], ['connection-lost', 'ECONNREFUSED']);
  });

  test('quit(), close(), and an aborted attempt end the socket', async () => {
    const ends = [(client) => client.quit(), (client) => client.close()];
    for (const end of ends) {
      const client = await open();
      const closed = once(server.sockets[0], 'close');
      await end(client);
      await within(10_000, 'the end of the socket', closed);
      await server.stop();
    }
    server = await socketServer({ greeting: '' });
    const controller = new AbortController();
    const waiting = Pop3Client.connect({ streams: toServer(), signal: controller.signal });
    await until(10_000, 'the connection', () => server.sockets.length === 1);
    const closed = once(server.sockets[0], 'close');
    controller.abort(new Error('enough'));
    const error = await failure(waiting);
    assert.deepEqual([error.code, error.cause.message], ['aborted', 'enough']);
    await within(10_000, 'the end of the socket', closed);
  });

  test('200 sessions leave nothing in the memory of the module', { timeout: 60_000 }, async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    server = await socketServer();
    async function rounds(count) {
      for (let round = 0; round < count; round += 1) {
        const client = await Pop3Client.connect({ streams: toServer() });
        await client.user('a');
        await client.quit();
        // The module's part of a client goes with the client.
        collect();
        await setImmediate();
      }
      const exported = Object.values(await load());
      const memory = exported.find((value) => value instanceof WebAssembly.Memory);
      const tables = exported.filter((value) => value instanceof WebAssembly.Table);
      return [memory.buffer.byteLength, ...tables.map(({ length }) => length)];
    }
    const before = await rounds(50);
    assert.deepEqual(await rounds(200), before);
  });
});

describe('streams', () => {
  const KINDS = {
    'one octet at a time': (octets) => Array.from(octets, (octet) => Uint8Array.of(octet)),
    'ArrayBuffer': (octets) => [Uint8Array.from(octets).buffer],
    'DataView of a part': (octets) => {
      const { buffer } = Uint8Array.from([1, 2, 3, ...octets, 4]);
      return [new DataView(buffer, 3, octets.length)];
    },
    'Uint8ClampedArray': (octets) => [Uint8ClampedArray.from(octets)],
    'Uint16Array': (octets) => {
      const even = octets.length - (octets.length % 2);
      const wide = new Uint16Array(Uint8Array.from(octets.subarray(0, even)).buffer);
      return [wide, octets.subarray(even)];
    },
    'shared memory': (octets) => {
      const shared = new Uint8Array(new SharedArrayBuffer(octets.length));
      shared.set(octets);
      return [shared];
    },
    'octets of another realm': (octets) => [runInNewContext(`Uint8Array.from([${[...octets]}])`)],
    'empty chunks between': (octets) => [new ArrayBuffer(0), octets, new Uint8Array(0)],
    'detached buffers between': (octets) => {
      const gone = [new ArrayBuffer(2), new Uint8Array(2), new Uint16Array(2)];
      structuredClone(gone, { transfer: gone.map((chunk) => chunk.buffer ?? chunk) });
      return [...gone, octets];
    },
  };

  for (const [title, cut] of Object.entries(KINDS)) {
    test(`chunks: ${title}`, async () => {
      const octets = mail(1001);
      const { streams } = streamServer({
        answers: { 'STAT': '+OK 1 1001\r\n', 'RETR 1': retrieval(octets) },
      });
      const cutter = new TransformStream({
        transform: (chunk, controller) => cut(chunk).forEach((piece) => controller.enqueue(piece)),
      });
      const readable = streams.readable.pipeThrough(cutter);
      const client = await Pop3Client.connect({ streams: { ...streams, readable } });
      await signIn(client);
      assert.deepEqual(Buffer.from((await client.retr(1)).octets), octets);
      await client.quit();
    });
  }

  test('a chunk of many megabytes is taken in pieces', async () => {
    const octets = mail(9_000_000);
    server = streamServer({ answers: { 'RETR 1': retrieval(octets) } });
    const client = await signIn(await Pop3Client.connect(server));
    const reports = [];
    const onProgress = ({ received }) => reports.push(received);
    const message = await client.retr(1, { onProgress });
    assert.ok(octets.equals(message.octets));
    assert.ok(reports.length >= 9, `${reports.length} reports`);
  });

  for (const claim of [1, 4_000, 5_001, 400_000, undefined]) {
    test(`a message in pieces of which LIST tells ${claim} octets is whole`, async () => {
      const octets = mail(5_001);
      const answers = { CAPA: '+OK\r\nTOP\r\n.\r\n' };
      for (const command of ['RETR 1', 'TOP 1 9']) {
        const whole = Buffer.from(retrieval(octets), 'latin1');
        answers[command] = ({ send }) => {
          for (let at = 0; at < whole.length; at += 997) send(whole.subarray(at, at + 997));
        };
      }
      if (claim !== undefined) answers.LIST = `+OK\r\n1 ${claim}\r\n.\r\n`;
      server = streamServer({ answers });
      const client = await signIn(await Pop3Client.connect(server));
      if (claim !== undefined) await client.list();
      for (const message of [await client.retr(1), await client.top(1, 9)]) {
        assert.ok(octets.equals(message.octets));
        // It may be handed to a worker with nothing else in its memory.
        assert.equal(message.octets.buffer.byteLength, octets.length);
      }
      client.close();
    });
  }

  test('nothing is read before the session has taken what came', async () => {
    const pieces = ['+OK\r\n', ...Array(20).fill('line\r\n'), '.\r\n'];
    const RETR = ({ send }) => pieces.forEach((piece) => send(Buffer.from(piece)));
    server = streamServer({ answers: { 'RETR 1': RETR } });
    const source = server.streams.readable.getReader();
    let asked = 0;
    let given = 0;
    const readable = new ReadableStream(
      {
        async pull(controller) {
          asked += 1;
          const { value, done } = await source.read();
          given += 1;
          if (done) controller.close();
          else controller.enqueue(value);
        },
      },
      // Without a queue of its own it asks for no more than its reader does.
      { highWaterMark: 0 },
    );
    const client = await Pop3Client.connect({ streams: { ...server.streams, readable } });
    await signIn(client);
    const ahead = [];
    await client.retr(1, { onProgress: () => ahead.push(asked - given) });
    assert.deepEqual(ahead, Array(20).fill(0));
    client.close();
  });

  test('writes go out in the order of the commands, each after the one before', async () => {
    server = streamServer({ answers: { CAPA: '+OK\r\nPIPELINING\r\n.\r\n' } });
    const inner = server.streams.writable.getWriter();
    let busy = 0;
    const writable = new WritableStream({
      async write(chunk) {
        busy += 1;
        assert.equal(busy, 1);
        await setImmediate();
        await inner.write(chunk);
        busy -= 1;
      },
      close: () => inner.close(),
    });
    const client = await Pop3Client.connect({ streams: { ...server.streams, writable } });
    await signIn(client);
    const numbers = Array.from({ length: 50 }, (_, index) => index + 1);
    await Promise.all(numbers.map((number) => client.dele(number)));
    await client.quit();
    const deletions = server.lines.filter((line) => line.startsWith('DELE'));
    assert.deepEqual(
      deletions,
      numbers.map((number) => `DELE ${number}`),
    );
  });

  test('are ended and unlocked after quit()', async () => {
    server = streamServer();
    const client = await Pop3Client.connect(server);
    await client.quit();
    assertReleased(server.streams);
    await until(10_000, 'the end of the stream', () => server.closed);
    assert.equal(server.aborted, false);
  });

  test('are ended and unlocked after close()', async () => {
    server = streamServer({ answers: { NOOP: '' } });
    const client = await Pop3Client.connect(server);
    await signIn(client);
    const waiting = failure(client.noop());
    client.close();
    assert.equal((await waiting).code, 'aborted');
    assertReleased(server.streams);
    await until(10_000, 'the end of the streams', () => server.cancelled && server.aborted);
    assert.equal(server.closed, false);
  });

  const ENDS = {
    'an aborted attempt': ['aborted', { signal: AbortSignal.timeout(50) }],
    'an attempt that was never to be': ['aborted', { signal: AbortSignal.abort() }],
    'a greeting that does not come': ['timeout', { connectTimeout: 50 }],
    'a greeting that is none': ['protocol-error', {}, 'SSH-2.0-OpenSSH\r\n'],
    'a refusal': ['sys-temp', {}, '-ERR [SYS/TEMP] try later\r\n'],
  };

  for (const [title, [code, options, greeting = '']] of Object.entries(ENDS)) {
    test(`are ended and unlocked after ${title}`, async () => {
      server = streamServer({ greeting });
      const { streams } = server;
      const error = await failure(Pop3Client.connect({ streams, ...options }));
      assert.equal(error.code, code);
      assertReleased(streams);
      await until(10_000, 'the end of the streams', () => server.cancelled && server.aborted);
    });
  }

  test('the readable one fails, and ends', async () => {
    const cause = new Error('cable');
    const ends = [({ fail }) => fail(cause), ({ end }) => end()];
    for (const [index, end] of ends.entries()) {
      const { streams, ...rest } = streamServer({
        answers: { 'STAT': '+OK 2 2\r\n', 'RETR 1': end },
      });
      const client = await signIn(await Pop3Client.connect({ streams }));
      await client.dele(2);
      const error = await failure(client.retr(1));
      assert.deepEqual([error.code, error.blame], ['connection-lost', 'transport']);
      assert.deepEqual(error.undoneDeletions, [2]);
      assert.equal(error.cause, index === 0 ? cause : undefined);
      assert.equal(client.closed, true);
      assertReleased(streams);
      assert.equal((await failure(client.noop())).code, 'wrong-state');
      assert.ok(rest.lines.includes('RETR 1'));
    }
  });

  test('the writable one fails', async () => {
    const cause = new Error('pipe');
    server = streamServer();
    const writable = new WritableStream({
      write() {
        throw cause;
      },
    });
    const streams = { ...server.streams, writable };
    const client = await Pop3Client.connect({ streams });
    const error = await failure(client.user('a'));
    assert.deepEqual([error.code, error.cause], ['connection-lost', cause]);
    assertReleased(streams);
    await until(10_000, 'the end of the stream', () => server.cancelled);
  });

  test('a sink that is stuck does not hold a session', async () => {
    server = streamServer();
    const writable = new WritableStream({ write: () => new Promise(() => {}) });
    const streams = { ...server.streams, writable };
    const client = await Pop3Client.connect({ streams, commandTimeout: 50 });
    assert.equal((await failure(client.user('a'))).code, 'timeout');
    assertReleased(streams);
  });

  const gone = new DataView(new ArrayBuffer(1));
  structuredClone(gone, { transfer: [gone.buffer] });
  const NO_OCTETS = {
    'a string': '+OK\r\n',
    'a number': 7,
    'an array': [1],
    'nothing': undefined,
    'a view of a buffer that is gone': gone,
  };

  for (const [title, chunk] of Object.entries(NO_OCTETS)) {
    test(`${title} is no chunk of octets`, async () => {
      server = streamServer({ answers: { STAT: '+OK 1 1\r\n', NOOP: ({ send }) => send(chunk) } });
      const client = await signIn(await Pop3Client.connect(server));
      await client.dele(1);
      const error = await failure(client.noop());
      assert.deepEqual([error.code, error.blame], ['invalid-argument', 'caller']);
      assert.deepEqual(error.undoneDeletions, [1]);
      await until(10_000, 'the end of the streams', () => server.cancelled && server.aborted);
    });
  }

  test('arguments that are none', async () => {
    const url = 'ws://127.0.0.1:1/';
    const { streams } = streamServer();
    const wrong = {
      'neither way': {},
      'both ways': { url, streams },
      'a server of no proxy': { server: 'work', streams },
      'null': { streams: null },
      'no readable': { streams: { writable: streams.writable } },
      'no writable': { streams: { readable: streams.readable } },
      'exchanged': { streams: { readable: streams.writable, writable: streams.readable } },
      'a socket': { streams: new net.Socket() },
    };
    for (const [title, options] of Object.entries(wrong)) {
      assert.equal((await failure(Pop3Client.connect(options))).code, 'invalid-argument', title);
    }
    // They are the caller's still, and as good as new.
    await (await Pop3Client.connect({ streams })).quit();
  });

  test('locked streams', async () => {
    for (const [side, lock] of [
      ['readable', 'getReader'],
      ['writable', 'getWriter'],
    ]) {
      const before = streamServer();
      const holder = before.streams[side][lock]();
      const error = await failure(Pop3Client.connect(before));
      assert.deepEqual([error.code, error.blame], ['invalid-argument', 'caller']);
      holder.releaseLock();
      await (await Pop3Client.connect(before)).quit();

      // Locked only while the module was loading: the other one is given back as it was.
      const meanwhile = streamServer();
      const connecting = failure(Pop3Client.connect(meanwhile));
      const late = meanwhile.streams[side][lock]();
      assert.equal((await connecting).code, 'invalid-argument');
      late.releaseLock();
      assertReleased(meanwhile.streams);
      await (await Pop3Client.connect(meanwhile)).quit();
    }
  });
});

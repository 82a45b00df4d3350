// `pop3-wasm/worker` in Node: what a client in a worker gives is what one without gives, and its end.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { after, afterEach, describe, test } from 'node:test';
import { Pop3Client } from 'pop3-wasm';
import { connectInWorker } from 'pop3-wasm/worker';
import { until, within } from '../lib/deadline.js';
import { failure } from '../lib/failure.js';
import { socketServer, streamServer } from './pop3-server.js';

const LARGE = 'a line of a large message\r\n'.repeat(200_000);
const message = (subject) => `Subject: ${subject}\r\n\r\nbody\r\n`;
const ONE = message('one');
const ANSWERS = {
  'STAT': '+OK 3 99\r\n',
  'LIST': `+OK\r\n1 ${ONE.length}\r\n2 ${ONE.length}\r\n3 ${ONE.length}\r\n.\r\n`,
  'LIST 1': `+OK 1 ${ONE.length}\r\n`,
  'UIDL': '+OK\r\n1 a\r\n2 b\r\n3 c\r\n.\r\n',
  'UIDL 2': '+OK 2 b\r\n',
  'RETR 1': `+OK one\r\n${ONE}.\r\n`,
  'RETR 2': '-ERR [SYS/TEMP] not today\r\n',
  'RETR 3': `+OK\r\n${message('three')}.\r\n`,
  'TOP 1 0': '+OK\r\nSubject: one\r\n\r\n.\r\n',
  'TOP 3 5': `+OK\r\n${message('three')}.\r\n`,
  'LANG': '+OK\r\nen English\r\n.\r\n',
  'CAPA': '+OK\r\nUIDL\r\nEXPIRE 5\r\n.\r\n',
};

const opened = [];

afterEach(() => {
  for (const client of opened.splice(0)) client.close();
});

/** A client in a worker, and the server that it talks to. */
async function open(answers = ANSWERS, options = {}) {
  const server = streamServer({ answers });
  const client = await connectInWorker({ streams: server.streams, ...options });
  opened.push(client);
  return { client, server };
}

async function signIn(client) {
  await client.user('a');
  await client.pass_('b');
  return client;
}

/** A worker of the test's own, which it can end. */
function ownWorker() {
  return new Worker(new URL('../../../client-wasm/js/worker-entry.js', import.meta.url));
}

const isOver = (worker) => once(worker, 'exit');

async function collect(iterator) {
  const all = [];
  for await (const item of iterator) all.push(item);
  return all;
}

/** What failures tell, and what else is given, in a form to compare. */
function told(value) {
  if (Array.isArray(value)) return value.map(told);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Error) {
    const { name, code, blame, message, serverText, responseCode, undoneDeletions } = value;
    return { name, code, blame, message, serverText, responseCode, undoneDeletions };
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, told(own)]));
}

async function outcome(call) {
  try {
    return { value: told(await call()) };
  } catch (error) {
    return { error: told(error) };
  }
}

describe('as without a worker', () => {
  test('every method and property is there', async () => {
    const { client } = await open();
    const names = (prototype) => Reflect.ownKeys(prototype).map(String).sort();
    const own = Object.getPrototypeOf(client);
    assert.deepEqual(names(own), names(Object.getPrototypeOf(Pop3Client.prototype)));
    assert.ok(client instanceof EventTarget);
    assert.throws(() => new own.constructor(), { code: 'invalid-argument' });
  });

  test('every command gives the same, or fails the same way', async () => {
    const steps = [
      (client) => client.getwelcome(),
      (client) => client.capa(),
      (client) => client.lang(),
      (client) => client.stat(),
      (client) => client.login({ user: 'a', password: 'b' }),
      (client) => client.login({ user: 'a', password: 'b', encrypted: true }),
      (client) => client.stat(),
      (client) => client.list(),
      (client) => client.list(1),
      (client) => client.uidl(undefined, { timeout: 60_000 }),
      (client) => client.uidl(2),
      (client) => client.retr(1),
      (client) => client.retr(2),
      (client) => client.retr('1'),
      (client) => client.retr(1, { signal: 5 }),
      (client) => client.retr(1, { onProgress: 5 }),
      (client) => client.top(1, 0),
      (client) => client.retr(1, { stream: true }).then(({ body }) => collect(body)),
      (client) => client.retr(2, { stream: true }),
      (client) => client.dele(3),
      (client) => client.pendingDeletions,
      (client) => client.checkNew({ seen: new Set(['x']) }),
      (client) => collect(client.messages()),
      (client) => collect(client.messages({ numbers: new Set([3, 1]), lines: () => undefined })),
      (client) =>
        collect(
          client.messages({ numbers: [1, 3], lines: ({ number }) => (number === 1 ? 0 : 5) }),
        ),
      (client) => collect(client.messages({ lines: () => -1 })),
      (client) =>
        collect(
          client.messages({
            lines: () => {
              throw new RangeError('mine');
            },
          }),
        ),
      (client) => collect(client.fetchNew({ seen: [], find: [] })),
      (client) =>
        collect(
          client.batch([
            ['retr', 1],
            ['retr', 2],
            ['dele', 1],
          ]),
        ),
      (client) => collect(client.batch([['quit']])),
      (client) => client.pendingDeletions,
      (client) => client.rset(),
      (client) => client.pendingDeletions,
      (client) => client.noop(),
      (client) => client.state,
      (client) => client.quit(),
      (client) => [client.closed, client.state, client.pendingDeletions],
      (client) => client.noop(),
    ];
    const seen = [];
    for (const inWorker of [false, true]) {
      const { streams } = streamServer({ answers: ANSWERS });
      const client = inWorker
        ? await connectInWorker({ streams })
        : await Pop3Client.connect({ streams });
      const outcomes = [];
      for (const step of steps) outcomes.push(await outcome(async () => step(client)));
      seen.push(outcomes);
    }
    const [here, there] = seen;
    for (const [at, step] of steps.entries()) assert.deepEqual(there[at], here[at], String(step));
  });

  test('events: states and progress, the last with its error and cause', async () => {
    const { client, server } = await open();
    const events = [];
    for (const type of ['state', 'progress']) {
      client.addEventListener(type, ({ detail }) => events.push(detail));
    }
    await signIn(client);
    await client.retr(1);
    await client.dele(1);
    const cause = Object.assign(new TypeError('cut'), { errno: -7, code: 'ECUT' });
    server.fail(cause);
    await until(10_000, 'the end', () => client.closed);
    const { error } = events.at(-1);
    assert.deepEqual(events.slice(0, -1), [
      { state: 'transaction' },
      { number: 1, received: ONE.length },
    ]);
    const { name, code, undoneDeletions } = error;
    assert.deepEqual([name, code, undoneDeletions], ['Pop3Error', 'connection-lost', [1]]);
    const { message: words, errno, code: theirs } = error.cause;
    assert.deepEqual([words, errno, theirs], ['cut', -7, 'ECUT']);
  });

  test('functions of the options are called here', async () => {
    const { client } = await open();
    await signIn(client);
    const told = [];
    await client.retr(1, { onProgress: (progress) => told.push(progress) });
    const mail = [];
    for await (const { id, error } of client.fetchNew({
      onChecked: ({ fresh, unclear }) => mail.push(fresh.length, unclear.length),
      onProgress: (progress) => told.push(progress.number),
    })) {
      mail.push(error?.code ?? typeof id);
    }
    assert.deepEqual(told, [{ received: ONE.length }, 1, 3]);
    assert.deepEqual(mail, [3, 0, 'string', 'sys-temp', 'string']);
    const mine = new RangeError('mine');
    const throwing = client.fetchNew({
      onChecked: () => {
        throw mine;
      },
    });
    await assert.rejects(collect(throwing), mine);
    await client.noop();
  });

  test('what cannot be sent to a worker is an invalid argument', async () => {
    const { client } = await open();
    for (const call of [() => client.user(() => {}), () => client.user(Symbol('a'))]) {
      assert.equal((await failure(call())).code, 'invalid-argument');
    }
    for (const wrong of [undefined, null, 5, {}, { streams: 5 }, { streams: {} }, { signal: 5 }]) {
      assert.equal((await failure(connectInWorker(wrong))).code, 'invalid-argument');
    }
    const { streams } = streamServer();
    const reader = streams.readable.getReader();
    assert.equal((await failure(connectInWorker({ streams }))).code, 'invalid-argument');
    reader.releaseLock();
  });
});

describe('giving up', () => {
  test('a command, an iterator, a body, and the attempt to connect', async () => {
    const answers = { ...ANSWERS, 'LIST 1': '', 'RETR 3': `+OK\r\n${LARGE}` };
    const { client, server } = await open(answers, { drain: { octets: 1e9 } });
    await signIn(client);
    const reason = { why: 'no more' };
    const stop = new AbortController();
    const streamed = await client.retr(3, { stream: true, signal: stop.signal });
    const reading = collect(streamed.body);
    stop.abort(reason);
    const body = await failure(reading);
    assert.deepEqual([body.code, body.cause], ['aborted', reason]);
    server.send(Buffer.from('.\r\n'));

    const listing = new AbortController();
    const listed = client.list(1, { signal: listing.signal });
    await until(10_000, 'LIST', () => server.lines.includes('LIST 1'));
    listing.abort(reason);
    const error = await failure(listed);
    assert.equal(error.code, 'aborted');
    assert.equal(error.cause, reason);
    server.send(Buffer.from('+OK 1 1\r\n'));

    const iterating = new AbortController();
    const messages = client.messages({ numbers: [1, 1, 1], signal: iterating.signal });
    await messages.next();
    iterating.abort(reason);
    const given = await failure(messages.next());
    assert.deepEqual([given.code, given.cause], ['aborted', reason]);
    assert.equal((await messages.next()).done, true);
    const late = await failure(client.uidl(1, { signal: AbortSignal.abort(reason) }));
    assert.deepEqual([late.code, late.cause], ['aborted', reason]);
    assert.equal((await client.noop()).text, '');

    const connecting = new AbortController();
    const silent = streamServer({ greeting: '' });
    const worker = ownWorker();
    const exit = isOver(worker);
    const { signal } = connecting;
    const attempt = connectInWorker({ streams: silent.streams, signal, worker });
    setImmediate(() => connecting.abort(reason));
    const failed = await failure(attempt);
    assert.equal(failed.cause, reason);
    await within(10_000, 'the end of the worker', exit);
    assert.equal((await failure(connectInWorker({ signal }))).code, 'aborted');
  });

  test('by a time of its own', async () => {
    const { client } = await open({ ...ANSWERS, 'LIST 1': '' });
    await signIn(client);
    const error = await failure(client.list(1, { timeout: 30 }));
    assert.deepEqual([error.code, error.blame], ['timeout', 'caller']);
  });
});

describe('streams', () => {
  test('a reader that is behind holds the server back, and gets every octet', async () => {
    const pieces = 400;
    const piece = Buffer.from(LARGE.slice(0, 27_000));
    let sent = 0;
    const answers = {
      'USER a': '+OK\r\n',
      'PASS b': '+OK\r\n',
      'STAT': '+OK 1 1\r\n',
      'CAPA': '-ERR\r\n',
    };
    const lines = [];
    const queue = [Buffer.from('+OK\r\n')];
    let wake = () => {};
    const readable = new ReadableStream(
      {
        async pull(controller) {
          while (queue.length === 0) await new Promise((resolve) => (wake = resolve));
          const next = queue.shift();
          if (next === 'body') {
            if (sent === pieces) return controller.enqueue(Buffer.from('.\r\n'));
            sent += 1;
            queue.unshift('body');
            return controller.enqueue(piece);
          }
          return controller.enqueue(next);
        },
      },
      { highWaterMark: 0 },
    );
    const writable = new WritableStream({
      write(chunk) {
        const line = Buffer.from(chunk).toString().trim();
        lines.push(line);
        if (line === 'RETR 1') queue.push(Buffer.from('+OK\r\n'), 'body');
        else queue.push(Buffer.from(answers[line] ?? '+OK\r\n'));
        wake();
      },
    });
    const client = await connectInWorker({ streams: { readable, writable } });
    opened.push(client);
    await signIn(client);
    const { body } = await client.retr(1, { stream: true });
    let before;
    await until(20_000, 'the server to be held back', async () => {
      const now = sent;
      const same = now === before;
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 200));
      return same && sent === now;
    });
    assert.ok(sent < pieces / 2, `${sent} pieces were taken`);
    const chunks = await collect(body);
    assert.equal(Buffer.concat(chunks).equals(Buffer.concat(Array(pieces).fill(piece))), true);
  });

  test('a body that is cancelled, and one that nobody reads, hold nothing up', async () => {
    const worker = ownWorker();
    const exit = isOver(worker);
    const { client } = await open(ANSWERS, { worker });
    await signIn(client);
    const { body } = await client.retr(1, { stream: true });
    await body.cancel('no more');
    await client.noop();
    const unread = await client.retr(3, { stream: true });
    await client.quit();
    await within(10_000, 'the end of the worker', exit);
    const chunks = await collect(unread.body);
    assert.equal(Buffer.concat(chunks).toString(), message('three'));
  });
});

describe('the end', () => {
  test('quit, close, dispose and the server each end the worker', async () => {
    for (const end of [
      ({ client }) => client.quit(),
      ({ client }) => client.close(),
      ({ client }) => client[Symbol.asyncDispose](),
      ({ server }) => server.end(),
    ]) {
      const worker = ownWorker();
      const exit = isOver(worker);
      const both = await open(ANSWERS, { worker });
      const states = [];
      both.client.addEventListener('state', ({ detail }) => states.push(detail.state));
      await end(both);
      await within(10_000, 'the end of the worker', exit);
      assert.deepEqual([both.client.closed, states], [true, ['closed']]);
      const { server } = both;
      await until(10_000, 'the end of the streams', () => server.aborted || server.closed);
    }
  });

  test('a worker that dies takes the session along, and says what that undoes', async () => {
    const worker = ownWorker();
    const { client } = await open(
      { ...ANSWERS, 'LIST 1': '', 'RETR 3': '+OK\r\nhalf\r\n' },
      { worker },
    );
    await signIn(client);
    await client.dele(2);
    const events = [];
    client.addEventListener('state', ({ detail }) => events.push(detail));
    const { body } = await client.retr(3, { stream: true });
    const waiting = failure(client.list(1));
    const reading = failure(collect(body));
    await worker.terminate();
    for (const error of [await waiting, await reading, events[0].error]) {
      assert.deepEqual([error.code, error.blame], ['worker-lost', 'package']);
      assert.deepEqual(error.undoneDeletions, [2]);
      assert.ok(error.cause instanceof Error);
    }
    assert.equal(events.length, 1);
    assert.equal(client.closed, true);
    assert.equal((await failure(client.noop())).code, 'wrong-state');
  });

  test('a worker that does not start', async () => {
    const { streams } = streamServer();
    const worker = new Worker('throw new Error("broken")', { eval: true });
    const error = await failure(connectInWorker({ streams, worker }));
    assert.equal(error.code, 'load-failed');
    assert.equal(error.cause.message, 'broken');
  });

  test('a program ends when its session has', async () => {
    const server = await socketServer({ answers: ANSWERS });
    after(() => server.stop());
    const program = `
      import { connectInWorker } from 'pop3-wasm/worker';
      const way = { host: '127.0.0.1', port: ${server.port}, tls: 'none' };
      const client = await connectInWorker(way);
      await client.login({ user: 'a', password: 'b', allowPlaintext: true });
      const { octets } = await client.retr(1);
      console.log(client.connection.tls, octets.length);
      await client.quit();
      const gone = await connectInWorker({ ...way, host: '127.0.0.1', port: 1 }).catch((error) => error);
      console.log(gone.name, gone.code, gone.cause.code);
      (await connectInWorker(way)).close();
    `;
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: import.meta.dirname, timeout: 30_000 },
    );
    assert.equal(stderr, '');
    assert.equal(stdout, `none ${ONE.length}\nPop3Error refused ECONNREFUSED\n`);
  });
});

test('the module may come from elsewhere, compiled once for several', async () => {
  const file = new URL('../../../client-wasm/dist/pop3_wasm_bg.wasm', import.meta.url);
  const octets = await readFile(file);
  for (const wasm of [await WebAssembly.compile(octets), new Uint8Array(octets), file, file.href]) {
    const { client } = await open(ANSWERS, { wasm });
    assert.equal(await client.getwelcome(), 'ready');
    client.close();
  }
  const { streams } = streamServer();
  const error = await failure(connectInWorker({ streams, wasm: new Uint8Array(3) }));
  assert.equal(error.code, 'load-failed');
});

// `pop3-wasm/worker` in the browsers, over a WebSocket to the test bed: one line, and all work is elsewhere.

import assert from 'node:assert/strict';
import { inBrowsers } from '../lib/harness.js';

const MESSAGES = ['one\r\n', 'a line of a large message\r\n'.repeat(240_000)].map(
  (body, at) => `Subject: number ${at + 1}\r\n\r\n${body}`,
);

inBrowsers({
  'a session in a worker reads a mailbox, streams, tells of it, and ends': async ({
    run,
    mailbox,
  }) => {
    const account = await mailbox(MESSAGES);
    const seen = await run(
      async (user, password) => {
        const { connectInWorker } = await import('/pop3-wasm/js/worker.js');
        // What is loaded here has no WebAssembly.
        const compiled = [];
        const { instantiateStreaming, instantiate } = WebAssembly;
        WebAssembly.instantiateStreaming = (...given) => (
          compiled.push(1),
          instantiateStreaming(...given)
        );
        WebAssembly.instantiate = (...given) => (compiled.push(1), instantiate(...given));
        const client = await connectInWorker({ url: '/pop3', server: 'implicit' });
        const events = [];
        client.addEventListener('state', ({ detail }) => events.push(detail.state));
        let received = 0;
        client.addEventListener('progress', ({ detail }) => (received = detail.received));
        const { count } = await client.login({ user, password, encrypted: true });
        const texts = [];
        for await (const { octets } of client.messages())
          texts.push(new TextDecoder().decode(octets));
        const { body } = await client.retr(2, { stream: true });
        let streamed = '';
        for (const reader = body.pipeThrough(new TextDecoderStream()).getReader(); ;) {
          const { value, done } = await reader.read();
          if (done) break;
          streamed += value;
        }
        await client.dele(1);
        const { pendingDeletions, connection } = client;
        await client.quit();
        const { closed } = client;
        return {
          count,
          texts,
          streamed,
          events,
          received,
          pendingDeletions,
          connection,
          closed,
          compiled,
        };
      },
      account.user,
      account.password,
    );
    assert.equal(seen.count, 2);
    assert.deepEqual(seen.texts, MESSAGES);
    assert.equal(seen.streamed, MESSAGES[1]);
    assert.equal(seen.received, MESSAGES[1].length);
    assert.deepEqual(seen.events, ['transaction', 'closed']);
    assert.deepEqual(seen.pendingDeletions, [1]);
    assert.equal(seen.connection.server, 'implicit');
    assert.equal(seen.closed, true);
    assert.deepEqual(seen.compiled, []);
  },

  'failures, signals and causes are what they are without a worker': async ({ run, mailbox }) => {
    const account = await mailbox(MESSAGES);
    const seen = await run(
      async (user, password) => {
        const { connectInWorker } = await import('/pop3-wasm/js/worker.js');
        const unknown = await failure(() => connectInWorker({ url: endpoint, server: 'nobody' }));
        const client = await connectInWorker({ url: endpoint, server: 'implicit' });
        const plain = await failure(() => client.stat());
        await client.user(user);
        const wrong = await failure(() => client.pass_('not it'));
        await client.login({ user, password, encrypted: true });
        const reason = new Error('no more');
        const stop = new AbortController();
        const { body } = await client.retr(2, { stream: true, signal: stop.signal });
        const reader = body.getReader();
        await reader.read();
        stop.abort(reason);
        let aborted;
        try {
          while (!(await reader.read()).done);
        } catch (error) {
          aborted = [error instanceof pop3.Pop3Error, error.code, error.cause.message];
        }
        const refused = await client
          .retr(1, { signal: AbortSignal.abort(reason) })
          .catch((error) => error);
        const same = refused.cause === reason;
        client.close();
        return { unknown, plain, wrong, aborted, same };
      },
      account.user,
      account.password,
    );
    assert.deepEqual([seen.unknown.code, seen.unknown.blame], ['unknown-server', 'proxy']);
    assert.deepEqual([seen.plain.code, seen.plain.isPop3Error], ['wrong-state', true]);
    assert.equal(seen.wrong.code, 'auth-failed');
    assert.ok(seen.wrong.serverText.length > 0);
    assert.deepEqual(seen.aborted, [true, 'aborted', 'no more']);
    assert.equal(seen.same, true);
  },

  'a worker that dies is noticed, and one that does not load': async ({
    run,
    mailbox,
    complaints,
  }) => {
    const account = await mailbox(MESSAGES);
    const seen = await run(
      async (user, password) => {
        const { connectInWorker } = await import('/pop3-wasm/js/worker.js');
        const script = '/pop3-wasm/js/worker-entry.js';
        const worker = new Worker(script, { type: 'module' });
        const client = await connectInWorker({ url: endpoint, server: 'implicit', worker });
        await client.login({ user, password, encrypted: true });
        await client.dele(2);
        const ended = new Promise((resolve) => client.addEventListener('state', resolve));
        worker.terminate();
        const { detail } = await ended;
        const lost = [detail.state, detail.error.code, detail.error.undoneDeletions];
        const after = await failure(() => client.noop());
        const missing = new Worker('/site/missing.js', { type: 'module' });
        const unloaded = await failure(() => connectInWorker({ url: endpoint, worker: missing }));
        return { lost, after, unloaded };
      },
      account.user,
      account.password,
    );
    assert.deepEqual(seen.lost, ['closed', 'worker-lost', [2]]);
    assert.equal(seen.after.code, 'wrong-state');
    assert.equal(seen.unloaded.code, 'load-failed');
    // Firefox reports it to the console as well.
    const missing = complaints.splice(0);
    assert.deepEqual(
      missing.filter((words) => !words.includes('missing.js')),
      [],
    );
  },

  'streams of the page go through it': async ({ run }) => {
    const seen = await run(async () => {
      const { connectInWorker } = await import('/pop3-wasm/js/worker.js');
      const lines = [];
      let server;
      const readable = new ReadableStream({ start: (controller) => (server = controller) });
      const say = (text) => server.enqueue(new TextEncoder().encode(text));
      say('+OK ready\r\n');
      let ended;
      const closed = new Promise((resolve) => (ended = resolve));
      const writable = new WritableStream({
        write(chunk) {
          lines.push(new TextDecoder().decode(chunk));
          say('+OK\r\n');
        },
        close: () => ended('closed'),
        abort: () => ended('aborted'),
      });
      const client = await connectInWorker({ streams: { readable, writable } });
      const welcome = await client.getwelcome();
      await client.user('a');
      await client.quit();
      return { welcome, lines, end: await closed };
    });
    assert.deepEqual(seen, { welcome: 'ready', lines: ['USER a\r\n', 'QUIT\r\n'], end: 'closed' });
  },
});

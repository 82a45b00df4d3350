// A thousand sessions, most of which end badly, leave nothing behind: neither in the WebAssembly
// module, nor in JavaScript's memory.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as pop3 from 'pop3-wasm';
import { WebSocket } from 'ws';
import { launch, openPage } from '../lib/browsers.js';
import { scripted } from '../lib/scripted.js';
import { startSite } from '../lib/site.js';
import { rounds, watchModules } from './site/rounds.js';

/**
 * So many rounds go by between two collections of garbage. What a session had in the module is freed when
 * its client is collected, so that the memory needed at the most would otherwise go by when that is.
 */
const PORTION = 50;
/** Portions until caches are full and functions compiled, which takes memory once. */
const WARM = 14;
const PORTIONS = 20;
/**
 * Octets of JavaScript's heap that all of them together may add. A hundred for each session is less
 * than anything that it could leave; in Node, the server and its noise are in the same heap.
 */
const GROWTH = { Chromium: 100_000, Node: 250_000 };

const HALF = `+OK\r\nSubject: long\r\n\r\n${'x'.repeat(70)}\r\n`;
const REST = `${'y'.repeat(70)}\r\n`.repeat(100);

/** Starts a server whose messages are whole, slow to end, and cut off. */
const start = () =>
  scripted({
    answers: {
      'PASS wrong': '-ERR [AUTH] no\r\n',
      'STAT': '+OK 3 30000\r\n',
      'RETR 1': '+OK\r\nSubject: short\r\n\r\nbody\r\n.\r\n',
      'RETR 2': ({ send }) => {
        send(HALF);
        setImmediate(() => send(`${REST}.\r\n`));
      },
      'RETR 3': ({ send, socket }) => {
        send(HALF);
        setImmediate(() => socket.terminate());
      },
    },
  });

/** What each kind of round has to come to. */
const OUTCOMES = {
  quits: ['Subject: short\r\n\r\nbody\r\n'.length],
  refused: ['auth-failed'],
  lost: ['connection-lost'],
  cancelled: ['aborted'],
  streamed: [true],
  closed: ['aborted'],
  unconnected: ['aborted'],
};

/** Compares what there is before the rounds with what there is after them. */
function assertFlat(before, after, t, growth) {
  t.diagnostic(`before: ${JSON.stringify(before)}`);
  t.diagnostic(`after:  ${JSON.stringify(after)}`);
  assert.ok(before.modules > 0 && before.references > 0, 'the module is watched');
  assert.deepEqual({ ...after, heap: 0 }, { ...before, clients: 0, heap: 0 });
  const more = after.heap - before.heap;
  assert.ok(more < growth, `${more} octets more after ${PORTION * PORTIONS} sessions`);
}

test('in Node', { timeout: 300_000 }, async (t) => {
  globalThis.WebSocket = WebSocket;
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  const modules = watchModules();
  const server = await start();
  const way = { url: server.url, server: 'work' };

  /** What is there once everything that can go has gone. */
  async function left() {
    server.lines.length = 0;
    server.requests.length = 0;
    server.offers.length = 0;
    server.sockets.length = 0;
    for (let turn = 0; turn < 5; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      gc();
    }
    const clients = queryObjects(pop3.Pop3Client);
    return { ...modules(), clients, heap: process.memoryUsage().heapUsed };
  }

  async function go(portions) {
    for (let portion = 0; portion < portions; portion += 1) {
      assert.deepEqual(await rounds(pop3, way, PORTION), OUTCOMES);
      gc();
    }
    return left();
  }

  try {
    assertFlat(await go(WARM), await go(PORTIONS), t, GROWTH.Node);
  } finally {
    await server.stop();
  }
});

test('in Chromium', { timeout: 300_000 }, async (t) => {
  const server = await start();
  const site = await startSite(server.url);
  const browser = await launch('chromium');
  try {
    const { page } = await openPage(browser, site.url);
    await page.waitForFunction(() => 'pop3' in globalThis, { timeout: 30_000 });
    await page.evaluate(async () => {
      globalThis.rounds = await import('/site/rounds.js');
      globalThis.modules = globalThis.rounds.watchModules();
    });
    const devtools = await page.createCDPSession();
    async function go(portions) {
      for (let portion = 0; portion < portions; portion += 1) {
        const outcomes = await page.evaluate((many) => {
          const { rounds: module, pop3: client, endpoint: url } = globalThis;
          return module.rounds(client, { url, server: 'work' }, many);
        }, PORTION);
        assert.deepEqual(outcomes, OUTCOMES);
        await devtools.send('HeapProfiler.collectGarbage');
      }
      return left();
    }

    async function left() {
      for (let turn = 0; turn < 5; turn += 1) await devtools.send('HeapProfiler.collectGarbage');
      const prototype = await page.evaluateHandle(() => globalThis.pop3.Pop3Client.prototype);
      const objects = await page.queryObjects(prototype);
      const clients = await page.evaluate((found) => found.length, objects);
      await objects.dispose();
      await prototype.dispose();
      const { usedSize } = await devtools.send('Runtime.getHeapUsage');
      return { ...(await page.evaluate(() => globalThis.modules())), clients, heap: usedSize };
    }

    assertFlat(await go(WARM), await go(PORTIONS), t, GROWTH.Chromium);
  } finally {
    await browser.close();
    await site.stop();
    await server.stop();
  }
});

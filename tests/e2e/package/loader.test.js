// The loader of the module, in Node: from where it loads, and what it says when it cannot.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { init, parseMessage } from 'pop3-wasm';
import { within } from '../lib/deadline.js';

const MODULE = new URL('../../../client-wasm/dist/pop3_wasm_bg.wasm', import.meta.url);
const OCTETS = new TextEncoder().encode('Subject: hello\r\n\r\nbody\r\n');

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

// The loader of the two modules, in Node: from where it loads, and what it says when it cannot.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import * as client from 'pop3-wasm';
import * as message from 'pop3-wasm/message';
import { within } from '../lib/deadline.js';

const DIST = new URL('../../../client-wasm/dist/', import.meta.url);

/** Each entry of the package, its module, and what shows that the module works. */
const ENTRIES = [
  {
    name: 'pop3-wasm',
    entry: client,
    module: new URL('pop3_wasm_bg.wasm', DIST),
    use: `
      const greeting = new TextEncoder().encode('+OK hello\\r\\n');
      const readable = new ReadableStream({ start: (control) => control.enqueue(greeting) });
      const streams = { readable, writable: new WritableStream() };
      const client = await pop3.Pop3Client.connect({ streams });
      const welcome = await client.getwelcome();
      client.close();
      return welcome;`,
  },
  {
    name: 'pop3-wasm/message',
    entry: message,
    module: new URL('pop3_wasm_message_bg.wasm', DIST),
    use: `
      const octets = new TextEncoder().encode('Subject: hello\\r\\n\\r\\n');
      return (await pop3.parseMessage(octets)).subject;`,
  },
];

/** Runs a module's text in a thread, where nothing is loaded yet; gives what it posts. */
async function fresh(name, text, workerData) {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const run = async () => {
      const pop3 = await import('${name}');
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

for (const { name, entry, module, use } of ENTRIES) {
  const load = `await pop3.init(workerData); ${use}`;

  test(`${name} loads once, however often it is asked`, async () => {
    await Promise.all([entry.init(), entry.init()]);
    await entry.init('http://127.0.0.1:1/not-asked-for');
  });

  test(`${name} loads by itself`, async () => {
    assert.deepEqual(await fresh(name, use), { value: 'hello' });
  });

  test(`${name} loads from octets, a compiled module, a file URL as string`, async () => {
    const octets = new Uint8Array(await readFile(module));
    for (const source of [octets, octets.buffer, await WebAssembly.compile(octets), module.href]) {
      assert.deepEqual(await fresh(name, load, source), { value: 'hello' });
    }
  });

  test(`${name} loads from a URL object, an http URL, and a Response`, async () => {
    const octets = await readFile(module);
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
        assert.deepEqual(await fresh(name, text, url), { value: 'hello' }, source);
      }
      const file = load.replace('workerData', 'new URL(workerData)');
      assert.deepEqual(await fresh(name, file, module.href), { value: 'hello' });
    } finally {
      http.closeAllConnections();
      http.close();
    }
  });

  test(`${name} loads without waiting from octets and from a compiled module`, async () => {
    const octets = new Uint8Array(await readFile(module));
    const text = `
      pop3.initSync(workerData);
      pop3.initSync(new Uint8Array());
      // There is nothing left to load.
      await pop3.init('http://127.0.0.1:1/not-asked-for');
      ${use}
    `;
    for (const source of [octets, octets.buffer, await WebAssembly.compile(octets)]) {
      assert.deepEqual(await fresh(name, text, source), { value: 'hello' });
    }
  });

  test(`${name} says why it cannot be loaded without waiting, and can be asked again`, async () => {
    const text = `
      const codes = [];
      const attempt = (source) => {
        try { pop3.initSync(source); } catch (error) { codes.push(error.code); }
      };
      attempt(new Uint8Array([1, 2, 3]));
      attempt(undefined);
      const loading = pop3.init(workerData);
      attempt(workerData);
      await loading;
      attempt(workerData);
      const work = async () => { ${use} };
      return [codes, await work()];
    `;
    const octets = new Uint8Array(await readFile(module));
    const value = [['load-failed', 'load-failed', 'wrong-state'], 'hello'];
    assert.deepEqual(await fresh(name, text, octets), { value });
  });

  test(`${name} says load-failed, and can be asked again`, async () => {
    const text = `
      let code;
      try { await pop3.init(new Uint8Array([1, 2, 3])); } catch (error) { code = error.code; }
      const again = async () => { ${use} };
      return [code, await again()];
    `;
    assert.deepEqual(await fresh(name, text), { value: ['load-failed', 'hello'] });
  });
}

test('the client loads the module for messages when it needs it', async () => {
  const text = `
    const client = await WebAssembly.compile(workerData.client);
    const parser = await WebAssembly.compile(workerData.message);
    const instantiated = [];
    const { instantiate } = WebAssembly;
    WebAssembly.instantiate = (...given) => {
      // Node's own fetch has a module as well.
      if (given[0] === client) instantiated.push('client');
      if (given[0] === parser) instantiated.push('parser');
      return instantiate(...given);
    };
    await pop3.init(client);
    const octets = new TextEncoder().encode('Subject: hello\\r\\n\\r\\n');
    const message = await import('pop3-wasm/message');
    const seen = instantiated.length;
    await message.init(parser);
    return [seen, instantiated, (await pop3.parseMessage(octets)).subject];
  `;
  const [client, message] = await Promise.all(ENTRIES.map(({ module }) => readFile(module)));
  const value = [1, ['client', 'parser'], 'hello'];
  assert.deepEqual(await fresh('pop3-wasm', text, { client, message }), { value });
});

test('says what to do where there is no WebSocket', async () => {
  const text = `
    delete globalThis.WebSocket;
    await pop3.Pop3Client.connect({ url: 'ws://127.0.0.1:1/' });
  `;
  const { code, message } = await fresh('pop3-wasm', text);
  assert.equal(code, 'connect-failed');
  assert.match(message, /no WebSocket.*globalThis\.WebSocket/s);
});

// Where the time goes that a message takes: the same work again and again, each time with one step
// more, so that what a step takes is the difference. In microseconds a message, of processor time.
//
// usage: node tests/bench/mime-phases.js [FOLDER ...], or the messages of the demo

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initSync } from '../../client-wasm/dist/pop3_wasm_message.js';
import * as glue from '../../client-wasm/dist/pop3_wasm_message.js';
import * as lines from '../../client-wasm/js/lines.js';
import { init, parseMessage } from '../../client-wasm/js/message.js';
import { message } from '../../client-wasm/js/parts.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const MODULE = join(root, 'client-wasm/dist/pop3_wasm_message_bg.wasm');

/** Microseconds of processor time that each phase may take to be measured. */
const TURN = 150_000;
const ROUNDS = 6;

await init();
const wasm = initSync({ module: readFileSync(MODULE) });

/** A call of the module without its answer read: the octets copied in, and the work. */
function called(name, octets) {
  const start = wasm.__wbindgen_malloc(octets.length, 1) >>> 0;
  new Uint8Array(wasm.memory.buffer).set(octets, start);
  const [at, length] = wasm[name](start, octets.length);
  wasm.__wbindgen_free(at, length, 1);
}

function copied(octets) {
  const start = wasm.__wbindgen_malloc(octets.length, 1) >>> 0;
  new Uint8Array(wasm.memory.buffer).set(octets, start);
  wasm.__wbindgen_free(start, octets.length, 1);
}

/** Steps of one call; each does what the one before does, and more. */
const steps = (name, read) => [
  ['octets into the module', copied],
  ['work in the module', (octets) => called(name, octets)],
  ['its answer as a string', (octets) => glue[name](octets)],
  ['objects of the answer', (octets) => read(glue[name](octets))],
];

const PHASES = {
  'the header, for a list': [
    ...steps('envelope', lines.envelope),
    ['lazy properties', (octets) => message(octets, 8)],
    ['the promise', parseMessage],
  ],
  'bodies and attachments': steps('body', lines.body),
  'all header fields': steps('headers', lines.headers),
  'Received fields': steps('received', lines.received),
};

async function time(messages, step) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = process.cpuUsage();
    let done = 0;
    let spent;
    do {
      for (const octets of messages) await step(octets);
      done += messages.length;
      const { user, system } = process.cpuUsage(start);
      spent = user + system;
    } while (spent < TURN);
    best = Math.min(best, spent / done);
  }
  return best;
}

const folders = process.argv.slice(2);
if (folders.length === 0) folders.push(join(root, 'proxy/src/demo/messages'));
const paths = folders.flatMap((folder) =>
  readdirSync(folder)
    .toSorted()
    .map((name) => join(folder, name)),
);
const messages = paths.map((path) => new Uint8Array(readFileSync(path)));
const base = await time(messages, () => undefined);
for (const [title, phases] of Object.entries(PHASES)) {
  let before = base;
  const all = (await time(messages, phases.at(-1)[1])) - base;
  console.log(`${title}: ${all.toFixed(1)} µs`);
  for (const [name, step] of phases) {
    const spent = await time(messages, step);
    const part = Math.max(0, (spent - before) / all);
    console.log(`  ${(part * 100).toFixed(0).padStart(3)} %  ${name}`);
    before = spent;
  }
}

// Where the time goes while Chromium fetches large mail through the proxy: by process, and in the tab by what
// runs; beside a bare WebSocket that only counts, which is what the browser can do at all.
//
// usage: node tests/bench/profile.js OUTPUT.json [--quick]

import { writeFileSync } from 'node:fs';
import { CLIENTS } from './lib/clients.js';
import { answers, summary } from './lib/mail.js';
import { mean, median } from './lib/measure.js';
import { startStage } from './lib/stage.js';
import { inTab } from './lib/tab.js';

const [target, mode] = process.argv.slice(2);
const quick = mode === '--quick';
const [COUNT, OCTETS, ROUNDS] = quick ? [4, 9_000_000, 1] : [20, 9_000_000, 5];
/** Microseconds between two looks at what runs in the tab. */
const INTERVAL = 200;

const stage = await startStage([0]);
try {
  const { user, password, messages } = await stage.account('large', COUNT, OCTETS);
  const account = { user, password };
  const task = { account: { user, password, messages }, trip: 0, limit: 1, job: 'list' };
  await CLIENTS['pop3-wasm, native core'].run(stage, task);
  const { least } = answers(messages);
  const want = summary(messages);
  const ways = {
    'bare WebSocket': (tab) => tab.count('plain-0', account, COUNT, least),
    'pop3-wasm': (tab, verify) => tab.work('plain-0', account, { job: 'all', verify }),
    'pop3-wasm, TLS by the proxy': (tab, verify) =>
      tab.work('implicit-0', account, { job: 'all', verify }),
    'pop3-wasm, TLS end to end': (tab, verify) =>
      tab.work('end-to-end-0', account, { job: 'all', verify, ca: stage.bed.ca }),
  };
  const figures = [];
  for (const [name, run] of Object.entries(ways)) {
    figures.push(await inTab('chromium', stage, (tab) => profiled(name, run, tab)));
  }
  writeFileSync(
    target,
    JSON.stringify({ messages: COUNT, octets: OCTETS, ways: figures }, null, 2),
  );

  async function profiled(name, run, tab) {
    const first = await run(tab, true);
    if ('digest' in first && first.digest !== want.digest) throw new Error(`${name}: other mail`);
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await run(tab, false));
    const seconds = median(rounds.map((one) => one.seconds));
    const part = (of) => ({
      processor: mean(rounds.map((one) => of(one).processor)),
      kernel: mean(rounds.map((one) => of(one).kernel)),
    });
    const parts = Object.fromEntries(
      Object.keys(rounds[0].parts).map((name) => [name, part(({ parts }) => parts[name])]),
    );
    parts.proxy = part(({ proxy }) => proxy);
    const figure = { name, seconds, parts, tab: await looked(tab, () => run(tab, false)) };
    print(figure);
    return figure;
  }
} finally {
  await stage.stop();
}

/** The seconds of the tab's main thread by what ran there, while `run` does. */
async function looked(tab, run) {
  const session = await tab.page.createCDPSession();
  await session.send('Profiler.enable');
  await session.send('Profiler.setSamplingInterval', { interval: INTERVAL });
  await session.send('Profiler.start');
  await run();
  const { profile } = await session.send('Profiler.stop');
  await session.detach();
  const kinds = new Map(profile.nodes.map(({ id, callFrame }) => [id, kind(callFrame)]));
  const spent = { browser: 0, wasm: 0, javascript: 0, collector: 0, idle: 0 };
  for (const [at, id] of profile.samples.entries()) {
    spent[kinds.get(id)] += profile.timeDeltas[at] / 1e6;
  }
  return spent;
}

/** What a function is; the browser's own code, most of it receiving, is `(program)`. */
function kind({ functionName, url }) {
  if (functionName === '(idle)') return 'idle';
  if (functionName === '(garbage collector)') return 'collector';
  if (functionName === '(program)' || functionName === '(root)') return 'browser';
  return url.startsWith('wasm:') || url.endsWith('.wasm') ? 'wasm' : 'javascript';
}

function print({ name, seconds, parts, tab }) {
  const list = (values) =>
    Object.entries(values)
      .map(([key, value]) => `${key} ${value.toFixed(2)} s`)
      .join(', ');
  const processes = Object.entries(parts).map(
    ([part, { processor, kernel }]) =>
      `${part} ${processor.toFixed(2)} s (kernel ${kernel.toFixed(2)})`,
  );
  console.log(`${name}: ${seconds.toFixed(2)} s; processor: ${processes.join(', ')}`);
  console.log(`  the tab's main thread: ${list(tab)}`);
}

// How the time of a client grows with the mailbox: looking for new mail, and fetching all of it.
//
// usage: node tests/bench/growth.js OUTPUT.json [--quick]

import { writeFileSync } from 'node:fs';
import { CLIENTS } from './lib/clients.js';
import { summary } from './lib/mail.js';
import { startStage } from './lib/stage.js';
import { TITLES, inTab } from './lib/tab.js';

const [target, mode] = process.argv.slice(2);
const COUNTS = mode === '--quick' ? [100, 1_000] : [1_000, 10_000, 100_000];
const OCTETS = 600;

const stage = await startStage([0]);
const rows = [];
try {
  for (const count of COUNTS) {
    const account = await stage.account(`grow-${count}`, count, OCTETS);
    const { user, password } = account;
    const task = { account, trip: 0, limit: 1, newest: 1 };
    // Dovecot looks at each message once, and remembers.
    await CLIENTS['pop3-wasm, native core'].run(stage, { ...task, job: 'list' });
    const want = summary(account.messages);
    const ways = {
      'native core': (job) => CLIENTS['pop3-wasm, native core'].run(stage, { ...task, job }),
      'Node': (job) => CLIENTS['pop3-wasm, Node'].run(stage, { ...task, job }),
    };
    for (const [name, run] of Object.entries(ways)) await row(name, want, run);
    for (const [browser, title] of Object.entries(TITLES)) {
      await inTab(browser, stage, (tab) =>
        row(title, want, (job) => tab.work('plain-0', { user, password }, { job, newest: 1 })),
      );
    }
  }
} finally {
  await stage.stop();
}
writeFileSync(target, JSON.stringify(rows, null, 2));

/** The list of all messages with the newest header, and then all messages. */
async function row(name, { count }, run) {
  const list = await run('list');
  const all = await run('all');
  if (all.count !== count) throw new Error(`${name}: ${all.count} messages came, not ${count}`);
  const one = { name, count, list: list.seconds, all: all.seconds, memory: all.memory };
  rows.push(one);
  console.log(
    `${name.padEnd(12)} ${String(count).padStart(7)} messages: list ${list.seconds.toFixed(2)} s, ` +
      `all ${all.seconds.toFixed(2)} s, ${(all.memory / 1e6).toFixed(0)} MB`,
  );
}

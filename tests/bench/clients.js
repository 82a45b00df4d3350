// Clients side by side on the same mail, in one run: the list of an inbox, all messages, new ones among many
// that are known, deletion; over ways of several lengths, in clear and by TLS. `cargo xtask bench clients`.
//
// usage: node tests/bench/clients.js OUTPUT.json [--quick]
//
// What a client has fetched is compared with what was delivered, before any of its times count.

import { writeFileSync } from 'node:fs';
import { CLIENTS } from './lib/clients.js';
import { answers, header, summary } from './lib/mail.js';
import { mean, median } from './lib/measure.js';
import { startStage } from './lib/stage.js';
import { TITLES, inTab } from './lib/tab.js';

const [target, mode] = process.argv.slice(2);
const quick = mode === '--quick';
const TRIPS = [0, 40, 200];
/** Rounds that count, by the round trip; where the way is long, the times hardly differ. */
const ROUNDS = quick ? { 0: 1, 40: 1, 200: 1 } : { 0: 3, 40: 2, 200: 1 };

/** The mailboxes: how many messages of how many octets. */
const BOXES = {
  small: quick ? [200, 9_000] : [2_000, 9_000],
  many: quick ? [2_000, 2_500] : [20_000, 2_500],
  large: quick ? [2, 9_000_000] : [20, 9_000_000],
};
/** Messages that are new, or listed. */
const FRESH = 100;
/** How many messages those get who wait for each answer, by the round trip. */
const SERIAL = { 0: 2_000, 40: 100, 200: 20 };

const CASES = [
  ...[false, true].flatMap((tls) => TRIPS.map((trip) => ({ job: 'all', box: 'small', trip, tls }))),
  ...[false, true].map((tls) => ({ job: 'all', box: 'large', trip: 0, tls })),
  ...Object.entries({ list: 'many', new: 'many', delete: 'small' }).flatMap(([job, box]) => [
    ...TRIPS.map((trip) => ({ job, box, trip, tls: false })),
    { job, box, trip: 40, tls: true },
  ]),
];

/** This package in browsers, by way of the proxy: by which of its servers. And what a browser can do at all. */
function tabs({ job, tls }) {
  const ways = tls
    ? { ', TLS by the proxy': 'implicit', ', TLS end to end': 'end-to-end' }
    : { '': 'plain' };
  return Object.entries(TITLES).flatMap(([browser, shown]) => {
    const ours = Object.entries(ways).map(([title, way]) => ({
      name: `pop3-wasm, ${shown}${title}`,
      browser,
      way,
    }));
    const [[title, way]] = Object.entries(ways);
    const bare = { name: `bare WebSocket, ${shown}${title}`, browser, way, counts: true };
    return job === 'all' ? [bare, ...ours] : ours;
  });
}

const stage = await startStage(TRIPS);
try {
  for (const [box, [count, octets]] of Object.entries(BOXES))
    await stage.account(box, count, octets);
  // Dovecot looks at each message once, and remembers; that is no part of any client's time.
  for (const box of Object.keys(BOXES)) await look(box);
  const { uids, ids } = await known();
  const figures = [];
  for (const one of CASES) figures.push({ ...one, rows: await run(one, { uids, ids }) });
  writeFileSync(target, JSON.stringify({ boxes: BOXES, cases: figures }, null, 2));
} finally {
  await stage.stop();
}

function look(box) {
  const account = stage.accounts[box];
  return CLIENTS['pop3-wasm, native core'].run(stage, { job: 'list', account, trip: 0, limit: 1 });
}

/** What is known of the mailbox `many`: all but the newest, as each kind of client remembers it. */
async function known() {
  const task = { account: stage.accounts.many, trip: 0, fresh: FRESH };
  const ask = (job) => CLIENTS['pop3-wasm, Node'].run(stage, { ...task, job });
  const [uids, ids] = [await ask('uids'), await ask('ids')];
  return {
    uids: stage.file('known-uids', uids.map((uid) => `${uid}\n`).join('')),
    ids: { file: stage.file('known-ids', JSON.stringify(ids)), values: ids },
  };
}

/** What must come of a job that is given so many messages. */
function expected({ job, box }, limit) {
  const { messages } = stage.accounts[box];
  if (job === 'list') return summary(messages.slice(-limit).reverse().map(header));
  if (job === 'new') return summary(messages.slice(-FRESH).slice(0, limit));
  if (job === 'all') return summary(messages.slice(0, limit));
  return { count: Math.min(Math.ceil(messages.length / 2), limit) };
}

async function run(one, { uids, ids }) {
  const { job, box, trip, tls } = one;
  const account = stage.accounts[box];
  const all = job === 'list' || job === 'new' ? FRESH : account.messages.length;
  const wanted = { whole: expected(one, all) };
  const way = `${trip} ms round trip, ${tls ? 'TLS' : 'no TLS'}`;
  console.log(`\n${job}, ${account.messages.length} messages of ${BOXES[box][1]} octets, ${way}`);
  const wire = answers(account.messages);
  const rows = [];

  /** All rounds of one client, which `attempt(trip, verify)` runs once. */
  async function compare(name, limit, serial, attempt) {
    const want = limit < all ? expected(one, limit) : wanted.whole;
    const rounds = [];
    for (let round = 0; round <= (serial ? 0 : ROUNDS[trip]); round += 1) {
      if (job === 'delete') {
        await stage.account(box, ...BOXES[box]);
        await look(box);
      }
      // The first round warms up, on the shortest way, and is looked at; who waits for each answer has no other.
      const outcome = await attempt(round === 0 && !serial ? 0 : trip, round === 0);
      await check(name, outcome, want, round === 0);
      rounds.push(outcome);
    }
    const counted = serial ? rounds : rounds.slice(1);
    const of = (pick) => {
      const values = counted.map(pick).filter((value) => value !== null);
      return values.length === 0 ? null : median(values);
    };
    const messages = job === 'delete' ? [] : chosen(one, want.count);
    const octets = messages.reduce((sum, message) => sum + message.length, 0);
    const seconds = of((outcome) => outcome.seconds);
    const most = (pick) => Math.max(...counted.map(pick));
    // A tick of the clock of processors is 10 ms: of short rounds the mean is closer than the middle one.
    const usual = (pick) => mean(counted.map(pick));
    const row = {
      name,
      messages: want.count,
      octets,
      seconds,
      messagesPerSecond: want.count / seconds,
      octetsPerSecond: octets / seconds,
      first: of((outcome) => outcome.first),
      processor: usual((outcome) => outcome.processor),
      memory: most((outcome) => outcome.memory),
      // Where it is on the way.
      proxy: counted[0].proxy
        ? {
            processor: usual(({ proxy }) => proxy.processor),
            memory: most(({ proxy }) => proxy.memory),
          }
        : null,
    };
    rows.push(row);
    print(row);
  }

  async function check(name, outcome, want, verify) {
    const fields = verify && job !== 'delete' ? ['count', 'octets', 'digest'] : ['count'];
    for (const field of fields) {
      if (outcome[field] === want[field]) continue;
      throw new Error(`${name}, ${job}: ${field} is ${outcome[field]}, not ${want[field]}`);
    }
    if (job !== 'delete') return;
    const left = await stage.bed.count(box);
    const there = account.messages.length - want.count;
    if (left !== there) throw new Error(`${name}: ${left} messages are left, not ${there}`);
  }

  for (const [name, client] of Object.entries(CLIENTS)) {
    if (!client.jobs.includes(job) || (tls && !client.tls)) continue;
    // Who waits for each answer takes a round trip a message: that is seen well enough without.
    if (client.serial && job !== 'all' && (trip === 200 || tls)) continue;
    const limit = client.serial ? Math.min(all, SERIAL[trip]) : all;
    const mine = name === 'pop3-wasm, Node' ? ids.file : uids;
    const task = { job, tls, limit, newest: limit };
    if (job === 'new') task.known = mine;
    await compare(name, limit, client.serial, (trip, verify) => {
      const { user, password, messages } = stage.accounts[box];
      return client.run(stage, { ...task, trip, account: { user, password, messages }, verify });
    });
  }
  for (const { name, browser, way, counts } of tabs(one)) {
    await inTab(browser, stage, (tab) =>
      compare(name, all, false, async (trip, verify) => {
        const { user, password } = stage.accounts[box];
        if (counts) {
          const who = { user, password };
          return counted(await tab.count(`${way}-${trip}`, who, all, wire.least));
        }
        const task = { job, verify, newest: FRESH };
        if (job === 'new') task.known = ids.values;
        if (way === 'end-to-end') task.ca = stage.bed.ca;
        return tab.work(`${way}-${trip}`, { user, password }, task);
      }),
    );
  }
  return rows;

  /** As an outcome that was looked at, if there are as many octets as the answers have. */
  function counted({ octets, ...outcome }) {
    const { least, most } = wire;
    if (octets < least || octets > most) throw new Error(`${octets} octets came, not ${least}`);
    return { ...outcome, ...wanted.whole };
  }
}

function chosen({ job, box }, count) {
  const { messages } = stage.accounts[box];
  if (job === 'list') return messages.slice(-count).map(header);
  return job === 'new' ? messages.slice(-FRESH).slice(0, count) : messages.slice(0, count);
}

function print(row) {
  const { name, messages, seconds, messagesPerSecond, octetsPerSecond, first, processor } = row;
  const megabytes = (octets) => `${(octets / 1e6).toFixed(0)} MB`.padStart(8);
  const columns = [
    name.padEnd(43),
    `${messages}`.padStart(6),
    `${seconds.toFixed(2)} s`.padStart(9),
    `${messagesPerSecond.toFixed(0)} messages/s`.padStart(17),
    `${(octetsPerSecond / 1e6).toFixed(1)} MB/s`.padStart(11),
    first === null ? ''.padStart(10) : `first ${first.toFixed(2)}`.padStart(10),
    `cpu ${processor.toFixed(2)} s`.padStart(11),
    megabytes(row.memory),
    row.proxy ? `proxy ${row.proxy.processor.toFixed(2)} s${megabytes(row.proxy.memory)}` : '',
  ];
  console.log(columns.join(' '));
}

// Tables, budgets and plots of the figures that the benchmarks left. `cargo xtask bench report`.
//
// usage: node tests/bench/report.js FOLDER [--write-readme]

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bars, lines, slope } from './lib/plot.js';
import { table } from './lib/sections/table.js';
import { loadSection } from './lib/sections/load.js';
import { pageSection } from './lib/sections/page.js';

const [folder, flag] = process.argv.slice(2);
const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where the README shows plots from. */
const SHOWN = '.github';
const [BEGIN, END] = ['<!-- benchmark: begin -->', '<!-- benchmark: end -->'];

const figures = (name) => {
  const path = join(folder, `${name}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
};
const [clients, growth, page, throughput, sessions, load, mime, tls] = [
  'clients',
  'growth',
  'page',
  'throughput',
  'sessions',
  'load',
  'mime',
  'tls',
].map(figures);

const plots = {};
const paragraphs = [];
const gigabytes = Math.round(totalmem() / 2 ** 30);
paragraphs.push(
  `One run on one machine with ${cpus().length} cores and ${gigabytes} GB of memory; ratios say more than ` +
    'figures. `cargo xtask bench` makes it anew, from the same seed, and `target/bench` has all of it.',
);

const rate = ({ messages, seconds }) => messages / seconds;
const find = (rows, name) => rows.find((row) => row.name === name);
if (clients) {
  const of = (job, box, trip, tls) =>
    clients.cases.find(
      (one) => one.job === job && one.box === box && one.trip === trip && Boolean(one.tls) === tls,
    ).rows;
  const trips = [0, 40, 200].map((trip) => of('all', 'small', trip, false));
  const [count, size] = clients.boxes.small;
  const perSecond = (row) =>
    row ? rate(row).toLocaleString('en', { maximumFractionDigits: 0 }) : '';
  paragraphs.push(
    `Messages a second: ${count} of ${size / 1_000} kB from Dovecot, all of them; and by 40 ms the headers of ` +
      `the newest 100 of ${clients.boxes.many[0]}, 100 new ones among as many, and deletion. Each ` +
      'client’s messages were compared with what was delivered. Who waits for each answer was given 100 by ' +
      '40 ms and 20 by 200 ms. Browsers go through the proxy.',
    table(
      [
        'client',
        '0 ms',
        '40 ms',
        '200 ms',
        'list',
        'new',
        'delete',
        'first of them, 40 ms',
        'memory',
      ],
      trips[1].map((row) => {
        const jobs = [
          ['list', 'many'],
          ['new', 'many'],
          ['delete', 'small'],
        ].map(([job, box]) => perSecond(find(of(job, box, 40, false), row.name)));
        const first = row.first === null ? '' : `${row.first.toFixed(2)} s`;
        const memory = `${(row.memory / 1e6).toFixed(0)} MB`;
        return [
          row.name,
          ...trips.map((rows) => perSecond(find(rows, row.name))),
          ...jobs,
          first,
          memory,
        ];
      }),
    ),
  );
  plots['bench-clients'] = bars(
    'Messages a second, 40 ms round trip (more is better)',
    trips[1].map((row) => ({
      name: row.name,
      value: rate(row),
      ours: row.name.startsWith('pop3-wasm'),
    })),
    (value) => value.toFixed(0),
  );
  const [large, largeTls] = [false, true].map((tls) => of('all', 'large', 0, tls));
  const speed = (row) => (row ? (row.octets / row.seconds / 1e6).toFixed(0) : '');
  const both = [...new Set([...large, ...largeTls].map(({ name }) => name))];
  paragraphs.push(
    `Megabytes a second: ${clients.boxes.large[0]} messages of 9 MB on loopback.`,
    table(
      ['client', 'in clear', 'by TLS', 'processor', 'memory'],
      both.map((name) => {
        const row = find(large, name) ?? find(largeTls, name);
        const processor = `${row.processor.toFixed(2)} s`;
        const memory = `${(row.memory / 1e6).toFixed(0)} MB`;
        return [name, speed(find(large, name)), speed(find(largeTls, name)), processor, memory];
      }),
    ),
  );
  const budgets = [];
  const budget = (what, wanted, is, met) => budgets.push([what, wanted, is, met ? 'yes' : 'no']);
  const times = (value) => `${value.toFixed(2)} ×`;
  const [raw, mpop] = ['raw socket', 'mpop'].map((name) => find(trips[1], name));
  for (const name of ['pop3-wasm, Chromium', 'pop3-wasm, Firefox']) {
    const mine = find(trips[1], name);
    const [peer, limit] = [mine.seconds / mpop.seconds, mine.seconds / raw.seconds];
    budget(`${name}, 40 ms: time beside mpop`, 'at most 1 ×', times(peer), peer <= 1);
    budget(
      `${name}, 40 ms: time beside the raw socket`,
      'at most 1.5 ×',
      times(limit),
      limit <= 1.5,
    );
    const part = Number(speed(find(large, name))) / Number(speed(find(large, 'raw socket')));
    budget(
      `${name}, large mail: rate beside the raw socket`,
      'at least 0.5 ×',
      times(part),
      part >= 0.5,
    );
    const sealed = Number(speed(find(largeTls, `${name}, TLS end to end`)));
    budget(`${name}, large mail, TLS end to end`, '100 MB/s', `${sealed} MB/s`, sealed >= 100);
  }
  for (const [title, set] of Object.entries(mime ?? {})) {
    const ratio = set['all of it']?.ratio;
    if (ratio === undefined) continue;
    budget(
      `parsing, and looking at all of it, beside postal-mime: ${title}`,
      'at least 50 ×',
      `${ratio.toFixed(0)} ×`,
      ratio >= 50,
    );
  }
  const most = (hop) =>
    sessions?.filter((row) => row.program === 'pop3-proxy' && row.hop === hop).at(-1);
  for (const [hop, octets] of [
    ['plain', 16_384],
    ['implicit', 49_152],
  ]) {
    const row = most(hop);
    if (!row) continue;
    const kilobytes = (row.fresh / 1024).toFixed(1);
    const what = `proxy, memory of an idle session of ${row.sessions}, ${hop === 'plain' ? 'plain' : 'TLS'}`;
    budget(what, `${octets / 1024} KB`, `${kilobytes} KB`, row.fresh <= octets);
  }
  if (throughput) {
    const cost = (start) =>
      throughput.find((row) => row.path.startsWith(start)).processor_seconds_a_gigabyte;
    const [proxy, websockify] = [cost('pop3-proxy'), cost('websockify')];
    const haproxy = cost('HAProxy');
    const shown = `${proxy.toFixed(2)} s`;
    budget(
      'proxy, processor time a GB',
      `below websockify, ${websockify.toFixed(2)} s`,
      shown,
      proxy < websockify,
    );
    const most = haproxy * 1.5;
    budget(
      'the same',
      `below HAProxy’s own and a half, ${most.toFixed(2)} s`,
      shown,
      proxy <= most,
    );
  }
  paragraphs.push(
    'What was wanted, and what it is:',
    table(['budget', 'wanted', 'is', 'met'], budgets),
  );
}

if (growth) {
  const names = [...new Set(growth.map(({ name }) => name))];
  const points = (name, field) =>
    growth.filter((row) => row.name === name).map((row) => [row.count, row[field]]);
  plots['bench-messages'] = lines(
    'Fetching all messages, by their number',
    'messages',
    'seconds',
    names.map((name) => ({ name, points: points(name, 'all') })),
  );
  const told = names.map((name) => `${name}: ${slope(points(name, 'all'), 'time')}`);
  paragraphs.push(`Growth with the mailbox. ${told.join('. ')}.`);
}
if (page) {
  const { plot, text } = pageSection(page);
  plots['bench-page'] = plot;
  paragraphs.push(...text);
}
if (sessions) {
  const of = (hop, field) =>
    sessions
      .filter((row) => row.program === 'pop3-proxy' && row.hop === hop)
      .map((row) => [row.sessions, Math.max(row[field] * row.sessions, 1) / 1e6]);
  const ways = [
    ['plain, idle', of('plain', 'fresh')],
    ['plain, after mail', of('plain', 'after_mail')],
    ['TLS, idle', of('implicit', 'fresh')],
    ['TLS, after mail', of('implicit', 'after_mail')],
  ];
  plots['bench-sessions'] = lines(
    'Memory of the proxy, by open sessions',
    'sessions',
    'MB above what it has without',
    ways.map(([name, points]) => ({ name, points })),
  );
  // Hundreds of sessions fit into what the allocator has already.
  const large = ways.map(([name, points]) => [name, points.filter(([count]) => count >= 1_000)]);
  const told = large
    .filter(([, points]) => points.length > 1)
    .map(([name, points]) => `${name}: ${slope(points, 'memory')}`);
  paragraphs.push(`Growth with sessions, from 1,000 on. ${told.join('. ')}.`);
}
if (load) {
  const { plot, text } = loadSection(load);
  plots['bench-load'] = plot;
  paragraphs.push(...text);
}

const written = paragraphs.join('\n\n');
console.log(written);
if (tls) console.log(`\nTLS: ${JSON.stringify(tls)}`);
for (const [name, plot] of Object.entries(plots)) {
  writeFileSync(join(folder, `${name}.svg`), plot);
  if (flag === '--write-readme') writeFileSync(join(root, SHOWN, `${name}.svg`), plot);
}
if (flag === '--write-readme') {
  const path = join(root, 'README.md');
  const readme = readFileSync(path, 'utf8');
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md lacks ${BEGIN} and ${END}`);
  const titles = {
    'bench-clients': 'Messages a second of each client',
    'bench-messages': 'Time by the number of messages',
    'bench-page': 'The page by the number of messages',
    'bench-sessions': 'Memory of the proxy by sessions',
    'bench-load': 'Mail a second by sessions',
  };
  const images = Object.keys(plots).map((name) => `![${titles[name]}](${SHOWN}/${name}.svg)`);
  const section = [BEGIN, written, ...images].join('\n\n');
  writeFileSync(path, `${readme.slice(0, from)}${section}\n\n${readme.slice(to)}`);
}

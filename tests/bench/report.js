// Tables, budgets and plots of the figures that the benchmarks left. `cargo xtask bench report`.
//
// usage: node tests/bench/report.js FOLDER [--write-readme]
//
// The README gets what is told in short, and `.github/BENCHMARKS.md` every table.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { budgetsTable } from './lib/sections/budgets.js';
import { clientsSection, clientsTables } from './lib/sections/clients.js';
import { profileTables, roundTripsTable } from './lib/sections/floors.js';
import { mailboxGrowth, sessionGrowth } from './lib/sections/growth.js';
import { loadSection } from './lib/sections/load.js';
import { pageSection } from './lib/sections/page.js';
import { proxyTables, tlsTable, parserTables } from './lib/sections/rest.js';

const [folder, flag] = process.argv.slice(2);
const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where the README shows plots from. */
const SHOWN = '.github';
const [BEGIN, END] = ['<!-- benchmark: begin -->', '<!-- benchmark: end -->'];

const figures = Object.fromEntries(
  ['clients', 'growth', 'page', 'throughput', 'sessions', 'load', 'mime', 'tls', 'profile'].map(
    (name) => {
      const path = join(folder, `${name}.json`);
      return [name, existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined];
    },
  ),
);
const { clients, growth, page, throughput, sessions, load, mime, tls, profile } = figures;

const gigabytes = Math.round(totalmem() / 2 ** 30);
const machine =
  `One run on one machine with ${cpus().length} cores and ${gigabytes} GB of memory; ratios say more than ` +
  'figures. `cargo xtask bench --write-readme` makes it anew, from the same seed.';
const plots = {};
const short = [`${machine} [Every table](${SHOWN}/BENCHMARKS.md) is in a file of its own.`];
const full = [
  '# Benchmarks',
  `Written by \`cargo xtask bench --write-readme\`. ${machine} The README has what is short of it.`,
];

/** A plot under a name, and where the README shows it. */
function plot(name, title, picture) {
  plots[name] = picture;
  short.push(`![${title}](${SHOWN}/${name}.svg)`);
}

if (clients) {
  const section = clientsSection(clients);
  short.push('### Fetching mail', ...section.text);
  plot('bench-clients', 'Messages a second of each client', section.plot);
}
short.push(
  '### What was wanted, and what it is',
  'Wanted was set before anything was measured. × are times the other.',
  budgetsTable(figures),
);
if (load) {
  const section = loadSection(load);
  short.push('### Many sessions', ...section.text);
  plot('bench-load', 'Megabytes a second by sessions at work', section.plot);
  full.push('## Many sessions at once', section.everything);
}
if (growth || page || sessions) short.push('### Growth');
if (growth) {
  const { plot: picture, text } = mailboxGrowth(growth);
  short.push(text);
  plot('bench-messages', 'Time by the number of messages', picture);
}
if (page) {
  const { plot: picture, text } = pageSection(page);
  short.push(...text);
  plot('bench-page', 'The page by the number of messages', picture);
}
if (sessions) {
  const { plot: picture, text } = sessionGrowth(sessions);
  short.push(text);
  plot('bench-sessions', 'Memory of the proxy by open sessions', picture);
}
full.push(...proxyTables({ throughput, sessions }));
if (mime) full.push(...parserTables(mime));
if (tls) full.push(...tlsTable(tls));
if (clients || profile) full.push('## What bounds the client');
if (clients) full.push(...roundTripsTable(clients));
if (profile) full.push(...profileTables(profile));
if (clients) full.push('## Clients', ...clientsTables(clients));

console.log([...short, ...full].join('\n\n'));
for (const [name, picture] of Object.entries(plots)) {
  writeFileSync(join(folder, `${name}.svg`), picture);
  if (flag === '--write-readme') writeFileSync(join(root, SHOWN, `${name}.svg`), picture);
}
if (flag === '--write-readme') {
  const path = join(root, 'README.md');
  const readme = readFileSync(path, 'utf8');
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md lacks ${BEGIN} and ${END}`);
  const section = [BEGIN, ...short].join('\n\n');
  writeFileSync(path, `${readme.slice(0, from)}${section}\n\n${readme.slice(to)}`);
  writeFileSync(join(root, SHOWN, 'BENCHMARKS.md'), `${full.join('\n\n')}\n`);
}

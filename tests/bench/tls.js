// TLS in the module, beside the same mail without TLS: megabytes a second, and the processor time of a
// handshake; in Node on sockets, and in Chromium through the proxy. `cargo xtask bench tls` starts it.
//
// usage: node tests/bench/tls.js [OUTPUT.json]

import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { Pop3Client } from '../../client-wasm/js/tls.js';
import { launch, openPage } from '../e2e/lib/browsers.js';
import { startSite } from '../e2e/lib/site.js';
import { startTestbed } from '../e2e/lib/testbed.js';

const MESSAGES = 20;
const OCTETS = 9_000_000;
const ROUNDS = 3;
const HANDSHAKES = 40;

const USER = `bench${process.pid}`;
const NAME = '127.0.0.1';

const bed = await startTestbed();
const account = await bed.mailbox(USER);
const line = `${'0123456789abcdef'.repeat(4)}\r\n`;
const message = `Subject: large\r\n\r\n${line.repeat(OCTETS / line.length)}`;
for (let at = 0; at < MESSAGES; at += 1) await bed.deliver(USER, [message]);
const { host, pop3, pop3s } = bed.addresses.good;

/** Milliseconds of processor time that this process has had. */
function processor() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Fetches all of a mailbox; gives the octets, and the milliseconds by the clock and the processor. */
async function fetchAll(connect, { user, password }) {
  const client = await connect();
  await client.login({ user, password, allowPlaintext: true });
  const [start, begun] = [performance.now(), processor()];
  let octets = 0;
  for await (const { octets: part } of client.messages()) octets += part.byteLength;
  const [milliseconds, busy] = [performance.now() - start, processor() - begun];
  await client.quit();
  return { octets, milliseconds, busy };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** The rates of each way, in turns, so that each has the same luck. */
async function compare(title, ways, fetch) {
  const rates = Object.fromEntries(ways.map((way) => [way, []]));
  const costs = Object.fromEntries(ways.map((way) => [way, []]));
  // The first round warms up, and does not count.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const way of ways) {
      const { octets, milliseconds, busy } = await fetch(way);
      if (octets < MESSAGES * OCTETS * 0.99) throw new Error(`${way}: ${octets} octets came`);
      if (round === 0) continue;
      rates[way].push(octets / milliseconds / 1_000);
      if (busy !== undefined) costs[way].push(octets / busy / 1_000);
    }
  }
  const figures = {};
  for (const way of ways) {
    figures[way] = { rate: median(rates[way]), perProcessorSecond: median(costs[way]) };
  }
  const base = figures[ways[0]].rate;
  console.log(`${title}, ${MESSAGES} messages of ${OCTETS} octets:`);
  for (const [way, { rate, perProcessorSecond }] of Object.entries(figures)) {
    const clock = `${rate.toFixed(0).padStart(5)} MB/s  ${(rate / base).toFixed(2)} x`;
    const cost =
      perProcessorSecond === undefined
        ? ''
        : `  ${perProcessorSecond.toFixed(0)} MB a second of this process's processor time`;
    console.log(`  ${way.padEnd(12)} ${clock}${cost}`);
  }
  return figures;
}

const sockets = (port) => Duplex.toWeb(net.connect({ host, port }));
const WAYS = {
  'no TLS': () => Pop3Client.connect({ streams: sockets(pop3) }),
  'TLS': () => Pop3Client.connect({ streams: sockets(pop3s), tls: { name: NAME, ca: bed.ca } }),
};

/** Milliseconds of processor time of a handshake, less those of a connection without. */
async function handshakes() {
  const spent = async (connect) => {
    const begun = processor();
    for (let at = 0; at < HANDSHAKES; at += 1) {
      const client = await connect(at);
      await client.capa();
      client.close();
    }
    return (processor() - begun) / HANDSHAKES;
  };
  // A text of its own for each is another trust, under which nothing is resumed.
  const full = (at) =>
    Pop3Client.connect({
      streams: sockets(pop3s),
      tls: { name: NAME, ca: `${bed.ca}\n${at} of ${performance.now()}` },
    });
  await spent(full);
  const base = await spent(WAYS['no TLS']);
  const figures = { full: (await spent(full)) - base, resumed: (await spent(WAYS.TLS)) - base };
  console.log('processor time of a handshake, the client alone, in Node:');
  for (const [kind, time] of Object.entries(figures)) {
    console.log(`  ${kind.padEnd(12)} ${time.toFixed(1).padStart(5)} ms`);
  }
  return figures;
}

/** The same in Chromium, where the proxy is on the way. */
async function inChromium() {
  const site = await startSite(bed.endpoint);
  const browser = await launch('chromium');
  try {
    const { page } = await openPage(browser, site.url);
    await page.waitForFunction(() => 'pop3' in globalThis);
    return await compare('Chromium, through the proxy', ['no TLS', 'TLS'], (way) =>
      page.evaluate(
        async (way, account, ca) => {
          const { Pop3Client } = await import('/pop3-wasm/js/tls.js');
          const options =
            way === 'TLS'
              ? { server: 'end-to-end', tls: { name: '127.0.0.1', ca } }
              : { server: 'plain' };
          const client = await Pop3Client.connect({ url: endpoint, ...options });
          await client.login({ ...account, allowPlaintext: true });
          const start = performance.now();
          let octets = 0;
          for await (const { octets: part } of client.messages()) octets += part.byteLength;
          const milliseconds = performance.now() - start;
          await client.quit();
          return { milliseconds, octets };
        },
        way,
        { user: account.user, password: account.password },
        bed.ca,
      ),
    );
  } finally {
    await browser.close();
    await site.stop();
  }
}

try {
  const figures = {
    node: await compare('Node, on sockets', Object.keys(WAYS), (way) =>
      fetchAll(WAYS[way], account),
    ),
    handshake: await handshakes(),
    chromium: await inChromium(),
  };
  const [output] = process.argv.slice(2);
  if (output !== undefined) writeFileSync(output, JSON.stringify(figures, null, 2));
} finally {
  await bed.stop();
}

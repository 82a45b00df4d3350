// TLS in the module, beside the same mail without TLS: megabytes a second, and the processor time of a
// handshake; in Node on sockets, and in Chromium through the proxy, where a bare WebSocket that only
// counts octets shows what can be had at all. `cargo xtask bench tls` starts it.
//
// usage: node tests/bench/tls.js [OUTPUT.json]

import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { Pop3Client } from '../../client-wasm/js/tls.js';
import { launch } from '../e2e/lib/browsers.js';
import { startTestbed } from '../e2e/lib/testbed.js';
import { countOctets } from './lib/counting.js';
import { median } from './lib/measure.js';

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

/** The rates of each way, and beside the first one, in turns, so that each has the same luck. */
async function compare({ title, whose, ways, fetch }) {
  const rates = Object.fromEntries(ways.map((way) => [way, []]));
  const costs = Object.fromEntries(ways.map((way) => [way, []]));
  // The first round warms up, and does not count.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const way of ways) {
      const { octets, milliseconds, busy } = await fetch(way);
      if (octets < MESSAGES * OCTETS * 0.99) throw new Error(`${way}: ${octets} octets came`);
      if (round === 0) continue;
      rates[way].push(octets / milliseconds / 1_000);
      costs[way].push(octets / busy / 1_000);
    }
  }
  const figures = {};
  for (const way of ways) {
    figures[way] = { rate: median(rates[way]), perProcessorSecond: median(costs[way]) };
  }
  const { rate: limit, perProcessorSecond: cheapest } = figures[ways[0]];
  console.log(`${title}, ${MESSAGES} messages of ${OCTETS} octets:`);
  for (const [way, { rate, perProcessorSecond }] of Object.entries(figures)) {
    console.log(
      `  ${way.padEnd(15)} ${rate.toFixed(0).padStart(4)} MB/s  ${(rate / limit).toFixed(2)} x` +
        `  ${perProcessorSecond.toFixed(0).padStart(4)} MB a second of processor time ` +
        `(${whose})  ${(perProcessorSecond / cheapest).toFixed(2)} x`,
    );
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

/** The page's part: fetches the messages by the package. */
async function inPage(way, endpoint, account, ca) {
  async function byPackage(options) {
    const { Pop3Client } = await import('/pop3-wasm/js/tls.js');
    const client = await Pop3Client.connect({ url: endpoint, ...options });
    await client.login({ ...account, allowPlaintext: true });
    const start = performance.now();
    let octets = 0;
    for await (const { octets: part } of client.messages()) octets += part.byteLength;
    const milliseconds = performance.now() - start;
    await client.quit();
    return { milliseconds, octets };
  }
  if (way === 'no TLS') return await byPackage({ server: 'plain' });
  return await byPackage({ server: 'end-to-end', tls: { name: '127.0.0.1', ca } });
}

/** The same by a bare WebSocket, which only counts. */
async function bare(page, account) {
  const address = `${bed.endpoint}?server=plain&tls=proxy`;
  const { octets, signedIn, seconds } = await page.evaluate(
    countOctets,
    address,
    account,
    MESSAGES,
    MESSAGES * message.length,
  );
  return { octets, milliseconds: (seconds - signedIn) * 1_000 };
}

/** Milliseconds of processor time that a browser's processes have had. */
async function processorOf(browser) {
  const session = await browser.target().createCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime * 1_000, 0);
}

const TYPES = { js: 'text/javascript', wasm: 'application/wasm' };

/**
 * A tab at the proxy's own origin that has the package, so that nothing but the proxy is on the way.
 *
 * The browser must not be watched: by default puppeteer has it report each frame of a WebSocket, which
 * costs several times what the frame does.
 */
async function openUnwatched(browser) {
  const page = await browser.newPage();
  const session = await page.createCDPSession();
  session.on('Fetch.requestPaused', async ({ requestId, request }) => {
    const path = new URL(request.url).pathname.replace('/pop3-wasm/', '');
    const body = await readFile(new URL(`../../client-wasm/${path}`, import.meta.url));
    const type = { name: 'Content-Type', value: TYPES[path.split('.').at(-1)] };
    await session.send('Fetch.fulfillRequest', {
      requestId,
      responseCode: 200,
      responseHeaders: [type],
      body: body.toString('base64'),
    });
  });
  await session.send('Fetch.enable', { patterns: [{ urlPattern: '*/pop3-wasm/*' }] });
  await page.setBypassCSP(true);
  await page.goto(new URL('/servers.json', bed.endpoint.replace(/^ws/, 'http')).href);
  return page;
}

/** The same in Chromium, where the proxy is on the way. */
async function inChromium() {
  const browser = await launch('chromium', { networkEnabled: false });
  const { user, password } = account;
  try {
    const page = await openUnwatched(browser);
    return await compare({
      title: 'Chromium, through the proxy',
      whose: 'the whole browser',
      ways: ['bare WebSocket', 'no TLS', 'TLS'],
      fetch: async (way) => {
        const begun = await processorOf(browser);
        const who = { user, password };
        const fetched =
          way === 'bare WebSocket'
            ? await bare(page, who)
            : await page.evaluate(inPage, way, bed.endpoint, who, bed.ca);
        return { ...fetched, busy: (await processorOf(browser)) - begun };
      },
    });
  } finally {
    await browser.close();
  }
}

try {
  const figures = {
    node: await compare({
      title: 'Node, on sockets',
      whose: 'the client',
      ways: Object.keys(WAYS),
      fetch: (way) => fetchAll(WAYS[way], account),
    }),
    handshake: await handshakes(),
    chromium: await inChromium(),
  };
  const [output] = process.argv.slice(2);
  if (output !== undefined) writeFileSync(output, JSON.stringify(figures, null, 2));
} finally {
  await bed.stop();
}

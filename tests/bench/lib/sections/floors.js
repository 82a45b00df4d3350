/** What bounds the client: round trips that no client can save, and what a browser can do at all. */
import { TRIPS, find, rowsOf } from './clients.js';
import { table } from './table.js';

const SPAN = (TRIPS.at(-1) - TRIPS[0]) / 1_000;

/** Round trips before the first octet of a message and in all: by how much longer all takes on the longest way. */
export function roundTrips(clients, name, tls = false) {
  const [near, far] = [TRIPS[0], TRIPS.at(-1)].map((trip) =>
    find(rowsOf(clients, 'all', 'small', trip, tls), name),
  );
  const between = (field) => (far[field] - near[field]) / SPAN;
  // Who waits for each answer was given fewer messages on the long way.
  return near.messages === far.messages
    ? { first: between('first'), all: between('seconds') }
    : { first: between('first') };
}

/** The table of round trips. */
export function roundTripsTable(clients) {
  const shown = (value) => (value === undefined ? '' : value.toFixed(1));
  const rows = rowsOf(clients, 'all', 'small', 40, false).map(({ name }) => {
    const { first, all } = roundTrips(clients, name);
    return [name, shown(first), shown(all)];
  });
  return [
    '### Round trips',
    'How many round trips it takes until the first octet of mail is there, and until all is: the differences of the times by 200 ms and by 0 ms, in round trips. A way of TCP costs one, the greeting half of one, and USER, PASS, the list and the first message one each: these five and a half no client can save that signs in by a password, and they are what the raw socket has. CAPA, which says whether commands may be pipelined, is one more before sign-in, and one more after it, since a server may offer other things then (RFC 2449, section 4); TLS 1.3 is one. All that is beyond the first column is the mail itself, which is asked for piece by piece, so that what is under way stays bounded.',
    table(['client', 'before the first octet', 'in all'], rows),
  ];
}

/** A budget's remark: how the time by 40 ms comes about. */
export function whyTime(clients, name, browser) {
  const [mine, raw] = [name, 'raw socket'].map((one) => roundTrips(clients, one).first);
  const bare = find(rowsOf(clients, 'all', 'small', 40, false), `bare WebSocket, ${browser}`);
  const row = find(rowsOf(clients, 'all', 'small', 40, false), name);
  const fixed = mine * 0.04;
  return (
    `${mine.toFixed(1)} round trips come before the first mail, ${raw.toFixed(1)} for the raw socket: ` +
    `${fixed.toFixed(2)} s of ${row.seconds.toFixed(2)} s; a bare WebSocket takes ${bare.seconds.toFixed(2)} s`
  );
}

/** A budget's remark: what the browser can do at all. */
export function whyRate(clients, name, browser) {
  const rows = rowsOf(clients, 'all', 'large', 0, false);
  const [mine, bare, raw] = [name, `bare WebSocket, ${browser}`, 'raw socket'].map(
    (one) => find(rows, one).octetsPerSecond,
  );
  return (
    `a bare WebSocket that only counts has ${(bare / raw).toFixed(2)} ×; ` +
    `this is ${(mine / bare).toFixed(2)} × of it`
  );
}

/** A budget's remark: what TLS costs others. */
export function whySealed(clients, browser) {
  const [clear, sealed] = [false, true].map((tls) => rowsOf(clients, 'all', 'large', 0, tls));
  const rate = (rows, name) => (find(rows, name).octetsPerSecond / 1e6).toFixed(0);
  return (
    `${rate(clear, `pop3-wasm, ${browser}`)} MB/s without TLS; a socket by TLS has ` +
    `${rate(sealed, 'raw socket')} MB/s, and Node by TLS of this package ${rate(sealed, 'pop3-wasm, Node')}`
  );
}

const PARTS = {
  network: 'network process',
  tab: 'tab',
  rest: 'rest of the browser',
  proxy: 'proxy',
};
const THREAD = {
  browser: 'browser’s own code',
  wasm: 'WebAssembly',
  javascript: 'JavaScript and copies',
  collector: 'garbage collector',
  idle: 'idle',
};

/** The profile of Chromium on large mail. */
export function profileTables({ messages, octets, ways }) {
  const cell = (value) => value.toFixed(2);
  return [
    '### Where the time goes in Chromium',
    `Seconds of processor time for ${messages} messages of ${octets / 1e6} MB through the proxy, by process, and in brackets those of them in the kernel. A bare WebSocket only counts what comes, and keeps nothing.`,
    table(
      ['', 'time by the clock', ...Object.values(PARTS)],
      ways.map(({ name, seconds, parts }) => [
        name,
        cell(seconds),
        ...Object.keys(PARTS).map(
          (part) => `${cell(parts[part].processor)} (${cell(parts[part].kernel)})`,
        ),
      ]),
    ),
    'Seconds of the tab’s main thread by what ran there, seen by Chromium’s own profiler in a run more, which takes longer for it. The browser’s own code takes messages over from the network process. Of JavaScript nearly all is the copy of octets out of the module’s memory to where the caller gets a message, and of WebAssembly without TLS the search for line ends and the taking away of dots, which copies once more.',
    table(
      ['', ...Object.values(THREAD)],
      ways.map(({ name, tab }) => [name, ...Object.keys(THREAD).map((part) => cell(tab[part]))]),
    ),
  ];
}

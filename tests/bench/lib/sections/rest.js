/** The tables of what is told in the README in a line of the budgets only: the proxy, the parser, TLS. */
import { table } from './table.js';

const whole = (value) => value.toLocaleString('en', { maximumFractionDigits: 0 });

/** One session through the proxy and others, and the memory of open ones. */
export function proxyTables({ throughput, sessions }) {
  const told = [];
  if (throughput) {
    told.push(
      '## One session through the proxy',
      'One message without end, by a client that only counts. Processor time is that of the program in between; of HAProxy and nginx, in front of the proxy, their own part.',
      table(
        ['through', 'MB a second', 'processor a GB'],
        throughput.map(({ path, octets, seconds, processor_seconds_a_gigabyte: cost }) => [
          path,
          whole(octets / seconds / 1e6),
          cost === null ? '' : `${cost.toFixed(2)} s`,
        ]),
      ),
    );
  }
  if (sessions) {
    const kilobytes = (octets) => (octets / 1024).toFixed(1);
    told.push(
      '## Open sessions',
      'Memory of each session that is idle, in KB: with the greeting alone, and after a message of 100 kB; and what is there above the start once all have ended, which the allocator keeps for the next.',
      table(
        ['program', 'to the server', 'sessions', 'fresh', 'after mail', 'left of all'],
        sessions.map((row) => [
          row.program,
          row.hop === 'plain' ? 'no TLS' : 'TLS',
          whole(row.sessions),
          kilobytes(row.fresh),
          kilobytes(row.after_mail),
          whole(row.left / 1024),
        ]),
      ),
    );
  }
  return told;
}

/** The parser beside others. */
export function parserTables(mime) {
  const ways = Object.keys(Object.values(mime)[0]).filter(
    (key) => !['messages', 'octets'].includes(key),
  );
  return [
    '## Taking messages apart',
    'Megabytes in a second of processor time, and in brackets times postal-mime. Ours is lazy: for a list it reads the header, for a reader bodies and attachments as well, then what postal-mime gives, and all of it is everything there is. Octets copied and decoded alone are what no parser in WebAssembly goes below that shows all the text.',
    table(
      [
        'messages',
        ...ways.map((way) => (/^postal|mailparser|alone/.test(way) ? way : `pop3-wasm, ${way}`)),
      ],
      Object.entries(mime).map(([title, set]) => [
        `${title} (${set.messages})`,
        ...ways.map((way) => {
          const { megabytesPerSecond, ratio } = set[way];
          return `${whole(megabytesPerSecond)} (${ratio < 10 ? ratio.toFixed(1) : whole(ratio)} ×)`;
        }),
      ]),
    ),
  ];
}

/** TLS in the client beside none. */
export function tlsTable({ node, chromium, handshake }) {
  const rows = [
    ['Node, on sockets', node],
    ['Chromium, through the proxy', chromium],
  ].flatMap(([title, ways]) =>
    Object.entries(ways).map(([way, { rate, perProcessorSecond }]) => [
      `${title}: ${way}`,
      whole(rate),
      whole(perProcessorSecond),
    ]),
  );
  return [
    '## TLS in the client',
    `20 messages of 9 MB. A handshake takes the client ${handshake.full.toFixed(1)} ms of processor time in Node, a resumed one ${handshake.resumed.toFixed(1)} ms.`,
    table(['client', 'MB a second', 'MB in a second of processor time'], rows),
  ];
}

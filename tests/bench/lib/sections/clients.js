/** What the README says of the clients, and all that was measured of them. */
import { bars } from '../plot.js';
import { table } from './table.js';

export const TRIPS = [0, 40, 200];
const OURS = 'pop3-wasm';
const BARE = 'bare WebSocket';

export const find = (rows, name) => rows.find((row) => row.name === name);
const whole = (value) => value.toLocaleString('en', { maximumFractionDigits: 0 });
const megabytes = (octets) => `${whole(octets / 1e6)} MB`;
const rate = (row) => (row ? whole(row.messagesPerSecond) : '');
const speed = (row) => (row ? whole(row.octetsPerSecond / 1e6) : '');

/** The rows of one case. */
export function rowsOf({ cases }, job, box, trip, tls) {
  return cases.find(
    (one) => one.job === job && one.box === box && one.trip === trip && one.tls === tls,
  ).rows;
}

/** The README's table, its plot, and the text. */
export function clientsSection(clients) {
  const of = (...which) => rowsOf(clients, ...which);
  const trips = TRIPS.map((trip) => of('all', 'small', trip, false));
  const jobs = [
    ['list', 'many'],
    ['new', 'many'],
    ['delete', 'small'],
  ].map(([job, box]) => of(job, box, 40, false));
  const [large, sealed] = [false, true].map((tls) => of('all', 'large', 0, tls));
  // In a browser there are two ways to have TLS; the other is in the full tables.
  const byTls = (name) => find(sealed, name) ?? find(sealed, `${name}, TLS end to end`);
  const names = trips[1].map(({ name }) => name).filter((name) => !name.startsWith(BARE));
  const [count, size] = clients.boxes.small;
  const known = whole(clients.boxes.many[0]);
  const plot = bars(
    'Messages a second, 40 ms round trip (more is better)',
    names.map((name) => ({
      name,
      value: find(trips[1], name).messagesPerSecond,
      ours: name.startsWith(OURS),
    })),
    (value) => value.toFixed(0),
  );
  const text = [
    'Messages a second from one Dovecot; more is better. Browsers go through the proxy, all others to the server itself. What each client fetched was compared with what was delivered before its time counted.',
    [
      `- **all** ${whole(count)} messages of ${size / 1_000} kB, by a round trip of 0, 40 and 200 ms`,
      `- **list**: the headers of the newest 100 of ${known}; **new**: 100 new messages among as many; **delete**: half of all; each by 40 ms`,
      `- **large**: megabytes a second of ${clients.boxes.large[0]} messages of 9 MB, without delay; **by TLS**: the same, by TLS of the client’s own`,
      '- **memory**: the most that the client’s process, or the tab’s, had with the small messages by 40 ms',
    ].join('\n'),
    'The raw socket knows beforehand what the server can do, sends all commands at once, and is the limit. Who waits for each answer was given fewer messages where the way is long. Nothing in a place: it cannot do that.',
    table(
      [
        'client',
        'all, 0 ms',
        '40 ms',
        '200 ms',
        'list',
        'new',
        'delete',
        'large',
        'by TLS',
        'memory',
      ],
      names.map((name) => [
        name,
        ...trips.map((rows) => rate(find(rows, name))),
        ...jobs.map((rows) => rate(find(rows, name))),
        speed(find(large, name)),
        speed(byTls(name)),
        megabytes(find(trips[1], name).memory),
      ]),
    ),
  ];
  return { plot, text };
}

const JOBS = {
  all: 'All messages',
  list: 'The headers of the newest 100',
  new: '100 new messages among those that are known',
  delete: 'Deletion of half of them',
};

/** Every case with everything that was measured of it. */
export function clientsTables(clients) {
  return clients.cases.flatMap(({ job, box, trip, tls, rows }) => {
    const [count, size] = clients.boxes[box];
    const seconds = (value) => (value === null ? '' : `${value.toFixed(value < 0.1 ? 3 : 2)} s`);
    return [
      `### ${JOBS[job]}: ${whole(count)} of ${size / 1_000} kB, ${trip} ms, ${tls ? 'TLS' : 'no TLS'}`,
      table(
        [
          'client',
          'messages',
          'time',
          'messages a second',
          'MB a second',
          'first header',
          'processor',
          'memory',
          'processor of the proxy',
          'memory of the proxy',
        ],
        rows.map((row) => [
          row.name,
          whole(row.messages),
          seconds(row.seconds),
          whole(row.messagesPerSecond),
          job === 'delete' ? '' : (row.octetsPerSecond / 1e6).toFixed(1),
          seconds(row.first),
          seconds(row.processor),
          megabytes(row.memory),
          row.proxy ? seconds(row.proxy.processor) : '',
          row.proxy ? megabytes(row.proxy.memory) : '',
        ]),
      ),
    ];
  });
}

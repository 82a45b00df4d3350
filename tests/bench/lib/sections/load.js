/** What the README says of mail through many sessions at once, and all that was measured of it. */
import { lines, slope } from '../plot.js';
import { table } from './table.js';

const PROXY = 'pop3-proxy';
const SHOWN = [1, 100, 1_000];

const number = (value) => value.toLocaleString('en', { maximumFractionDigits: 0 });
const seconds = (value) => (value === null ? '' : `${value.toFixed(value < 0.1 ? 3 : 2)} s`);
const megabytes = (value) => (value === null ? '' : `${number(value / 1e6)} MB`);
/** A name that fits beside a plot. */
const short = (name) =>
  name.replace(', nothing in between', ' alone').replace(' to the server', '');

/** The plot, the README's text as paragraphs, and the table of everything. */
export function loadSection(rows) {
  const paths = [...new Set(rows.map(({ path }) => path))];
  const of = (path) => rows.filter((row) => row.path === path);
  const points = (path, field, unit = 1) =>
    of(path).map((row) => [row.sessions, row[field] / unit]);
  const plot = lines(
    'Mail through many sessions at once, all together',
    'sessions',
    'MB a second',
    paths.map((name) => ({ name: short(name), points: points(name, 'octets_a_second', 1e6) })),
  );
  const most = of(PROXY).at(-1).sessions;
  const counts = [...SHOWN.filter((count) => count < most), most];
  const summary = table(
    [
      'through',
      ...counts.map((count) => (count === 1 ? '1 session' : number(count))),
      `first octets of ${number(most)}, median`,
      'of 99 in 100',
      'processor a GB, 1 session',
      `memory, ${number(most)}`,
    ],
    paths.map((path) => {
      const at = (count) => of(path).find(({ sessions }) => sessions === count);
      const last = at(most);
      return [
        path,
        ...counts.map((count) => (at(count) ? number(at(count).octets_a_second / 1e6) : '')),
        seconds(last?.first_median ?? null),
        seconds(last?.first_99th ?? null),
        seconds(of(path)[0].processor_seconds_a_gigabyte),
        megabytes(last?.memory ?? null),
      ];
    }),
  );
  const whole = paths.filter((path) => of(path).at(-1).sessions === most);
  const stopped = paths.filter((path) => !whole.includes(path));
  const growth = whole.map((path) => {
    const [first, last] = [of(path)[0], of(path).at(-1)];
    return `${short(path)} ${(last.octets_a_second / first.octets_a_second).toFixed(2)} times`;
  });
  const limits = stopped.map((path) => {
    const last = of(path).at(-1);
    return ` ${path} was not taken further than ${number(last.sessions)}: each session is a process there, and these had ${megabytes(last.memory)} together.`;
  });
  const memory = of(PROXY).length > 1 ? slope(points(PROXY, 'memory').slice(-2), 'memory') : '';
  const text = [
    `Megabytes a second of all sessions together, each fetching messages of ${number(rows[0].octets / rows[0].messages)} octets at the same time through one proxy. Server and client run on the same processors, so what counts is the ratio to the sockets with nothing in between. The first octets are counted from when all ask at once. HAProxy and nginx stand in front of the proxy, as they do in front of a site; their processor time and memory is their own part. ${number(most)} sessions are what the limit for open files lets a process have here, two for each.`,
    summary,
    `From one session to ${number(most)}, the rate of all together changes so: ${growth.join(', ')}. Memory of the proxy at work, from 1,000 on: ${memory}.${limits.join('')}`,
  ];
  const everything = table(
    [
      'through',
      'sessions',
      'messages a second',
      'MB a second',
      'first octets, median',
      'of 99 in 100',
      'processor a GB',
      'memory at most',
    ],
    rows.map((row) => [
      row.path,
      number(row.sessions),
      number(row.messages_a_second),
      number(row.octets_a_second / 1e6),
      seconds(row.first_median),
      seconds(row.first_99th),
      seconds(row.processor_seconds_a_gigabyte),
      megabytes(row.memory),
    ]),
  );
  return { plot, text, everything };
}

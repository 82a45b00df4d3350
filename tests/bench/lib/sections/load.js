/** What the README says of mail through many sessions at once. */
import { lines, slope } from '../plot.js';
import { table } from './table.js';

const PROXY = 'pop3-proxy';

/** The plot, and the text as paragraphs. */
export function loadSection(rows) {
  const paths = [...new Set(rows.map(({ path }) => path))];
  const of = (path) => rows.filter((row) => row.path === path);
  const points = (path, field, unit) => of(path).map((row) => [row.sessions, row[field] / unit]);
  const plot = lines(
    'Mail through many sessions at once, all together',
    'sessions',
    'MB a second',
    paths.map((name) => ({ name: short(name), points: points(name, 'octets_a_second', 1e6) })),
  );
  const most = of(PROXY).at(-1).sessions;
  const number = (value, digits = 0) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const seconds = (value) => `${value.toFixed(value < 0.1 ? 3 : 2)} s`;
  const shown = table(
    [
      'sessions at once',
      'through',
      'messages a second',
      'MB a second',
      'first octets, median',
      '99th in 100',
      'processor time a GB',
      'memory',
    ],
    [1, 100, 1_000, most].flatMap((count) =>
      rows
        .filter(({ sessions }) => sessions === count)
        .map((row) => [
          number(count),
          row.path,
          number(row.messages_a_second),
          number(row.octets_a_second / 1e6),
          seconds(row.first_median),
          seconds(row.first_99th),
          row.processor_seconds_a_gigabyte === null
            ? ''
            : seconds(row.processor_seconds_a_gigabyte),
          row.memory === null ? '' : `${number(row.memory / 1e6)} MB`,
        ]),
    ),
  );
  const growth = (path) => {
    const [first, last] = [of(path)[0], of(path).at(-1)];
    const part = last.octets_a_second / first.octets_a_second;
    return `${path}, ${number(last.sessions)} sessions together ${part.toFixed(2)} times what one gets`;
  };
  const whole = (path) => of(path).at(-1).sessions === most;
  const memory = slope(points(PROXY, 'memory', 1).slice(-2), 'memory');
  const stopped = paths.filter((path) => !whole(path));
  const limits = stopped.map(
    (path) => `${path} was measured up to ${number(of(path).at(-1).sessions)}`,
  );
  return {
    plot,
    text: [
      `Many sessions that fetch mail of 10 kB at once, each its own. All are signed in before the time runs; the first octets are counted from when all ask. A processor is shared with the server and with the client, so that ratios to the sockets count. ${number(most)} is what the limit for open files lets a process have here, two for each session.`,
      shown,
      `Growth with sessions at work. ${paths.filter(whole).map(growth).join('; ')}. ${PROXY}, memory, from ${number(of(PROXY).at(-2)?.sessions ?? most)} on: ${memory}.` +
        (limits.length === 0
          ? ''
          : ` ${limits.join('; ')}: each of its sessions is a process, and the system counts the time of so many small ones too coarsely.`) +
        ' Of HAProxy and nginx, which stand in front of the proxy, processor and memory are their own part.',
    ],
  };
}

/** A name that fits beside a plot. */
const short = (name) =>
  name.replace(', nothing in between', ' alone').replace(' to the server', '');

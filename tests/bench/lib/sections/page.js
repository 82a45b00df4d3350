/** What the README says of the page, by the messages in its store. */
import { lines, slope } from '../plot.js';
import { table } from './table.js';

const TIMES = { first: 'first rows', whole: 'whole list', search: 'search' };

/** The plot, and the text as paragraphs. */
export function pageSection(rows) {
  const names = [...new Set(rows.map(({ name }) => name))];
  const of = (name, field, unit = 1) =>
    rows.filter((row) => row.name === name).map((row) => [row.count, row[field] / unit]);
  const plot = lines(
    'The page, by the messages in its store',
    'messages',
    'seconds',
    names.flatMap((name) =>
      Object.entries(TIMES).map(([field, title]) => ({
        name: `${name}, ${title}`,
        points: of(name, field),
      })),
    ),
  );
  const shown = table(
    ['page', 'messages', ...Object.values(TIMES), 'memory', 'after a search of all texts'],
    rows.map((row) => [
      row.name,
      row.count.toLocaleString('en'),
      ...Object.keys(TIMES).map((field) => `${row[field].toFixed(3)} s`),
      ...['memory', 'searching'].map((field) => `${(row[field] / 1e6).toFixed(0)} MB`),
    ]),
  );
  const told = names.flatMap((name) => [
    ...Object.entries(TIMES).map(
      ([field, title]) => `${name}, ${title}: ${slope(of(name, field), 'time')}`,
    ),
    `${name}, memory: ${slope(of(name, 'memory'), 'memory')}`,
  ]);
  return {
    plot,
    text: [
      'The page opened from its store, from the start of the navigation until the first rows are drawn ' +
        'and until the list has all messages; a word found in their texts, of 2.4 kB each; and the most ' +
        'memory of the tab’s process. Times are the median of five.',
      shown,
      `Growth of the page. ${told.join('. ')}.`,
    ],
  };
}

/** How time grows with the mailbox, and memory with sessions. */
import { growth, lines } from '../plot.js';

/** Growth of several, of which each is `[name, points]`, in a sentence. */
function told(ways, things, what) {
  const grown = ways.map(([name, points]) => [name, growth(points)]);
  const [[, { more }]] = grown;
  const each = grown.map(([name, { times, word }]) => `${name} ${times} times (${word})`);
  return `${more} times as many ${things} take this much more ${what}: ${each.join(', ')}.`;
}

/** Fetching by the number of messages: the plot, and a sentence. */
export function mailboxGrowth(rows) {
  const names = [...new Set(rows.map(({ name }) => name))];
  const points = (name) =>
    rows.filter((row) => row.name === name).map(({ count, all }) => [count, all]);
  const plot = lines(
    'Fetching all messages, by their number',
    'messages',
    'seconds',
    names.map((name) => ({ name, points: points(name) })),
  );
  const ways = names.map((name) => [name, points(name)]);
  return { plot, text: `To fetch a mailbox: ${told(ways, 'messages', 'time')}` };
}

/** Memory of the proxy by open sessions: the plot, and a sentence. */
export function sessionGrowth(sessions) {
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
  const plot = lines(
    'Memory of the proxy, by open sessions',
    'sessions',
    'MB above what it has without',
    ways.map(([name, points]) => ({ name, points })),
  );
  // Hundreds of sessions fit into what the allocator has already.
  const large = ways
    .map(([name, points]) => [name, points.filter(([count]) => count >= 1_000)])
    .filter(([, points]) => points.length > 1);
  if (large.length === 0) return { plot, text: '' };
  return {
    plot,
    text: `The proxy with sessions that are open, from 1,000 on: ${told(large, 'sessions', 'memory')}`,
  };
}

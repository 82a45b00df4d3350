/** The budgets: what was wanted, what it is, and what bounds it. */
import { find, rowsOf } from './clients.js';
import { whyRate, whySealed, whyTime } from './floors.js';
import { table } from './table.js';

/** The ways to look at a message, each of which the budget for parsing is held against. */
const PARSING = ['for a list', 'for a reader', 'all that postal-mime gives', 'all of it'];

const times = (value) => `${value.toFixed(2)} ×`;

/** The table, of those that these figures tell about. */
export function budgetsTable({ clients, mime, sessions, throughput }) {
  const rows = [];
  /** `why` says what bounds it, where it is not met. */
  const budget = (what, wanted, is, met, why = '') =>
    rows.push([what, wanted, is, met ? 'yes' : 'no', met ? '' : why]);
  if (clients) clientBudgets(clients, budget);
  for (const [title, set] of Object.entries(mime ?? {})) {
    const floor = set['copied and decoded alone']?.ratio.toFixed(0);
    for (const way of PARSING) {
      if (set[way] === undefined) continue;
      const { ratio } = set[way];
      const what = `parsing, ${way}, beside postal-mime: ${title}`;
      const why = `octets copied and decoded alone: ${floor} ×; where the rest goes: ARCHITECTURE.md`;
      budget(what, 'at least 50 ×', `${ratio.toFixed(0)} ×`, ratio >= 50, why);
    }
  }
  if (sessions) sessionBudgets(sessions, budget);
  if (throughput) throughputBudgets(throughput, budget);
  return table(['budget', 'wanted', 'is', 'met', 'if not, what bounds it'], rows, {
    last: 'text',
  });
}

function clientBudgets(clients, budget) {
  const small = rowsOf(clients, 'all', 'small', 40, false);
  const [large, sealed] = [false, true].map((tls) => rowsOf(clients, 'all', 'large', 0, tls));
  const [raw, mpop] = ['raw socket', 'mpop'].map((name) => find(small, name));
  for (const browser of ['Chromium', 'Firefox']) {
    const name = `pop3-wasm, ${browser}`;
    const mine = find(small, name);
    const [peer, limit] = [mine.seconds / mpop.seconds, mine.seconds / raw.seconds];
    const why = whyTime(clients, name, browser);
    budget(`${browser}, 40 ms: time beside mpop`, 'at most 1 ×', times(peer), peer <= 1, why);
    const beside = `${browser}, 40 ms: time beside the raw socket`;
    budget(beside, 'at most 1.5 ×', times(limit), limit <= 1.5, why);
    const part = find(large, name).octetsPerSecond / find(large, 'raw socket').octetsPerSecond;
    budget(
      `${browser}, large: rate beside the raw socket`,
      'at least 0.5 ×',
      times(part),
      part >= 0.5,
      whyRate(clients, name, browser),
    );
    const rate = find(sealed, `${name}, TLS end to end`).octetsPerSecond / 1e6;
    const is = `${rate.toFixed(0)} MB/s`;
    const what = `${browser}, large, TLS end to end`;
    budget(what, 'at least 100 MB/s', is, rate >= 100, whySealed(clients, browser));
  }
}

function sessionBudgets(sessions, budget) {
  for (const [hop, title, octets] of [
    ['plain', 'plain', 16_384],
    ['implicit', 'TLS', 49_152],
  ]) {
    const row = sessions.filter((row) => row.program === 'pop3-proxy' && row.hop === hop).at(-1);
    if (!row) continue;
    const what = `proxy, memory of an idle session of ${row.sessions}, ${title}`;
    const is = `${(row.fresh / 1024).toFixed(1)} KB`;
    budget(what, `${octets / 1024} KB`, is, row.fresh <= octets);
  }
}

function throughputBudgets(throughput, budget) {
  const cost = (start) =>
    throughput.find((row) => row.path.startsWith(start)).processor_seconds_a_gigabyte;
  const [proxy, websockify, most] = [cost('pop3-proxy'), cost('websockify'), cost('HAProxy') * 1.5];
  const is = `${proxy.toFixed(2)} s`;
  const what = 'proxy, processor time a GB';
  budget(what, `below websockify, ${websockify.toFixed(2)} s`, is, proxy < websockify);
  const half = `below HAProxy’s own and a half, ${most.toFixed(2)} s`;
  budget(what, half, is, proxy <= most);
}

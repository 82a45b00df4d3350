/**
 * What is done with a mailbox as a whole, out of the commands of one session: many messages in one
 * go, and which of them are new. Documented in index.d.ts.
 *
 * `session` is what `client.js` gives: the client's `command(name, args, options)` and `closed`,
 * the `listedSize(number)` of a message, and `module(work)`, which calls into the module.
 */
import { ahead } from './ahead.js';

/** Octets that TOP is expected to give: of the header, and of each line of the body. */
const HEADER = 4096;
const LINE = 80;

/** Octets that the answer of a command is expected to have. */
function answerSize(session, [name, number, lines]) {
  if (name !== 'retr' && name !== 'top') return 0;
  const size = session.listedSize(number);
  if (name === 'retr') return size ?? 0;
  return Math.min(size ?? Infinity, HEADER + LINE * lines);
}

/** Issues commands, some ahead of the reader, and yields `[job, { value } | { error }]`. */
async function* run(session, jobs, { window, signal, timeout, onProgress }) {
  const stop = new AbortController();
  const options = { signal, timeout, unwanted: stop.signal };
  const told = ([, number]) => onProgress && ((progress) => onProgress({ number, ...progress }));
  const started = function* () {
    for (const job of jobs) {
      const { command } = job;
      const start = () => session.command(command, { ...options, onProgress: told(command) });
      yield { ...job, size: answerSize(session, command), start };
    }
  };
  try {
    for await (const [job, outcome] of ahead(started(), window)) {
      // A refusal is the affair of its command. But when the session has ended, or its user wants
      // no more, so have all the others.
      const { error } = outcome;
      if (error !== undefined && error.blame !== 'server' && (session.closed || signal?.aborted)) {
        throw error;
      }
      yield [job, outcome];
    }
  } finally {
    stop.abort();
  }
}

export async function* batch(session, { commands, ...options }) {
  const jobs = commands.map((command) => ({ command }));
  for await (const [{ command }, outcome] of run(session, jobs, options)) {
    yield { command, ...outcome };
  }
}

export async function* messages(session, { numbers, ...options }) {
  const listed = listing(session, options);
  if (numbers === undefined || typeof options.lines !== 'number') {
    const entries = await listed;
    const chosen = numbers ?? [...entries.keys()];
    const wanted = chosen.map((number) => entries.get(number) ?? { number });
    return yield* fetch(session, wanted, options);
  }
  // Beginnings are small, so that those need not wait until the list tells sizes. It is awaited below.
  listed.catch(() => {});
  const wanted = numbers.map((number) => ({ number }));
  for await (const message of fetch(session, wanted, options)) {
    yield { ...(await listed).get(message.number), ...message };
  }
}

/** Fetches these messages, or the beginnings of those of which `lines` tells a number. */
async function* fetch(session, entries, { lines, ...options }) {
  const counts = await Promise.all(
    entries.map((entry) => (typeof lines === 'function' ? lines(entry) : lines)),
  );
  const jobs = entries.map((entry, at) => {
    const count = counts[at];
    const command = count === undefined ? ['retr', entry.number] : ['top', entry.number, count];
    return { entry, command };
  });
  for await (const [{ entry }, { value, error }] of run(session, jobs, options)) {
    yield error === undefined ? { ...entry, ...value } : { ...entry, error };
  }
}

/** What LIST and UIDL tell, by number. Many servers have no UIDL, and some break it. */
async function listing(session, { signal, timeout }) {
  const entries = new Map();
  const uids = session.command(['uidl'], { signal, timeout });
  // It is awaited below, after the other.
  uids.catch(() => {});
  for (const entry of await session.command(['list'], { signal, timeout })) {
    entries.set(entry.number, entry);
  }
  try {
    for (const { number, uid } of await uids) {
      const entry = entries.get(number);
      if (entry !== undefined) entry.uid = uid;
    }
  } catch (error) {
    if (session.closed || (error.blame !== 'server' && error.code !== 'protocol-error'))
      throw error;
  }
  return entries;
}

export async function checkNew(session, options) {
  const survey = await Survey.of(session, options);
  survey.end();
  return survey.mail;
}

export async function* fetchNew(session, options) {
  const survey = await Survey.of(session, options);
  try {
    const { fresh, unclear } = survey.mail;
    options.onChecked?.(survey.mail);
    yield* unclear;
    for await (const message of fetch(session, fresh, options)) {
      const { number, octets, error } = message;
      yield error === undefined ? { ...message, id: await survey.id(number, octets) } : message;
    }
  } finally {
    survey.end();
  }
}

/** A mailbox held against the messages that were seen before. */
class Survey {
  #session;
  #comparison;
  /** The `NewMail` of index.d.ts. */
  mail;

  static async of(session, { seen, find, onProgress, ...options }) {
    const entries = await listing(session, options);
    const numbers = Uint32Array.from(entries.keys());
    const uids = Array.from(entries.values(), ({ uid }) => uid ?? '');
    const survey = new Survey();
    survey.#session = session;
    survey.#comparison = await session.module(
      ({ RawComparison }) => new RawComparison(seen, numbers, uids),
    );
    try {
      await survey.#compare(entries, find, options);
    } catch (error) {
      survey.end();
      throw error;
    }
    return survey;
  }

  /** Asks for headers where the identifiers do not tell, and then for the outcome. */
  async #compare(entries, find, options) {
    const undecided = await this.#ask((comparison) => comparison.undecided());
    const entry = (number) => entries.get(number);
    // Where TOP is refused, the whole message has to come for its header.
    const refused = await this.#tell(Array.from(undecided, entry), { ...options, lines: 0 });
    const again = refused.map(({ number }) => entry(number));
    const unclear = await this.#tell(again, { ...options, lines: undefined });
    const fresh = Array.from(await this.#ask((comparison) => comparison.fresh()), entry);
    // An id that seems to be gone may belong to one of the unclear.
    const gone = unclear.length > 0 ? [] : await this.#ask((comparison) => comparison.gone());
    const found = await this.#find(find, entry);
    this.mail = { fresh, gone, unclear, found };
  }

  /** Which messages of this session those of some ids are. */
  async #find(ids, entry) {
    if (ids.length === 0) return [];
    const numbers = await this.#ask((comparison) => comparison.numbers(ids));
    const found = ids.map((id, at) => ({ ...entry(numbers[at]), id }));
    return found.filter(({ number }) => number !== undefined);
  }

  /** Gives the headers of these messages to the comparison, and those back that are refused. */
  async #tell(entries, options) {
    const refused = [];
    for await (const message of fetch(this.#session, entries, options)) {
      const { number, octets, error } = message;
      if (error === undefined) await this.#ask((comparison) => comparison.tell(number, octets));
      else refused.push(message);
    }
    return refused;
  }

  /** The id to remember for a message that was fetched. */
  id(number, octets) {
    return this.#ask((comparison) => comparison.id(number, octets));
  }

  #ask(question) {
    return this.#session.module(() => question(this.#comparison));
  }

  end() {
    this.#session.release(this.#comparison);
  }
}

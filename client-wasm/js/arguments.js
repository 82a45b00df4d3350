/**
 * Checks of what callers pass. A wrong value is refused here, before anything is sent, since the
 * module would otherwise turn it silently into another one (`1.5` into `1`, `-1` into 4294967295).
 */
import { Pop3Error } from './error.js';

const MAX_U32 = 0xffff_ffff;
/** The longest that `setTimeout` can wait; it takes anything more for 1 ms. */
const MAX_DELAY = 0x7fff_ffff;
const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
/** What the module's memory can hold of messages. */
const MAX_COLLECTED = 512 * MIB;

/**
 * The settings of a session: the module's name for each, the group and key under which it is given,
 * the usual value, the least and the most. Times are milliseconds, and 0 is none.
 */
const SETTINGS = [
  ['connectTimeout', 'options', 'connectTimeout', 30_000, 1, MAX_DELAY],
  ['commandTimeout', 'options', 'commandTimeout', 60_000, 1, MAX_DELAY],
  ['sessionTimeout', 'options', 'sessionTimeout', 0, 0, MAX_DELAY],
  ['readTimeout', 'options', 'readTimeout', 300_000, 1, MAX_DELAY],
  ['keepAlive', 'options', 'keepAlive', 0, 0, MAX_DELAY],
  ['drainOctets', 'drain', 'octets', MIB, 0, Number.MAX_SAFE_INTEGER],
  ['drainTimeout', 'drain', 'timeout', 10_000, 0, MAX_DELAY],
  ['windowCommands', 'pipelining', 'commands', 1_024, 1, MAX_U32],
  ['windowCommandOctets', 'pipelining', 'commandOctets', 16 * KIB, 1, MAX_U32],
  ['windowAnswerOctets', 'pipelining', 'answerOctets', 16 * MIB, 0, Number.MAX_SAFE_INTEGER],
  ['windowAssumedMessage', 'pipelining', 'assumedMessage', 16 * KIB, 0, Number.MAX_SAFE_INTEGER],
  ['limitStatusLine', 'limits', 'statusLine', 8 * KIB, 512, 64 * MIB],
  ['limitChallenge', 'limits', 'challenge', 12 * KIB, 512, 64 * MIB],
  ['limitListLine', 'limits', 'listLine', 2 * KIB, 64, 64 * MIB],
  ['limitListLines', 'limits', 'listLines', 1_000_000, 1, 10_000_000],
  ['limitCapabilities', 'limits', 'capabilities', 256, 1, 1_000_000],
  ['limitMessage', 'limits', 'message', 2 * GIB, 1, Number.MAX_SAFE_INTEGER],
];

function invalid(message) {
  return new Pop3Error('invalid-argument', message);
}

function integer(value, name, least, most) {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalid(`${name} must be a whole number from ${least} to ${most}.`);
}

/** A message number: 1 or more (RFC 1939 section 5). */
export const messageNumber = (value) => integer(value, 'number', 1, MAX_U32);

/** A message number, or `undefined` where the command has a form without one. */
export const optionalNumber = (value) => (value === undefined ? undefined : messageNumber(value));

function optionalFunction(value, name) {
  if (value !== undefined && typeof value !== 'function') {
    throw invalid(`${name} must be a function.`);
  }
}

export const lineCount = (value) => integer(value, 'lines', 0, MAX_U32);

export function text(value, name) {
  if (typeof value === 'string') return value;
  // The value itself may be a password, so it is not quoted.
  throw invalid(`${name} must be a string.`);
}

function flag(value, name) {
  if (typeof value === 'boolean') return value;
  throw invalid(`${name} must be true or false.`);
}

/** What each mechanism of AUTH takes, as the names of its fields. */
const MECHANISMS = {
  'PLAIN': ['user', 'password'],
  'LOGIN': ['user', 'password'],
  'CRAM-MD5': ['user', 'password'],
  'SCRAM-SHA-1': ['user', 'password'],
  'SCRAM-SHA-256': ['user', 'password'],
  'XOAUTH2': ['user', 'token'],
  'OAUTHBEARER': ['user', 'token'],
  'EXTERNAL': ['user?'],
  'ANONYMOUS': ['trace?'],
};

/** The arguments of AUTH: gives the name, the secret, and whether to send them at once. */
export function authentication(mechanism, given = {}) {
  if (!Object.hasOwn(MECHANISMS, text(mechanism, 'mechanism'))) {
    throw invalid(`mechanism must be one of ${Object.keys(MECHANISMS).join(', ')}.`);
  }
  const fields = record(given);
  const [name, secret] = MECHANISMS[mechanism].map((field) => {
    const key = field.replace('?', '');
    const optional = key !== field && fields[key] === undefined;
    return optional ? undefined : text(fields[key], key);
  });
  const { initialResponse = true } = fields;
  return { name, secret, initialResponse: flag(initialResponse, 'initialResponse') };
}

/** The argument of `login`. */
export function credentials(given) {
  const { user, password, token, encrypted, allowPlaintext = false } = record(given);
  if (password !== undefined) text(password, 'password');
  if (token !== undefined) text(token, 'token');
  if (password !== undefined && token !== undefined) {
    throw invalid('Give a password or a token, not both.');
  }
  const needed = password !== undefined || token !== undefined;
  if (needed || user !== undefined) text(user, 'user');
  if (encrypted !== undefined) flag(encrypted, 'encrypted');
  flag(allowPlaintext, 'allowPlaintext');
  return { user, password, token, encrypted, allowPlaintext };
}

function abortSignal(value) {
  if (value === undefined || value instanceof AbortSignal) return value;
  throw invalid('signal must be an AbortSignal.');
}

/** The options of any command that can be cancelled. */
export function callOptions(options = {}) {
  const { signal, timeout } = record(options);
  if (timeout !== undefined) integer(timeout, 'timeout', 1, MAX_DELAY);
  return { signal: abortSignal(signal), timeout };
}

/** The options of RETR and TOP. */
export function fetchOptions(options = {}) {
  const { onProgress, stream = false } = record(options);
  optionalFunction(onProgress, 'onProgress');
  return { ...callOptions(options), onProgress, stream: flag(stream, 'stream') };
}

/** The options of what runs ahead of its reader. */
export function aheadOptions(options = {}) {
  const { ahead = {} } = record(options);
  const { messages = 1_024, octets = 16 * MIB } = record(ahead);
  const window = {
    messages: integer(messages, 'ahead.messages', 1, MAX_U32),
    octets: integer(octets, 'ahead.octets', 1, MAX_COLLECTED),
  };
  return { ...callOptions(options), window };
}

/** How much of each message is wanted: a number of lines, nothing for all, or a function that gives either. */
function linesOf(lines) {
  if (typeof lines !== 'function') return lines === undefined ? undefined : lineCount(lines);
  return async (entry) => {
    const count = await lines({ ...entry });
    return count === undefined ? undefined : lineCount(count);
  };
}

/** The options of what fetches many messages. */
function manyOptions(options) {
  const { lines, onProgress } = record(options);
  optionalFunction(onProgress, 'onProgress');
  return { ...aheadOptions(options), lines: linesOf(lines), onProgress };
}

export function messagesOptions(options = {}) {
  const { numbers } = record(options);
  const chosen = numbers === undefined ? undefined : list(numbers, 'numbers').map(messageNumber);
  return { ...manyOptions(options), numbers: chosen };
}

export function newOptions(options = {}) {
  const { seen = [], find = [], onChecked } = record(options);
  optionalFunction(onChecked, 'onChecked');
  const ids = { seen: list(seen, 'seen'), find: list(find, 'find') };
  for (const id of [...ids.seen, ...ids.find]) text(id, 'An id');
  return { ...manyOptions(options), ...ids, onChecked };
}

/** What each command of a batch takes, and how many of that it needs at least. */
const BATCH = {
  retr: [1, messageNumber],
  top: [2, messageNumber, lineCount],
  dele: [1, messageNumber],
  list: [0, messageNumber],
  uidl: [0, messageNumber],
};

export function batchCommands(commands) {
  return list(commands, 'commands').map((command) => {
    const [name, ...args] = list(command, 'A command of a batch');
    if (!Object.hasOwn(BATCH, text(name, 'The name of a command'))) {
      throw invalid(`A batch takes the commands ${Object.keys(BATCH).join(', ')}.`);
    }
    const [least, ...checks] = BATCH[name];
    if (args.length < least || args.length > checks.length) {
      throw invalid(`${name} has a wrong number of arguments.`);
    }
    return [name, ...args.map((value, at) => checks[at](value))];
  });
}

/** An iterable as an array. */
function list(value, name) {
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return [...value];
  throw invalid(`${name} must be an array, a set, or another iterable.`);
}

function record(value, name = 'options') {
  if (typeof value === 'object' && value !== null) return value;
  throw invalid(`${name} must be an object.`);
}

/**
 * The options of `connect`, complete and of the right types: with `url` and perhaps `server` and
 * `proxyToken`, or with `streams`.
 */
export function connectOptions(options) {
  return { ...way(record(options)), ...sessionOptions(options) };
}

/** Those of them that have nothing to do with the way to the server. */
export function sessionOptions(options) {
  const { signal } = record(options);
  return { settings: settings(options), signal: abortSignal(signal) };
}

/** What is set of the session itself, as the module reads it (src/settings.rs). */
function settings(options) {
  const { pipelining = {}, limits = {}, drain = {} } = options;
  const given = {
    options,
    // Without pipelining, one command waits at a time.
    pipelining: pipelining === false ? { commands: 1 } : record(pipelining, 'pipelining'),
    limits: record(limits, 'limits'),
    drain: record(drain, 'drain'),
  };
  const complete = {};
  for (const [name, group, key, usual, least, most] of SETTINGS) {
    const { [key]: value = usual } = given[group];
    const spelt = group === 'options' ? key : `${group}.${key}`;
    complete[name] = integer(value, spelt, least, most);
  }
  return complete;
}

/** How to reach the server: one way of the two. */
function way({ url, server, proxyToken, streams }) {
  if (streams !== undefined) {
    const alone = url === undefined && server === undefined && proxyToken === undefined;
    if (alone) return { streams: byteStreams(streams) };
    throw invalid(
      'streams cannot go with url, server or proxyToken: they lead to the mail server itself.',
    );
  }
  if (server !== undefined && text(server, 'server') === '') {
    throw invalid('server must not be empty; leave it out for a plain byte tunnel.');
  }
  return { url: socketUrl(url), server, bearer: bearer(proxyToken) };
}

/**
 * The subprotocol that carries the proxy's token: a page can set no header on a WebSocket, and a
 * URL ends in logs.
 */
function bearer(token) {
  if (token === undefined) return undefined;
  if (text(token, 'proxyToken') === '') throw invalid('proxyToken must not be empty.');
  const octets = String.fromCharCode(...new TextEncoder().encode(token));
  const base64url = btoa(octets).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  return `bearer.${base64url}`;
}

function byteStreams(streams) {
  if (typeof streams !== 'object' || streams === null) {
    throw invalid('streams must be an object with readable and writable.');
  }
  const { readable, writable, connection } = streams;
  if (!(readable instanceof ReadableStream)) throw invalid('readable must be a ReadableStream.');
  if (!(writable instanceof WritableStream)) throw invalid('writable must be a WritableStream.');
  if (readable.locked || writable.locked) {
    throw invalid('A stream is locked: someone else reads or writes it.');
  }
  if (connection === undefined) return { readable, writable };
  const { server, tls } = record(connection, 'streams.connection');
  text(server, 'streams.connection.server');
  if (!HOPS.includes(tls)) {
    throw invalid(`streams.connection.tls must be one of ${HOPS.join(', ')}.`);
  }
  return { readable, writable, connection: { ...connection } };
}

/** What there may be of TLS on the way to a mail server, as `ConnectionInfo` has it. */
const HOPS = ['none', 'implicit', 'starttls'];

const SOCKET_SCHEMES = { 'http:': 'ws:', 'https:': 'wss:', 'ws:': 'ws:', 'wss:': 'wss:' };

/** The absolute `ws:` or `wss:` form of the endpoint. */
function socketUrl(value) {
  if (typeof value !== 'string' && !(value instanceof URL)) {
    throw invalid('url must be a string or a URL, unless there are streams.');
  }
  let url;
  try {
    url = new URL(value, globalThis.location?.href);
  } catch {
    throw invalid('url is not a URL.');
  }
  const scheme = SOCKET_SCHEMES[url.protocol];
  if (scheme === undefined) throw invalid('url must start with ws:, wss:, http: or https:.');
  url.protocol = scheme;
  url.hash = '';
  return url.href;
}

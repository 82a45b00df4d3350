/**
 * Checks of what callers pass. A wrong value is refused here, before anything is sent, since the
 * module would otherwise turn it silently into another one (`1.5` into `1`, `-1` into 4294967295).
 */
import { Pop3Error } from './error.js';

const MAX_U32 = 0xffff_ffff;
/** The longest that `setTimeout` can wait; it takes anything more for 1 ms. */
const MAX_DELAY = 0x7fff_ffff;

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

export function octets(value, most) {
  if (!(value instanceof Uint8Array)) throw invalid('octets must be a Uint8Array.');
  if (value.byteLength <= most) return value;
  throw new Pop3Error('limit-exceeded', `A message may not have more than ${most} octets.`);
}

/** The options of RETR and TOP: gives the progress callback, or `undefined`. */
export function progressCallback(options = {}) {
  const { onProgress } = record(options);
  if (onProgress === undefined || typeof onProgress === 'function') return onProgress;
  throw invalid('onProgress must be a function.');
}

function record(options) {
  if (typeof options === 'object' && options !== null) return options;
  throw invalid('options must be an object.');
}

/**
 * The options of `connect`, complete and of the right types: with `url` and perhaps `server`, or
 * with `streams`.
 */
export function connectOptions(options) {
  const { connectTimeout = 30_000, commandTimeout = 60_000, signal } = record(options);
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalid('signal must be an AbortSignal.');
  }
  return {
    ...way(options),
    connectTimeout: integer(connectTimeout, 'connectTimeout', 1, MAX_DELAY),
    commandTimeout: integer(commandTimeout, 'commandTimeout', 1, MAX_DELAY),
    signal,
  };
}

/** How to reach the server: one way of the two. */
function way({ url, server, streams }) {
  if (streams !== undefined) {
    if (url === undefined && server === undefined) return { streams: byteStreams(streams) };
    throw invalid('streams cannot go with url or server: they lead to the mail server itself.');
  }
  if (server !== undefined && text(server, 'server') === '') {
    throw invalid('server must not be empty; leave it out for a plain byte tunnel.');
  }
  return { url: socketUrl(url), server };
}

function byteStreams(streams) {
  if (typeof streams !== 'object' || streams === null) {
    throw invalid('streams must be an object with readable and writable.');
  }
  const { readable, writable } = streams;
  if (!(readable instanceof ReadableStream)) throw invalid('readable must be a ReadableStream.');
  if (!(writable instanceof WritableStream)) throw invalid('writable must be a WritableStream.');
  if (readable.locked || writable.locked) {
    throw invalid('A stream is locked: someone else reads or writes it.');
  }
  return { readable, writable };
}

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

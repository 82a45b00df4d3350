/** What the adapters of runtimes with sockets have in common: their options, and attempts that end. */
import * as check from './arguments.js';
import { throwIfAborted } from './cancel.js';
import { Pop3Error } from './error.js';

const MODES = ['implicit', 'starttls', 'none'];

/** Ports of RFC 1939 section 3, and of RFC 8314 section 7.3. */
const PORTS = { implicit: 995, starttls: 110, none: 110 };

function invalid(message) {
  return new Pop3Error('invalid-argument', message);
}

/** A failure on the way to the server, which the code's usual blame is wrong for. */
export function failed(code, message, blame, cause) {
  return new Pop3Error(code, message, { blame, cause });
}

/** Where to, and how: `SocketOptions` of node.d.ts, complete and of the right types. */
export function endpoint(options) {
  const { settings, signal } = check.sessionOptions(options);
  const { host, tls = 'implicit', servername = host, ca } = options;
  if (check.text(host, 'host') === '') throw invalid('host must not be empty.');
  if (!MODES.includes(tls)) throw invalid(`tls must be one of ${MODES.join(', ')}.`);
  const { port = PORTS[tls] } = options;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalid('port must be a whole number from 1 to 65535.');
  }
  check.text(servername, 'servername');
  const authorities = ca === undefined || Array.isArray(ca) ? ca : [ca];
  for (const pem of authorities ?? []) check.text(pem, 'ca');
  const { connectTimeout } = settings;
  return { host, port, tls, servername, authorities, connectTimeout, signal };
}

/**
 * Runs an attempt to connect, which `signal` or `connectTimeout` ends. `work` gets a signal of both,
 * whose reason is the failure; what it opens it has to close at that, and what it gives too late is
 * handed to `discard`.
 */
export async function attempt({ host, signal, connectTimeout }, work, discard) {
  throwIfAborted(signal);
  const stop = new AbortController();
  const onAbort = () => {
    const words = 'The attempt to connect was cancelled.';
    stop.abort(new Pop3Error('aborted', words, { cause: signal.reason }));
  };
  const onTimeout = () => {
    const words = `No connection to ${host} came about within ${connectTimeout} milliseconds.`;
    stop.abort(failed('connect-timeout', words, 'transport'));
  };
  signal?.addEventListener('abort', onAbort);
  const timer = setTimeout(onTimeout, connectTimeout);
  const given = new Promise((_, reject) => {
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason));
  });
  const working = work(stop.signal);
  try {
    return await Promise.race([working, given]);
  } catch (failure) {
    working.then(discard, () => {});
    // What was torn down fails with something of its own.
    throw stop.signal.aborted ? stop.signal.reason : failure;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  }
}

/**
 * Opens streams by an adapter, and a session of an entry of this package on them, all within
 * `connectTimeout`. `more` are options of that entry.
 */
export async function connectBy({ Pop3Client, init }, open, options, more = {}) {
  const { connectTimeout } = endpoint(options);
  const begun = performance.now();
  // Meanwhile; whether it came is for `connect` to say.
  init().catch(() => {});
  const streams = await open(options);
  const left = connectTimeout - Math.floor(performance.now() - begun);
  const { tls: _, ...session } = options;
  return Pop3Client.connect({ ...session, ...more, streams, connectTimeout: Math.max(1, left) });
}

const SENTENCES = {
  'dns': 'The name cannot be looked up.',
  'refused': 'Nothing listens at that port.',
  'connect-timeout': 'It does not answer.',
  'unreachable': 'No way leads there.',
  'connect-failed': 'The connection did not come about.',
};

/** The failure of a connection that did not come about. */
export function notConnected({ host, port }, code, cause) {
  return failed(code, `${host}, port ${port}: ${SENTENCES[code]}`, 'transport', cause);
}

const TLS_SENTENCES = {
  'tls-wrong-name': 'The certificate is for other hosts.',
  'tls-expired': 'The certificate has expired.',
  'tls-not-yet-valid': 'The certificate is not valid yet.',
  'tls-revoked': 'The certificate was revoked.',
  'tls-untrusted': 'Nobody who is trusted has signed the certificate.',
  'tls-certificate': 'The certificate is of no use.',
  'tls-version': 'It speaks no version of TLS that is allowed here.',
  'tls-handshake': 'The handshake failed; perhaps it speaks no TLS at that port.',
};

/** The failure of a handshake. */
export function notSecured({ servername, port }, code, blame, cause) {
  const message = `TLS with ${servername}, port ${port}: ${TLS_SENTENCES[code]}`;
  return failed(code, message, blame, cause);
}

/** The entry `pop3-wasm/deno`; its types and documentation are in deno.d.ts. */
import { attempt, connectBy, endpoint, notConnected, notSecured } from './dial.js';
import { Pop3Error } from './error.js';
import { init, Pop3Client } from './index.js';
import { afterGreeting, negotiate } from './stls.js';
import { discardStreams } from './streams.js';

export { Pop3Error };

/** Opens a session; see deno.d.ts. */
export function connectDeno(options) {
  return connectBy({ Pop3Client, init }, openDeno, options);
}

/** Opens the streams alone; see deno.d.ts. */
export async function openDeno(options) {
  const way = endpoint(options);
  const { Deno } = globalThis;
  if (Deno?.connect === undefined) {
    const blame = { blame: 'caller' };
    throw new Pop3Error('unsupported', 'pop3-wasm/deno needs the sockets of Deno.', blame);
  }
  return attempt(way, (stop) => open(way, Deno, stop), discardStreams);
}

async function open(way, Deno, stop) {
  const { host: hostname, port, tls } = way;
  let connection;
  try {
    connection = await Deno.connect({ hostname, port, signal: stop });
  } catch (cause) {
    throw notConnected(way, dialled(cause), cause);
  }
  const close = () => end(connection);
  stop.addEventListener('abort', close);
  try {
    // It may have come about at the very moment that it was given up.
    stop.throwIfAborted();
    connection.setNoDelay?.(true);
    if (tls === 'starttls') await startTls(connection);
    if (tls !== 'none') {
      await secured(way, async () => {
        const { servername, authorities: caCerts } = way;
        // It takes the place of the other one, also for who gives up meanwhile.
        connection = await Deno.startTls(connection, { hostname: servername, caCerts });
        stop.throwIfAborted();
        await connection.handshake();
      });
    }
    const { readable, writable } = connection;
    const hop = { server: hostname, tls };
    const octets = tls === 'starttls' ? afterGreeting(readable) : readable;
    return { readable: octets, writable, connection: hop };
  } catch (failure) {
    close();
    throw failure;
  } finally {
    stop.removeEventListener('abort', close);
  }
}

/** Closes a connection, unless that was done. */
function end(connection) {
  try {
    connection.close();
  } catch {
    // It is closed, or TLS has taken it over and failed.
  }
}

async function startTls(connection) {
  const buffer = new Uint8Array(1024);
  const receive = async () => {
    const count = await connection.read(buffer).catch(() => null);
    return count === null ? undefined : buffer.subarray(0, count);
  };
  await negotiate(receive, async (line) => {
    const octets = new TextEncoder().encode(line);
    for (let sent = 0; sent < octets.length;) sent += await connection.write(octets.subarray(sent));
  });
}

/** Does a handshake, and says what is wrong with it. */
async function secured(way, handshake) {
  try {
    await handshake();
  } catch (cause) {
    const { code, blame } = judge(cause);
    throw notSecured(way, code, blame, cause);
  }
}

const DIAL = {
  ConnectionRefused: 'refused',
  TimedOut: 'connect-timeout',
  HostUnreachable: 'unreachable',
  NetworkUnreachable: 'unreachable',
  AddrNotAvailable: 'unreachable',
};

/** Deno has a class of errors for most that can happen, but none for names. */
function dialled({ name, message = '' }) {
  return DIAL[name] ?? (/lookup address/.test(message) ? 'dns' : 'connect-failed');
}

/** rustls's words for what is wrong with a certificate, which Deno hands on in a sentence. */
const CERTIFICATE = [
  [/NotValidForName/, 'tls-wrong-name'],
  [/not valid for name/i, 'tls-wrong-name'],
  [/\bExpired|expired/, 'tls-expired'],
  [/NotValidYet|not valid yet/, 'tls-not-yet-valid'],
  [/Revoked|revoked/, 'tls-revoked'],
  [/UnknownIssuer|CaUsedAsEndEntity/, 'tls-untrusted'],
  [/invalid peer certificate/, 'tls-certificate'],
  [/ProtocolVersion|NoVersions|PeerIncompatible/, 'tls-version'],
];

function judge({ name, message = '' }) {
  for (const [words, code] of CERTIFICATE) {
    if (words.test(message)) return { code, blame: 'server' };
  }
  return { code: 'tls-handshake', blame: name === 'InvalidData' ? 'server' : 'transport' };
}

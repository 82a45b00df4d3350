/** The entry `pop3-wasm/direct-sockets`; its types and documentation are in direct-sockets.d.ts. */
import { attempt, connectBy, endpoint, notConnected } from './dial.js';
import { Pop3Error } from './error.js';
import { discardStreams } from './streams.js';
import { init, Pop3Client } from './tls.js';

export { Pop3Error };

/** Opens a session; see direct-sockets.d.ts. */
export async function connectDirect(options) {
  const { tls, servername: name } = endpoint(options);
  const { ca, crl, pin, alpn } = options;
  const pem = Array.isArray(ca) ? ca.join('\n') : ca;
  const security = { name, mode: tls, ca: pem, crl, pin, alpn };
  const more = tls === 'none' ? {} : { tls: security };
  // A wrong one is to be refused before anything is dialled.
  if (more.tls !== undefined) Pop3Client.security(more);
  return connectBy({ Pop3Client, init }, openDirect, options, more);
}

/** Opens the streams alone; see direct-sockets.d.ts. */
export async function openDirect(options) {
  const way = endpoint(options);
  const { TCPSocket } = globalThis;
  if (TCPSocket === undefined) {
    const blame = { blame: 'caller' };
    const words =
      'Only an Isolated Web App has sockets. Go by a proxy: Pop3Client.connect({ url }) of pop3-wasm.';
    throw new Pop3Error('unsupported', words, blame);
  }
  return attempt(way, () => open(way, TCPSocket), discardStreams);
}

/**
 * Opens a socket. It cannot be closed before it is open, so one that comes too late is closed then, by
 * `attempt`.
 */
async function open(way, TCPSocket) {
  const { host, port } = way;
  try {
    const socket = new TCPSocket(host, port, { noDelay: true });
    // It says nothing that the others do not.
    socket.closed.catch(() => {});
    const { readable, writable } = await socket.opened;
    return { readable, writable, connection: { server: host, tls: 'none' } };
  } catch (cause) {
    throw notConnected(way, dialled(cause), cause);
  }
}

/** Chromium tells no more than a sentence, if that. */
const DIAL = [
  [/NAME_NOT_RESOLVED/, 'dns'],
  [/CONNECTION_REFUSED/, 'refused'],
  [/TIMED_OUT/, 'connect-timeout'],
  [/ADDRESS_UNREACHABLE|INTERNET_DISCONNECTED|NETWORK_/, 'unreachable'],
];

function dialled({ message = '' }) {
  const found = DIAL.find(([words]) => words.test(message));
  return found === undefined ? 'connect-failed' : found[1];
}

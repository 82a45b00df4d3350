/** The entry `pop3-wasm/node`; its types and documentation are in node.d.ts. */
import * as check from './arguments.js';
import { attempt, connectBy, endpoint, notConnected, notSecured } from './dial.js';
import { Pop3Error } from './error.js';
import { init, Pop3Client } from './index.js';
import { GREETING, negotiate } from './stls.js';
import { discardStreams } from './streams.js';

export { Pop3Error };

/** Opens a session; see node.d.ts. */
export function connectNode(options) {
  return connectBy({ Pop3Client, init }, openNode, options);
}

/** Opens the streams alone; see node.d.ts. */
export async function openNode(options) {
  const way = endpoint(options);
  const { cert, key } = options;
  for (const [name, pem] of Object.entries({ cert, key })) {
    if (pem !== undefined) check.text(pem, name);
  }
  const node = builtins();
  return attempt(way, (stop) => open({ ...way, cert, key }, node, stop), discardStreams);
}

/** Not by imports, so that a bundler for browsers which meets this file asks for nothing. */
function builtins() {
  const get = globalThis.process?.getBuiltinModule;
  if (get === undefined) {
    throw new Pop3Error('unsupported', 'pop3-wasm/node needs the sockets of Node or Bun.', {
      blame: 'caller',
    });
  }
  const [net, tls, stream] = ['node:net', 'node:tls', 'node:stream'].map((name) => get(name));
  return { net, tls, stream };
}

async function open(way, { net, tls, stream }, stop) {
  const { host, port } = way;
  const socket = net.connect({ host, port });
  const destroy = () => socket.destroy();
  stop.addEventListener('abort', destroy);
  try {
    await event(socket, 'connect').catch((cause) => {
      throw notConnected(way, dialled(cause), cause);
    });
    socket.setNoDelay(true);
    if (way.tls === 'none') return webStreams(stream, socket, { server: host, tls: 'none' });
    if (way.tls === 'starttls') await startTls(socket);
    const secure = await handshake(way, net, tls, socket);
    const { tls: kind } = way;
    const connection = {
      server: host,
      tls: kind,
      version: secure.getProtocol(),
      cipher: secure.getCipher().standardName,
    };
    const greeting = kind === 'starttls' ? GREETING : undefined;
    return webStreams(stream, secure, connection, greeting);
  } catch (failure) {
    socket.destroy();
    throw failure;
  } finally {
    stop.removeEventListener('abort', destroy);
  }
}

/** Waits for an event, or for the end of the socket. */
function event(socket, name) {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('The connection was closed.'));
    const settle = (outcome) => (value) => {
      socket.off(name, onEvent).off('error', onError).off('close', onClose);
      outcome(value);
    };
    const onEvent = settle(resolve);
    const onError = settle(reject);
    socket.on(name, onEvent).on('error', onError).on('close', onClose);
    // A socket that is destroyed may still report what it was doing.
    socket.on('error', () => {});
  });
}

/** STLS, on a socket that nobody reads yet. */
async function startTls(socket) {
  const receive = async () => {
    for (;;) {
      const octets = socket.read();
      if (octets !== null) return octets;
      if (socket.readableEnded || socket.destroyed) return undefined;
      await readable(socket);
    }
  };
  await negotiate(receive, (line) => socket.write(line));
}

/** Until there are octets, or the end of them. Never rejects: the end says enough. */
function readable(socket) {
  return new Promise((resolve) => {
    const names = ['readable', 'end', 'error', 'close'];
    const onAny = () => {
      for (const name of names) socket.off(name, onAny);
      resolve();
    };
    for (const name of names) socket.on(name, onAny);
  });
}

async function handshake(way, net, tls, socket) {
  const { servername, authorities, cert, key } = way;
  // An address cannot be a server's name in the handshake (RFC 6066 section 3).
  const name = net.isIP(servername) === 0 ? { servername } : {};
  let secure;
  try {
    // `host` is what the certificate is held against where there is no such name.
    const ca = authorities && [...usualAuthorities(tls), ...authorities];
    secure = tls.connect({ socket, host: servername, ...name, ca, cert, key });
  } catch (cause) {
    throw new Pop3Error('invalid-argument', `ca, cert or key is of no use: ${cause.message}`, {
      cause,
    });
  }
  try {
    await event(secure, 'secureConnect');
  } catch (cause) {
    secure.destroy();
    const { code, blame } = secured(cause);
    throw notSecured(way, code, blame, cause);
  }
  return secure;
}

/** Those that count where nobody names any. */
function usualAuthorities(tls) {
  return tls.getCACertificates?.('default') ?? tls.rootCertificates;
}

/** The socket as a session takes it, with what it is to read before all else. */
function webStreams(stream, socket, connection, greeting) {
  if (greeting !== undefined) socket.unshift(greeting);
  return { ...stream.Duplex.toWeb(socket), connection };
}

/** Node's names for what keeps a connection from coming about. */
const DIAL = {
  ENOTFOUND: 'dns',
  ENODATA: 'dns',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'connect-timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
};

function dialled({ code = '' }) {
  return DIAL[code] ?? (code.startsWith('EAI_') ? 'dns' : 'connect-failed');
}

/** OpenSSL's and Node's names for what is wrong with a certificate. */
const CERTIFICATE = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls-wrong-name',
  HOSTNAME_MISMATCH: 'tls-wrong-name',
  CERT_HAS_EXPIRED: 'tls-expired',
  CERT_NOT_YET_VALID: 'tls-not-yet-valid',
  CERT_REVOKED: 'tls-revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls-untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls-untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'tls-untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls-untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls-untrusted',
  CERT_UNTRUSTED: 'tls-untrusted',
  CERT_REJECTED: 'tls-untrusted',
  CERT_SIGNATURE_FAILURE: 'tls-certificate',
  CERT_CHAIN_TOO_LONG: 'tls-certificate',
  INVALID_CA: 'tls-certificate',
  INVALID_PURPOSE: 'tls-certificate',
  PATH_LENGTH_EXCEEDED: 'tls-certificate',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'tls-version',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'tls-version',
};

function secured({ code: theirs = '' }) {
  const code = CERTIFICATE[theirs] ?? 'tls-handshake';
  // Where no reason of TLS was given, the connection itself has ended.
  const cut = code === 'tls-handshake' && !/^(ERR_SSL|ERR_TLS|EPROTO)/.test(theirs);
  return { code, blame: cut ? 'transport' : 'server' };
}

/**
 * Who stands between a client and its mail server and is up to no good, as the owner of a proxy may be:
 * a WebSocket of `pop3.v1` that carries octets, listens, and does to them what an attack says.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocketServer } from 'ws';

/**
 * Starts it. Clients choose one of the `attacks` by the name of their server. Each is a function that
 * makes, for one session:
 * - `to`: the mail server's `{ host, port }`, which is connected to; none if it is left out;
 * - `events`: what is said to the client at first, by default that the session is end-to-end and
 *   `upstream` is `implicit`; or `tunnel: true`, for a tunnel that does not speak `pop3.v1`;
 * - `opened(session)`: what is done after that;
 * - `staysOpen`: the client is not told that the server has closed its connection;
 * - `fromClient(octets, session)` and `fromServer(octets, session)`, which by default hand the octets on.
 *
 * A session has `toClient(octets)`, `toServer(octets)`, `tell(event)`, `close(code, reason)`,
 * `vanish()`; and `sent` and `answered`, every octet that client and server have sent so far.
 *
 * Gives the endpoint's `url`, the `sessions` by the names of their attacks, and `stop()`.
 */
export async function startIntruder(attacks) {
  const sessions = {};
  const ends = new Set();
  const listener = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: (offered, request) => (attackOf(request).tunnel ? 'binary' : 'pop3.v1'),
  });

  function attackOf(request) {
    const name = new URL(request.url, 'http://intruder').searchParams.get('server');
    request.attack ??= { name, ...attacks[name]() };
    return request.attack;
  }

  listener.on('connection', (socket, request) => {
    const attack = attackOf(request);
    const { name, to, events = [{}], opened, fromClient, fromServer } = attack;
    const server = to && connect(to.port, to.host);
    const session = {
      sent: Buffer.alloc(0),
      answered: Buffer.alloc(0),
      toClient: (octets) => socket.send(octets),
      toServer: (octets) => server?.write(octets),
      tell: (event) => socket.send(JSON.stringify({ ...CONNECTED, ...event })),
      close: (code, reason) => socket.close(code, reason),
      vanish: () => socket.terminate(),
    };
    sessions[name] = session;
    ends.add(socket);
    if (attack.tunnel === undefined) events.forEach(session.tell);
    opened?.(session);
    socket.on('message', (octets, isBinary) => {
      if (!isBinary) return;
      session.sent = Buffer.concat([session.sent, octets]);
      (fromClient ?? session.toServer)(octets, session);
    });
    socket.on('close', () => server?.destroy());
    server?.on('error', () => session.vanish());
    server?.on('data', (octets) => {
      session.answered = Buffer.concat([session.answered, octets]);
      (fromServer ?? session.toClient)(octets, session);
    });
    server?.on('close', () => {
      if (!attack.staysOpen) session.close(1000, 'upstream-closed');
    });
  });
  await once(listener, 'listening');
  return {
    url: `ws://127.0.0.1:${listener.address().port}/pop3`,
    sessions,
    async stop() {
      for (const socket of ends) socket.terminate();
      listener.close();
      await once(listener, 'close');
    },
  };
}

const CONNECTED = {
  event: 'connected',
  server: 'work',
  tls: 'end-to-end',
  upstream: 'implicit',
  pause: true,
};

/** Takes octets for records of TLS (RFC 8446 section 5.1), and hands over each with its header. */
export function byRecord(act) {
  let rest = Buffer.alloc(0);
  return (octets, session) => {
    rest = Buffer.concat([rest, octets]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt16BE(3)) {
      const record = rest.subarray(0, 5 + rest.readUInt16BE(3));
      rest = rest.subarray(record.length);
      act(record, session);
    }
  };
}

/** A record with any header and content. */
export function record(kind, content, { length = content.length } = {}) {
  return Buffer.from([kind, 3, 3, length >> 8, length & 255, ...content]);
}

/**
 * The extensions of a ClientHello (RFC 8446 section 4.1.2) that is the first record of these octets:
 * their numbers, and where in the octets each number stands.
 */
export function extensions(octets) {
  // Record and handshake headers, version, random.
  let at = 5 + 4 + 2 + 32;
  at += 1 + octets[at];
  at += 2 + octets.readUInt16BE(at);
  at += 1 + octets[at];
  const end = at + 2 + octets.readUInt16BE(at);
  const found = new Map();
  for (at += 2; at < end; at += 4 + octets.readUInt16BE(at + 2)) {
    found.set(octets.readUInt16BE(at), at);
  }
  return found;
}

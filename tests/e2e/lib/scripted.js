/**
 * A proxy and POP3 server in one, on a WebSocket of this process, that says what a test's script
 * tells it: for answers that no real server gives on demand.
 */
import { once } from 'node:events';
import { WebSocketServer } from 'ws';

const CONNECTED = { event: 'connected', server: 'work', tls: 'none' };

/**
 * Starts the server. The script has, all of it optional:
 * - `connected`: more members of the event of that name, or `null` to send none;
 * - `protocol`: the subprotocol to choose, `pop3.v1` if absent;
 * - `greeting`: the first line, or a function that gets the connection and does as it likes;
 * - `answers`: by command line without CRLF, what to send (a string, octets) or a function that
 *   gets the connection. Lines that it lacks are answered with `+OK`, except CAPA with `-ERR`.
 *
 * Gives the endpoint's URL, the lines and the text frames received so far, the request URLs, the
 * subprotocols that were offered, the sockets, and `stop()`.
 */
export async function scripted({
  connected = {},
  protocol = 'pop3.v1',
  greeting = '+OK ready',
  answers = {},
} = {}) {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: (offered) => (offered.has(protocol) ? protocol : false),
  });
  const lines = [];
  const texts = [];
  const requests = [];
  const offers = [];
  const sockets = [];
  server.on('connection', (socket, request) => {
    sockets.push(socket);
    requests.push(request.url);
    offers.push(request.headers['sec-websocket-protocol']);
    const connection = {
      socket,
      send: (answer) => socket.send(Buffer.from(answer, 'latin1')),
      close: (code, reason) => socket.close(code, reason),
    };
    if (protocol === 'pop3.v1' && connected !== null) {
      socket.send(JSON.stringify({ ...CONNECTED, ...connected }));
    }
    say(connection, typeof greeting === 'string' ? `${greeting}\r\n` : greeting);
    let rest = '';
    socket.on('message', (data, isBinary) => {
      if (!isBinary) {
        texts.push(data.toString());
        return;
      }
      const received = (rest + data.toString('latin1')).split('\r\n');
      rest = received.pop();
      for (const line of received) {
        lines.push(line);
        say(connection, answers[line] ?? (line === 'CAPA' ? '-ERR no\r\n' : '+OK\r\n'));
      }
    });
  });
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${server.address().port}/pop3`,
    lines,
    texts,
    requests,
    offers,
    sockets,
    async stop() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

function say(connection, answer) {
  if (typeof answer === 'function') answer(connection);
  else connection.send(answer);
}

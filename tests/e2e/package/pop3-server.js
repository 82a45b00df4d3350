/**
 * POP3 servers of this process that say what a test's script tells them: one on TCP, or TLS, and
 * one at the other end of a pair of streams.
 *
 * A script has, all of it optional: `greeting`, what to send first; and `answers`, by command line
 * without CRLF, what to send (a string of Latin-1, octets), or a function that gets the connection.
 * Lines that it lacks are answered with `+OK`, except CAPA with `-ERR`, STAT with an empty mailbox,
 * and QUIT, which hangs up.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Plays a script: gives a function that takes what the client sends, octets cut anywhere. */
export function player({ greeting = '+OK ready\r\n', answers = {} }, connection) {
  const say = (answer) => {
    if (typeof answer === 'function') answer(connection);
    else if (answer.length > 0) connection.send(Buffer.from(answer, 'latin1'));
  };
  const bye = ({ send, end }) => {
    send(Buffer.from('+OK bye\r\n'));
    end();
  };
  const usual = { CAPA: '-ERR no\r\n', STAT: '+OK 0 0\r\n', QUIT: bye };
  let rest = '';
  say(greeting);
  return (octets) => {
    const received = (rest + Buffer.from(octets).toString('latin1')).split('\r\n');
    rest = received.pop();
    for (const line of received) {
      connection.lines.push(line);
      say(answers[line] ?? usual[line] ?? '+OK\r\n');
    }
  };
}

/**
 * Listens on loopback. Gives the port, the lines received so far, the sockets, and `stop()`.
 * `start` makes the server, as `createServer` of node:net and node:tls do.
 */
export async function socketServer(script = {}, start = createServer) {
  const lines = [];
  const sockets = [];
  const server = start((socket) => {
    sockets.push(socket);
    // A client that cuts the connection is what some tests are about.
    socket.on('error', () => {});
    const send = (octets) => socket.write(octets);
    const receive = player(script, { lines, socket, send, end: () => socket.end() });
    socket.on('data', receive);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    lines,
    sockets,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * A server without a network. Gives the client's `streams`, what can be done to them (`send`,
 * `end`, `fail`), and what became of them: `cancelled`, `aborted` and `closed`.
 */
export function streamServer(script = {}) {
  const server = { lines: [], cancelled: false, aborted: false, closed: false };
  let receive;
  const readable = new ReadableStream({
    start(controller) {
      server.send = (chunk) => controller.enqueue(chunk);
      server.end = () => controller.close();
      server.fail = (error) => controller.error(error);
      receive = player(script, server);
    },
    cancel() {
      server.cancelled = true;
    },
  });
  const writable = new WritableStream({
    write: (chunk) => receive(chunk),
    abort() {
      server.aborted = true;
    },
    close() {
      server.closed = true;
    },
  });
  server.streams = { readable, writable };
  return server;
}

/** A relay in front of the proxy that counts the octets of each file, as they travel. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';

/**
 * Gives `url`, `files` (octets of the answers' bodies by path) and `stop()`. To the proxy it looks as
 * if the page had come from the proxy itself. `hidden` paths are answered with 404.
 */
export async function startCounter(target, hidden = []) {
  const { hostname, port, origin, host } = new URL(target);
  const files = new Map();
  const ask = ({ method, url, headers }) => {
    const own = { ...headers, host, ...(headers.origin && { origin }) };
    return request({ hostname, port, method, path: url, headers: own });
  };
  const server = createServer((incoming, outgoing) => {
    const path = new URL(incoming.url, target).pathname;
    if (hidden.includes(path)) {
      outgoing.writeHead(404).end();
      return;
    }
    const asked = ask(incoming);
    asked.on('error', () => outgoing.destroy());
    asked.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
      answer.on('data', (octets) => files.set(path, (files.get(path) ?? 0) + octets.length));
      answer.pipe(outgoing);
    });
    incoming.pipe(asked);
  });
  server.on('upgrade', (incoming, socket) => {
    const asked = ask(incoming);
    const end = () => {
      socket.destroy();
      asked.destroy();
    };
    socket.on('error', end);
    asked.on('error', end);
    asked.on('upgrade', ({ rawHeaders }, upstream, head) => {
      const lines = ['HTTP/1.1 101 Switching Protocols'];
      for (let at = 0; at < rawHeaders.length; at += 2) {
        lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
      }
      socket.write(`${lines.join('\r\n')}\r\n\r\n`);
      socket.write(head);
      upstream.on('error', end);
      upstream.pipe(socket).pipe(upstream);
    });
    asked.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    files,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

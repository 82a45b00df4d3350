/** A static site for the package's tests, and on the same origin the endpoint of the test bed. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
};

/**
 * As strict as a page that uses the package can be, and may connect to these places as well; the image is
 * the icon that browsers ask for.
 */
const policy = (places) =>
  `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; ` +
  `connect-src ${["'self'", ...places].join(' ')}; worker-src 'self'; img-src 'self'`;

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
/** What the site serves, by the first part of the path. */
const FOLDERS = { 'pop3-wasm': folder('../../../client-wasm'), 'site': folder('../package/site') };

/**
 * Serves the site, or other folders; `endpoint` is the test bed's. Gives the `origin`, the page's
 * `url` and `stop()`.
 */
export async function startSite(endpoint, folders = FOLDERS) {
  const { server, origin, stop } = await serve(folders);
  const upgraded = new Set();
  server.on('upgrade', (request, socket, head) => {
    const relayed = relay(request, socket, head, new URL(endpoint));
    for (const end of [socket, relayed]) {
      upgraded.add(end);
      end.on('close', () => upgraded.delete(end));
    }
  });
  return {
    origin,
    url: `${origin}/site/index.html`,
    async stop() {
      for (const socket of upgraded) socket.destroy();
      await stop();
    },
  };
}

/**
 * Serves these folders, by the first part of the path; its pages may connect to these places, which a
 * Content-Security-Policy names. Gives the `origin` and `stop()`.
 */
export async function serve(folders, places = []) {
  const csp = policy(places);
  const server = createServer((request, response) => answer(folders, csp, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    server,
    origin: `http://127.0.0.1:${server.address().port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(folders, csp, request, response) {
  const [, first, ...rest] = normalize(new URL(request.url, 'http://site').pathname).split('/');
  try {
    if (!(first in folders)) throw new Error('no such folder');
    const path = join(folders[first], ...rest);
    const content = await readFile(path);
    response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream');
    response.setHeader('Content-Security-Policy', csp);
    response.end(content);
  } catch {
    response.statusCode = first === 'favicon.ico' ? 204 : 404;
    response.end();
  }
}

/** Hands a WebSocket over, octet by octet, as a request from the proxy's own page. */
function relay(request, socket, head, endpoint) {
  const upstream = connect(Number(endpoint.port), endpoint.hostname, () => {
    const headers = { ...request.headers, host: endpoint.host, origin: `http://${endpoint.host}` };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    upstream.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('')}\r\n`);
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
  });
  upstream.on('error', () => socket.destroy());
  socket.on('error', () => upstream.destroy());
  return upstream;
}

/** The page without a network, and the page when there is a newer one. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Inbox, NETWORK_COMPLAINT, inBrowsers } from './inbox.js';
import { letter, newsletter } from './mail.js';
import { inFrame } from './reading.js';

const DIST = fileURLToPath(new URL('../../../www/dist', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};
const MAIL = () => [
  letter('In text', { minutes: 30 }),
  newsletter('In colour', { minutes: 20, html: '<p>Gears, <b>polished</b></p>' }),
];

/** Waits until the page is stored, and its service worker answers for it. */
function stored(inbox) {
  return inbox.wait('the page stored', () => navigator.serviceWorker.controller !== null);
}

/** A site with a copy of the page, which can be changed; sessions go to the test bed's proxy. */
async function site(bed) {
  const folder = await mkdtemp(join(tmpdir(), 'pop3-site-'));
  await cp(DIST, folder, { recursive: true });
  const proxy = new URL(bed.page);
  const headers = Object.fromEntries((await fetch(bed.page)).headers);
  const asked = [];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://site');
    asked.push(pathname);
    try {
      const path = pathname === '/' ? '/index.html' : pathname;
      const content =
        path === '/servers.json'
          ? Buffer.from(await (await fetch(new URL(path, proxy))).arrayBuffer())
          : await readFile(join(folder, path));
      response.setHeader('Content-Type', TYPES[extname(path)] ?? 'application/octet-stream');
      response.setHeader('Cache-Control', 'no-cache');
      response.setHeader('Content-Security-Policy', headers['content-security-policy']);
      response.end(content);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  server.on('upgrade', (request, socket, head) => {
    const upstream = connect(Number(proxy.port), proxy.hostname, () => {
      const sent = { ...request.headers, host: proxy.host, origin: proxy.origin };
      const lines = Object.entries(sent).map(([name, value]) => `${name}: ${value}\r\n`);
      upstream.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('')}\r\n`);
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    asked,
    /** Another version: the page's first file has another word in it. */
    async renew() {
      const page = await readFile(join(folder, 'index.html'), 'utf8');
      const renewed = page.replace('<html', '<html data-version="2"');
      await writeFile(join(folder, 'index.html'), renewed);
      const digest = (text) => createHash('sha256').update(text).digest('base64');
      const worker = await readFile(join(folder, 'sw.js'), 'utf8');
      assert.ok(worker.includes(digest(page)), 'the list has the digest of the page');
      const version = /pop3-page-[^]{1,40}?([0-9a-f]{16})/.exec(worker)?.[1];
      assert.ok(version, 'the version is in the service worker');
      const next = worker
        .replace(digest(page), digest(renewed))
        .replace(version, [...version].reverse().join(''));
      await writeFile(join(folder, 'sw.js'), next);
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

inBrowsers(
  {
    'opens without a network, with all mail that is stored': async ({
      bed,
      inbox,
      mailbox,
      page,
    }) => {
      const ada = await mailbox(MAIL());
      await inbox.signIn(ada);
      await stored(inbox);
      const cached = await page.evaluate(async () => {
        const names = await caches.keys();
        const cache = await caches.open(names[0]);
        const paths = (await cache.keys()).map(({ url }) => new URL(url).pathname);
        return { names, paths };
      });
      assert.equal(cached.names.length, 1);
      assert.ok(cached.paths.includes('/index.html'));
      assert.ok(!cached.paths.some((path) => /servers\.json|pop3$|sw\.js/.test(path)));
      const policies = () =>
        page.evaluate(() =>
          Promise.all(
            ['./', 'mail.html', 'mail-remote.html'].map(async (path) =>
              (await fetch(path)).headers.get('content-security-policy'),
            ),
          ),
        );
      const served = await Promise.all(
        ['', 'mail.html', 'mail-remote.html'].map(async (path) =>
          (await fetch(new URL(path, bed.page))).headers.get('content-security-policy'),
        ),
      );
      assert.equal(new Set(served).size, 3);

      await bed.stopProxy();
      try {
        await page.reload({ waitUntil: 'load' });
        await inbox.see('pop3-message-list');
        await inbox.lists('In colour', 'In text');
        // What comes from the cache is held to the same policies.
        assert.deepEqual(await policies(), served);
        await inbox.openMessage('In colour');
        assert.match(await inFrame(inbox, (body) => body.textContent), /polished/);
        await inbox.press('u');
        // A part that was never loaded before.
        await inbox.press('?');
        await inbox.see('pop3-help-dialog >>> dialog[open]');
      } finally {
        await bed.startProxy();
      }
    },

    'lets a newer version of the page wait, and loads it when asked to': async ({
      bed,
      inbox: other,
      mailbox,
    }) => {
      const copy = await site(bed);
      const inbox = await Inbox.open(other.context.browser(), copy.url);
      const { page } = inbox;
      try {
        await inbox.signIn(await mailbox(MAIL()));
        await stored(inbox);
        const update = () =>
          page.evaluate(async () => (await navigator.serviceWorker.ready).update().then(() => {}));
        await copy.renew();
        copy.asked.length = 0;
        await update();
        await inbox.read('A newer version of this page is here');
        // The old one is whole for as long as it is in use.
        await page.reload({ waitUntil: 'load' });
        await inbox.see('pop3-message-list');
        await inbox.lists('In colour', 'In text');
        assert.equal(
          await page.evaluate(() => document.documentElement.dataset.version),
          undefined,
        );
        assert.ok(!copy.asked.some((path) => path.startsWith('/assets/')), `${copy.asked}`);
        const loaded = page.waitForNavigation({ waitUntil: 'load' });
        await inbox.click('pop3-status-bar >>> .reload');
        await loaded;
        await inbox.wait('the newer version', () => {
          return document.documentElement?.dataset.version === '2';
        });
        await inbox.see('pop3-message-list');
        await inbox.lists('In colour', 'In text');
        assert.equal((await page.evaluate(() => caches.keys())).length, 1);
      } finally {
        await inbox.close();
        await copy.stop();
      }
    },
  },
  { expected: NETWORK_COMPLAINT },
);

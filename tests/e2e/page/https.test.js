/** The page by HTTPS, with the certificate of the proxy itself: over HTTP/2, sessions included. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { BROWSERS, launch } from '../lib/browsers.js';
import { startTestbed } from '../lib/testbed.js';
import { Inbox } from './inbox.js';
import { letter } from './mail.js';

let bed;
before(async () => {
  bed = await startTestbed();
});
after(() => bed?.stop());

/** Opens a session in the page itself, and gives its first event. */
function firstEvent() {
  return new Promise((resolve, reject) => {
    const url = new URL('pop3?server=implicit', location.href);
    url.protocol = 'wss:';
    const socket = new WebSocket(url, 'pop3.v1');
    socket.onmessage = ({ data }) => resolve(JSON.parse(data).event);
    socket.onclose = ({ code, reason }) => reject(new Error(`${code} ${reason}`));
  });
}

for (const name of BROWSERS) {
  describe(name, () => {
    let browser;
    before(async () => {
      // The authority is the test's own.
      browser = await launch(name, { acceptInsecureCerts: true });
    });
    after(() => browser?.close());

    test('reads mail over HTTP/2', { timeout: 180_000 }, async () => {
      const account = await bed.mailbox(`https-${name}`);
      await bed.deliver(account.user, [letter('Over HTTP/2', { minutes: 5 })]);
      const inbox = await Inbox.open(browser, bed.secure);
      try {
        const used = () => performance.getEntriesByType('navigation')[0].nextHopProtocol;
        assert.equal(await inbox.page.evaluate(used), 'h2');
        await inbox.signIn(account, 'implicit');
        const rows = await inbox.rows();
        assert.deepEqual(
          rows.map(({ subject }) => subject),
          ['Over HTTP/2'],
        );
        assert.deepEqual(inbox.complaints, []);
      } finally {
        await inbox.close();
      }
    });

    test('opens a session on the connection of the page', { timeout: 60_000 }, async () => {
      const page = await browser.newPage();
      await page.goto(bed.secure, { waitUntil: 'load' });
      const statuses = [];
      // Only Chromium lets a test see how the WebSocket came about.
      const watched = name === 'chromium';
      if (watched) {
        const client = await page.createCDPSession();
        await client.send('Network.enable');
        client.on('Network.webSocketHandshakeResponseReceived', ({ response }) =>
          statuses.push(response.status),
        );
      }
      assert.equal(await page.evaluate(firstEvent), 'connected');
      // An extended CONNECT is answered with 200, and an upgrade of HTTP/1.1 with 101.
      assert.deepEqual(statuses, watched ? [200] : []);
      await page.close();
    });
  });
}

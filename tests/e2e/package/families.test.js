// The package in Node, on sockets of its own, against real servers of other families than Dovecot's.

import assert from 'node:assert/strict';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { Pop3Client } from 'pop3-wasm';
import { failure } from '../lib/failure.js';
import { startTestbed } from '../lib/testbed.js';

const BODIES = ['one\r\n', '.\r\n..two\r\n', 'caf\u00e9 '.repeat(2_000) + '\r\n'];
const MESSAGES = BODIES.map(
  (body, at) => `From: a@tests.example\r\nSubject: number ${at + 1}\r\n\r\n${body}`,
);

/** What each family signs in by, where the hop is in clear. */
const FAMILIES = { cyrus: 'SCRAM-SHA-256', mailutils: 'APOP' };

let testbed;

before(async () => {
  testbed = await startTestbed();
});

after(() => testbed?.stop());

for (const [family, strongest] of Object.entries(FAMILIES)) {
  describe(family, () => {
    let server;

    before(async () => {
      server = await testbed.family(family, 'reader', MESSAGES);
      // A server that numbers its messages may change them when it is asked for the first time.
      const client = await signedIn();
      await client.uidl();
      await client.quit();
    });

    function connect() {
      const socket = net.connect({ host: '127.0.0.1', port: server.port });
      return Pop3Client.connect({ streams: Duplex.toWeb(socket) });
    }

    /** A session. One that has just ended may hold the mailbox for a moment still. */
    async function signedIn() {
      const { user, password } = server;
      const deadline = Date.now() + 20_000;
      for (;;) {
        const client = await connect();
        try {
          const { method } = await client.login({ user, password });
          assert.equal(method, strongest);
          return client;
        } catch (error) {
          client.close();
          if (error.code !== 'in-use' || Date.now() > deadline) throw error;
        }
      }
    }

    test('refuses a wrong password, and then takes the right one', async () => {
      const client = await connect();
      const { user, password } = server;
      const error = await failure(client.login({ user, password: 'wrong' }));
      assert.deepEqual(
        [error.code, error.blame, error.responseCode],
        ['auth-failed', 'server', 'AUTH'],
      );
      const login = await client.login({ user, password });
      assert.deepEqual([login.method, login.count], [strongest, 3]);
      await client.quit();
    });

    test('tells sizes and ids, and gives the messages', async () => {
      const client = await signedIn();
      const [stat, sizes, ids] = await Promise.all([client.stat(), client.list(), client.uidl()]);
      assert.equal(stat.count, 3);
      assert.equal(
        stat.size,
        sizes.reduce((sum, { size }) => sum + size, 0),
      );
      assert.equal(new Set(ids.map(({ uid }) => uid)).size, 3);
      const messages = await Promise.all(
        [1, 2, 3].flatMap((number) => [client.retr(number), client.top(number, 0)]),
      );
      const texts = messages.map(({ octets }) => Buffer.from(octets).toString());
      for (const [at, body] of BODIES.entries()) {
        const [whole, header] = texts.slice(2 * at);
        assert.ok(whole.endsWith(`\r\n\r\n${body}`), whole);
        assert.ok(whole.startsWith(header), header);
        assert.equal(whole.length, header.length + body.length);
      }
      const missing = await failure(client.retr(4));
      assert.deepEqual([missing.code, missing.blame], ['rejected', 'server']);
      await client.quit();
    });

    test('deletes at quit() and at no other end', async () => {
      const dropped = await signedIn();
      await dropped.dele(1);
      dropped.close();

      const client = await signedIn();
      const ids = await client.uidl();
      assert.equal(ids.length, 3);
      await client.dele(1);
      await client.rset();
      assert.equal((await client.stat()).count, 3);
      await client.dele(2);
      await client.quit();

      const after = await signedIn();
      const left = (await after.uidl()).map(({ uid }) => uid);
      assert.deepEqual(left, [ids[0].uid, ids[2].uid]);
      await after.quit();
    });
  });
}

// TLS inside the module, in Node on sockets of its own, against Dovecot: chains of either kind of key,
// each version alone, both ways to begin, and the octets of messages.

import assert from 'node:assert/strict';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { Pop3Client } from 'pop3-wasm/tls';
import { Certificates } from '../lib/certificates.js';
import { failure } from '../lib/failure.js';
import { startTestbed } from '../lib/testbed.js';

const NAME = 'pop.tests.example';
const BODIES = ['one\r\n', '.\r\n..two\r\n', 'caf\u00e9 \u{1f4e8}'.repeat(2_000) + '\r\n'];
const MESSAGES = [...BODIES, 'a line of a large message\r\n'.repeat(40_000)].map(
  (body, at) => `From: a@tests.example\r\nSubject: number ${at + 1}\r\n\r\n${body}`,
);

let testbed;
const certificates = new Certificates();

before(async () => {
  testbed = await startTestbed();
});

after(async () => {
  certificates.end();
  await testbed?.stop();
});

function connect(port, security, host = '127.0.0.1') {
  const streams = Duplex.toWeb(net.connect({ host, port }));
  return Pop3Client.connect({ streams, tls: security });
}

/** All messages of an account, over a connection that is open. */
async function read(client, { user, password }) {
  await client.login({ user, password });
  const messages = [];
  for await (const { octets } of client.messages()) messages.push(Buffer.from(octets).toString());
  await client.quit();
  return messages;
}

for (const [key, version] of [
  ['ecdsa', 'TLSv1.2'],
  ['ecdsa', 'TLSv1.3'],
  ['rsa', 'TLSv1.2'],
  ['rsa', 'TLSv1.3'],
]) {
  test(`Dovecot with ${key.toUpperCase()} keys and ${version} alone`, async () => {
    const root = certificates.authority('Root', { key });
    const below = certificates.authority('Below', { key, issuer: root });
    const own = certificates.server([NAME], { key, issuer: below });
    const server = await testbed.dovecot({
      chain: own.chainFile,
      key: own.keyFile,
      version,
      user: 'reader',
      messages: MESSAGES,
    });
    const resumed = [];
    for (const mode of ['implicit', 'starttls', 'implicit']) {
      const port = mode === 'implicit' ? server.pop3s : server.pop3;
      const client = await connect(port, { name: NAME, ca: root.pem, mode });
      const { connection } = client;
      assert.equal(connection.version, version);
      assert.match(connection.cipher, /CHACHA20/);
      assert.equal(connection.certificate.fingerprint, own.fingerprint);
      resumed.push(connection.resumed);
      assert.deepEqual(await read(client, server), MESSAGES);
    }
    assert.deepEqual(resumed, [false, true, true]);
  });
}

describe('Dovecot with the certificates of the test bed', () => {
  for (const [fault, code] of Object.entries({
    'good': undefined,
    'bad-certificate': 'tls-untrusted',
    'wrong-name': 'tls-wrong-name',
    'expired': 'tls-expired',
  })) {
    test(`${fault}: ${code ?? 'nothing is wrong'}`, async () => {
      const { host, pop3, pop3s } = testbed.addresses[fault];
      for (const [port, mode] of [
        [pop3s, 'implicit'],
        [pop3, 'starttls'],
      ]) {
        const opened = connect(port, { name: host, ca: testbed.ca, mode }, host);
        if (code !== undefined) {
          const error = await failure(opened);
          assert.deepEqual([error.code, error.blame], [code, 'server']);
          assert.match(error.certificate.fingerprint, /^[0-9a-f]{64}$/);
          continue;
        }
        assert.deepEqual(await read(await opened, testbed), []);
      }
    });
  }
});

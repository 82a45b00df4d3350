// TLS in the module to a real mail server through the real proxy: keys of both kinds, both versions,
// tickets, and the same octets as by any other way. In Node, and in browsers.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { BROWSERS, launch, openPage } from '../lib/browsers.js';
import { Certificates } from '../lib/certificates.js';
import { within } from '../lib/deadline.js';
import { startSite } from '../lib/site.js';
import { startTestbed } from '../lib/testbed.js';

const NAME = '127.0.0.1';
const SERVERS = [
  ['rsa', 'TLSv1.2'],
  ['rsa', 'TLSv1.3'],
  ['ecdsa', 'TLSv1.2'],
  ['ecdsa', 'TLSv1.3'],
];
const serverOf = (key, version) => `${key}-${version.replace('TLSv1.', '1')}`;

/** All octets but those that end lines, in lines of all lengths, and dots where they mean something. */
const OCTETS = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet)).filter(
  (octet) => octet !== 10 && octet !== 13,
);
const MESSAGES = [
  Buffer.from('Subject: short\r\n\r\n.\r\n..\r\n'),
  Buffer.concat([
    Buffer.from('Subject: long\r\n\r\n'),
    ...Array.from({ length: 1_500 }, (_, line) => [
      OCTETS.subarray(line % 240),
      Buffer.from('\r\n.\r\n\r\n'),
    ]).flat(),
  ]),
];
const digest = (octets) => createHash('sha256').update(octets).digest('hex');
const DIGESTS = MESSAGES.map(digest);

const certificates = new Certificates();
const accounts = {};
let bed;
let authority;

before(async () => {
  bed = await startTestbed();
  accounts.bed = await bed.mailbox('everybody');
  await bed.deliver('everybody', MESSAGES);
  authority = { rsa: certificates.authority('RSA', { key: 'rsa' }) };
  authority.ecdsa = certificates.authority('ECDSA');
  for (const [key, version] of SERVERS) {
    const name = serverOf(key, version);
    const below = certificates.authority('Below', { key, issuer: authority[key] });
    const own = certificates.server([NAME], { key, issuer: below });
    const shown = { chain: own.chainFile, key: own.keyFile, version };
    accounts[name] = await bed.dovecot({ name, ...shown, user: name, messages: MESSAGES });
  }
});

after(async () => {
  await bed?.stop();
  certificates.end();
});

/**
 * One session, here or in a browser: the digests of all messages and what the connection is, or what it
 * failed with.
 */
async function visit({ entry, url, server, security, user, password }) {
  const { Pop3Client } = await import(entry);
  try {
    const client = await Pop3Client.connect({ url, server, tls: security });
    const { count } = await client.login({ user, password, allowPlaintext: true });
    const digests = [];
    for (let number = 1; number <= count; number += 1) {
      const { octets } = await client.retr(number);
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', octets));
      digests.push(Array.from(hash, (octet) => octet.toString(16).padStart(2, '0')).join(''));
    }
    const { connection } = client;
    await client.quit();
    return { digests, connection };
  } catch (error) {
    const { name, code } = error;
    return { name, code };
  }
}

/** Makes the tests of one place; `run` calls `visit` there. */
function sessions(run) {
  const go = (server, security, account = accounts.bed) => {
    const { user, password } = account;
    return within(60_000, server, run({ server, security, user, password }));
  };
  const fails = async (code, server, security) => {
    const failed = await go(server, security);
    assert.deepEqual([failed.name, failed.code], ['Pop3Error', code]);
  };

  for (const [key, version] of SERVERS) {
    test(`${version} with ${key.toUpperCase()} keys, and a second session resumes`, async () => {
      const name = serverOf(key, version);
      const security = { name: NAME, ca: authority[key].pem };
      for (const server of [name, `${name}-starttls`]) {
        const resumed = [];
        for (let turn = 0; turn < 2; turn += 1) {
          const { digests, connection, code } = await go(server, security, accounts[name]);
          assert.deepEqual(digests, DIGESTS, code);
          assert.deepEqual([connection.tls, connection.version], ['end-to-end', version]);
          const kind = version === 'TLSv1.3' ? /^TLS13_/ : new RegExp(`_${key}_`, 'i');
          assert.match(connection.cipher, kind);
          assert.equal(connection.certificate.issuer, 'CN=Below,O=Tests');
          resumed.push(connection.resumed);
        }
        // Tickets are good for both ways to one server.
        assert.equal(resumed.at(-1), true);
        if (server === name) assert.equal(resumed[0], false);
      }
    });
  }

  test('the octets are those of every other mode', async () => {
    const security = { name: NAME, ca: bed.ca };
    const ways = [
      ['plain', undefined, 'none'],
      ['starttls', undefined, 'starttls'],
      ['implicit', undefined, 'implicit'],
      ['either', undefined, 'implicit'],
      ['either', security, 'end-to-end'],
      ['end-to-end', security, 'end-to-end'],
      ['end-to-end-starttls', security, 'end-to-end'],
    ];
    for (const [server, wanted, tls] of ways) {
      const { digests, connection, code } = await go(server, wanted);
      assert.deepEqual([digests, connection?.tls], [DIGESTS, tls], `${server}: ${code}`);
    }
  });

  test('a mode that the proxy does not allow is never turned into the other', async () => {
    await fails('end-to-end-required', 'end-to-end', undefined);
    await fails('end-to-end-forbidden', 'implicit', { name: NAME, ca: bed.ca });
    await fails('end-to-end-forbidden', 'plain', { name: NAME, ca: bed.ca });
  });
}

describe('Node', () => {
  before(() => {
    globalThis.WebSocket = WebSocket;
  });
  sessions((wishes) => visit({ entry: 'pop3-wasm/tls', url: bed.endpoint, ...wishes }));
});

for (const name of BROWSERS) {
  describe(name, () => {
    let browser;
    let page;
    let site;
    before(async () => {
      site = await startSite(bed.endpoint);
      browser = await launch(name);
      ({ page } = await openPage(browser, site.url));
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
    });
    sessions((wishes) => {
      const url = new URL('/pop3', site.url).href;
      return page.evaluate(visit, { entry: '/pop3-wasm/js/tls.js', url, ...wishes });
    });
  });
}

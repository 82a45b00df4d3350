// TLS inside the module, in the browsers, through the proxy: the same mail as by any other way, trust on
// first use, and a module that is loaded only when it is asked for.

import assert from 'node:assert/strict';
import { inBrowsers } from '../lib/harness.js';

const MESSAGES = ['one\r\n', '.\r\n..two\r\n', 'caf\u00e9 '.repeat(100_000) + '\r\n'].map(
  (body, at) => `From: a@tests.example\r\nSubject: number ${at + 1}\r\n\r\n${body}`,
);

inBrowsers({
  'the mail is the same by every way, and the second connection resumes': async (context) => {
    const { bed, run, mailbox } = context;
    const account = await mailbox(MESSAGES);
    const seen = await run(
      async (account, ca) => {
        const { Pop3Client } = await import('/pop3-wasm/js/tls.js');
        const loaded = () =>
          performance.getEntriesByType('resource').filter(({ name }) => name.includes('_tls_bg'))
            .length;
        const read = async (client) => {
          const digests = [];
          for await (const { octets } of client.messages()) digests.push(await digest(octets));
          await client.quit();
          return digests;
        };
        const before = loaded();
        const plain = await read(await session('implicit', account));
        const ways = {};
        for (const [way, server] of [
          ['implicit', 'end-to-end'],
          ['starttls', 'end-to-end-starttls'],
          ['allowed', 'either'],
        ]) {
          const tls = { name: '127.0.0.1', ca };
          const client = await Pop3Client.connect({ url: endpoint, server, tls });
          await client.login(account);
          const { connection } = client;
          ways[way] = { connection, same: (await read(client)).join() === plain.join() };
        }
        return { before, after: loaded(), ways, count: plain.length };
      },
      account,
      bed.ca,
    );
    assert.equal(seen.count, MESSAGES.length);
    assert.deepEqual([seen.before, seen.after], [0, 1], 'the module is loaded when it is needed');
    const entries = Object.entries(seen.ways);
    assert.deepEqual(
      entries.map(([way, { connection, same }]) => [way, connection.tls, connection.resumed, same]),
      [
        ['implicit', 'end-to-end', false, true],
        ['starttls', 'end-to-end', true, true],
        ['allowed', 'end-to-end', true, true],
      ],
    );
    const { server, version, cipher, certificate } = seen.ways.implicit.connection;
    assert.deepEqual([server, version], ['end-to-end', 'TLSv1.3']);
    assert.match(cipher, /CHACHA20/);
    assert.ok(certificate.names.includes('127.0.0.1'));
  },

  'trust on first use, and each flaw of a certificate': async ({ bed, run }) => {
    const seen = await run(
      async (addresses, ca) => {
        const { Pop3Client } = await import('/pop3-wasm/js/tls.js');
        const attempt = async (server, tls) => {
          try {
            const client = await Pop3Client.connect({ url: endpoint, server, tls });
            client.close();
            return { certificate: client.connection.certificate };
          } catch ({ code, blame, certificate }) {
            return { code, blame, certificate };
          }
        };
        const unknown = 'end-to-end-bad-certificate';
        const name = addresses['bad-certificate'].host;
        const first = await attempt(unknown, { name, ca });
        const pin = first.certificate.fingerprint;
        const outcomes = {
          'first': first,
          'pinned': await attempt(unknown, { name, pin }),
          'changed': await attempt('end-to-end', { name: '127.0.0.1', ca, pin }),
          'wrong-name': await attempt('end-to-end-wrong-name', {
            name: addresses['wrong-name'].host,
            ca,
          }),
          'expired': await attempt('end-to-end-expired', { name: addresses.expired.host, ca }),
          'forbidden': await attempt('implicit', { name: '127.0.0.1', ca }),
        };
        return outcomes;
      },
      bed.addresses,
      bed.ca,
    );
    const codes = Object.entries(seen).map(([name, { code, blame }]) => [name, code, blame]);
    assert.deepEqual(codes, [
      ['first', 'tls-untrusted', 'server'],
      ['pinned', undefined, undefined],
      ['changed', 'tls-pin-mismatch', 'server'],
      ['wrong-name', 'tls-wrong-name', 'server'],
      ['expired', 'tls-expired', 'server'],
      ['forbidden', 'end-to-end-forbidden', 'proxy'],
    ]);
    assert.equal(seen.pinned.certificate.fingerprint, seen.first.certificate.fingerprint);
    assert.deepEqual(seen['wrong-name'].certificate.names, ['elsewhere.invalid']);
  },
});

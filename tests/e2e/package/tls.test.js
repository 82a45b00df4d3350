// TLS inside the module, in Node: trust, and each way in which it fails. The servers are Node's own,
// which do what no real server does on demand; the real one is in tls-servers.test.js.

import assert from 'node:assert/strict';
import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { after, afterEach, before, describe, test } from 'node:test';
import { Pop3Client, roots } from 'pop3-wasm/tls';
import { Pop3Client as Plain } from 'pop3-wasm';
import { Certificates } from '../lib/certificates.js';
import { failure } from '../lib/failure.js';
import { socketServer } from './pop3-server.js';

const NAME = 'pop.tests.example';
const DAY = 24 * 3_600_000;

const certificates = new Certificates();
const stops = [];
let root;
let own;

before(() => {
  root = certificates.authority('Root');
  own = certificates.server([NAME, '*.wild.example', '127.0.0.1'], { issuer: root });
});

after(() => certificates.end());

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

/** A server that shows this certificate; `options` are those of Node's TLS. */
async function serve(certificate = own, options = {}, script = {}) {
  const { chain: cert, key } = certificate;
  const server = await socketServer(script, (listener) => {
    const created = tls.createServer({ cert, key, ...options }, listener);
    // Clients that trust it not are what these tests are about.
    return created.on('tlsClientError', () => {});
  });
  stops.push(server.stop);
  return server;
}

function connect({ port }, security, options = {}) {
  const socket = net.connect(port, '127.0.0.1');
  const streams = Duplex.toWeb(socket);
  return Pop3Client.connect({ streams, tls: { name: NAME, ...security }, ...options });
}

/** Connects, signs in, and gives what the connection is. */
async function visit(server, security) {
  const client = await connect(server, security);
  const { connection } = client;
  // Nobody on the way can read it, so the password may go.
  assert.equal((await client.login({ user: 'a', password: 'b' })).method, 'USER');
  await client.quit();
  return connection;
}

/** Holds the clock of the client at another time. */
function at(time, t) {
  const { now } = Date;
  t.after(() => {
    Date.now = now;
  });
  Date.now = () => time;
}

describe('an authority', () => {
  for (const key of ['ecdsa', 'rsa']) {
    test(`of the caller's, by way of another, with ${key.toUpperCase()} keys`, async () => {
      const above = certificates.authority('Above', { key });
      const below = certificates.authority('Below', { key, issuer: above });
      const server = await serve(certificates.server([NAME], { key, issuer: below }));
      const { certificate, ...connection } = await visit(server, { ca: above.pem });
      assert.deepEqual(connection, {
        server: NAME,
        tls: 'end-to-end',
        version: 'TLSv1.3',
        cipher: connection.cipher,
        resumed: false,
      });
      assert.match(connection.cipher, /^TLS13_/);
      assert.equal(certificate.issuer, 'CN=Below,O=Tests');
    });
  }

  test('one text may hold several, among other words', async () => {
    const other = certificates.authority('Other');
    const server = await serve();
    const ca = `Authorities of the tests\n${other.pem}\nand:\n${root.pem}`;
    assert.equal((await visit(server, { ca })).tls, 'end-to-end');
  });

  test('without one the certificate is shown, and none of the session is sent', async () => {
    const server = await serve();
    const error = await failure(connect(server));
    assert.deepEqual([error.code, error.blame], ['tls-untrusted', 'server']);
    const { notBefore, notAfter, ...rest } = error.certificate;
    assert.deepEqual(rest, {
      fingerprint: own.fingerprint,
      keyFingerprint: own.keyPin.slice('spki-sha256:'.length),
      subject: `CN=${NAME}`,
      issuer: 'CN=Root,O=Tests',
      names: [NAME, '*.wild.example', '127.0.0.1'],
      selfSigned: false,
      matchesName: true,
    });
    assert.equal(notAfter - notBefore, 30 * DAY);
    assert.ok(Math.abs(notBefore - Date.now()) < DAY);
    assert.deepEqual(structuredClone(error.certificate), error.certificate);
    assert.deepEqual(server.lines, []);
  });

  test('the names: of hosts, with a star, of addresses, and of people abroad', async () => {
    const certificate = certificates.server(
      [NAME, '*.wild.example', '127.0.0.1', '::1', 'xn--bcher-kva.example'],
      { issuer: root },
    );
    const server = await serve(certificate);
    const outcomes = {
      'POP.tests.example.': undefined,
      'a.wild.example': undefined,
      'a.b.wild.example': 'tls-wrong-name',
      'wild.example': 'tls-wrong-name',
      '127.0.0.1': undefined,
      '127.0.0.2': 'tls-wrong-name',
      '::1': undefined,
      '[::1]': undefined,
      'bücher.example': undefined,
      'tests.example': 'tls-wrong-name',
    };
    for (const [name, code] of Object.entries(outcomes)) {
      if (code === undefined) {
        await visit(server, { ca: root.pem, name });
        continue;
      }
      const error = await failure(connect(server, { ca: root.pem, name }));
      assert.equal(error.code, code, name);
      assert.ok(error.message.includes('*.wild.example'), error.message);
      assert.equal(error.certificate.matchesName, false);
      assert.ok(error.certificate.names.includes(NAME));
    }
  });

  test('very many names, of which a sentence tells some', async () => {
    const names = Array.from({ length: 1_500 }, (_, at) => `host-${at}.many.example`);
    const server = await serve(certificates.server(names, { issuer: root }));
    const error = await failure(connect(server, { ca: root.pem }));
    assert.equal(error.code, 'tls-wrong-name');
    assert.deepEqual(error.certificate.names, names);
    assert.match(error.message, /host-7\.many\.example, and 1492 more\.$/);
    await visit(server, { ca: root.pem, name: names.at(-1) });
  });

  test('no name at all, but for the one that nobody reads any more', async () => {
    const nameless = certificates.server([], { issuer: root });
    const error = await failure(
      connect(await serve(nameless), { ca: root.pem, name: 'nameless.example' }),
    );
    assert.equal(error.code, 'tls-wrong-name');
    assert.deepEqual(error.certificate.names, []);
  });

  test('its time, by the clock of the client', async (t) => {
    const server = await serve();
    const now = Date.now();
    at(now - 2 * DAY, t);
    const early = await failure(connect(server, { ca: root.pem }));
    Date.now = () => now + 31 * DAY;
    const late = await failure(connect(server, { ca: root.pem }));
    assert.deepEqual([early.code, late.code], ['tls-not-yet-valid', 'tls-expired']);
    for (const { blame, certificate } of [early, late]) {
      assert.equal(blame, 'server');
      assert.equal(certificate.fingerprint, own.fingerprint);
    }
  });

  test('what it has revoked, as far as lists tell', async () => {
    const below = certificates.authority('Below', { issuer: root });
    const leaf = certificates.server([NAME], { issuer: below });
    const other = certificates.server([NAME], { issuer: below });
    const lists = {
      'the certificate': certificates.revocationList(below, [leaf]),
      'the one above': certificates.revocationList(root, [below]),
      'another': certificates.revocationList(below, [other]),
    };
    const server = await serve(leaf);
    for (const crl of [
      lists['the certificate'],
      lists['the one above'],
      Object.values(lists).join(),
    ]) {
      const error = await failure(connect(server, { ca: root.pem, crl }));
      assert.deepEqual([error.code, error.blame], ['tls-revoked', 'server']);
      assert.equal(error.certificate.fingerprint, leaf.fingerprint);
    }
    await visit(server, { ca: root.pem, crl: lists.another });
    await visit(server, { pin: leaf.pin, crl: lists['the certificate'] });
    // A list that an impostor has signed is no reason to believe either side.
    const impostor = certificates.authority('Below', { issuer: root });
    const forged = certificates.revocationList(impostor, [leaf]);
    const error = await failure(connect(server, { ca: root.pem, crl: forged }));
    assert.equal(error.code, 'tls-certificate');
  });

  test('a certificate that it did not sign, though it says so', async () => {
    const impostor = certificates.authority('Root');
    const server = await serve(certificates.server([NAME], { issuer: impostor }));
    const error = await failure(connect(server, { ca: root.pem }));
    assert.ok(['tls-untrusted', 'tls-certificate'].includes(error.code), error.code);
  });

  test('a server is none, even one that is trusted itself', async () => {
    const server = await serve(certificates.server([NAME], { issuer: own }));
    const error = await failure(connect(server, { ca: root.pem }));
    assert.equal(error.blame, 'server');
    assert.match(error.code, /^tls-(untrusted|certificate)$/);
  });
});

describe('a pin', () => {
  test('trust on first use: refused, shown, pinned; and a change is refused', async () => {
    const self = certificates.server(['box.home.example']);
    const server = await serve(self);
    const refused = await failure(connect(server, { name: '192.0.2.1' }));
    assert.equal(refused.code, 'tls-untrusted');
    const { fingerprint, selfSigned, matchesName, names } = refused.certificate;
    assert.deepEqual([fingerprint, selfSigned, matchesName], [self.fingerprint, true, false]);
    assert.deepEqual(names, ['box.home.example']);

    const { certificate } = await visit(server, { name: '192.0.2.1', pin: fingerprint });
    assert.equal(certificate.fingerprint, fingerprint);

    const another = await serve(certificates.server(['box.home.example']));
    const changed = await failure(connect(another, { name: '192.0.2.1', pin: fingerprint }));
    assert.deepEqual([changed.code, changed.blame], ['tls-pin-mismatch', 'server']);
    assert.notEqual(changed.certificate.fingerprint, fingerprint);
    assert.deepEqual(another.lines, []);
  });

  test('in each form, alone and among others', async () => {
    const server = await serve();
    const colons = own.fingerprint.toUpperCase().match(/../g).join(':');
    const other = `cert-sha256:${'0'.repeat(64)}`;
    for (const pin of [own.pin, own.keyPin, colons, [other, own.keyPin], `cert-sha256:${colons}`]) {
      assert.equal((await visit(server, { pin })).tls, 'end-to-end');
    }
  });

  test('what it stands in for: the authority, and the name if it is of the certificate', async () => {
    const server = await serve();
    await visit(server, { pin: own.pin, name: 'other.example' });
    const error = await failure(connect(server, { pin: own.keyPin, name: 'other.example' }));
    assert.equal(error.code, 'tls-wrong-name');
  });

  test('no authority helps where none matches', async () => {
    const server = await serve();
    for (const pin of [root.pin, root.keyPin, own.keyPin.replace('spki', 'cert')]) {
      const error = await failure(connect(server, { ca: root.pem, pin }));
      assert.equal(error.code, 'tls-pin-mismatch');
    }
  });

  test('the dates count all the same', async (t) => {
    const server = await serve();
    const now = Date.now();
    at(now + 31 * DAY, t);
    for (const pin of [own.pin, own.keyPin]) {
      Date.now = () => now + 31 * DAY;
      assert.equal((await failure(connect(server, { pin }))).code, 'tls-expired');
      Date.now = () => now - 2 * DAY;
      assert.equal((await failure(connect(server, { pin }))).code, 'tls-not-yet-valid');
    }
  });
});

describe('the handshake', () => {
  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    test(`${version} alone, and a second connection resumes`, async () => {
      for (const key of ['ecdsa', 'rsa']) {
        const certificate = certificates.server([NAME], { key, issuer: root });
        const server = await serve(certificate, { minVersion: version, maxVersion: version });
        const first = await visit(server, { ca: root.pem });
        const second = await visit(server, { ca: root.pem });
        assert.deepEqual([first.version, first.resumed], [version, false]);
        assert.deepEqual([second.version, second.resumed], [version, true]);
        assert.deepEqual(second.certificate, first.certificate);
      }
    });
  }

  test('each cipher suite', async () => {
    const suites = {
      'TLS_CHACHA20_POLY1305_SHA256': 'TLS13_CHACHA20_POLY1305_SHA256',
      'TLS_AES_128_GCM_SHA256': 'TLS13_AES_128_GCM_SHA256',
      'TLS_AES_256_GCM_SHA384': 'TLS13_AES_256_GCM_SHA384',
      'ECDHE-ECDSA-CHACHA20-POLY1305': 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
      'ECDHE-ECDSA-AES128-GCM-SHA256': 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
      'ECDHE-ECDSA-AES256-GCM-SHA384': 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
    };
    for (const [ciphers, expected] of Object.entries(suites)) {
      const maxVersion = ciphers.startsWith('TLS_') ? 'TLSv1.3' : 'TLSv1.2';
      const server = await serve(own, { ciphers, maxVersion });
      assert.equal((await visit(server, { pin: own.pin })).cipher, expected);
    }
  });

  test('the fastest cipher is the first choice, where the server leaves it to the client', async () => {
    const server = await serve(own, { honorCipherOrder: false });
    const { cipher } = await visit(server, { ca: root.pem });
    assert.equal(cipher, 'TLS13_CHACHA20_POLY1305_SHA256');
  });

  test('trust is not resumed: another pin, another authority, another time', async (t) => {
    const server = await serve();
    await visit(server, { ca: root.pem });
    assert.equal((await visit(server, { ca: root.pem })).resumed, true);
    assert.equal((await visit(server, { pin: own.pin })).resumed, false);
    assert.equal((await failure(connect(server))).code, 'tls-untrusted');
    const wrong = await failure(connect(server, { ca: root.pem, pin: root.pin }));
    assert.equal(wrong.code, 'tls-pin-mismatch');
    at(Date.now() + 31 * DAY, t);
    assert.equal((await failure(connect(server, { ca: root.pem }))).code, 'tls-expired');
  });

  test('SNI names the host, and ALPN the protocol', async () => {
    const asked = [];
    const ALPNCallback = ({ servername, protocols }) => {
      asked.push([servername, ...protocols]);
      return protocols[0];
    };
    const server = await serve(own, { ALPNCallback });
    await visit(server, { ca: root.pem });
    await visit(server, { ca: root.pem, alpn: false });
    assert.deepEqual(asked, [[NAME, 'pop3']]);
  });

  test('a server that refuses ALPN is taken without', async () => {
    const server = await serve(own, { ALPNCallback: () => undefined });
    const error = await failure(connect(server, { ca: root.pem }));
    assert.deepEqual([error.code, error.blame], ['tls-handshake', 'server']);
    assert.match(error.message, /tls\.alpn/);
    assert.equal((await visit(server, { ca: root.pem, alpn: false })).tls, 'end-to-end');
  });

  test('tls-version: nothing newer than TLS 1.1', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    const error = await failure(connect(await serve(own, old), { ca: root.pem }));
    assert.deepEqual([error.code, error.blame], ['tls-version', 'server']);
  });

  test('tls-handshake: no cipher in common, no TLS at all, an end in the middle', async () => {
    const old = await serve(own, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' });
    const none = await failure(connect(old, { ca: root.pem }));
    assert.deepEqual([none.code, none.blame], ['tls-handshake', 'server']);

    const clear = await socketServer();
    stops.push(clear.stop);
    const noTls = await failure(connect(clear, { ca: root.pem }));
    assert.deepEqual([noTls.code, noTls.blame], ['tls-handshake', 'server']);
    assert.match(noTls.message, /starttls/);

    const { port, stop } = await socketServer({ greeting: ({ end }) => end() });
    stops.push(stop);
    const ended = await failure(connect({ port }, { ca: root.pem }));
    assert.deepEqual([ended.code, ended.blame], ['tls-handshake', 'transport']);
  });

  test('tls-handshake: changed on the way', async () => {
    const { port } = await serve();
    const meddler = net.createServer((socket) => {
      const upstream = net.connect(port, '127.0.0.1');
      for (const end of [socket, upstream]) end.on('error', () => {});
      upstream.once('data', (octets) => {
        const changed = Buffer.from(octets);
        changed[changed.length - 40] ^= 1;
        socket.write(changed);
        upstream.pipe(socket);
      });
      socket.pipe(upstream);
    });
    await new Promise((resolve) => meddler.listen(0, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => meddler.close(resolve)));
    const error = await failure(connect(meddler.address(), { pin: own.pin }));
    assert.deepEqual([error.code, error.blame], ['tls-handshake', 'server']);
  });

  test('timeout: a server that says nothing', async () => {
    const silent = await socketServer({ greeting: () => {} });
    stops.push(silent.stop);
    const error = await failure(connect(silent, { ca: root.pem }, { connectTimeout: 100 }));
    assert.deepEqual([error.code, error.blame], ['timeout', 'transport']);
  });
});

describe('the options', () => {
  test('roots tells which authorities are built in, and of when', () => {
    assert.equal(roots.source, 'webpki-roots');
    assert.match(roots.version, /^\d+\.\d+\.\d+$/);
    assert.ok(Date.parse(roots.date) > Date.parse('2026-01-01'));
  });

  const wrong = [
    null,
    'pop.example.org',
    {},
    { name: '' },
    { name: 'pop.example.org:995' },
    { name: '[::1]:995' },
    { name: 'https://pop.example.org' },
    { name: 'a b' },
    { name: NAME, mode: 'none' },
    { name: NAME, ca: 5 },
    { name: NAME, ca: '' },
    { name: NAME, ca: 'no certificate' },
    { name: NAME, ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' },
    { name: NAME, crl: 5 },
    { name: NAME, crl: 'no list' },
    { name: NAME, pin: 'sha256' },
    { name: NAME, pin: 'a'.repeat(63) },
    { name: NAME, pin: [null] },
    { name: NAME, pin: `spki-sha1:${'a'.repeat(64)}` },
    { name: NAME, alpn: 'pop3' },
  ];
  for (const options of wrong) {
    test(`invalid-argument: ${JSON.stringify(options)}`, async () => {
      const { readable, writable } = new TransformStream();
      const streams = { readable, writable };
      const error = await failure(Pop3Client.connect({ streams, tls: options }));
      assert.deepEqual([error.code, error.blame], ['invalid-argument', 'caller']);
      assert.match(error.message, /^tls/);
    });
  }

  test('without tls the client of this entry is the other one', async () => {
    const server = await socketServer();
    stops.push(server.stop);
    const streams = () => Duplex.toWeb(net.connect(server.port, '127.0.0.1'));
    const client = await Pop3Client.connect({ streams: streams() });
    assert.equal(client.connection, undefined);
    await client.quit();
    const error = await failure(Plain.connect({ streams: streams(), tls: { name: NAME } }));
    assert.equal(error.code, 'invalid-argument');
    assert.match(error.message, /pop3-wasm\/tls/);
  });
});

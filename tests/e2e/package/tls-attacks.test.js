// Attacks on TLS in the module by those who carry its octets, the proxy first of all: each ends as an
// error that says what it is, and nothing of the session was sent in clear. In Node, and in browsers.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import tls from 'node:tls';
import { after, afterEach, before, describe, test } from 'node:test';
import { WebSocket } from 'ws';
import { BROWSERS, launch, openPage } from '../lib/browsers.js';
import { Certificates } from '../lib/certificates.js';
import { until, within } from '../lib/deadline.js';
import { byRecord, extensions, record, startIntruder } from '../lib/intruder.js';
import { startSite } from '../lib/site.js';
import { startTestbed } from '../lib/testbed.js';
import { socketServer } from './pop3-server.js';

const NAME = '127.0.0.1';
// Records, and extensions of ClientHello (RFC 8446 sections 5.1 and 4.2).
const ALERT = 21;
const DATA = 23;
const EARLY_DATA = 42;
const SUPPORTED_VERSIONS = 43;
/** Into the message, and far from its end, in octets. */
const MIDDLE = 30_000;
const MESSAGE = Buffer.from(
  `Subject: canary-of-the-header\r\n\r\n${'canary-of-the-body, .. and more\r\n.\r\n'.repeat(9_000)}`,
);

const SECOND = Buffer.from('Subject: second\r\n\r\n');

const certificates = new Certificates();
/** Servers of the intruder's own. */
const servers = {};
let account;
let known;
let bed;
let intruder;

/** Where the real server is: TLS at once, or after STLS. */
const implicit = () => ({ host: NAME, port: bed.addresses.good.pop3s });
const starttls = () => ({ host: NAME, port: bed.addresses.good.pop3 });

/** Does something to one record in the middle of a message, and hands on the others. */
const inMessage = (act, to) => () => {
  let passed = 0;
  let done = false;
  return {
    to: to(),
    fromServer: byRecord((octets, session) => {
      passed += octets.length;
      if (done || passed < MIDDLE) return session.toClient(octets);
      done = true;
      return act(octets, session);
    }),
  };
};

/** Answers the first octets of the client, and connects to nobody. */
const answering = (octets) => () => ({
  fromClient: (_, { toClient }) => toClient(Buffer.from(octets)),
});

/** What says that it is a server with STLS: its greeting, and how it answers. */
const clear = (answer, greeting = '+OK ready\r\n') => {
  return () => ({
    events: [{ upstream: 'starttls' }],
    opened: ({ toClient }) => toClient(Buffer.from(greeting)),
    fromClient: (_, { toClient }) => answer !== undefined && toClient(Buffer.from(answer)),
  });
};

const flipped = (octets, at) => {
  const changed = Buffer.from(octets);
  changed[at] ^= 1;
  return changed;
};

/** What is done to a record in the middle of a message, by name, with the code of the failure. */
const RECORDS = {
  'a bit is changed': [
    'tls-corrupt',
    (octets, { toClient }) => toClient(flipped(octets, octets.length - 1)),
  ],
  'a record comes twice': [
    'tls-corrupt',
    (octets, { toClient }) => toClient(Buffer.concat([octets, octets])),
  ],
  'a record is missing': ['tls-corrupt', () => {}],
  'a record has no end, and the connection has': [
    'tls-truncated',
    (octets, { toClient, close }) => {
      toClient(octets.subarray(0, octets.length / 2));
      close(1000, 'upstream-closed');
    },
  ],
  'a record is larger than there can be': [
    'tls-corrupt',
    (octets, { toClient }) => toClient(record(DATA, Buffer.alloc(0xffff))),
  ],
  'a record says that it is longer': [
    'tls-corrupt',
    (octets, { toClient }) => {
      const changed = Buffer.from(octets);
      changed.writeUInt16BE(octets.readUInt16BE(3) + 1, 3);
      toClient(changed);
    },
  ],
  'a record of a kind that there is not': [
    'tls-corrupt',
    (octets, { toClient }) => toClient(record(99, octets.subarray(5))),
  ],
  'an answer in clear': [
    'tls-corrupt',
    (octets, { toClient }) => toClient(Buffer.from('.\r\n+OK canary\r\n')),
  ],
  'an answer in clear that looks like a record': [
    'tls-corrupt',
    (octets, { toClient }) => toClient(record(DATA, Buffer.from('.\r\n+OK canary\r\n'))),
  ],
  'an alert in clear': ['tls-corrupt', (octets, { toClient }) => toClient(record(ALERT, [2, 40]))],
  'a goodbye in clear': [
    'tls-corrupt',
    (octets, { toClient, close }) => {
      toClient(record(ALERT, [1, 0]));
      close(1000, 'upstream-closed');
    },
  ],
  'an end without a goodbye': ['tls-truncated', (_, { close }) => close(1000, 'upstream-closed')],
  'an end that the proxy gives a reason for': [
    'upstream-closed',
    (_, { close }) => close(4013, 'upstream-closed'),
  ],
  'an end of the network': ['connection-lost', (_, { vanish }) => vanish()],
};

const onRecords = (version, to) =>
  Object.fromEntries(
    Object.entries(RECORDS).map(([name, [code, act]]) => [
      `${name}, in ${version}`,
      ['retr', code, inMessage(act, to)],
    ]),
  );

/** By name: the attack, and how far the client comes before it fails with which code. */
const ATTACKS = {
  ...onRecords('TLS 1.3', implicit),

  // In the middle of a message.
  'silence': [
    'retr',
    'timeout',
    () => ({
      to: implicit(),
      fromServer: (octets, { answered, toClient }) => answered.length < MIDDLE && toClient(octets),
    }),
  ],
  'the server itself says goodbye, and the connection stays': [
    'retr',
    'connection-lost',
    () => ({ to: { host: NAME, port: servers.leaves.port }, staysOpen: true }),
  ],

  // The handshake.
  'no TLS: a greeting': ['connect', 'tls-handshake', answering('+OK ready\r\n')],
  'no TLS: another protocol': ['connect', 'tls-handshake', answering('HTTP/1.1 400 No\r\n\r\n')],
  'no TLS: anything': ['connect', 'tls-handshake', answering(Buffer.alloc(600, 0xa5))],
  'a hello that means nothing': [
    'connect',
    'tls-handshake',
    answering(record(22, [2, 0, 0, 1, 7])),
  ],
  'a hello of TLS 1.1': [
    'connect',
    'tls-version',
    answering(
      Buffer.concat([
        Buffer.from('160302002a020000260302', 'hex'),
        Buffer.alloc(32, 0x5a),
        Buffer.from('00c01300', 'hex'),
      ]),
    ),
  ],
  'an alert about the version': ['connect', 'tls-version', answering(record(ALERT, [2, 70]))],
  'an alert about everything': ['connect', 'tls-handshake', answering(record(ALERT, [2, 40]))],
  'a goodbye instead of a hello': [
    'connect',
    'tls-handshake',
    () => ({
      fromClient: (_, { toClient, close }) => {
        toClient(record(ALERT, [1, 0]));
        close(1000, 'upstream-closed');
      },
    }),
  ],
  'an end instead of a hello': [
    'connect',
    'tls-handshake',
    () => ({ fromClient: (_, { close }) => close(1000, 'upstream-closed') }),
  ],
  'silence instead of a hello': ['connect', 'timeout', () => ({ fromClient: () => {} })],
  'a hello that is changed': [
    'connect',
    'tls-handshake',
    () => {
      let first = true;
      const fromServer = byRecord((octets, { toClient }) => {
        // In the random, which both sides sign.
        toClient(first ? flipped(octets, 20) : octets);
        first = false;
      });
      return { to: implicit(), fromServer };
    },
  ],
  'a certificate that is changed': [
    'connect',
    'tls-handshake',
    () => {
      let seen = 0;
      const fromServer = byRecord((octets, { toClient }) => {
        seen += octets[0] === DATA ? 1 : 0;
        toClient(seen === 2 ? flipped(octets, 60) : octets);
      });
      return { to: implicit(), fromServer };
    },
  ],
  'TLS 1.3 is kept from the server': [
    'connect',
    'tls-handshake',
    () => {
      let first = true;
      const fromClient = (octets, { toServer }) => {
        const changed = Buffer.from(octets);
        // It becomes an extension that nobody knows.
        if (first) changed.writeUInt16BE(0x7a7a, extensions(octets).get(SUPPORTED_VERSIONS));
        first = false;
        toServer(changed);
      };
      return { to: implicit(), fromClient };
    },
  ],
  'all that the server said to another session': [
    'connect',
    'tls-handshake',
    () => ({
      fromClient: (_, { toClient }) => toClient(intruder.sessions['nothing'].answered),
    }),
  ],
  'a certificate of the intruder': [
    'connect',
    'tls-untrusted',
    () => ({ to: { host: NAME, port: servers.swapped.port } }),
  ],
  'a good certificate for another name': [
    'connect',
    'tls-wrong-name',
    () => ({ to: { host: NAME, port: servers.stranger.port } }),
  ],

  // STLS.
  'STLS is refused': ['connect', 'stls-unsupported', clear('-ERR no such command\r\n')],
  'STLS is taken, and no TLS follows': ['connect', 'tls-handshake', clear('+OK go on\r\n')],
  'an answer behind that to STLS': ['connect', 'protocol-error', clear('+OK\r\n+OK canary\r\n')],
  'an answer to STLS before it was sent': [
    'connect',
    'protocol-error',
    clear(undefined, '+OK ready\r\n+OK begin\r\n'),
  ],
  'a greeting that refuses': ['connect', 'sys-temp', clear(undefined, '-ERR [SYS/TEMP] later\r\n')],
  'a greeting without an end': [
    'connect',
    'limit-exceeded',
    clear(undefined, '+OK '.repeat(9_000)),
  ],

  // What the proxy says.
  'the proxy does the TLS, it says': [
    'connect',
    'tls-not-end-to-end',
    () => ({ to: implicit(), events: [{ tls: 'implicit', upstream: undefined }] }),
  ],
  'there is no TLS, it says': [
    'connect',
    'tls-not-end-to-end',
    () => ({ to: starttls(), events: [{ tls: 'none', upstream: undefined }] }),
  ],
  'the server has no TLS, it says': [
    'connect',
    'tls-not-end-to-end',
    () => ({ to: starttls(), events: [{ upstream: undefined }] }),
  ],
  'it says that the session begins anew, for STLS, and answers itself': [
    'login',
    'tls-corrupt',
    () => {
      let [encrypted, answers] = [0, 0];
      const fromClient = (octets, session) => {
        encrypted += octets[0] === DATA ? 1 : 0;
        // The first is the end of the handshake, and the password is still to come.
        if (encrypted < 2) return session.toServer(octets);
        // CAPA is refused, so that what comes next is the user's name.
        if (answers === 0) session.tell({ upstream: 'starttls' });
        session.toClient(Buffer.from(answers === 0 ? '-ERR\r\n' : '+OK\r\n'));
        answers += 1;
        return undefined;
      };
      return { to: implicit(), fromClient };
    },
  ],
  'it says nothing, and greets': ['connect', 'timeout', () => ({ to: starttls(), events: [] })],
};

/** Those on records once more, in the version before; in Node alone, since it is the same code. */
const OLDER = onRecords('TLS 1.2', () => ({ host: NAME, port: servers.old.pop3s }));

/** Once more with openssl s_server, which each test starts for itself. */
const toOpenssl = () => ({ host: NAME, port: servers.openssl.port });
const UNTOUCHED = 'nothing, with openssl s_server';
const OPENSSL = onRecords('openssl s_server', toOpenssl);

/** Attacks that come to nothing: the session goes on as if there were none. */
const HARMLESS = {
  'nothing': () => ({ to: implicit() }),
  'nothing, and STLS': () => ({ to: starttls(), events: [{ upstream: 'starttls' }] }),
  'a tunnel that says nothing': () => ({ to: implicit(), tunnel: true }),
  'octets one by one': () => ({
    to: implicit(),
    fromServer: (octets, { answered, toClient }) => {
      // The handshake, and some of the session.
      if (answered.length > 6_000) return toClient(octets);
      for (const octet of octets) toClient(Buffer.from([octet]));
    },
  }),
  'connected once more, for STLS': () => {
    let encrypted = 0;
    const fromClient = byRecord((octets, session) => {
      encrypted += octets[0] === DATA ? 1 : 0;
      // The first is the end of the handshake, and the password is still to come.
      if (encrypted === 2) session.tell({ upstream: 'starttls' });
      session.toServer(octets);
    });
    return { to: implicit(), fromClient };
  },
  'connected, again and again': () => {
    const again = (octets, session) => {
      for (const upstream of ['starttls', 'implicit', undefined]) session.tell({ upstream });
      session.tell({ tls: 'none' });
      session.toClient(octets);
    };
    return { to: implicit(), fromServer: again };
  },
};

/** One session, here or in a browser: how far it comes, and what it fails with. */
async function attempt({ entry, url, server, security, user, password, patience }) {
  const { Pop3Client } = await import(entry);
  let stage = 'connect';
  try {
    const limits = { connectTimeout: patience, commandTimeout: patience };
    const client = await Pop3Client.connect({ url, server, tls: security, ...limits });
    stage = 'login';
    await client.login({ user, password });
    await client.dele(2);
    stage = 'retr';
    const { octets } = await client.retr(1);
    stage = 'rset';
    await client.rset();
    await client.quit();
    return { octets: new TextDecoder().decode(octets), connection: client.connection };
  } catch (error) {
    const { name, code, blame, message, undoneDeletions } = error;
    return { stage, name, code, blame, message, undoneDeletions };
  }
}

/** Whatever was sent is TLS, but for STLS before it. */
function assertNothingInClear(sent) {
  const text = sent.toString('latin1').replace(/^STLS\r\n/, '');
  if (text === '') return;
  for (const secret of ['USER', 'PASS', 'AUTH', 'CAPA', 'DELE', account.user, account.password]) {
    assert.ok(!text.includes(secret), `${secret} was sent in clear`);
  }
  // Records, one after the other. The first is a ClientHello, without early data, which whoever carries
  // it could send again (RFC 8446 section 8).
  let rest = Buffer.from(text, 'latin1');
  assert.ok(extensions(rest).has(SUPPORTED_VERSIONS));
  assert.ok(!extensions(rest).has(EARLY_DATA));
  while (rest.length >= 5) {
    assert.ok(rest[0] >= 20 && rest[0] <= 23 && rest[1] === 3, rest.toString('hex', 0, 5));
    rest = rest.subarray(5 + rest.readUInt16BE(3));
  }
}

/**
 * Starts `openssl s_server` with more arguments, in front of the real server: what comes to it by TLS goes
 * on in clear. It is good for one session.
 */
async function startOpenssl(...more) {
  const port = await freePort();
  const { file, keyFile } = servers.own;
  const shown = ['-accept', `${NAME}:${port}`, '-cert', file, '-key', keyFile];
  const child = spawn('openssl', ['s_server', '-quiet', ...shown, ...more], { stdio: 'pipe' });
  // It says nothing when it listens, but complains of who connects and leaves.
  const complaint = once(child.stderr, 'data');
  await until(10_000, 's_server', () => answers(port));
  await within(10_000, 's_server', complaint);
  child.stderr.resume();
  const mail = connect(starttls());
  for (const end of [mail, child.stdin]) end.on('error', () => {});
  mail.pipe(child.stdin);
  child.stdout.pipe(mail);
  const stop = async () => {
    child.kill();
    await once(child, 'exit');
    mail.destroy();
  };
  servers.openssl = { port, stop };
}

async function freePort() {
  const taken = createServer().listen(0, NAME);
  await once(taken, 'listening');
  const { port } = taken.address();
  taken.close();
  await once(taken, 'close');
  return port;
}

function answers(port) {
  return new Promise((resolve) => {
    const probe = connect(port, NAME);
    probe.on('connect', () => resolve(true)).on('error', () => resolve(false));
    probe.on('connect', () => probe.destroy());
  });
}

/** Makes the tests of one place; `run` calls `attempt` there. */
function attacks(table, run) {
  const play = (server, patience = 15_000) => {
    const { user, password } = server in OLDER ? servers.old : account;
    const security = { name: NAME, ca: `${bed.ca}\n${known.pem}` };
    return within(40_000, server, run({ server, security, user, password, patience }));
  };

  const comesToNothing = async (name) => {
    const { octets, connection, ...failed } = await play(name);
    assert.deepEqual(failed, {});
    assert.equal(octets, MESSAGE.toString());
    assert.equal(connection.tls, 'end-to-end');
    assertNothingInClear(intruder.sessions[name].sent);
    return connection;
  };

  const fails = async (name, stage, code) => {
    const failed = await play(name, code === 'timeout' ? 3_000 : 15_000);
    assert.deepEqual([failed.name, failed.stage, failed.code], ['Pop3Error', stage, code]);
    assert.ok(!failed.message.includes('canary') && !failed.message.includes(account.password));
    assert.deepEqual(failed.undoneDeletions, stage === 'retr' ? [2] : undefined);
    assertNothingInClear(intruder.sessions[name].sent);
    assert.deepEqual([servers.swapped.lines, servers.stranger.lines], [[], []]);
    assert.equal(await bed.count(account.user), 2);
  };

  for (const name of Object.keys(HARMLESS)) {
    test(name, { timeout: 60_000 }, () => comesToNothing(name));
  }
  for (const [name, [stage, code]] of Object.entries(table)) {
    test(`${code}: ${name}`, { timeout: 60_000 }, () => fails(name, stage, code));
  }
  return { comesToNothing, fails };
}

before(async () => {
  bed = await startTestbed();
  account = await bed.mailbox('canary-of-the-user');
  await bed.deliver(account.user, [MESSAGE, SECOND]);
  known = certificates.authority('Known');
  const serve = ({ chain: cert, key }, script = {}) =>
    socketServer(script, (listener) =>
      tls.createServer({ cert, key }, listener).on('tlsClientError', () => {}),
    );
  const unknown = certificates.authority('Unknown');
  servers.swapped = await serve(certificates.server([NAME], { issuer: unknown }));
  servers.stranger = await serve(certificates.server(['other.example'], { issuer: known }));
  servers.own = certificates.server([NAME], { issuer: known });
  const leave = ({ send, end }) => {
    send(Buffer.from('+OK\r\nSubject: half\r\n'));
    end();
  };
  servers.leaves = await serve(servers.own, { answers: { 'RETR 1': leave } });
  const { file: chain, keyFile: key } = servers.own;
  const { user } = account;
  servers.old = await bed.dovecot({
    chain,
    key,
    version: 'TLSv1.2',
    user,
    messages: [MESSAGE, SECOND],
  });
  intruder = await startIntruder(
    Object.fromEntries([
      ...Object.entries(HARMLESS),
      [UNTOUCHED, () => ({ to: toOpenssl() })],
      ...Object.entries({ ...ATTACKS, ...OLDER, ...OPENSSL }).map(([name, [, , attack]]) => [
        name,
        attack,
      ]),
    ]),
  );
});

after(async () => {
  await intruder?.stop();
  for (const server of Object.values(servers)) await server?.stop?.();
  await bed?.stop();
  certificates.end();
});

describe('Node', () => {
  before(() => {
    globalThis.WebSocket = WebSocket;
  });
  const { comesToNothing, fails } = attacks({ ...ATTACKS, ...OLDER }, (wishes) =>
    attempt({ entry: 'pop3-wasm/tls', url: intruder.url, ...wishes }),
  );

  describe('openssl s_server', () => {
    afterEach(async () => {
      await servers.openssl?.stop();
      delete servers.openssl;
    });

    for (const [name, [stage, code]] of Object.entries(OPENSSL)) {
      test(`${code}: ${name}`, { timeout: 60_000 }, async () => {
        await startOpenssl();
        await fails(name, stage, code);
      });
    }
    for (const more of [
      ['-tls1_2'],
      // The client's first guess is another, so that the server asks again.
      ['-groups', 'P-384'],
      ['-max_send_frag', '512'],
      ['-no_ticket'],
    ]) {
      test(`${more.join(' ')}`, { timeout: 60_000 }, async () => {
        await startOpenssl(...more);
        await comesToNothing(UNTOUCHED);
      });
    }
    for (const [code, more] of [
      ['tls-handshake', ['-groups', 'P-521']],
      ['tls-handshake', ['-Verify', '1', '-tls1_2']],
      ['tls-handshake', ['-Verify', '1', '-tls1_3']],
      ['tls-version', ['-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0']],
    ]) {
      test(`${code}: ${more.join(' ')}`, { timeout: 60_000 }, async () => {
        await startOpenssl(...more);
        await fails(UNTOUCHED, 'connect', code);
      });
    }
  });
});

for (const name of BROWSERS) {
  describe(name, () => {
    let browser;
    let page;
    let site;
    before(async () => {
      site = await startSite(intruder.url);
      browser = await launch(name);
      ({ page } = await openPage(browser, site.url));
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
    });
    attacks(ATTACKS, (wishes) => {
      const url = new URL('/pop3', site.url).href;
      return page.evaluate(attempt, { entry: '/pop3-wasm/js/tls.js', url, ...wishes });
    });
  });
}

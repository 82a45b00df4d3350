// Every command of the package, in the browsers, against Dovecot through the proxy.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { inBrowsers } from '../lib/harness.js';

const FIRST = 'From: a@example.org\r\nSubject: first\r\n\r\nOne line.\r\n';
const SECOND = 'From: b@example.org\r\nSubject: second\r\n\r\nLine 1\r\nLine 2\r\nLine 3\r\n';

const TLS = { plain: 'none', starttls: 'starttls', implicit: 'implicit' };

/** The octets as POP3 carries them: each line ends in CRLF. */
function onTheWire(octets) {
  return Buffer.from(octets.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
}

function sha256(octets) {
  return createHash('sha256').update(octets).digest('hex');
}

async function everyCommand({ bed, run, mailbox }, server) {
  const account = await mailbox([FIRST, SECOND]);
  const seen = await run(
    async (server, { user, password }) => {
      const client = await pop3.Pop3Client.connect({ url: endpoint, server });
      const seen = { connection: client.connection, welcome: await client.getwelcome() };
      seen.capaBefore = await client.capa();
      seen.user = await client.user(user);
      seen.pass = await client.pass_(password);
      seen.stat = await client.stat();
      seen.list = await client.list();
      seen.listOne = await client.list(2);
      seen.uidl = await client.uidl();
      seen.uidlOne = await client.uidl(2);
      const first = await client.retr(1);
      seen.retr = { ...first, octets: new TextDecoder().decode(first.octets) };
      const top = await client.top(2, 1);
      seen.top = { ...top, octets: new TextDecoder().decode(top.octets) };
      seen.noop = await client.noop();
      seen.dele = await client.dele(1);
      seen.statAfterDele = await client.stat();
      seen.rset = await client.rset();
      seen.statAfterRset = await client.stat();
      seen.capa = await client.capa();
      await client.dele(2);
      seen.openBefore = !client.closed;
      seen.quit = await client.quit();
      seen.closed = client.closed;
      return structuredClone(seen);
    },
    server,
    account,
  );

  assert.equal(seen.connection.server, server);
  assert.equal(seen.connection.tls, TLS[server]);
  const encrypted = server !== 'plain';
  assert.equal(/^TLSv1\.[23]$/.test(seen.connection.version), encrypted);
  assert.equal(typeof seen.connection.cipher, encrypted ? 'string' : 'undefined');

  assert.match(seen.welcome, /ready/);
  assert.deepEqual(seen.capaBefore.UIDL, []);
  assert.equal(typeof seen.user.text, 'string');
  const sizes = [FIRST.length, SECOND.length];
  const all = { count: 2, size: sizes[0] + sizes[1] };
  assert.deepEqual(seen.pass, { ...seen.pass, ...all });
  assert.equal(typeof seen.pass.text, 'string');
  assert.deepEqual(seen.stat, all);
  assert.deepEqual(
    seen.list,
    sizes.map((size, index) => ({ number: index + 1, size })),
  );
  assert.deepEqual(seen.listOne, { number: 2, size: sizes[1] });
  assert.deepEqual(
    seen.uidl.map(({ number }) => number),
    [1, 2],
  );
  assert.notEqual(seen.uidl[0].uid, seen.uidl[1].uid);
  assert.deepEqual(seen.uidlOne, seen.uidl[1]);
  assert.deepEqual(seen.retr, { number: 1, text: seen.retr.text, octets: FIRST });
  assert.deepEqual(seen.top, {
    number: 2,
    text: seen.top.text,
    octets: SECOND.split('Line 2')[0],
  });
  assert.equal(typeof seen.noop.text, 'string');
  assert.match(seen.dele.text, /deleted/i);
  assert.deepEqual(seen.statAfterDele, { count: 1, size: sizes[1] });
  assert.equal(typeof seen.rset.text, 'string');
  assert.deepEqual(seen.statAfterRset, all);
  assert.ok('TOP' in seen.capa && 'PIPELINING' in seen.capa, JSON.stringify(seen.capa));
  assert.equal(seen.openBefore, true);
  assert.match(seen.quit.text, /logging out/i);
  assert.equal(seen.closed, true);
  assert.equal(await bed.count(account.user), 1, 'QUIT deletes');
}

inBrowsers({
  'every command, plain': (context) => everyCommand(context, 'plain'),
  'every command, STLS': (context) => everyCommand(context, 'starttls'),
  'every command, POP3S': (context) => everyCommand(context, 'implicit'),

  'close() deletes nothing': async ({ bed, run, mailbox }) => {
    const account = await mailbox([FIRST, SECOND]);
    const closed = await run(async (account) => {
      const client = await session('implicit', account);
      await client.dele(1);
      client.close();
      client.close();
      return client.closed;
    }, account);
    assert.equal(closed, true);
    const { count } = await run(async (account) => {
      const client = await session('implicit', account);
      const stat = await client.stat();
      await client.quit();
      return stat;
    }, account);
    assert.equal(count, 2);
    assert.equal(await bed.count(account.user), 2);
  },

  'an asynchronous disposal quits': async ({ bed, run, mailbox }) => {
    const account = await mailbox([FIRST]);
    await run(async (account) => {
      const client = await session('plain', account);
      await client.dele(1);
      await client[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
    }, account);
    assert.equal(await bed.count(account.user), 0);
  },

  'a message comes octet for octet': async ({ run, mailbox }) => {
    const everyOctet = Buffer.from(Array.from({ length: 256 }, (_, octet) => octet)).filter(
      (octet) => octet !== 0 && octet !== 10 && octet !== 13,
    );
    const message = Buffer.concat([
      Buffer.from('Subject: octets\n\n'),
      everyOctet,
      Buffer.from('\n.\n..\n...\n.dot\n\n.\r\n  trailing \n'),
      Buffer.from('caf\u00e9 \u20ac\n', 'utf8'),
      Buffer.alloc(5_000, 0xe9),
      Buffer.from('\n'),
    ]);
    const account = await mailbox([message]);
    const seen = await run(async (account) => {
      const client = await session('implicit', account);
      const { octets } = await client.retr(1);
      const ownMemory = octets.buffer.byteLength === octets.byteLength;
      await client.quit();
      return { ownMemory, hash: await digest(octets), length: octets.length };
    }, account);
    const expected = onTheWire(message);
    assert.deepEqual(seen, { ownMemory: true, hash: sha256(expected), length: expected.length });
  },

  'a hundred TOPs at once': async ({ run, mailbox }) => {
    const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
    const message = (n) => `Subject: message ${n}\r\n\r\nbody ${n}\r\nmore\r\n`;
    const account = await mailbox(numbers.map(message));
    const tops = await run(async (account) => {
      const client = await session('implicit', account);
      const { count } = await client.stat();
      const commands = Array.from({ length: count }, (_, index) => client.top(index + 1, 1));
      const messages = await Promise.all(commands);
      await client.quit();
      return messages.map(({ number, octets }) => [number, new TextDecoder().decode(octets)]);
    }, account);
    assert.deepEqual(
      tops,
      numbers.map((n) => [n, message(n).replace('more\r\n', '')]),
    );
  },

  'progress of a message of 5 MB': async ({ run, mailbox }) => {
    const line = 'All work and no play makes Jack a dull boy. 0123456789 0123456\r\n';
    const body = line.repeat(Math.ceil(5_000_000 / line.length));
    const message = `Subject: large\r\n\r\n${body}`;
    const account = await mailbox([message]);
    const seen = await run(async (account) => {
      const client = await session('implicit', account);
      const unlisted = [];
      await client.retr(1, { onProgress: (progress) => unlisted.push(progress) });
      const [{ size }] = await client.list();
      const listed = [];
      const { octets } = await client.retr(1, { onProgress: (progress) => listed.push(progress) });
      const partial = [];
      await client.top(1, 3, { onProgress: (progress) => partial.push(progress) });
      await client.quit();
      return { size, length: octets.length, hash: await digest(octets), unlisted, listed, partial };
    }, account);
    assert.equal(seen.length, message.length);
    assert.equal(seen.size, message.length);
    assert.equal(seen.hash, sha256(message));
    assert.ok(seen.listed.length > 10, `${seen.listed.length} reports`);
    for (const reports of [seen.listed, seen.unlisted]) {
      const received = reports.map((progress) => progress.received);
      assert.deepEqual(
        received,
        received.toSorted((a, b) => a - b),
      );
      assert.equal(new Set(received).size, received.length, 'each report has news');
      assert.equal(received.at(-1), message.length);
    }
    assert.ok(seen.listed.every(({ expected }) => expected === message.length));
    assert.ok(seen.unlisted.every((progress) => !('expected' in progress)));
    assert.ok(seen.partial.every((progress) => !('expected' in progress)));
  },

  'a progress callback that throws or calls back stops nothing': async (context) => {
    const { run, mailbox, complaints } = context;
    const account = await mailbox([FIRST, SECOND]);
    const seen = await run(async (account) => {
      const client = await session('plain', account);
      const within = [];
      const onProgress = () => {
        within.push(client.noop(), client.stat());
        throw new Error('thrown by onProgress');
      };
      const [first, second] = await Promise.all([client.retr(1, { onProgress }), client.retr(2)]);
      const answers = await Promise.all(within);
      await client.quit();
      return { sizes: [first.octets.length, second.octets.length], answers: answers.length };
    }, account);
    assert.deepEqual(seen, { sizes: [FIRST.length, SECOND.length], answers: 2 });
    // It is reported like that of an event listener, and is nothing else's fault.
    const reported = complaints.splice(0);
    assert.ok(reported.length > 0, 'the exception is reported');
    for (const complaint of reported) assert.match(complaint, /thrown by onProgress/);
  },

  'a module worker': async ({ run, mailbox }) => {
    const account = await mailbox([FIRST]);
    const answer = await run(
      ({ user, password }) =>
        new Promise((resolve, reject) => {
          const worker = new Worker('/site/worker.js', { type: 'module' });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = () => reject(new Error('the worker failed'));
          worker.postMessage({ server: 'starttls', user, password });
        }),
      account,
    );
    assert.deepEqual(answer, { count: 1, subject: 'first' });
  },
});

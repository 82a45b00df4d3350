// Each failure that can be brought about for real, in the browsers, by its code and its blame.

import assert from 'node:assert/strict';
import { inBrowsers } from '../lib/harness.js';

const MESSAGE = 'Subject: one\r\n\r\nbody\r\n';

/** Tests a failure's code and blame, and that it is a sentence; gives the rest for more tests. */
function assertFailure(failure, code, blame) {
  assert.ok(failure, `no failure, but ${code} was expected`);
  const { isPop3Error, name } = failure;
  const got = { code: failure.code, blame: failure.blame, isPop3Error, name };
  const expected = { code, blame, isPop3Error: true, name: 'Pop3Error' };
  assert.deepEqual(got, expected, failure.message);
  assert.match(failure.message, /^\S.*[.!?]$/s);
  return failure;
}

/** A server of the test bed that cannot be reached, and why. */
const unreachable =
  (server, code) =>
  async ({ run }) => {
    const seen = await run((server) => failure(() => session(server)), server);
    const { undoneDeletions, serverText } = assertFailure(seen, code, 'proxy');
    assert.deepEqual([undoneDeletions, serverText], [undefined, undefined]);
  };

inBrowsers({
  'unknown-server': unreachable('nobody-knows', 'unknown-server'),
  'dns': unreachable('unknown-host', 'dns'),
  'refused': unreachable('refused', 'refused'),
  'tls-certificate: an authority that is not trusted': unreachable(
    'bad-certificate',
    'tls-certificate',
  ),
  'tls-certificate: of another host': unreachable('wrong-name', 'tls-certificate'),
  'stls-unsupported': unreachable('no-stls', 'stls-unsupported'),

  'auth-failed': async ({ run, mailbox }) => {
    const { user } = await mailbox();
    const [wrong, again] = await run(async (user) => {
      const client = await session('implicit');
      await client.user(user);
      const wrong = await failure(() => client.pass_('not the password'));
      await client.quit();
      return [wrong, await failure(() => client.stat())];
    }, user);
    const { serverText, responseCode } = assertFailure(wrong, 'auth-failed', 'server');
    assert.ok(serverText.length > 0);
    assert.equal(responseCode, 'AUTH');
    assert.ok(!JSON.stringify(wrong).includes('not the password'));
    assertFailure(again, 'wrong-state', 'caller');
  },

  'rejected, and the session goes on': async ({ run, mailbox }) => {
    const account = await mailbox([MESSAGE]);
    const seen = await run(async (account) => {
      const client = await session('plain', account);
      const failures = [
        await failure(() => client.retr(99)),
        await failure(() => client.dele(2)),
        await failure(() => client.list(2)),
      ];
      const { count } = await client.stat();
      await client.quit();
      return { failures, count };
    }, account);
    for (const failure of seen.failures) {
      const { serverText } = assertFailure(failure, 'rejected', 'server');
      assert.ok(serverText.length > 0);
    }
    assert.equal(seen.count, 1);
  },

  'connection-lost in the middle of a message': async ({ run }) => {
    const seen = await run(async () => {
      const client = await session('drops', { user: 'any', password: 'any' });
      await client.dele(2);
      await client.dele(1);
      const pieces = [];
      const waiting = [
        client.retr(3, { onProgress: ({ received }) => pieces.push(received) }),
        client.top(3, 0),
        client.noop(),
      ];
      const failures = await Promise.all(waiting.map((promise) => failure(() => promise)));
      const later = await failure(() => client.noop());
      return { failures, later, closed: client.closed, received: pieces.at(-1) };
    });
    for (const failure of seen.failures) {
      const { undoneDeletions } = assertFailure(failure, 'connection-lost', 'transport');
      assert.deepEqual(
        undoneDeletions.toSorted((a, b) => a - b),
        [1, 2],
      );
    }
    assertFailure(seen.later, 'wrong-state', 'caller');
    assert.equal(seen.closed, true);
    assert.ok(seen.received > 0, 'the beginning of the message came');
  },

  'limit-exceeded by an endless line': async ({ run }) => {
    const seen = await run(() => failure(() => session('floods')));
    assertFailure(seen, 'limit-exceeded', 'limit');
  },

  'timeout of a server that never greets': async ({ run }) => {
    const seen = await run(async () => {
      const start = performance.now();
      const timeout = await failure(() => session('silent', {}, { connectTimeout: 500 }));
      return { timeout, waited: performance.now() - start };
    });
    assertFailure(seen.timeout, 'timeout', 'transport');
    assert.ok(seen.waited >= 490 && seen.waited < 10_000, `after ${seen.waited} ms`);
  },

  'aborted: before, and while it waits': async ({ run }) => {
    const seen = await run(async () => {
      const before = await failure(() => session('silent', {}, { signal: AbortSignal.abort() }));
      const controller = new AbortController();
      const waiting = session('silent', {}, { signal: controller.signal });
      setTimeout(() => controller.abort(), 200);
      return [before, await failure(() => waiting)];
    });
    for (const failure of seen) assertFailure(failure, 'aborted', 'caller');
  },

  'aborted: commands that wait when the session is closed': async ({ run, mailbox }) => {
    const account = await mailbox([MESSAGE]);
    const seen = await run(async (account) => {
      const client = await session('plain', account);
      await client.dele(1);
      const waiting = client.stat();
      client.close();
      return failure(() => waiting);
    }, account);
    const { undoneDeletions } = assertFailure(seen, 'aborted', 'caller');
    assert.deepEqual(undoneDeletions, [1]);
  },

  'draining, and connect-failed, when the proxy is stopped': async (context) => {
    const { bed, run, mailbox, complaints } = context;
    const account = await mailbox([MESSAGE]);
    await run(async (account) => {
      const client = await session('plain', account);
      await client.dele(1);
      // A command waits at every moment, so the end of the session shows in one.
      globalThis.ended = failure(async () => {
        for (;;) await client.noop();
      });
    }, account);
    await bed.stopProxy();
    let lost;
    let dead;
    try {
      lost = await run(() => ended);
      dead = await run(() => failure(() => session('plain')));
    } finally {
      await bed.startProxy();
    }
    const { undoneDeletions } = assertFailure(lost, 'draining', 'proxy');
    assert.deepEqual(undoneDeletions, [1]);
    assertFailure(dead, 'connect-failed', 'transport');
    // The browser itself reports that a WebSocket could not be opened; nothing else complains.
    const reported = complaints.splice(0);
    for (const complaint of reported) assert.match(complaint, /WebSocket|connect|establish/i);
    const { count } = await run(async (account) => {
      const client = await session('plain', account);
      const stat = await client.stat();
      await client.quit();
      return stat;
    }, account);
    assert.equal(count, 1, 'nothing was deleted');
  },

  'wrong-state': async ({ run }) => {
    const seen = await run(async () => {
      const client = await session('plain');
      const failures = [
        await failure(() => client.stat()),
        await failure(() => client.retr(1)),
        await failure(() => client.pass_('no user before')),
      ];
      await client.quit();
      return [
        ...failures,
        await failure(() => client.user('a')),
        await failure(() => client.quit()),
      ];
    });
    assert.equal(seen.length, 5);
    for (const failure of seen) assertFailure(failure, 'wrong-state', 'caller');
  },

  'invalid-argument': async ({ run, mailbox }) => {
    const account = await mailbox([MESSAGE]);
    const { failures, count } = await run(async (account) => {
      const client = await session('plain', account);
      const calls = {
        'retr 0': () => client.retr(0),
        'retr 1.5': () => client.retr(1.5),
        'retr -1': () => client.retr(-1),
        'retr 2^32': () => client.retr(2 ** 32),
        'retr NaN': () => client.retr(NaN),
        'retr "1"': () => client.retr('1'),
        'retr undefined': () => client.retr(),
        'top 1': () => client.top(1),
        'top 1 -1': () => client.top(1, -1),
        'dele 0': () => client.dele(0),
        'list null': () => client.list(null),
        'uidl 0': () => client.uidl(0),
        'onProgress': () => client.retr(1, { onProgress: 'no function' }),
        'options': () => client.retr(1, 'no object'),
        'connect': () => pop3.Pop3Client.connect(),
        'server': () => session(''),
        'timeout': () => session('plain', {}, { connectTimeout: 0 }),
        'signal': () => session('plain', {}, { signal: 'no signal' }),
        'url': () => pop3.Pop3Client.connect({ url: 'ftp://127.0.0.1/' }),
        'parse': () => pop3.parseMessage('no octets'),
      };
      const failures = {};
      for (const [title, call] of Object.entries(calls)) failures[title] = await failure(call);
      const { count } = await client.stat();
      await client.quit();
      return { failures, count };
    }, account);
    for (const [title, failure] of Object.entries(failures)) {
      assert.ok(failure, title);
      assertFailure(failure, 'invalid-argument', 'caller');
    }
    assert.equal(count, 1, 'the session is none the worse');
  },

  'invalid-argument: what would break out of its line': async ({ run }) => {
    const seen = await run(async () => {
      const client = await session('plain');
      const failures = [];
      for (const bad of ['a\r\nDELE 1', 'a\nb', 'a\rb', 'a\0b', '']) {
        failures.push(
          await failure(() => client.user(bad)),
          await failure(() => client.pass_(bad)),
        );
      }
      failures.push(await failure(() => client.user(7)), await failure(() => client.pass_({})));
      await client.quit();
      return failures;
    });
    assert.equal(seen.length, 12);
    for (const failure of seen) assertFailure(failure, 'invalid-argument', 'caller');
  },
});

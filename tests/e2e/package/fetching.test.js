// Fetching in the browsers, from Dovecot through the proxy: as streams, cancelled, and what is new.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { inBrowsers } from '../lib/harness.js';

const MIB = 1024 * 1024;
const LINE = 'All work and no play makes Jack a dull boy. 0123456789 0123456\r\n';

function large(octets, subject = 'large') {
  return `Subject: ${subject}\r\n\r\n${LINE.repeat(Math.ceil(octets / LINE.length))}`;
}

const small = (subject) => `Subject: ${subject}\r\n\r\nabout ${subject}\r\n`;

function sha256(octets) {
  return createHash('sha256').update(octets).digest('hex');
}

inBrowsers({
  'a large message is read as it comes': async ({ run, mailbox }) => {
    const message = large(5 * MIB);
    const account = await mailbox([message, small('next')]);
    const seen = await run(async (account) => {
      const client = await session('implicit', account);
      await client.list();
      const reports = [];
      const onProgress = (progress) => reports.push(progress);
      const { size, body } = await client.retr(1, { stream: true, onProgress });
      const next = client.top(2, 0);
      const octets = new Uint8Array(await new Response(body).arrayBuffer());
      const header = new TextDecoder().decode((await next).octets);
      await client.quit();
      return { size, hash: await digest(octets), last: reports.at(-1), header };
    }, account);
    assert.deepEqual(seen, {
      size: message.length,
      hash: sha256(message),
      last: { received: message.length, expected: message.length },
      header: 'Subject: next\r\n\r\n',
    });
  },

  'a slow reader keeps the mail server waiting, through the proxy': async ({ run, mailbox }) => {
    const message = large(48 * MIB);
    const account = await mailbox([message]);
    const seen = await run(async (account) => {
      const client = await session('plain', account);
      let received = 0;
      const onProgress = (progress) => (received = progress.received);
      const { body } = await client.retr(1, { stream: true, onProgress });
      // Until nothing more comes for a while: what the sockets on the way hold has come then.
      let before;
      do {
        before = received;
        await new Promise((resolve) => setTimeout(resolve, 500));
      } while (before !== received || received === 0);
      const unread = received;
      const octets = new Uint8Array(await new Response(body).arrayBuffer());
      await client.quit();
      return { unread, hash: await digest(octets) };
    }, account);
    assert.equal(seen.hash, sha256(message));
    assert.ok(seen.unread < 32 * MIB, `${seen.unread} octets came unread`);
  },

  'a message is cancelled half-way, and the session goes on': async ({ run, mailbox }) => {
    const account = await mailbox([large(5 * MIB), small('next')]);
    const seen = await run(async (account) => {
      const drain = { octets: 16 * 1024 * 1024, timeout: 60_000 };
      const client = await session('starttls', account, { drain });
      const controller = new AbortController();
      const onProgress = () => controller.abort();
      const cancelled = await failure(() =>
        client.retr(1, { signal: controller.signal, onProgress }),
      );
      const { count } = await client.stat();
      const { octets } = await client.retr(2);
      await client.quit();
      return { code: cancelled.code, count, length: octets.length };
    }, account);
    assert.deepEqual(seen, { code: 'aborted', count: 2, length: small('next').length });
  },

  'a message that is too long to wait for ends the session, and nothing is deleted': async ({
    bed,
    run,
    mailbox,
  }) => {
    const account = await mailbox([large(5 * MIB), small('next')]);
    const seen = await run(async (account) => {
      const client = await session('implicit', account);
      await client.list();
      await client.dele(2);
      const controller = new AbortController();
      const onProgress = () => controller.abort();
      const cancelled = await failure(() =>
        client.retr(1, { signal: controller.signal, onProgress }),
      );
      return { cancelled, closed: client.closed };
    }, account);
    assert.equal(seen.cancelled.code, 'aborted');
    assert.deepEqual(seen.cancelled.undoneDeletions, [2]);
    assert.equal(seen.closed, true);
    assert.equal(await bed.count(account.user), 2);
  },

  'what is new, across sessions, with deletions': async ({ bed, run, mailbox }) => {
    const account = await mailbox(['a', 'b', 'c'].map(small));
    const fetchAll = (account, seen, remove) =>
      run(
        async (account, seen, remove) => {
          const client = await session('implicit', account);
          const subjects = [];
          const known = new Set(seen);
          for await (const { number, id, octets } of client.fetchNew({ seen })) {
            subjects.push(/Subject: (.*)\r/.exec(new TextDecoder().decode(octets))[1]);
            known.add(id);
            if (remove) await client.dele(number);
          }
          const { fresh, gone } = await client.checkNew({ seen: known });
          await client.quit();
          return { subjects, seen: [...known], fresh: fresh.length, gone: gone.length };
        },
        account,
        seen,
        remove,
      );
    const first = await fetchAll(account, [], false);
    assert.deepEqual(first.subjects, ['a', 'b', 'c']);
    await bed.deliver(account.user, [small('d')]);
    const second = await fetchAll(account, first.seen, true);
    assert.deepEqual([second.subjects, second.fresh], [['d'], 0]);
    assert.equal(await bed.count(account.user), 3);
    const third = await fetchAll(account, second.seen, false);
    assert.deepEqual([third.subjects, third.fresh, third.gone], [[], 0, 1]);
  },

  'a batch with and without pipelining comes to the same': async ({ run, mailbox }) => {
    const account = await mailbox(['a', 'b', 'c'].map(small));
    const results = (pipelining) =>
      run(
        async (account, pipelining) => {
          const client = await session('plain', account, { pipelining });
          const commands = [['retr', 1], ['retr', 7], ['top', 2, 0], ['list'], ['dele', 3]];
          const results = [];
          for await (const { value, error } of client.batch(commands)) {
            const octets = value?.octets && new TextDecoder().decode(value.octets);
            results.push(error?.code ?? octets ?? value);
          }
          await client.rset();
          await client.quit();
          return results;
        },
        account,
        pipelining,
      );
    const pipelined = await results({});
    assert.deepEqual(pipelined, await results(false));
    const [first, refused, header, list, deleted] = pipelined;
    assert.deepEqual([first, refused, header], [small('a'), 'rejected', 'Subject: b\r\n\r\n']);
    assert.equal(list.length, 3);
    assert.match(deleted.text, /deleted/i);
  },
});

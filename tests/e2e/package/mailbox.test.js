// A mailbox as a whole, in Node: batches, all messages, and which of them are new.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Pop3Client } from 'pop3-wasm';
import { failure } from '../lib/failure.js';
import { maildrop, mail, multiline } from './maildrop.js';
import { streamServer } from './pop3-server.js';

let server;

afterEach(() => {
  server = undefined;
});

async function open(answers, options = {}) {
  server = streamServer({ answers });
  const client = await Pop3Client.connect({ streams: server.streams, ...options });
  await client.user('a');
  await client.pass_('b');
  return client;
}

async function all(iterator) {
  const items = [];
  for await (const item of iterator) items.push(item);
  return items;
}

const text = (octets) => Buffer.from(octets).toString();

describe('a batch', () => {
  const messages = [mail('a', 'x'), '-ERR [SYS/TEMP] later\r\n', mail('c', 'z')];
  const commands = [
    ['retr', 1],
    ['retr', 2],
    ['top', 3, 0],
    ['list', 3],
    ['uidl', 9],
    ['dele', 3],
    ['uidl'],
  ];
  const extra = { 'LIST 3': '+OK 3 30\r\n', 'UIDL 9': '-ERR no such message\r\n' };

  for (const pipelining of [undefined, false, { commands: 2 }, { answerOctets: 1 }]) {
    test(`comes to the same with pipelining ${JSON.stringify(pipelining)}`, async () => {
      const client = await open({ ...maildrop(messages), ...extra }, { pipelining });
      const results = await all(client.batch(commands));
      assert.deepEqual(
        results.map(({ command }) => command),
        commands,
      );
      const [a, b, c, listed, unknown, deleted, uids] = results;
      assert.equal(text(a.value.octets), messages[0].octets);
      assert.deepEqual([b.error.code, b.error.responseCode], ['sys-temp', 'SYS/TEMP']);
      assert.equal(text(c.value.octets), 'Subject: c\r\n\r\n');
      assert.deepEqual(listed.value, { number: 3, size: 30 });
      assert.equal(unknown.error.code, 'rejected');
      assert.deepEqual(deleted.value, { text: '' });
      assert.deepEqual(
        uids.value.map(({ uid }) => uid),
        // What is marked for deletion is not listed any more.
        ['x', ''],
      );
    });
  }

  test('is empty', async () => {
    assert.deepEqual(await all((await open({})).batch([])), []);
  });

  test('ends with its session', async () => {
    const client = await open({
      ...maildrop([mail('a'), mail('b'), mail('c')]),
      'RETR 2': (connection) => connection.end(),
    });
    await client.dele(9);
    const results = [];
    const reading = (async () => {
      const batch = client.batch([
        ['retr', 1],
        ['retr', 2],
        ['retr', 3],
      ]);
      for await (const result of batch) results.push(result);
    })();
    const error = await failure(reading);
    assert.deepEqual([error.code, error.undoneDeletions], ['connection-lost', [9]]);
    assert.equal(results.length, 1);
  });

  test('sends no more than its reader will want', async () => {
    const numbers = Array.from({ length: 50 }, (_, at) => at + 1);
    const client = await open(maildrop(numbers.map((n) => mail(`m${n}`))));
    const batch = client.batch(
      numbers.map((number) => ['retr', number]),
      { ahead: { messages: 5 } },
    );
    const sent = () => server.lines.filter((line) => line.startsWith('RETR')).length;
    for (let read = 1; read <= 10; read += 1) {
      await batch.next();
      assert.ok(sent() <= read + 5, `${sent()} were sent for ${read}`);
    }
    await batch.return();
    await client.noop();
    assert.ok(sent() <= 15, `${sent()} were sent`);
    assert.equal((await client.stat()).count, 50);
  });

  test('runs ahead within its octets', async () => {
    const large = mail('large');
    large.octets += 'x'.repeat(5_000) + '\r\n';
    const client = await open(maildrop([large, large, large, large]));
    await client.list();
    const commands = [1, 2, 3, 4].map((number) => ['retr', number]);
    const batch = client.batch(commands, { ahead: { octets: 6_000 } });
    await batch.next();
    await client.noop();
    const sent = server.lines.filter((line) => line.startsWith('RETR'));
    assert.deepEqual(sent, ['RETR 1', 'RETR 2', 'RETR 3']);
    await batch.return();
  });
});

describe('messages()', () => {
  test('gives all with sizes and identifiers, and those that are refused alone', async () => {
    const client = await open(maildrop([mail('a', 'x'), '-ERR no\r\n', mail('c', 'z')]));
    const [a, b, c] = await all(client.messages());
    assert.deepEqual(
      { ...a, octets: text(a.octets) },
      {
        number: 1,
        size: mail('a').octets.length,
        uid: 'x',
        text: '',
        octets: mail('a').octets,
      },
    );
    assert.deepEqual([b.number, b.uid, b.error.code], [2, '', 'rejected']);
    assert.equal(text(c.octets), mail('c').octets);
  });

  test('gives headers alone, of some, in any order, without identifiers', async () => {
    const messages = ['a', 'b', 'c'].map((subject) => mail(subject));
    const client = await open(maildrop(messages, { uidl: false }));
    const chosen = await all(client.messages({ numbers: [3, 1], lines: 0 }));
    assert.deepEqual(
      chosen.map(({ number, octets }) => [number, text(octets)]),
      [
        [3, 'Subject: c\r\n\r\n'],
        [1, 'Subject: a\r\n\r\n'],
      ],
    );
    assert.ok(chosen.every((message) => !('uid' in message)));
  });

  test('stops when its reader has enough, and the session goes on', async () => {
    const client = await open(maildrop([mail('a'), mail('b'), mail('c')]));
    for await (const { number } of client.messages()) {
      assert.equal(number, 1);
      break;
    }
    assert.equal(client.closed, false);
    assert.equal((await client.stat()).count, 3);
  });

  test('stops when a signal says so', async () => {
    const client = await open(maildrop([mail('a'), mail('b'), mail('c')]));
    const controller = new AbortController();
    const messages = client.messages({ signal: controller.signal, ahead: { messages: 1 } });
    await messages.next();
    controller.abort('enough');
    // What had come before is still given.
    const rest = all(messages);
    const error = await failure(rest);
    assert.deepEqual([error.code, error.cause], ['aborted', 'enough']);
    assert.equal((await client.stat()).count, 3);
  });
});

describe('what is new', () => {
  /** Fetches, and gives the subjects that came; puts the ids into `seen`. */
  async function fetch(client, seen, options = {}) {
    const subjects = [];
    for await (const { id, octets } of client.fetchNew({ seen, ...options })) {
      subjects.push(/Subject: (.*)/.exec(text(octets))[1]);
      seen.add(id);
    }
    return subjects;
  }

  test('by identifiers: nothing twice, and no header is asked for', async () => {
    const seen = new Set();
    assert.deepEqual(await fetch(await open(maildrop([mail('a', 'x'), mail('b', 'y')])), seen), [
      'a',
      'b',
    ]);
    const client = await open(maildrop([mail('b', 'y'), mail('c', 'z')]));
    const { fresh, gone, unclear } = await client.checkNew({ seen });
    assert.deepEqual(fresh, [{ number: 2, size: mail('c').octets.length, uid: 'z' }]);
    assert.deepEqual([gone.length, unclear], [1, []]);
    assert.ok(!server.lines.some((line) => /^(TOP|RETR)/.test(line)), server.lines.join());
    for (const id of gone) seen.delete(id);
    assert.deepEqual(await fetch(client, seen), ['c']);
    assert.deepEqual(await fetch(client, seen), []);
    assert.equal(seen.size, 2);
  });

  test('a session that breaks is taken up by the next', async () => {
    const messages = ['a', 'b', 'c', 'd'].map((subject) => mail(subject, subject));
    const answers = maildrop(messages);
    const seen = new Set();
    const got = [];
    // The server hangs up in the middle of another message each time.
    for (const number of [3, 2, 4, 1]) {
      const half = (connection) => {
        connection.send(Buffer.from('+OK\r\nSubject: ha'));
        connection.end();
      };
      const client = await open({ ...answers, [`RETR ${number}`]: half });
      try {
        for await (const { id, octets } of client.fetchNew({ seen, ahead: { messages: 1 } })) {
          got.push(/Subject: (.*)\r/.exec(text(octets))[1]);
          seen.add(id);
        }
      } catch (error) {
        assert.equal(error.code, 'connection-lost');
      }
    }
    assert.deepEqual(got, ['a', 'b', 'c', 'd']);
  });

  test('identifiers that several messages share, or that are blank', async () => {
    const seen = new Set();
    const three = [mail('a', 'same'), mail('b', 'same'), mail('c', '')];
    assert.deepEqual(await fetch(await open(maildrop(three)), seen), ['a', 'b', 'c']);
    const four = [mail('c', ''), mail('b', 'same'), mail('d', 'same'), mail('a', 'same')];
    assert.deepEqual(await fetch(await open(maildrop(four)), seen), ['d']);
    assert.deepEqual(await fetch(await open(maildrop([mail('b', 'same')])), seen), []);
  });

  test('a server without UIDL, and without TOP', async () => {
    for (const top of [true, false]) {
      const seen = new Set();
      const drop = (subjects) =>
        open(
          maildrop(
            subjects.map((subject) => mail(subject)),
            { uidl: false, top },
          ),
        );
      assert.deepEqual(await fetch(await drop(['a', 'b', 'a']), seen), ['a', 'b', 'a']);
      assert.deepEqual(await fetch(await drop(['b', 'c', 'a', 'a']), seen), ['c']);
      assert.deepEqual(await fetch(await drop(['a', 'b']), seen), []);
    }
  });

  test('a server whose UIDL fails once makes nothing new', async () => {
    const messages = [mail('a', 'x'), mail('b', 'y')];
    const seen = new Set();
    assert.equal((await fetch(await open(maildrop(messages)), seen)).length, 2);
    for (const broken of ['-ERR busy\r\n', '+OK\r\n1\u0000\r\nx y z\r\n.\r\n']) {
      const client = await open({ ...maildrop(messages), UIDL: broken });
      assert.deepEqual(await fetch(client, seen), []);
    }
    assert.deepEqual(await fetch(await open(maildrop(messages)), seen), []);
  });

  test('headers alone are known again when the whole is asked for', async () => {
    const messages = [mail('a', 'same'), mail('b', 'same')];
    const seen = new Set();
    const client = await open(maildrop(messages));
    assert.deepEqual(await fetch(client, seen, { lines: 0 }), ['a', 'b']);
    assert.deepEqual(await fetch(client, seen), []);
  });

  test('a message that is refused comes as that, and again the next time', async () => {
    const seen = new Set();
    const client = await open(maildrop([mail('a', 'x'), '-ERR no\r\n', mail('c', 'z')]));
    const results = await all(client.fetchNew({ seen }));
    // A blank identifier has its header asked for, which is refused, too.
    const refused = results.filter(({ error }) => error !== undefined);
    assert.deepEqual(
      refused.map(({ number, error }) => [number, error.code]),
      [[2, 'rejected']],
    );
    assert.equal(results.length, 3);
    for (const { id } of results) if (id !== undefined) seen.add(id);
    const { fresh, gone, unclear } = await client.checkNew({ seen });
    assert.deepEqual([fresh, gone], [[], []]);
    assert.deepEqual(
      unclear.map(({ number }) => number),
      [2],
    );
  });

  test('how much of each comes can depend on its size, and what comes is told', async () => {
    const messages = [mail('a', 'x'), mail('b'.repeat(200), 'y'), mail('c', 'z')];
    const client = await open(maildrop(messages));
    const told = [];
    const checked = [];
    const results = await all(
      client.fetchNew({
        lines: ({ size, uid }) => (size > 200 && uid === 'y' ? 0 : undefined),
        onProgress: ({ number, received }) => told.push([number, received]),
        onChecked: (mail) => checked.push(mail.fresh.map(({ number }) => number)),
      }),
    );
    assert.deepEqual(checked, [[1, 2, 3]]);
    const fetched = server.lines.filter((line) => /^(TOP|RETR)/.test(line));
    assert.deepEqual(fetched, ['RETR 1', 'TOP 2 0', 'RETR 3']);
    for (const { number, octets } of results) {
      const last = told.findLast(([about]) => about === number);
      assert.equal(last[1], octets.length);
    }
  });

  test('what was seen is found under its number of this session', async () => {
    const seen = [];
    const first = await open(maildrop([mail('a', 'x'), mail('b', 'y'), mail('c', '')]));
    for await (const { id } of first.fetchNew()) seen.push(id);
    const [a, b, c] = seen;
    const client = await open(maildrop([mail('b', 'y'), mail('d', 'w'), mail('c', '')]));
    const { found, gone, fresh } = await client.checkNew({ seen, find: [c, a, b, 'nonsense'] });
    assert.deepEqual(
      found.map(({ number, id }) => [number, id]),
      [
        [3, c],
        [1, b],
      ],
    );
    assert.deepEqual([gone, fresh.map(({ number }) => number)], [[a], [2]]);
  });

  test('a deletion is sent when its message is stored, and not before', async () => {
    const client = await open(maildrop([mail('a', 'x'), mail('b', 'y')]));
    for await (const { number } of client.fetchNew()) {
      assert.ok(!server.lines.includes(`DELE ${number}`));
      await client.dele(number);
    }
    assert.deepEqual(client.pendingDeletions, [1, 2]);
    await client.quit();
  });

  test(
    'ten thousand known messages are held against the mailbox',
    { timeout: 60_000 },
    async () => {
      const entries = Array.from({ length: 10_000 }, (_, at) => at + 1);
      const table = (cell) => `+OK\r\n${entries.map((n) => `${n} ${cell(n)}\r\n`).join('')}.\r\n`;
      const answers = {
        CAPA: '+OK\r\nPIPELINING\r\n.\r\n',
        LIST: table(() => 20),
        UIDL: table((n) => `uid${n}`),
      };
      const seen = entries.slice(1).map((n) => `u:${'x'.repeat(43)}:uid${n}`);
      const client = await open({ ...answers, 'RETR 1': multiline('Subject: one\r\n\r\n') });
      const [message, ...others] = await all(client.fetchNew({ seen }));
      assert.deepEqual([message.number, others], [1, []]);
    },
  );
});

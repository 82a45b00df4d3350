// The events of a client, and giving up each of its commands, in Node.

import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Pop3Client } from 'pop3-wasm';
import { until } from '../lib/deadline.js';
import { failure } from '../lib/failure.js';
import { streamServer } from './pop3-server.js';

const ONE = 'Subject: one\r\n\r\nbody\r\n';
const ANSWERS = {
  'STAT': '+OK 2 44\r\n',
  'LIST': `+OK\r\n1 ${ONE.length}\r\n2 ${ONE.length}\r\n.\r\n`,
  'UIDL': '+OK\r\n1 a\r\n2 b\r\n.\r\n',
  'RETR 1': `+OK\r\n${ONE}.\r\n`,
  'RETR 2': `+OK\r\n${ONE}.\r\n`,
  'TOP 1 0': '+OK\r\nSubject: one\r\n\r\n.\r\n',
};

let client;
let events;

afterEach(() => client?.close());

/** A session whose events are collected, as `[type, detail]`. */
async function open(script = { answers: ANSWERS }) {
  const server = streamServer(script);
  client = await Pop3Client.connect({ streams: server.streams });
  events = [];
  for (const type of ['state', 'progress']) {
    client.addEventListener(type, (event) => {
      assert.ok(event instanceof CustomEvent);
      events.push([type, event.detail]);
    });
  }
  return server;
}

async function signIn() {
  await client.user('a');
  await client.pass_('sesame');
}

const closed = () => until(10_000, 'the end of the session', () => client.closed);

describe('states', () => {
  test('of a session from its beginning to QUIT', async () => {
    await open();
    assert.ok(client instanceof EventTarget);
    assert.equal(client.state, 'authorization');
    await signIn();
    assert.equal(client.state, 'transaction');
    await client.quit();
    assert.equal(client.state, 'closed');
    assert.deepEqual(events, [
      ['state', { state: 'transaction' }],
      ['state', { state: 'closed' }],
    ]);
  });

  test('a refused sign-in changes nothing', async () => {
    await open({ answers: { 'PASS sesame': '-ERR [AUTH] no\r\n' } });
    await client.user('a');
    assert.equal((await failure(client.pass_('sesame'))).code, 'auth-failed');
    assert.equal(client.state, 'authorization');
    assert.deepEqual(events, []);
  });

  test('every way to sign in is told', async () => {
    for (const way of [
      () => client.login({ user: 'a', password: 'b', encrypted: true }),
      () => client.auth('PLAIN', { user: 'a', password: 'b' }),
      () => client.user('a').then(() => client.rpop('a')),
      () => client.apop('a', 'b'),
    ]) {
      const greeting = '+OK <1@example.org>\r\n';
      await open({ greeting, answers: ANSWERS });
      await way();
      assert.deepEqual(events, [['state', { state: 'transaction' }]]);
      client.close();
    }
  });

  test('closed by this side', async () => {
    await open();
    client.close();
    client.close();
    const [[type, { state, error }], ...more] = events;
    assert.deepEqual([type, state, error.code], ['state', 'closed', 'aborted']);
    assert.deepEqual(more, []);
  });

  test('closed while nothing was asked: by the server, and by a stream that fails', async () => {
    for (const end of ['end', 'fail']) {
      const server = await open();
      const cause = new Error('cut');
      server[end](cause);
      await closed();
      const [[, { state, error }], ...more] = events;
      assert.deepEqual([state, error.code, error.name], ['closed', 'connection-lost', 'Pop3Error']);
      if (end === 'fail') assert.equal(error.cause, cause);
      assert.deepEqual(more, []);
    }
  });

  test('a listener may do as it likes: close, ask for more, listen again', async () => {
    await open();
    const later = [];
    client.addEventListener('state', ({ detail }) => {
      if (detail.state === 'closed') {
        later.push(client.state, client.closed);
        client.noop().catch(({ code }) => later.push(code));
      } else client.close();
    });
    await signIn();
    await until(10_000, 'the answer', () => later.length === 3);
    assert.deepEqual(later, ['closed', true, 'wrong-state']);
    const states = events.map(([, { state }]) => state);
    assert.deepEqual(states, ['transaction', 'closed']);
  });
});

describe('progress', () => {
  test('of messages, by whatever method, with what LIST told', async () => {
    await open();
    await signIn();
    await client.retr(1);
    await client.list();
    const heard = [];
    await client.retr(1, { onProgress: (progress) => heard.push(progress) });
    await client.top(1, 0);
    const { body } = await client.retr(2, { stream: true });
    for await (const chunk of body) assert.ok(chunk.length > 0);
    for await (const { error } of client.messages()) assert.equal(error, undefined);
    for await (const { error } of client.batch([['retr', 2]])) assert.equal(error, undefined);
    await client.quit();
    const size = ONE.length;
    const full = (number) => ['progress', { number, received: size, expected: size }];
    assert.deepEqual(events.slice(1, -1), [
      ['progress', { number: 1, received: size }],
      full(1),
      ['progress', { number: 1, received: 'Subject: one\r\n\r\n'.length }],
      full(2),
      full(1),
      full(2),
      full(2),
    ]);
    assert.deepEqual(heard, [{ received: size, expected: size }]);
    assert.equal(events.at(-1)[1].state, 'closed');
  });

  test('nothing is told after the end, and nobody pays who does not listen', async () => {
    const server = await open({ answers: { ...ANSWERS, 'RETR 1': '+OK\r\nhalf\r\n' } });
    client.addEventListener('progress', () => client.close(), { once: true });
    await signIn();
    const error = await failure(client.retr(1));
    assert.equal(error.code, 'aborted');
    assert.deepEqual(
      events.map(([type, { state }]) => state ?? type),
      ['transaction', 'progress', 'closed'],
    );
    assert.deepEqual(server.lines.at(-1), 'RETR 1');
  });

  test('what is in events survives structuredClone, and is no secret', async () => {
    await open({ answers: { ...ANSWERS, 'RETR 1': '+OK\r\nhalf' } });
    await signIn();
    const server = client.retr(1).catch(() => {});
    await until(10_000, 'progress', () => events.length > 1);
    client.close();
    await server;
    const text = JSON.stringify(structuredClone(events));
    for (const word of ['sesame', 'half']) assert.ok(!text.includes(word), text);
  });
});

describe('giving up', () => {
  const BEFORE = {
    user: () => client.user('a', options()),
    pass_: () => client.pass_('b', options()),
    apop: () => client.apop('a', 'b', options()),
    rpop: () => client.rpop('a', options()),
    auth: () => client.auth('PLAIN', { user: 'a', password: 'b', ...options() }),
    login: () => client.login({ user: 'a', password: 'b', encrypted: true, ...options() }),
    utf8: () => client.utf8(options()),
    lang: () => client.lang(undefined, options()),
    capa: () => client.capa(options()),
    quit: () => client.quit(options()),
  };
  const AFTER = {
    stat: () => client.stat(options()),
    list: () => client.list(undefined, options()),
    uidl: () => client.uidl(undefined, options()),
    retr: () => client.retr(1, options()),
    top: () => client.top(1, 0, options()),
    dele: () => client.dele(1, options()),
    rset: () => client.rset(options()),
    noop: () => client.noop(options()),
  };
  const SIGNED_IN = { 'USER a': '+OK\r\n', 'PASS b': '+OK\r\n', 'CAPA': '-ERR\r\n' };
  let how;
  const options = () => how;

  for (const [name, call] of Object.entries({ ...BEFORE, ...AFTER })) {
    test(`${name}: by a signal and by a time, before it is sent and while its answer is awaited`, async () => {
      const silent = {
        'LIST': '',
        'UIDL': '',
        'RETR 1': '',
        'TOP 1 0': '',
        'DELE 1': '',
        'RSET': '',
      };
      const first = { 'USER a': '', 'PASS b': '', 'CAPA': '', 'UTF8': '', 'LANG': '', 'QUIT': '' };
      const mute = { 'NOOP': '', 'APOP a c4c9334bac560ecc979e58001b3e22fb': '', 'RPOP a': '' };
      const never = { ...silent, ...first, ...mute, 'STAT': '', 'AUTH PLAIN AGEAYg==': '' };
      for (const when of ['before', 'while']) {
        for (const by of ['signal', 'timeout']) {
          if (when === 'before' && by === 'timeout') continue;
          const answers = { ...never };
          if (name in AFTER) Object.assign(answers, SIGNED_IN);
          if (name === 'pass_') answers['USER a'] = '+OK\r\n';
          if (name === 'rpop') answers['USER a'] = '+OK\r\n';
          let stats = 0;
          if (name in AFTER)
            answers.STAT = ({ send }) => stats++ === 0 && send(Buffer.from('+OK 1 9\r\n'));
          const server = await open({ greeting: '+OK <1@example.org>\r\n', answers });
          if (name in AFTER) {
            await client.user('a');
            await client.pass_('b');
          } else if (name === 'pass_' || name === 'rpop') await client.user('a');
          const sent = server.lines.length;
          const stop = new AbortController();
          how = by === 'signal' ? { signal: stop.signal } : { timeout: 50 };
          const reason = new Error('no more');
          if (when === 'before') stop.abort(reason);
          const called = call();
          if (when === 'while' && by === 'signal') {
            await until(10_000, 'the command', () => server.lines.length > sent);
            stop.abort(reason);
          }
          const error = await failure(called);
          assert.equal(error.code, by === 'signal' ? 'aborted' : 'timeout');
          assert.equal(error.blame, 'caller');
          if (by === 'signal') assert.equal(error.cause, reason);
          if (when === 'before') {
            assert.equal(server.lines.length, sent);
            assert.equal(client.closed, false);
          }
          client.close();
        }
      }
    });
  }
});

// Every way to sign in, from JavaScript, in Node: the server is scripted.

import assert from 'node:assert/strict';
import { afterEach, before, describe, test } from 'node:test';
import { Pop3Client } from 'pop3-wasm';
import { Pop3Client as SecureClient } from 'pop3-wasm/tls';
import { WebSocket } from 'ws';
import { failure } from '../lib/failure.js';
import { scripted } from '../lib/scripted.js';

const SECRET = 'correct horse battery staple';
const STAT = { STAT: '+OK 2 320\r\n' };

const base64 = (text) => Buffer.from(text, 'latin1').toString('base64');
const capa = (...lines) => `+OK\r\n${lines.map((line) => `${line}\r\n`).join('')}.\r\n`;

let server;
let client;

/** A session with a server that gives these answers. */
async function open(answers = {}, greeting = '+OK ready') {
  server = await scripted({ greeting, answers: { ...STAT, ...answers } });
  client = await Pop3Client.connect({ url: server.url, server: 'work' });
  return client;
}

/** The failure that is waited for, which tells nothing of the password. */
async function refusal(promise) {
  const error = await failure(promise);
  assert.ok(!`${error.message} ${error.stack} ${JSON.stringify(error)}`.includes(SECRET));
  return error;
}

before(() => {
  globalThis.WebSocket = WebSocket;
});

afterEach(async () => {
  client?.close();
  await server?.stop();
  client = server = undefined;
});

describe('login', () => {
  test('sends no password in clear, unless it is told to', async () => {
    const plain = `AUTH PLAIN ${base64(`\0alice\0${SECRET}`)}`;
    await open({ CAPA: capa('USER', 'SASL PLAIN'), [plain]: '+OK welcome\r\n' });
    const credentials = { user: 'alice', password: SECRET };
    const refused = await refusal(client.login(credentials));
    assert.deepEqual([refused.code, refused.blame], ['plaintext-refused', 'caller']);
    assert.deepEqual(server.lines, ['CAPA']);
    const reply = await client.login({ ...credentials, allowPlaintext: true });
    assert.deepEqual(reply, { method: 'PLAIN', text: 'welcome', count: 2, size: 320 });
  });

  test('believes no proxy that it does TLS itself', async () => {
    const connected = { tls: 'end-to-end', upstream: 'implicit' };
    server = await scripted({ connected, answers: { ...STAT, CAPA: capa('USER') } });
    for (const Client of [Pop3Client, SecureClient]) {
      client = await Client.connect({ url: server.url, server: 'work' });
      assert.equal(client.connection, undefined);
      const refused = await refusal(client.login({ user: 'alice', password: SECRET }));
      assert.equal(refused.code, 'plaintext-refused');
      client.close();
    }
    assert.deepEqual(server.lines, ['CAPA', 'CAPA']);
  });

  test('takes the word of a caller who knows that the hop is encrypted', async () => {
    await open({ 'CAPA': capa('USER'), 'PASS p': '-ERR [AUTH] no\r\n' });
    const error = await refusal(client.login({ user: 'a', password: 'p', encrypted: true }));
    assert.equal(error.code, 'auth-failed');
    assert.deepEqual(server.lines, ['CAPA', 'USER a', 'PASS p']);
  });

  test('chooses APOP over a hop in clear', async () => {
    const digest = 'APOP mrose c4c9334bac560ecc979e58001b3e22fb';
    await open({ [digest]: '+OK\r\n' }, '+OK <1896.697170952@dbc.mtview.ca.us>');
    const { method, count } = await client.login({ user: 'mrose', password: 'tanstaaf' });
    assert.deepEqual([method, count], ['APOP', 2]);
  });

  test('starts SCRAM with a nonce that is new each time', async () => {
    await open({ CAPA: capa('SASL SCRAM-SHA-256') });
    const credentials = { user: 'alice', password: SECRET };
    server.lines.length = 0;
    // The scripted server accepts without a proof, which ends the session.
    const first = await refusal(client.login(credentials));
    assert.deepEqual([first.code, first.blame], ['auth-failed', 'protocol']);
    const firstLine = server.lines.at(-1);
    await server.stop();
    await open({ CAPA: capa('SASL SCRAM-SHA-256') });
    await refusal(client.login(credentials));
    const lines = [firstLine, server.lines.at(-1)].map((line) =>
      Buffer.from(line.replace('AUTH SCRAM-SHA-256 ', ''), 'base64').toString(),
    );
    for (const line of lines) assert.match(line, /^n,,n=alice,r=[A-Za-z0-9+/]{24}$/);
    assert.notEqual(lines[0], lines[1]);
  });

  test('tells a refused token from other failures', async () => {
    const line = `AUTH XOAUTH2 ${base64(`user=alice\x01auth=Bearer ${SECRET}\x01\x01`)}`;
    await open({
      'CAPA': capa('SASL XOAUTH2'),
      [line]: `+ ${base64('{"status":"401"}')}\r\n`,
      '': '-ERR no\r\n',
    });
    const credentials = { user: 'alice', token: SECRET, allowPlaintext: true };
    const error = await refusal(client.login(credentials));
    assert.deepEqual([error.code, error.blame], ['auth-failed', 'server']);
    assert.equal(error.message, 'The server refused the token for XOAUTH2: 401.');
  });

  test('finds nothing that fits', async () => {
    await open({ CAPA: capa('SASL PLAIN') });
    const error = await refusal(client.login({}));
    assert.deepEqual([error.code, error.blame], ['unsupported', 'server']);
  });

  test('refuses what are no credentials before anything is sent', async () => {
    await open();
    for (const given of [
      undefined,
      null,
      'alice',
      { user: 1 },
      { password: SECRET },
      { user: 'a', password: 1 },
      { user: 'a', token: {} },
      { user: 'a', password: SECRET, token: SECRET },
      { user: 'a', password: `${SECRET}\r\n` },
      { user: '', password: SECRET },
      { user: 'a', password: SECRET, allowPlaintext: 1 },
      { user: 'a', password: SECRET, encrypted: 'yes' },
    ]) {
      const error = await refusal(client.login(given));
      assert.deepEqual([error.code, error.blame], ['invalid-argument', 'caller']);
    }
    assert.deepEqual(server.lines, []);
  });
});

describe('auth', () => {
  const user = 'alice';
  const cases = {
    'PLAIN': [{ user, password: 'p' }, [`AUTH PLAIN ${base64('\0alice\0p')}`]],
    'LOGIN': [{ user, password: 'p' }, ['AUTH LOGIN', base64('alice'), base64('p')]],
    'CRAM-MD5': [
      { user: 'tim', password: 'tanstaaftanstaaf' },
      ['AUTH CRAM-MD5', base64('tim b913a602c7eda7a495b4e6e7334d3890')],
      base64('<1896.697170952@postoffice.reston.mci.net>'),
    ],
    'XOAUTH2': [
      { user, token: 't' },
      [`AUTH XOAUTH2 ${base64('user=alice\x01auth=Bearer t\x01\x01')}`],
    ],
    'OAUTHBEARER': [
      { user, token: 't' },
      [`AUTH OAUTHBEARER ${base64('n,a=alice,\x01auth=Bearer t\x01\x01')}`],
    ],
    'EXTERNAL': [undefined, ['AUTH EXTERNAL =']],
    'ANONYMOUS': [{ trace: 'sirhc' }, ['AUTH ANONYMOUS c2lyaGM=']],
  };

  for (const [mechanism, [credentials, lines, challenge = '']] of Object.entries(cases)) {
    test(mechanism, async () => {
      const answers = Object.fromEntries(lines.map((line) => [line, `+ ${challenge}\r\n`]));
      answers[lines.at(-1)] = '+OK in\r\n';
      await open(answers);
      const reply = await client.auth(mechanism, credentials);
      assert.deepEqual(reply, { method: mechanism, text: 'in', count: 2, size: 320 });
      assert.deepEqual(server.lines.slice(0, lines.length), lines);
    });
  }

  test('waits to be asked without an initial response', async () => {
    await open({ 'AUTH PLAIN': '+ \r\n', [base64('\0alice\0p')]: '-ERR [AUTH] no\r\n' });
    const credentials = { user, password: 'p', initialResponse: false };
    const error = await refusal(client.auth('PLAIN', credentials));
    assert.deepEqual([error.code, error.responseCode], ['auth-failed', 'AUTH']);
  });

  test('refuses what no mechanism takes', async () => {
    await open();
    for (const [mechanism, credentials] of [
      [undefined, {}],
      ['plain', { user, password: 'p' }],
      ['toString', {}],
      ['PLAIN', undefined],
      ['PLAIN', { user }],
      ['PLAIN', { user, token: 't' }],
      ['XOAUTH2', { user, token: 'a\x01b' }],
      ['ANONYMOUS', { trace: 7 }],
      ['PLAIN', { user, password: 'p', initialResponse: 'no' }],
    ]) {
      const error = await refusal(client.auth(mechanism, credentials));
      assert.equal(error.code, 'invalid-argument', mechanism);
    }
    assert.deepEqual(server.lines, []);
  });
});

describe('the other commands', () => {
  test('APOP, and a greeting without a timestamp', async () => {
    await open();
    const error = await refusal(client.apop('mrose', SECRET));
    assert.deepEqual([error.code, error.blame], ['unsupported', 'server']);
    assert.equal((await refusal(client.apop('m rose', SECRET))).code, 'invalid-argument');
    assert.deepEqual(server.lines, []);
  });

  test('RPOP', async () => {
    await open();
    await client.user('alice');
    assert.equal((await client.rpop('root')).method, 'RPOP');
    assert.equal((await refusal(client.rpop('root'))).code, 'wrong-state');
  });

  test('UTF8, and a mailbox that needs it', async () => {
    await open({ 'PASS p': '-ERR [UTF8] first\r\n' });
    assert.deepEqual(await client.utf8(), { text: '' });
    await client.user('alice');
    const error = await refusal(client.pass_('p'));
    assert.deepEqual([error.code, error.blame], ['utf8-required', 'server']);
  });

  test('LANG', async () => {
    await open({ 'LANG': '+OK\r\nen English\r\nde Deutsch\r\n.\r\n', 'LANG de': '+OK de ja\r\n' });
    assert.deepEqual(await client.lang(), [
      { tag: 'en', text: 'English' },
      { tag: 'de', text: 'Deutsch' },
    ]);
    assert.deepEqual(await client.lang('de'), { tag: 'de', text: 'ja' });
    for (const tag of [null, 'd e', '']) {
      assert.equal((await refusal(client.lang(tag))).code, 'invalid-argument');
    }
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failed, success, type Failure } from '../src/lib/outcome.ts';
import { strengthOf } from '../src/lib/passphrase.ts';
import { Accounts, FIRST_POLICY } from '../src/store/accounts.ts';
import { INITIAL } from '../src/store/mail-state.ts';
import type { MailStore } from '../src/store/mail-store.ts';
import { Notifications, type Desktop } from '../src/store/notifications.ts';
import { Toasts } from '../src/store/toasts.ts';
import { Transfer } from '../src/store/transfer.ts';
import { Vault } from '../src/store/vault.ts';
import type { MailWorker } from '../src/worker/mail-protocol.ts';
import { account, row } from './fake-mail-worker.ts';

const ENDPOINTS = { servers: 'https://site/servers.json', pop3: 'wss://site/pop3' };
const ENTERED = {
  server: 'work',
  user: 'ada',
  hop: { mode: 'proxy' },
  password: 'secret',
  proxyToken: '',
  keepPassword: false,
} as const;
const UNAUTHORIZED: Failure = { code: 'unauthorized', blame: 'proxy' };
const FULL: Failure = { code: 'limit-exceeded', blame: 'package' };

function accountsWith(mail: Partial<MailWorker>) {
  const toasts = new Toasts();
  return { toasts, accounts: new Accounts(mail as MailWorker, ENDPOINTS, toasts) };
}

test('an account is added with a policy that leaves mail on the server', async () => {
  const asked: unknown[] = [];
  const { accounts } = accountsWith({
    addAccount: async (...values) => {
      asked.push(...values);
      return success(account('ada'));
    },
  });
  const added = await accounts.add({ ...ENTERED, proxyToken: 'token', keepPassword: true });
  assert.equal(added?.id, 'ada');
  assert.deepEqual(asked, [
    { title: 'ada', server: 'work', user: 'ada', hop: { mode: 'proxy' }, policy: FIRST_POLICY },
    { url: ENDPOINTS.pop3, password: 'secret', proxyToken: 'token' },
    true,
  ]);
  assert.equal(FIRST_POLICY.onServer.kind, 'keep');
  assert.equal(accounts.state.busy, false);
});

test('a proxy that wants a token is remembered, until one works', async () => {
  let answer: Awaited<ReturnType<MailWorker['addAccount']>> = failed(UNAUTHORIZED);
  const { accounts } = accountsWith({ addAccount: async () => answer });
  assert.equal(await accounts.add(ENTERED), undefined);
  assert.deepEqual(accounts.state.failure, UNAUTHORIZED);
  answer = failed({ code: 'auth-failed', blame: 'server' });
  await accounts.add(ENTERED);
  assert.equal(accounts.state.failure?.code, 'auth-failed');
  assert.equal(accounts.state.tokenWanted, true);
});

test('what a cancelled sign-in comes to changes nothing', async () => {
  let resolve = (_outcome: ReturnType<typeof failed>): void => {};
  const promise = new Promise<ReturnType<typeof failed>>((done) => (resolve = done));
  let cancelled = 0;
  const { accounts } = accountsWith({
    addAccount: () => promise,
    cancelAddAccount: async () => void (cancelled += 1),
  });
  const adding = accounts.add(ENTERED);
  assert.equal(accounts.state.busy, true);
  assert.equal(await accounts.add(ENTERED), undefined, 'one at a time');
  await accounts.cancel();
  assert.equal(accounts.state.busy, false);
  resolve(failed({ code: 'aborted', blame: 'caller' }));
  assert.equal(await adding, undefined);
  assert.equal(accounts.state.failure, undefined);
  assert.equal(cancelled, 1);
});

test('files are imported one after the other, and the first that fails ends it', async () => {
  const transfer = new Transfer({
    importFile: async (file: Blob, _account, progress) => {
      progress(file.size, file.size);
      return (file as File).name === 'bad' ? failed(FULL) : success({ added: 2, known: 1 });
    },
  } as Partial<MailWorker> as MailWorker);
  const seen: unknown[] = [];
  transfer.subscribe(() => seen.push(transfer.state.importing?.file));
  const file = (name: string): File => new File(['From '], name);
  await transfer.import([file('a'), file('b'), file('bad'), file('c')], 'ada');
  assert.deepEqual(transfer.state.imported, { added: 4, known: 2 });
  assert.deepEqual(transfer.state.failure, FULL);
  assert.equal(transfer.state.importing, undefined);
  assert.ok(!seen.includes('c'));
});

test('how far rewriting is can be seen, and a second one waits', async () => {
  const shares: (number | undefined)[] = [];
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  const vault = new Vault({
    setPassphrase: async (_current, next, progress) => {
      progress(0.5);
      await promise;
      return next === 'wrong' ? failed(FULL) : success(undefined);
    },
  } as Partial<MailWorker> as MailWorker);
  vault.subscribe(() => shares.push(vault.state.rewriting));
  const setting = vault.setPassphrase(null, 'wrong');
  assert.equal(await vault.setPassphrase(null, 'other'), undefined);
  resolve();
  assert.deepEqual(await setting, FULL);
  assert.deepEqual(shares, [0, 0.5, undefined]);
});

test('advice on passphrases goes by what they add, not by how long they are', () => {
  const order = ['weak', 'fair', 'good'];
  for (const [text, strength] of [
    ['', 'weak'],
    ['password', 'weak'],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 'weak'],
    ['abcdefghijklmnopqrstuvwxyz', 'weak'],
    ['12345678901234567890', 'weak'],
    ['Tr0ub4dor&3', 'fair'],
    ['correct horse battery staple', 'good'],
    ['ねこと机と青い雨とパン', 'weak'],
  ] as const) {
    assert.ok(order.includes(strengthOf(text)));
    assert.equal(strengthOf(text), strength, text);
  }
});

/** A store as far as notifications look at it, and what they showed. */
function notified(more: { notifications?: boolean; locked?: boolean; seen?: boolean }) {
  const shown: [title: string, body: string][] = [];
  const { notifications = true, locked = false, seen = false } = more;
  const desktop: Desktop = {
    show: (title, body) => void shown.push([title, body]),
    inSight: async () => seen,
  };
  const store = {
    state: {
      ...INITIAL,
      settings: { ...INITIAL.settings, notifications },
      storage: { ...INITIAL.storage, locked },
    },
    mail: {
      rows: async (ids: number[]) =>
        ids.map((id) =>
          row(id, id === 2 ? { read: true } : id === 3 ? { subject: `a\r\n\u202eb${id}` } : {}),
        ),
    },
  };
  return { shown, notifications: new Notifications(store as unknown as MailStore, desktop) };
}

test('new mail is told of by sender and subject, and only where nobody looks', async () => {
  const { shown, notifications } = notified({});
  await notifications.added([1, 2, 3]);
  assert.deepEqual(shown, [
    ['Sender 1', 'Subject 1'],
    ['Sender 3', 'a b3'],
  ]);
  await notifications.added([1, 2, 3, 4]);
  assert.deepEqual(shown.at(-1), ['4 new messages', '']);
  for (const quiet of [{ notifications: false }, { locked: true }, { seen: true }]) {
    const other = notified(quiet);
    await other.notifications.added([1]);
    await other.notifications.added([1, 2, 3, 4]);
    assert.deepEqual(other.shown, [], JSON.stringify(quiet));
  }
});

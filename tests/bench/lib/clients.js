/**
 * The clients that are compared. Each has `jobs` that it can do; `tls`, whether it can by TLS; `serial`, whether
 * it waits for each answer, so that it is given fewer messages where the way is long; and `run`.
 *
 * `run(stage, task)` does one job in a process of its own. A task has `job`, `account`, `trip` (the round
 * trip in milliseconds), `tls`, `limit` (messages), `known` (a file of unique identifiers). The outcome has
 * `count`, `octets` and `digest` as `summary` of mail.js; `seconds`; `first`, seconds until there was
 * something of a message, in the file of those who write one; `processor` seconds and `memory` at most.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { summary } from './mail.js';
import { output, timed } from './measure.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const BENCH = process.env.POP3_BENCH ?? here('../../../target/release/pop3-bench');
const ALL = ['list', 'all', 'new', 'delete'];

const port = ({ ports }, { trip, tls }) => ports[trip][tls ? 'tls' : 'plain'];

/** What scripts of ours are told. */
function told(stage, { account: { user, password }, tls, ...task }) {
  const ca = tls ? stage.ca : undefined;
  return JSON.stringify({ ...task, port: port(stage, { tls, ...task }), user, password, ca });
}

async function script(command, args) {
  return JSON.parse((await output(command, args)).stdout);
}

function native(kind) {
  return (stage, task) => {
    const { user, password } = task.account;
    const flags = { job: task.job, port: port(stage, task), user, password };
    if (task.tls) flags.ca = stage.ca;
    if (task.known) flags.known = task.known;
    if (task.job === 'list') flags.newest = task.limit;
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
    return script(BENCH, [kind, ...args]);
  };
}

const node =
  (file, more = {}) =>
  (stage, task) =>
    script(process.execPath, [here(`../peers/${file}`), told(stage, { ...task, ...more })]);

/** Messages with LF that a program has left in a file. */
function stored(file, split) {
  const text = existsSync(file) ? readFileSync(file, 'latin1') : '';
  return summary(split(text));
}

async function runMpop(stage, task) {
  const { user, password } = task.account;
  const [mbox, uidls] = ['mbox', 'uidls'].map((name) => stage.file(name));
  for (const name of [mbox, uidls]) rmSync(name, { force: true });
  if (task.known) {
    // Its own format: how many, of whom, and the identifiers in their order.
    const known = readFileSync(task.known, 'utf8');
    stage.file('uidls', ` ${known.trimEnd().split('\n').length} 127.0.0.1 ${user}\n${known}`);
  }
  const config = stage.file(
    'mpoprc',
    [
      'account default',
      'host 127.0.0.1',
      `port ${port(stage, task)}`,
      `user ${user}`,
      `password ${password}`,
      'auth user',
      'pipelining on',
      'keep on',
      `only_new ${task.job === 'new' ? 'on' : 'off'}`,
      'received_header off',
      `delivery mbox ${mbox}`,
      `uidls_file ${uidls}`,
      ...(task.tls ? ['tls on', 'tls_starttls off', `tls_trust_file ${stage.ca}`] : ['tls off']),
    ].join('\n') + '\n',
  );
  const used = await timed('mpop', ['--quiet', `--file=${config}`], { appears: mbox });
  const split = (text) =>
    text
      .split(/^From .*\n/m)
      .slice(1)
      .map((message) => message.replace(/\n\n$/, '\n'));
  return { ...used, ...stored(mbox, split) };
}

async function runCurl(stage, task) {
  const { user, password, messages } = task.account;
  const file = stage.file('curl');
  const last = Math.min(task.limit, messages.length);
  const secret = stage.file('curlrc', `user = "${user}:${password}"\n`);
  const url = `${task.tls ? 'pop3s' : 'pop3'}://127.0.0.1:${port(stage, task)}/[1-${last}]`;
  // A proxy is something else to curl, and it would take `POP3_PROXY` for the address of one.
  const quiet = ['--silent', '--show-error', '--noproxy', '*'];
  const args = [...quiet, '--config', secret, '--output', `${file}-#1`, url];
  const tls = task.tls ? ['--cacert', stage.ca] : [];
  const used = await timed('curl', [...args, ...tls], { appears: `${file}-1` });
  const names = Array.from({ length: last }, (_, at) => `${file}-${at + 1}`);
  const fetched = names.map((name) => readFileSync(name, 'latin1'));
  for (const name of names) rmSync(name);
  return { ...used, ...summary(fetched) };
}

async function runFetchmail(stage, task) {
  const { user, password } = task.account;
  const file = stage.file('bsmtp');
  const ids = stage.file('fetchids');
  for (const name of [file, ids]) rmSync(name, { force: true });
  if (task.known) {
    const lines = readFileSync(task.known, 'utf8').trimEnd().split('\n');
    stage.file('fetchids', lines.map((uid) => `${user}@127.0.0.1 ${uid}\n`).join(''));
  }
  const all = task.job === 'all' ? 'fetchall' : '';
  // It knows names in certificates, and no addresses.
  const tls = task.tls
    ? `ssl sslcertck sslcertfile "${stage.ca}" sslcommonname "localhost"`
    : 'sslproto ""';
  const rc = stage.file(
    'fetchmailrc',
    `set invisible\nset no bouncemail\npoll 127.0.0.1 proto pop3 service ${port(stage, task)} uidl\n` +
      `  user "${user}" password "${password}" is reader here ${all} keep norewrite\n` +
      `  fetchlimit ${task.limit} bsmtp "${file}" ${tls}\n`,
  );
  // 13: the limit of messages was reached, as was told.
  const used = await timed('fetchmail', ['--silent', '--idfile', ids, '--fetchmailrc', rc], {
    appears: file,
    fine: [0, 13],
    env: { ...process.env, HOME: stage.file('.'), FETCHMAILHOME: stage.file('.') },
  });
  const split = (text) =>
    text
      .replaceAll('\r\n', '\n')
      .split(/^DATA\n/m)
      .slice(1)
      .map((part) => part.slice(0, part.indexOf('\n.\n') + 1).replace(/^\./gm, ''));
  return { ...used, ...stored(file, split) };
}

export const CLIENTS = {
  'raw socket': { jobs: ['all'], tls: true, run: native('raw') },
  'pop3-wasm, native core': { ours: true, jobs: ALL, tls: true, run: native('core') },
  'pop3-wasm, Node': { ours: true, jobs: ALL, tls: true, run: node('pop3-wasm.js') },
  'mpop': { jobs: ['all', 'new'], tls: true, run: runMpop },
  'curl': { jobs: ['all'], tls: true, serial: true, run: runCurl },
  'fetchmail': { jobs: ['all', 'new'], tls: true, serial: true, run: runFetchmail },
  'poplib (Python)': {
    jobs: ALL,
    tls: true,
    serial: true,
    run: (stage, task) =>
      script('/usr/bin/python3', [here('../peers/poplib_peer.py'), told(stage, task)]),
  },
  // Both go by how answers are cut into pieces. By TLS this one waits without end for one that has come, and some
  // messages of the other are not those that were sent.
  'node-pop3': { jobs: ALL, serial: true, run: node('packages.js', { name: 'node-pop3' }) },
  // It has no UIDL, and its `quit` does not wait until the server has deleted.
  'yapople': {
    jobs: ['all'],
    serial: true,
    run: node('packages.js', { name: 'yapople' }),
  },
};

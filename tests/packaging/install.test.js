// The packed npm package, installed into a project of its own and used as a stranger would.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packed = process.env.POP3_NPM ?? join(root, 'target/npm');
let project;

/** Runs a program in the project; its output is in the error when it fails. */
function run(program, ...args) {
  return execFileSync(program, args, { cwd: project, encoding: 'utf8', stdio: 'pipe' });
}

before(() => {
  const tarballs = readdirSync(packed).filter((name) => name.endsWith('.tgz'));
  assert.equal(tarballs.length, 1, `one tarball in ${packed}, not ${tarballs}`);
  project = mkdtempSync(join(tmpdir(), 'pop3-wasm-install-'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  run('npm', 'install', '--offline', '--no-audit', '--no-fund', join(packed, tarballs[0]));
});

after(() => {
  if (project) rmSync(project, { recursive: true });
});

test('the package holds the module, the loader, the types, the licences and nothing else', () => {
  const folder = join(project, 'node_modules/pop3-wasm');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1));
  for (const wanted of [
    'COOKBOOK.md',
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'README.md',
    'dist/pop3_wasm_bg.wasm',
    'dist/pop3_wasm_message_bg.wasm',
    'dist/pop3_wasm_tls_bg.wasm',
    'dist/third-party-licenses.md',
    'js/deno.d.ts',
    'js/deno.js',
    'js/direct-sockets.d.ts',
    'js/direct-sockets.js',
    'js/index.d.ts',
    'js/index.js',
    'js/index.js.map',
    'js/message.d.ts',
    'js/message.js',
    'js/node.d.ts',
    'js/node.js',
    'js/sockets-deno.js',
    'js/sockets-direct.js',
    'js/sockets-node.js',
    'js/sockets.d.ts',
    'js/tls.d.ts',
    'js/tls.js',
    'js/worker-deno-entry.js',
    'js/worker-entry.js',
    'js/worker-node-entry.js',
    'js/worker-tls-entry.js',
    'js/worker.d.ts',
    'js/worker.js',
    'package.json',
  ]) {
    assert.ok(files.includes(wanted), `${wanted} is missing from ${files}`);
  }
  const terms = readFileSync(join(folder, 'dist/third-party-licenses.md'), 'utf8');
  for (const crate of ['mail-parser', 'rustls', 'wasm-bindgen']) {
    assert.ok(new RegExp(`^- ${crate} [0-9.]+: `, 'm').test(terms), `${crate} in the list`);
    assert.ok(new RegExp(`^## .*\\b${crate} `, 'm').test(terms), `the terms of ${crate}`);
  }
  const strange = files.filter(
    (name) => !/^(dist|js)\/|^(LICENSE-\w+|README\.md|COOKBOOK\.md|package\.json)$/.test(name),
  );
  assert.deepEqual(strange, []);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const hook of ['preinstall', 'install', 'postinstall']) {
    assert.equal(manifest.scripts?.[hook], undefined, `the package runs a script at ${hook}`);
  }
});

for (const entry of ['pop3-wasm', 'pop3-wasm/message']) {
  test(`a message is taken apart in Node, from ${entry}`, () => {
    writeFileSync(
      join(project, 'parse.js'),
      `import { parseMessage } from '${entry}';
     const octets = new TextEncoder().encode(
       'From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\\r\\nSubject: =?iso-8859-1?q?Gr=FC=DFe?=\\r\\n\\r\\nHallo\\r\\n');
     const { subject, from, text } = await parseMessage(octets);
     console.log(JSON.stringify({ subject, from, text }));`,
    );
    const { subject, from, text } = JSON.parse(run('node', 'parse.js'));
    assert.equal(subject, 'Grüße');
    assert.deepEqual(from, [{ name: 'Jürgen', address: 'j@example.org' }]);
    assert.equal(text.trimEnd(), 'Hallo');
  });
}

test('failures are typed errors in Node as well', () => {
  writeFileSync(
    join(project, 'fail.js'),
    `import { Pop3Client, Pop3Error } from 'pop3-wasm';
     try {
       await Pop3Client.connect({ url: 'gopher://127.0.0.1/', server: 'work' });
     } catch (error) {
       console.log(JSON.stringify({ typed: error instanceof Pop3Error, code: error.code, blame: error.blame }));
     }`,
  );
  assert.deepEqual(JSON.parse(run('node', 'fail.js')), {
    typed: true,
    code: 'invalid-argument',
    blame: 'caller',
  });
});

for (const [name, module, moduleResolution] of [
  ['a bundler', 'esnext', 'bundler'],
  ['Node', 'nodenext', 'nodenext'],
]) {
  test(`the types serve a TypeScript project for ${name}`, () => {
    writeFileSync(
      join(project, 'use.ts'),
      `import { Pop3Client, Pop3Error, parseMessage, type Message, type SessionState, type UidlEntry } from 'pop3-wasm';
       import { parseMessage as parse, type Attachment } from 'pop3-wasm/message';
       import { connectDeno } from 'pop3-wasm/deno';
       import { connectNode, openNode, type NodeOptions } from 'pop3-wasm/node';
       import { connect as connectAnywhere, open, type OpenedStreams } from 'pop3-wasm/sockets';
       import { connectInWorker, type WorkerClient } from 'pop3-wasm/worker';
       import { Pop3Client as Secure, roots, type TlsOptions } from 'pop3-wasm/tls';
       export const inside = async (part: Attachment) => part.message ?? parse(part.content);
       export async function subjects(password: string): Promise<(string | undefined)[]> {
         await using client = await Pop3Client.connect({ url: 'https://example.org/pop3', server: 'work' });
         await client.user('me');
         const { count } = await client.pass_(password);
         const uids: UidlEntry[] = await client.uidl();
         const one: UidlEntry = await client.uidl(count);
         console.log(one.uid);
         const messages: Message[] = await Promise.all(
           uids.map(async ({ number }) => parseMessage((await client.top(number, 0)).octets)));
         return messages.map((message) => message.subject);
       }
       export async function fetched(client: Pop3Client, seen: Set<string>): Promise<number> {
         let octets = 0;
         for await (const message of client.fetchNew({ seen, signal: AbortSignal.timeout(1000) })) {
           if (message.error) console.log(message.uid, message.error.code);
           else [octets, seen] = [octets + message.octets.length, seen.add(message.id)];
         }
         for await (const { command, value, error } of client.batch([['retr', 1], ['dele', 2]])) {
           console.log(command[0], value, error?.code);
         }
         const { body, size } = await client.retr(1, { stream: true, timeout: 5 });
         for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) octets += chunk.length;
         return octets + (size ?? 0) + client.pendingDeletions.length;
       }
       export async function endToEnd(pin?: string): Promise<Pop3Client> {
         try {
           const tls: TlsOptions = { name: 'pop.example.org', mode: 'starttls', pin, alpn: false };
           const client = await Secure.connect({ url: 'wss://example.org/pop3', server: 'work', tls });
           const { connection } = client;
           if (connection?.tls === 'end-to-end') console.log(connection.certificate.names, connection.resumed);
           return client as Pop3Client;
         } catch (error) {
           if (error instanceof Pop3Error && error.code === 'tls-untrusted' && error.certificate) {
             return endToEnd(error.certificate.fingerprint);
           }
           throw error;
         }
       }
       export async function direct(options: NodeOptions): Promise<string> {
         const client: Pop3Client = await connectNode({ ...options, keepAlive: 60_000, tls: 'starttls' });
         const streams = await openNode({ host: 'pop.example.org', ca: ['PEM'], port: 995 });
         const same = await Pop3Client.connect({ streams });
         return streams.connection.server + client.connection?.tls + same.connection?.version;
       }
       export async function elsewhere(): Promise<number> {
         const client: WorkerClient = await connectInWorker({ url: '/pop3', tls: { name: 'a' } });
         const sockets = await connectInWorker({ host: 'pop.example.org', tls: 'starttls', signal: AbortSignal.timeout(9) });
         for await (const { id } of sockets.fetchNew({ lines: ({ size }) => (size > 9 ? 0 : undefined) })) console.log(id);
         return (await client.stat()).count;
       }
       export const anywhere = (): Promise<[Pop3Client, OpenedStreams]> =>
         Promise.all([connectAnywhere({ host: 'pop.example.org', keepAlive: 9 }), open({ host: 'pop.example.org' })]);
       // @ts-expect-error: not every runtime shows a certificate of ours
       export const nobody = () => connectAnywhere({ host: 'pop.example.org', cert: 'PEM' });
       export const inDeno = () => connectDeno({ host: 'pop.example.org', tls: 'none', sessionTimeout: 1 });
       // @ts-expect-error: Deno shows no certificate of ours
       export const shown = () => connectDeno({ host: 'pop.example.org', cert: 'PEM' });
       // @ts-expect-error: a host is needed
       export const nowhere = () => connectNode({ port: 995 });
       console.log(roots.version, roots.date);
       // @ts-expect-error: the client without TLS of its own takes no such option
       export const plain = () => Pop3Client.connect({ url: '/', server: 'a', tls: { name: 'b' } });
       export function listen(client: Pop3Client): SessionState {
         client.addEventListener('state', ({ detail }) => console.log(detail.state, detail.error?.code));
         client.addEventListener('progress', ({ detail: { number, received } }) => console.log(number, received));
         // @ts-expect-error: there is no such event
         client.addEventListener('other', () => {}, { once: true });
         return client.state;
       }
       export const idle = (client: Pop3Client) => client.noop({ timeout: 5, signal: AbortSignal.timeout(9) });
       // @ts-expect-error: the detail of a state has no number
       export const no1 = (client: Pop3Client) => client.addEventListener('state', ({ detail }) => detail.number);
       // @ts-expect-error: QUIT is no command of a batch
       export const no = (client: Pop3Client) => client.batch([['quit']]);
       export const busy = (error: unknown) => error instanceof Pop3Error && error.code === 'in-use';
       // @ts-expect-error: a message number is no string
       export const wrong = (client: Pop3Client) => client.retr('1');`,
    );
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module,
          moduleResolution,
          target: 'es2022',
          lib: ['es2022', 'dom', 'esnext.disposable'],
          strict: true,
          noEmit: true,
          types: [],
        },
        files: ['use.ts'],
      }),
    );
    try {
      run(join(root, 'node_modules/.bin/tsc'), '--project', project);
    } catch (error) {
      assert.fail(error.stdout);
    }
  });
}

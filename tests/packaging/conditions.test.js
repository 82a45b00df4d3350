// Which file of `pop3-wasm/sockets` a bundler takes, by what it bundles for.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import { makeProject } from './project.js';

let project;

before(async () => {
  project = await makeProject();
});

after(() => project?.end());

/** The adapters, and the entries of them, that come into a bundle. */
async function bundled(options) {
  const { metafile } = await build({
    stdin: { contents: `export * from 'pop3-wasm/sockets';`, resolveDir: project.folder },
    absWorkingDir: project.folder,
    bundle: true,
    format: 'esm',
    metafile: true,
    write: false,
    ...options,
  });
  const adapter = /\/(sockets-\w+|node|deno|direct-sockets)\.js$/;
  const found = Object.keys(metafile.inputs).map((path) => adapter.exec(path)?.[1]);
  return found.filter((name) => name !== undefined).sort();
}

for (const [title, options, files] of [
  ['a page', { platform: 'browser' }, ['direct-sockets', 'sockets-direct']],
  [
    'a worker',
    { platform: 'neutral', conditions: ['worker'] },
    ['direct-sockets', 'sockets-direct'],
  ],
  ['Node', { platform: 'node' }, ['node', 'sockets-node']],
  ['Bun', { platform: 'neutral', conditions: ['bun'] }, ['node', 'sockets-node']],
  ['Deno', { platform: 'neutral', conditions: ['deno', 'node'] }, ['deno', 'sockets-deno']],
  ['what no condition names', { platform: 'neutral' }, ['direct-sockets', 'sockets-direct']],
]) {
  test(`${title} gets its own sockets and no others`, async () => {
    assert.deepEqual(await bundled(options), files);
  });
}

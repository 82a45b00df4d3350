// The packed package, looked at by the linters that authors of packages ask.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';

const root = fileURLToPath(new URL('../..', import.meta.url));
const packed = process.env.POP3_NPM ?? join(root, 'target/npm');

test('publint has nothing to say, suggestions included', async () => {
  const { messages } = await publint({ pkgDir: join(packed, 'package'), strict: true });
  assert.deepEqual(messages, []);
});

test('each entry has its types, however it is resolved', async () => {
  const [tarball] = readdirSync(packed).filter((name) => name.endsWith('.tgz'));
  const { entrypoints, problems } = await checkPackage(
    createPackageFromTarballData(readFileSync(join(packed, tarball))),
    { excludeEntrypoints: [/\.wasm$/, './package.json'] },
  );
  assert.deepEqual(Object.keys(entrypoints), [
    '.',
    './message',
    './tls',
    './node',
    './deno',
    './direct-sockets',
    './sockets',
    './worker',
    './worker-entry',
    './worker-tls-entry',
  ]);
  const real = problems.filter(({ kind, resolutionKind }) => {
    // It knows no `exports`, and every Node that we support does.
    if (resolutionKind === 'node10') return false;
    // Every Node that we support can require an ES module.
    return kind !== 'CJSResolvesToESM';
  });
  assert.deepEqual(real, []);
});

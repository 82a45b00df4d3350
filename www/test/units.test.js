/**
 * Runs the tests beside this file, which are TypeScript: bundled by the page's own bundler, then
 * imported, so that Node's test runner counts each of them.
 */
import { rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const bundled = await mkdtemp(join(tmpdir(), 'pop3-www-'));
process.on('exit', () => rmSync(bundled, { recursive: true, force: true }));

const manifest = createRequire(import.meta.url).resolve('pop3-wasm/package.json');
const { types } = JSON.parse(await readFile(manifest, 'utf8'));

const names = (await readdir(here)).filter((name) => name.endsWith('.test.ts'));
await build({
  configFile: false,
  root: join(here, '..'),
  logLevel: 'error',
  define: { PACKAGE_TYPES: JSON.stringify(join(manifest, '..', types)) },
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: bundled,
    emptyOutDir: false,
    minify: false,
    rollupOptions: { input: names.map((name) => join(here, name)) },
  },
});

for (const name of await readdir(bundled)) {
  if (name.endsWith('.test.js')) await import(pathToFileURL(join(bundled, name)).href);
}

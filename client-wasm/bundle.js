/**
 * `node bundle.js FOLDER`: writes the package's JavaScript into a folder, small, with source maps
 * beside it. A page without a bundler loads the files as they are: comments and long names would
 * cost it more than half of what it loads, and each file by itself is compressed worse. So what
 * is loaded together is one file, and each entry has its own.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { rolldown } from 'rolldown';

const [folder] = process.argv.slice(2);
const here = import.meta.dirname;
const { exports, sideEffects } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));

/** The files that `exports` names, under whatever conditions. */
function named(value) {
  return typeof value === 'string' ? [value] : Object.values(value).flatMap(named);
}

// Those with side effects are the workers, some of which nobody names but the package itself.
const entries = new Set([...named(exports), ...sideEffects].filter((path) => path.endsWith('.js')));
const bundle = await rolldown({
  input: Object.fromEntries([...entries].map((path) => [basename(path, '.js'), join(here, path)])),
  platform: 'neutral',
  preserveEntrySignatures: 'strict',
});
await bundle.write({
  dir: folder,
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  // An import for its own sake would load what a browser finds by itself.
  hoistTransitiveImports: false,
  minify: { compress: { target: 'es2022' }, mangle: { toplevel: true }, codegen: true },
  sourcemap: true,
  sourcemapPathTransform: (source) => source.split('/').slice(-2).join('/'),
});

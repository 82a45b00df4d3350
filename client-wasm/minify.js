/**
 * `node minify.js FOLDER`: makes the JavaScript in a folder of the package small, file by file, with
 * source maps beside it. A page without a bundler loads the files as they are, so comments and long
 * names would cost it more than half of what it loads.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { minifySync } from 'rolldown/utils';

const [folder] = process.argv.slice(2);
for (const name of readdirSync(folder).filter((name) => name.endsWith('.js'))) {
  const path = join(folder, name);
  const { code, map, errors } = minifySync(name, readFileSync(path, 'utf8'), {
    module: true,
    compress: { target: 'es2022' },
    mangle: { toplevel: true },
    sourcemap: true,
  });
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  writeFileSync(path, `${code}\n//# sourceMappingURL=${name}.map\n`);
  writeFileSync(`${path}.map`, JSON.stringify(map));
}

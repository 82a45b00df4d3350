import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'vite';
import { fileList } from './file-list.ts';

/**
 * Builds the service worker, after everything else, with the list of what has been built: by path,
 * the digest of each file as a subresource's `integrity` has it.
 */
export function serviceWorker(): Plugin {
  let root: string;
  let folder: string;
  return {
    name: 'service-worker',
    apply: 'build',
    configResolved(config) {
      root = config.root;
      folder = resolve(root, config.build.outDir);
    },
    async closeBundle() {
      const files = fileList(folder);
      const version = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 16);
      await build({
        configFile: false,
        root,
        logLevel: 'warn',
        publicDir: false,
        define: { FILES: JSON.stringify(files), VERSION: JSON.stringify(version) },
        build: {
          outDir: folder,
          emptyOutDir: false,
          target: 'es2023',
          modulePreload: false,
          rollupOptions: {
            input: join(root, 'src/sw.ts'),
            output: { format: 'iife', entryFileNames: 'sw.js' },
          },
        },
      });
    },
  };
}

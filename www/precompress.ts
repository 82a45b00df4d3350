import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** The endings of the compressed copies, and how each is made: once, as small as it gets. */
const CODINGS: Record<string, (content: Buffer) => Buffer> = {
  '.br': (content) =>
    brotliCompressSync(content, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
  '.gz': (content) => gzipSync(content, { level: constants.Z_BEST_COMPRESSION }),
};

/**
 * Puts a brotli and a gzip copy beside each file of a folder, so that the server has nothing to
 * compress. A copy that would be no smaller is left out.
 */
export function precompress(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || Object.keys(CODINGS).some((ending) => entry.name.endsWith(ending)))
      continue;
    const file = join(entry.parentPath, entry.name);
    const content = readFileSync(file);
    for (const [ending, compress] of Object.entries(CODINGS)) {
      const compressed = compress(content);
      if (compressed.length < content.length) writeFileSync(file + ending, compressed);
    }
  }
}

/** Does so with what Vite has built. */
export function precompressed(): Plugin {
  let folder: string;
  return {
    name: 'precompressed',
    apply: 'build',
    configResolved({ root, build }) {
      folder = resolve(root, build.outDir);
    },
    closeBundle() {
      precompress(folder);
    },
  };
}

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * The service worker is none of the files that it keeps, and the page itself uses no source maps. Of
 * the character maps for PDF files, it keeps those that were needed once.
 */
const LEFT_OUT = /(^sw\.js|\.map|\.bcmap)$/;

/**
 * The files of a built page: by path, the SHA-256 of each as a subresource's `integrity` has it.
 * Sorted, so that the same files make the same list.
 */
export function fileList(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => !LEFT_OUT.test(path))
    .sort();
  const digest = (path: string): string =>
    createHash('sha256')
      .update(readFileSync(join(folder, path)))
      .digest('base64');
  return Object.fromEntries(paths.map((path) => [path, `sha256-${digest(path)}`]));
}

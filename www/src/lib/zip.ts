/** Files in one archive. Loaded when somebody wants one. */

import { Zip, ZipPassThrough } from 'fflate';

export interface NamedFile {
  /** Safe already; made different where two are the same. */
  name: string;
  content: Uint8Array;
}

/** Octets between two looks at the page: a few milliseconds of counting. */
const STEP = 1_000_000;

/**
 * The archive, uncompressed, since most of what is attached is compressed already. Gives the page
 * time in between, so that fifty megabytes do not hold it up.
 */
export async function zip(files: readonly NamedFile[]): Promise<Blob> {
  const parts: BlobPart[] = [];
  const archive = new Zip((error, chunk) => {
    if (error) throw error;
    parts.push(chunk as Uint8Array<ArrayBuffer>);
  });
  for (const { name, content } of differentNames(files)) {
    const entry = new ZipPassThrough(name);
    archive.add(entry);
    for (let at = 0; at < content.length; at += STEP) {
      entry.push(content.subarray(at, at + STEP));
      await new Promise((resolve) => setTimeout(resolve));
    }
    entry.push(new Uint8Array(0), true);
  }
  archive.end();
  return new Blob(parts, { type: 'application/octet-stream' });
}

/** `a.txt`, `a (2).txt`: names that differ in case alone are the same to some file systems. */
export function differentNames(files: readonly NamedFile[]): NamedFile[] {
  const taken = new Set<string>();
  const next = new Map<string, number>();
  return files.map(({ name, content }) => {
    const dot = name.lastIndexOf('.');
    const [base, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    let number = next.get(name.toLowerCase()) ?? 1;
    let different = name;
    while (taken.has(different.toLowerCase())) {
      number += 1;
      different = `${base} (${number})${extension}`;
    }
    next.set(name.toLowerCase(), number);
    taken.add(different.toLowerCase());
    return { name: different, content };
  });
}

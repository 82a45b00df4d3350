import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { precompress } from '../precompress.ts';

test('each file gets two compressed copies that hold the same, unless they would be no smaller', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pop3-precompress-'));
  try {
    const text = 'export const answer = 42;\n'.repeat(100);
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), text);
    writeFileSync(join(folder, 'assets', 'a.js'), text);
    writeFileSync(join(folder, 'tiny.txt'), 'x');
    // The second run finds the copies of the first, and makes none of them.
    precompress(folder);
    precompress(folder);
    const files = readdirSync(folder, { recursive: true }).map(String).sort();
    const expected = ['a.js', 'a.js.br', 'a.js.gz'].map((name) => join('assets', name));
    const top = ['index.html', 'index.html.br', 'index.html.gz', 'tiny.txt'];
    assert.deepEqual(files, ['assets', ...expected, ...top]);
    for (const name of ['index.html', join('assets', 'a.js')]) {
      const copy = (ending: string) => readFileSync(join(folder, name + ending));
      assert.equal(brotliDecompressSync(copy('.br')).toString(), text);
      assert.equal(gunzipSync(copy('.gz')).toString(), text);
      assert.ok(copy('.br').length < text.length / 10);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

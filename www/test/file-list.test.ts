import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileList } from '../file-list.ts';

test('the list for the service worker has each file of the page with its digest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pop3-dist-'));
  try {
    mkdirSync(join(folder, 'assets'));
    const files = { 'index.html': '<!doctype html>', 'assets/a-1.js': 'a', 'assets/é 2.js': 'b' };
    for (const [path, content] of Object.entries(files)) {
      writeFileSync(join(folder, path), content);
    }
    for (const other of ['sw.js', 'assets/a-1.js.map', 'assets/H.bcmap']) {
      writeFileSync(join(folder, other), 'x');
    }
    const list = fileList(folder);
    assert.deepEqual(Object.keys(list), ['assets/a-1.js', 'assets/é 2.js', 'index.html']);
    for (const [path, content] of Object.entries(files)) {
      const digest = createHash('sha256').update(content).digest('base64');
      assert.equal(list[path], `sha256-${digest}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

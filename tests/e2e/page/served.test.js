/** How the proxy serves the page that was built: each file, in each coding, and no more than once. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join, relative, sep } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { startTestbed } from '../lib/testbed.js';

const BUILT = fileURLToPath(new URL('../../../www/dist', import.meta.url));
const YEAR = 'public, max-age=31536000, immutable';

let bed;
before(async () => {
  bed = await startTestbed();
});
after(() => bed?.stop());

/** Sends a request as it is, with nothing that fetch() would add or undo. */
async function ask(path, headers = {}, method = 'GET') {
  const asked = request(new URL(path, bed.page), { method, headers, agent: false });
  asked.end();
  const [response] = await once(asked, 'response');
  const body = Buffer.concat(await response.toArray());
  return { status: response.statusCode, headers: response.headers, body };
}

async function files() {
  const entries = await readdir(BUILT, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && !/\.(br|gz)$/.test(entry.name));
  return paths.map((entry) => relative(BUILT, join(entry.parentPath, entry.name)));
}

/** Octets of a file that may be no smaller when it is compressed. */
const SMALL = 400;

const CODINGS = { br: brotliDecompressSync, gzip: gunzipSync };

test('every file of the page comes in each coding, and each coding has a tag of its own', async () => {
  const names = await files();
  assert.ok(names.length > 8, `${names}`);
  for (const name of names) {
    const path = `/${name.split(sep).join('/')}`;
    const content = await readFile(join(BUILT, name));
    const plain = await ask(path);
    assert.equal(plain.status, 200, path);
    assert.equal(plain.headers['content-encoding'], undefined, path);
    assert.ok(plain.body.equals(content), path);
    const tags = new Set([plain.headers.etag]);
    for (const [coding, decode] of Object.entries(CODINGS)) {
      const answer = await ask(path, { 'accept-encoding': `${coding};q=0.8` });
      if (answer.headers['content-encoding'] === undefined) {
        // The smallest files would grow, and come as they are.
        assert.ok(content.length < SMALL, path);
        assert.ok(answer.body.equals(content), path);
        tags.add(coding);
        continue;
      }
      assert.equal(answer.headers['content-encoding'], coding, path);
      assert.equal(answer.headers['content-length'], String(answer.body.length), path);
      assert.equal(answer.headers['content-type'], plain.headers['content-type'], path);
      assert.ok(answer.body.length < content.length, path);
      assert.ok(decode(answer.body).equals(content), path);
      tags.add(answer.headers.etag);
    }
    assert.equal(tags.size, 3, path);
    const hashed = name.startsWith('assets');
    const named = /(-[\w-]{8}\.\w+|[/\\]pdf-\d+\.\d+\.\d+[/\\].*)$/.test(name);
    assert.ok(!hashed || named, `${name} has neither hash nor version in its name`);
    for (const answer of [plain, await ask(path, { 'if-none-match': plain.headers.etag })]) {
      assert.equal(answer.headers['cache-control'], hashed ? YEAR : 'no-cache', path);
      assert.equal(answer.headers.vary, 'accept-encoding', path);
    }
  }
});

test('what the browser has is not sent again, and HEAD sends no body', async () => {
  const accepted = { 'accept-encoding': 'gzip, deflate, br' };
  const first = await ask('/', accepted);
  assert.match(first.headers.etag, /^"[0-9a-f]{32}"$/);
  for (const method of ['GET', 'HEAD']) {
    const again = await ask('/', { ...accepted, 'if-none-match': first.headers.etag }, method);
    assert.deepEqual([again.status, again.body.length], [304, 0]);
    assert.equal(again.headers.etag, first.headers.etag);
    assert.equal(again.headers['content-encoding'], undefined);
  }
  const head = await ask('/', accepted, 'HEAD');
  assert.deepEqual([head.status, head.body.length], [200, 0]);
  for (const name of ['content-length', 'content-encoding', 'content-type', 'etag', 'vary']) {
    assert.equal(head.headers[name], first.headers[name], name);
  }
});

test('the copies themselves are no files of the page', async () => {
  for (const path of ['/index.html.br', '/index.html.gz', '/mail.html.br']) {
    assert.equal((await ask(path)).status, 404, path);
  }
});

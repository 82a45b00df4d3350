// What a page has to load of the package, compressed, for each of its entries.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** The package as it was packed. */
const PACKAGE = new URL(
  'package/',
  process.env.POP3_NPM === undefined
    ? new URL('../../target/npm/', import.meta.url)
    : pathToFileURL(`${process.env.POP3_NPM}/`),
);

/** Octets after Brotli at its best. More than this is no accident, and wants a reason. */
const ENTRIES = [
  {
    entry: 'js/index.js',
    wasm: 'dist/pop3_wasm_bg.wasm',
    budget: 67_500,
    never: /message|parts\.js|dial|stls/,
  },
  {
    entry: 'js/node.js',
    wasm: 'dist/pop3_wasm_bg.wasm',
    budget: 71_500,
    never: /message|parts\.js|pop3_wasm_tls|js\/tls/,
  },
  {
    entry: 'js/deno.js',
    wasm: 'dist/pop3_wasm_bg.wasm',
    budget: 71_500,
    never: /message|parts\.js|pop3_wasm_tls|js\/tls|js\/node/,
  },
  {
    // The module is the worker's to load.
    entry: 'js/worker.js',
    budget: 8_000,
    never: /message|parts\.js|pop3_wasm|client|node|deno|tls|serve/,
  },
  {
    entry: 'js/worker-entry.js',
    wasm: 'dist/pop3_wasm_bg.wasm',
    budget: 70_500,
    never: /message|parts\.js|tls|node|deno|remote/,
  },
  {
    entry: 'js/tls.js',
    wasm: 'dist/pop3_wasm_tls_bg.wasm',
    budget: 277_500,
    never: /message|parts\.js|pop3_wasm\.js/,
  },
  {
    entry: 'js/message.js',
    wasm: 'dist/pop3_wasm_message_bg.wasm',
    budget: 102_000,
    never: /client|pop3_wasm\.js|lifeline/,
  },
];

/** The files that an entry loads before anybody calls anything: its imports, and theirs. */
function closure(entry) {
  const found = new Set([entry]);
  for (const file of found) {
    const text = readFileSync(new URL(file, PACKAGE), 'utf8');
    for (const [, path] of text.matchAll(
      /\b(?:import|export)\b[^;"'`(]*?from\s*["'`](\.[^"'`]+)["'`]/g,
    )) {
      found.add(new URL(path, new URL(file, PACKAGE)).href.slice(PACKAGE.href.length));
    }
  }
  return [...found];
}

/** What a file is bundled from, by its source map; one that only passes on what others have has none. */
function sources(file) {
  const map = new URL(`${file}.map`, PACKAGE);
  return existsSync(map) ? [file, ...JSON.parse(readFileSync(map, 'utf8')).sources] : [file];
}

for (const { entry, wasm, budget, never } of ENTRIES) {
  test(`${entry} and its module are within ${budget} octets`, (t) => {
    const files = [...closure(entry), ...(wasm === undefined ? [] : [wasm])];
    assert.ok(files.length > 3, `the imports were followed: ${files}`);
    const made = files.flatMap(sources);
    assert.ok(made.includes('js/error.js'), `what the files are made of is known: ${made}`);
    assert.deepEqual(
      made.filter((file) => never.test(file)),
      [],
      'what the entry does not need is not loaded',
    );
    let sum = 0;
    for (const file of files) {
      const octets = readFileSync(new URL(file, PACKAGE));
      const brotli = brotliCompressSync(octets).byteLength;
      sum += brotli;
      const gzip = gzipSync(octets, { level: 9 }).byteLength;
      t.diagnostic(`${file}: ${octets.byteLength} octets, gzip ${gzip}, brotli ${brotli}`);
    }
    t.diagnostic(`${entry}: ${sum} octets in all, of ${budget}`);
    assert.ok(sum <= budget, `${sum} octets are over the budget of ${budget}`);
  });
}

const BOTH = 167_500;

test(`the client and the parser are within ${BOTH} octets together`, (t) => {
  const entries = ENTRIES.filter(({ entry }) => /\/(index|message)\.js$/.test(entry));
  assert.equal(entries.length, 2);
  // What both load is loaded once.
  const files = new Set(entries.flatMap(({ entry, wasm }) => [...closure(entry), wasm]));
  const sizes = [...files].map(
    (file) => brotliCompressSync(readFileSync(new URL(file, PACKAGE))).byteLength,
  );
  const sum = sizes.reduce((all, size) => all + size, 0);
  t.diagnostic(`${sum} octets in all, of ${BOTH}`);
  assert.ok(sum <= BOTH, `${sum} octets are over the budget of ${BOTH}`);
});

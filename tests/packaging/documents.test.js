// What the package says of itself in several places, held against each other.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { roots } from 'pop3-wasm/tls';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const types = read('client-wasm/js/error.d.ts');
const readme = read('client-wasm/README.md');

/** The members of `ErrorCode`. */
const [, union] = /^export type ErrorCode =$(.*?);$/ms.exec(types);
const CODES = [...union.matchAll(/'([a-z0-9-]+)'/g)].map(([, code]) => code);

test('each code of an error is explained beside the type, and is in the table of the README', () => {
  assert.ok(CODES.length > 40, String(CODES));
  assert.equal(new Set(CODES).size, CODES.length);
  const [, beside] = /The stable `code`(.*?)\*\/\nexport type ErrorCode/s.exec(types);
  const [, table] = /^## Errors$(.*?)^## /ms.exec(readme);
  for (const code of CODES) {
    assert.ok(beside.includes(`\`${code}\``), `${code} beside the type`);
    assert.ok(table.includes(`\`${code}\``), `${code} in the README`);
  }
});

test('what the module fails with is among the codes', () => {
  const sources = ['transport/tls/failure.rs', 'transport/reason.rs'];
  const words = sources.flatMap((path) => [
    ...read(`client-wasm/src/${path}`)
      .split('#[cfg(test)]')[0]
      .matchAll(/"((?:tls|stls|end)-[a-z-]+)"/g),
  ]);
  assert.ok(words.length > 10);
  for (const [, word] of words) assert.ok(CODES.includes(word), word);
});

test('the authorities that are built in are of the version that is told', () => {
  const lock = read('Cargo.lock');
  const [, version] = /name = "webpki-roots"\nversion = "([^"]+)"/.exec(lock);
  assert.equal(roots.version, version);
});

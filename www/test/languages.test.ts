import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import {
  chooseLanguage,
  currentLocale,
  directionOf,
  speak,
  t,
  type Catalogue,
} from '../src/lib/i18n.ts';
import failures from '../src/locales/en/failures.json';
import english from '../src/locales/en/index.ts';
import { failureTitle } from '../src/views/failure.ts';

/** Where the bundler says that the declarations of the package are. */
declare const PACKAGE_TYPES: string;

test('every code of the package has its words', async () => {
  const declared = await readFile(PACKAGE_TYPES, 'utf8');
  const list = /export type ErrorCode =([^;]*);/.exec(declared)?.[1] ?? '';
  const codes = [...list.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code ?? '');
  assert.ok(codes.length >= 30, `${codes.length} codes`);
  for (const code of codes) {
    assert.ok(Object.hasOwn(failures, `failure.${code}.title`), code);
    assert.ok(Object.hasOwn(failures, `failure.${code}.advice`), code);
  }
  const texts = Object.entries(failures);
  const titles = texts.filter(([key]) => key.endsWith('.title')).map(([, text]) => text);
  assert.equal(new Set(titles).size, titles.length, 'no two failures read the same');
  for (const title of titles) assert.match(title, /^[A-Z].*[^.]$/);
  for (const [key, text] of texts) if (key.endsWith('.advice')) assert.match(text, /^[A-Z].*\.$/);
  // A worker can die among the deletions; what became of them is for the report to say.
  assert.doesNotMatch(failures['failure.worker-died.advice'], /deleted/i);
  const unknown = { code: 'of tomorrow' as 'internal', blame: 'server' as const };
  assert.equal(failureTitle(unknown), failures['failure.internal.title']);
});

test('the language is the one that was set, else the first preferred that is there', () => {
  for (const [setting, preferred, language] of [
    ['en', ['xx'], 'en'],
    ['auto', ['tlh', 'en-GB', 'en'], 'en'],
    ['auto', ['C', '', 'x-private', '*'], 'en'],
    ['auto', [], 'en'],
    ['constructor', ['toString'], 'en'],
  ] as const) {
    assert.equal(chooseLanguage(setting, preferred), language, `${setting} ${preferred}`);
  }
  assert.equal(directionOf('en'), 'ltr');
});

test('numbers and plurals are those of the language, in the region of the reader', () => {
  assert.equal(t('common.messages', { count: 1 }), '1 message');
  assert.equal(t('common.messages', { count: 12_345 }), '12,345 messages');
  speak('en', english as Catalogue, ['de-CH', 'en-IN', 'en-GB']);
  assert.equal(currentLocale(), 'en-IN');
  assert.equal(t('common.messages', { count: 1_234_567 }), '12,34,567 messages');
  speak('en', english);
  assert.equal(t('common.messages', { count: 1_234_567 }), '1,234,567 messages');
});

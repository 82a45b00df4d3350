import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { TYPE, parse, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import {
  LANGUAGES,
  catalogueOf,
  chooseLanguage,
  currentLocale,
  directionOf,
  speak,
  t,
  type Catalogue,
  type Language,
} from '../src/lib/i18n.ts';
import de from '../src/locales/de/index.ts';
import es from '../src/locales/es/index.ts';
import fr from '../src/locales/fr/index.ts';
import ja from '../src/locales/ja/index.ts';
import ar from '../src/locales/ar/index.ts';
import failures from '../src/locales/en/failures.json';
import english from '../src/locales/en/index.ts';
import later from '../src/locales/en/later.ts';
import { failureTitle } from '../src/views/failure.ts';

/** Where the bundler says that the declarations of the package are. */
declare const PACKAGE_TYPES: string;

test('every code of the package has its words', async () => {
  const declared = await readFile(join(dirname(PACKAGE_TYPES), 'error.d.ts'), 'utf8');
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
    ['de', ['fr'], 'de'],
    ['auto', ['tlh', 'en-GB', 'de'], 'en'],
    ['auto', ['pt-BR', 'fr-CA', 'en'], 'fr'],
    ['auto', ['ja-Hira-JP'], 'ja'],
    ['auto', ['C', '', 'x-private', '*'], 'en'],
    ['auto', [], 'en'],
    ['constructor', ['toString'], 'en'],
  ] as const) {
    assert.equal(chooseLanguage(setting, preferred), language, `${setting} ${preferred}`);
  }
  const directions = Object.keys(LANGUAGES).map((tag) => directionOf(tag as Language));
  assert.deepEqual(directions, ['ltr', 'ltr', 'ltr', 'ltr', 'ltr', 'rtl']);
});

test('numbers and plurals are those of the language, in the region of the reader', () => {
  assert.equal(t('list.count', { count: 1 }), '1 message');
  assert.equal(t('list.count', { count: 12_345 }), '12,345 messages');
  speak('en', english as Catalogue, ['de-CH', 'en-IN', 'en-GB']);
  assert.equal(currentLocale(), 'en-IN');
  assert.equal(t('list.count', { count: 1_234_567 }), '12,34,567 messages');
  speak('en', english);
  assert.equal(t('list.count', { count: 1_234_567 }), '1,234,567 messages');
});

const TRANSLATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  de,
  es,
  fr,
  ja,
  ar,
};

/** English words that are words of other languages too, and what is no word at all. */
const ALIKE: Readonly<Record<string, readonly string[]>> = {
  de: [
    'reader.contact.organisation',
    'reader.contact.site',
    'settings.passphrase',
    'settings.import',
    'settings.export',
    'settings.version',
    'unlock.passphrase',
    'progress.rate',
    'trust.versionCipher',
    'accounts.port',
    'bar.label',
    'sidebar.number',
    'sidebar.labels',
  ],
  es: [
    'reader.envelope.cc',
    'settings.general',
    'progress.rate',
    'trust.versionCipher',
    'accounts.limitUnit',
    'sidebar.number',
  ],
  fr: [
    'reader.pane',
    'reader.view.source',
    'reader.envelope.cc',
    'reader.envelope.date',
    'reader.calendar.request',
    'reader.contact.kind',
    'reader.contact.organisation',
    'reader.contact.note',
    'settings.import',
    'settings.export',
    'settings.version',
    'progress.rate',
    'trust.versionCipher',
    'list.grid',
    'accounts.port',
    'sidebar.number',
  ],
  ja: ['reader.envelope.cc', 'reader.envelope.bcc', 'sidebar.number'],
  ar: ['sidebar.number'],
};

/** Placeholders of a message, and the plurals in it with their categories. */
function partsOf(text: string) {
  const names = new Set<string>();
  const plurals: string[][] = [];
  const look = (elements: readonly MessageFormatElement[]): void => {
    for (const element of elements) {
      if (element.type === TYPE.literal || element.type === TYPE.pound) continue;
      names.add(element.value);
      if (element.type !== TYPE.plural && element.type !== TYPE.select) continue;
      if (element.type === TYPE.plural) plurals.push(Object.keys(element.options));
      for (const { value } of Object.values(element.options)) look(value);
    }
  };
  look(parse(text, { ignoreTag: true }));
  return { names: [...names].sort(), plurals };
}

for (const [language, texts] of Object.entries(TRANSLATIONS)) {
  test(`nothing is missing in ${language}, and nothing left in English`, async () => {
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(english).sort());
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    for (const [key, source] of Object.entries(english)) {
      const text = texts[key] ?? '';
      const { names, plurals } = partsOf(text);
      assert.deepEqual(names, partsOf(source).names, `the placeholders of ${key}`);
      for (const options of plurals) {
        const categories = options.filter((option) => !option.startsWith('='));
        assert.deepEqual(categories.sort(), [...pluralCategories].sort(), `plurals of ${key}`);
      }
      const alike = ALIKE[language]?.includes(key) === true;
      assert.equal(text === source, alike, `${key}: ${text}`);
      assert.equal(text.trim(), text, key);
    }
    assert.deepEqual(await catalogueOf(language as Language), texts);
  });
}

const VIEWS = import.meta.glob<string>('../src/views/**/*.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
});

test('English texts that are loaded later are loaded by whoever shows them', () => {
  const keys = Object.keys(later);
  const showing: string[] = [];
  for (const [file, source] of Object.entries(VIEWS)) {
    // Of a key that is made of parts, the first one.
    const quoted = [...source.matchAll(/['`]([a-z]+\.[^'`$]*)/g)].map(([, key]) => key ?? '');
    const shows = quoted.some((key) =>
      keys.some((one) => one === key || one.startsWith(`${key}.`)),
    );
    const made = [...source.matchAll(/`([a-z]+\.[^`$]*)\$\{/g)].map(([, start]) => start ?? '');
    if (!shows && !made.some((start) => keys.some((one) => one.startsWith(start)))) continue;
    showing.push(file);
    assert.match(source, /import '[./]+\/lib\/english-later\.ts';/, file);
  }
  assert.ok(showing.length >= 20, `${showing.length} files`);
});

test('a sentence is built by the rules of its language', () => {
  for (const [language, count, text] of [
    ['de', 1234, '1.234 Nachrichten'],
    ['fr', 1_000_000, '1\u202f000\u202f000 de messages'],
    ['ja', 2, '2件のメッセージ'],
    ['ar', 2, 'رسالتان'],
  ] as const) {
    speak(language, TRANSLATIONS[language] as Catalogue);
    assert.equal(t('list.count', { count }), text);
  }
  speak('ar', ar as Catalogue);
  assert.match(t('list.count', { count: 3 }), /رسائل$/);
  assert.match(t('list.count', { count: 11 }), /رسالة$/);
  speak('en', english);
});

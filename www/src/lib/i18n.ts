/**
 * The page's texts, in the language of the reader. A catalogue is a folder `locales/LANGUAGE` of
 * JSON files, one for each part of the page, in ICU's MessageFormat; English is the source, and its
 * keys are the type of every other catalogue. The build takes the messages apart beforehand
 * (`catalogues.ts` beside `vite.config.ts`); from sources, they are taken apart when first used.
 */

import { IntlMessageFormat } from 'intl-messageformat';
import first from '../locales/en/first.ts';
import type all from '../locales/en/index.ts';

export type Key = keyof typeof all;
export type Catalogue = Readonly<Partial<Record<Key, string>>>;
export type Values = Readonly<Record<string, string | number | Date>>;

/** A message as it is written, or as the build has taken it apart. */
type Message = ConstructorParameters<typeof IntlMessageFormat>[0];

/** BCP 47 tag of each language that there is a catalogue for, and its own name. */
export const LANGUAGES = {
  en: 'English',
  de: 'Deutsch',
  fr: 'Français',
  es: 'Español',
  ja: '日本語',
  ar: 'العربية',
} as const;
export type Language = keyof typeof LANGUAGES;

/** Each is a file of its own, loaded when it is wanted. */
const TRANSLATIONS = {
  de: () => import('../locales/de/index.ts'),
  fr: () => import('../locales/fr/index.ts'),
  es: () => import('../locales/es/index.ts'),
  ja: () => import('../locales/ja/index.ts'),
  ar: () => import('../locales/ar/index.ts'),
} satisfies Record<Exclude<Language, 'en'>, () => Promise<{ default: Catalogue }>>;

const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(['ar']);

/** As far as it is loaded. */
const english: Partial<Record<Key, string>> = { ...first };

let language: Language = 'en';
let locale = 'en';
let catalogue: Catalogue = english;
let formats = new Map<Key, (values: Values) => string>();

/** The text for `key`, with its placeholders filled. */
export function t(key: Key, values: Values = {}): string {
  let format = formats.get(key);
  if (format === undefined) {
    format = formatOf(catalogue[key] ?? english[key] ?? key);
    formats.set(key, format);
  }
  return format(values);
}

/** Texts without placeholders, which are most, need no formatter. */
function formatOf(message: Message): (values: Values) => string {
  if (typeof message === 'string' && !/[{}']/.test(message)) return () => message;
  const format = new IntlMessageFormat(message, locale, undefined, { ignoreTag: true });
  return (values) => String(format.format({ ...values }));
}

/** English texts that were not needed before. */
export function addEnglish(texts: Catalogue): void {
  Object.assign(english, texts);
}

/** Is there a text of this name? A key that is made of what came from elsewhere may have none. */
export function isKey(key: string): boolean {
  return Object.hasOwn(english, key);
}

/** The language in use, for `lang` of the document. */
export function currentLanguage(): Language {
  return language;
}

/** The language in use with the reader's own region, for `Intl`: `de-AT`, not just `de`. */
export function currentLocale(): string {
  return locale;
}

/** The texts of a language. Rejects where the file does not come. */
export async function catalogueOf(chosen: Language): Promise<Catalogue> {
  return chosen === 'en' ? english : (await TRANSLATIONS[chosen]()).default;
}

/** From here on, texts come from this catalogue. Whoever shows some has to draw anew. */
export function speak(chosen: Language, texts: Catalogue, preferred: readonly string[] = []): void {
  language = chosen;
  locale = preferred.find((tag) => baseOf(tag) === chosen) ?? chosen;
  catalogue = texts;
  formats = new Map();
}

/** The language that was set, or the first of those preferred that there is a catalogue for. */
export function chooseLanguage(setting: string, preferred: readonly string[]): Language {
  const languages = [setting, ...preferred].map(baseOf);
  return languages.find(isLanguage) ?? 'en';
}

export function directionOf(chosen: Language): 'ltr' | 'rtl' {
  return RIGHT_TO_LEFT.has(chosen) ? 'rtl' : 'ltr';
}

function isLanguage(tag: string | undefined): tag is Language {
  return tag !== undefined && Object.hasOwn(LANGUAGES, tag);
}

/** `pt` of `pt-BR`; nothing of what is no language tag, such as the setting `auto` or `C`. */
function baseOf(tag: string): string | undefined {
  try {
    return new Intl.Locale(tag).language;
  } catch {
    return undefined;
  }
}

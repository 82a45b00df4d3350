/**
 * The page's texts, in the language of the reader. A catalogue is a folder `locales/LANGUAGE` of
 * JSON files, one for each part of the page, in ICU's MessageFormat; English is the source, and its
 * keys are the type of every other catalogue.
 */

import { IntlMessageFormat } from 'intl-messageformat';
import english from '../locales/en/index.ts';

export type Key = keyof typeof english;
export type Catalogue = Readonly<Record<Key, string>>;
export type Values = Readonly<Record<string, string | number | Date>>;

/** BCP 47 tag of each language that there is a catalogue for, and its own name. */
export const LANGUAGES = { en: 'English' } as const;
export type Language = keyof typeof LANGUAGES;

let language: Language = 'en';
let catalogue: Catalogue = english;
let formats = new Map<Key, IntlMessageFormat>();

/** The text for `key`, with its placeholders filled. */
export function t(key: Key, values: Values = {}): string {
  let format = formats.get(key);
  if (format === undefined) {
    format = new IntlMessageFormat(catalogue[key], language, undefined, { ignoreTag: true });
    formats.set(key, format);
  }
  return String(format.format({ ...values }));
}

/** The language in use, for `lang` of the document and for `Intl`. */
export function currentLanguage(): Language {
  return language;
}

/** From here on, texts come from this catalogue. Whoever shows some has to draw anew. */
export function speak(chosen: Language, texts: Catalogue): void {
  language = chosen;
  catalogue = texts;
  formats = new Map();
}

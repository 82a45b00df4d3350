/** Hosts whose letters pass for others: `аррӏе.com` has no Latin letter in its first label. */

import { toUnicode } from 'punycode/punycode.es6.js';

/** Cyrillic and Greek letters that are drawn as Latin ones, in most fonts exactly. */
const TWINS = /^(?:[\d-]|[асԁеһіјӏорԛѕԝхуѵҽгпѡ])+$|^(?:[\d-]|[αικνρυωηοτγ])+$/u;

/** Scripts that are written together in one word; Japanese and Korean mix theirs, and Latin. */
const TOGETHER: readonly RegExp[] = [
  /^[\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]*$/u,
  /^[\p{Script=Han}\p{Script=Bopomofo}\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]*$/u,
];
const ALONE: readonly RegExp[] = [
  ...['Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Devanagari', 'Thai', 'Armenian', 'Georgian'],
  ...['Bengali', 'Tamil', 'Telugu', 'Gujarati', 'Gurmukhi', 'Kannada', 'Malayalam', 'Sinhala'],
  ...['Khmer', 'Lao', 'Myanmar', 'Ethiopic', 'Tibetan', 'Mongolian'],
].map(
  (script) => new RegExp(`^[\\p{Script=${script}}\\p{Script=Common}\\p{Script=Inherited}]*$`, 'u'),
);

/**
 * What a host is drawn as, where its letters could stand for others: a label that mixes alphabets,
 * or one that is written with the twins of Latin letters alone. A name in one's own alphabet, such as
 * `bücher.example`, is none.
 */
export function lookalike(host: string): string | undefined {
  if (!/(?:^|\.)xn--/i.test(host)) return undefined;
  let shown: string;
  try {
    shown = toUnicode(host.toLowerCase());
  } catch {
    // No browser would open it, but its letters were not meant to be read either.
    return host;
  }
  const labels = shown.split('.');
  // Where the last label is of the same alphabet, that is what the others are meant in.
  const foreign = isLatin(labels.at(-1) ?? '');
  const disguised = labels.some(
    (label) =>
      !isLatin(label) &&
      (![...TOGETHER, ...ALONE].some((script) => script.test(label)) ||
        (foreign && TWINS.test(label))),
  );
  return disguised ? shown : undefined;
}

function isLatin(label: string): boolean {
  return /^[a-z\d-]*$/.test(label);
}

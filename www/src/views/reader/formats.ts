/** Dates and sizes as the reader shows them, in the language of the page. */

import { dateFormats, formatCount, formatSize, type DateFormats } from '../../lib/format.ts';
import { currentLocale } from '../../lib/i18n.ts';

let made: { language: string; formats: DateFormats } | undefined;

export function dates(): DateFormats {
  const language = currentLocale();
  if (made?.language !== language) made = { language, formats: dateFormats(language) };
  return made.formats;
}

export function size(octets: number): string {
  return formatSize(octets, currentLocale());
}

export function count(number: number): string {
  return formatCount(number, currentLocale());
}

/** A list of words with “and” before the last. */
export function listed(words: readonly string[]): string {
  return new Intl.ListFormat(currentLocale(), { type: 'conjunction' }).format(words);
}

/** How long something took: seconds up to a minute and a half, then minutes, hours, days. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1_000);
  const [value, unit] =
    seconds < 90
      ? [seconds, 'second']
      : seconds < 90 * 60
        ? [seconds / 60, 'minute']
        : seconds < 36 * 3_600
          ? [seconds / 3_600, 'hour']
          : [seconds / 86_400, 'day'];
  const style = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(currentLocale(), style).format(value as number);
}

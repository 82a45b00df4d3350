/** How numbers and dates are shown. One locale for the page, the browser's own. */

import { currentLocale } from './i18n.ts';

const MINUTES_A_DAY = 24 * 60;

export interface DateFormats {
  /** For a row of the list: the time today, the weekday this week, else the date. */
  short(date: number, now: number): string;
  /** For an open message: all of it. */
  long(date: number): string;
}

/** Formats for one locale and time zone; both default to the browser's. */
export function dateFormats(locale?: string, timeZone?: string): DateFormats {
  const zone = timeZone === undefined ? {} : { timeZone };
  const day = new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', ...zone });
  const time = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', ...zone });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', ...zone });
  const dayOfYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', ...zone });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', ...zone });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short', ...zone });
  return {
    short(when, now) {
      const age = (now - when) / 60_000;
      if (day.format(when) === day.format(now)) return time.format(when);
      if (age > 0 && age < 6 * MINUTES_A_DAY) return weekday.format(when);
      const sameYear = day.format(when).slice(0, 4) === day.format(now).slice(0, 4);
      return (sameYear ? dayOfYear : date).format(when);
    },
    long(when) {
      return full.format(when);
    },
  };
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

/** A format costs more than a hundred uses of it, and a list shows one size a row. */
const numberFormats = new Map<string, Intl.NumberFormat>();

function numberFormat(locale: string | undefined, name: string, options: Intl.NumberFormatOptions) {
  const key = `${locale} ${name}`;
  let format = numberFormats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, options);
    numberFormats.set(key, format);
  }
  return format;
}

/** A size for people, in units of 1,000 octets as file managers show them. */
export function formatSize(octets: number, locale?: string): string {
  let value = Math.max(0, octets);
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const maximumFractionDigits = unit === 0 || value >= 10 ? 0 : 1;
  return numberFormat(locale, `${unit} ${maximumFractionDigits}`, {
    style: 'unit',
    unit: BYTE_UNITS[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits,
  }).format(value);
}

export function formatCount(count: number, locale?: string): string {
  return numberFormat(locale, 'count', {}).format(count);
}

/** When something was, for people: date and time. */
export function formatWhen(time: number): string {
  const format = { dateStyle: 'medium', timeStyle: 'short' } as const;
  return new Intl.DateTimeFormat(currentLocale(), format).format(time);
}

/** A calendar day such as `2026-10-19`, the same in every time zone. */
export function formatDay(day: string): string {
  const format = { dateStyle: 'long', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(currentLocale(), format).format(new Date(day));
}

/**
 * What people type to search, taken apart. Terms stand for "and", `OR` between two for "or", and a
 * leading hyphen for "not"; quotes hold words together.
 *
 *     from:anna subject:"summer holiday" has:attachment before:2026-07 -is:read
 */

import type { Folder, Label, LabelId } from '../mail-protocol.ts';
import { fold } from './fold.ts';

/** Where text is looked for; `anywhere` is all of them. */
export type Field = 'from' | 'to' | 'subject' | 'filename' | 'body' | 'anywhere';

export type Term =
  | { kind: 'text'; field: Field; text: string }
  | { kind: 'is'; flag: 'read' | 'starred'; set: boolean }
  | { kind: 'has'; what: 'attachment' }
  /** Milliseconds since 1970, the end exclusive. */
  | { kind: 'date'; from: number; to: number }
  /** Octets, both ends inclusive. */
  | { kind: 'size'; from: number; to: number }
  | { kind: 'in'; folder: Folder }
  | { kind: 'label'; id: LabelId };

export interface Condition {
  term: Term;
  negated: boolean;
}

export interface Query {
  /** Each has to hold; one holds where any of its conditions does. */
  all: Condition[][];
  /** Terms with an operator whose value makes no sense, as typed. They are left out. */
  misunderstood: string[];
}

export interface QueryContext {
  /** Milliseconds since 1970, for `before:7d`. */
  now: number;
  labels: readonly Label[];
}

/** More conditions than anybody types; what follows is misunderstood. */
const MOST_TERMS = 32;

/** A hyphen, an operator, and a value in quotes or without; a quote left open goes to the end. */
const TOKEN = /(-?)(?:([A-Za-z]+):)?(?:"([^"]*)(?:"|$)|(\S+))/g;

/** An operator whose value has not been typed yet. */
const UNFINISHED =
  /^-?(?:from|to|subject|filename|body|is|has|in|label|before|after|on|larger|smaller):$/i;

export function parseQuery(typed: string, context: QueryContext): Query {
  const query: Query = { all: [], misunderstood: [] };
  let terms = 0;
  let or = false;
  for (const match of typed.normalize('NFC').matchAll(TOKEN)) {
    const [token, hyphen, operator, quoted, bare] = match;
    if (token === 'OR' || token === '|') {
      or = query.all.length > 0;
      continue;
    }
    if (UNFINISHED.test(token)) continue;
    const term = termOf(
      operator?.toLowerCase(),
      quoted ?? bare ?? '',
      token,
      hyphen !== '',
      context,
    );
    terms += 1;
    if (term === undefined || terms > MOST_TERMS) {
      query.misunderstood.push(token);
    } else if (term !== 'nothing') {
      const condition = { term, negated: hyphen !== '' };
      const last = query.all.at(-1);
      if (or && last !== undefined) last.push(condition);
      else query.all.push([condition]);
    }
    or = false;
  }
  return query;
}

const FIELDS: Readonly<Record<string, Field>> = {
  from: 'from',
  to: 'to',
  subject: 'subject',
  filename: 'filename',
  body: 'body',
};

const STATES: Readonly<Record<string, Term>> = {
  unread: { kind: 'is', flag: 'read', set: false },
  read: { kind: 'is', flag: 'read', set: true },
  starred: { kind: 'is', flag: 'starred', set: true },
  unstarred: { kind: 'is', flag: 'starred', set: false },
};

const FOLDERS: Readonly<Record<string, Folder>> = {
  inbox: 'inbox',
  archive: 'archive',
  trash: 'trash',
};

/** `nothing` where nothing is asked for yet, as by `from:` alone; `undefined` is misunderstood. */
function termOf(
  operator: string | undefined,
  value: string,
  token: string,
  negated: boolean,
  { now, labels }: QueryContext,
): Term | 'nothing' | undefined {
  const word = value.toLowerCase();
  const field = operator === undefined ? 'anywhere' : FIELDS[operator];
  if (field !== undefined) return textTerm(field, value);
  switch (operator) {
    case 'is':
      return STATES[word];
    case 'has':
      return word === 'attachment' || word === 'attachments'
        ? { kind: 'has', what: 'attachment' }
        : undefined;
    case 'in': {
      const folder = FOLDERS[word];
      return folder && { kind: 'in', folder };
    }
    case 'label': {
      const wanted = fold(value);
      const label = labels.find(({ title }) => fold(title) === wanted);
      return label && { kind: 'label', id: label.id };
    }
    case 'before': {
      const days = dates(word, now);
      return days && { kind: 'date', from: -Infinity, to: days.from };
    }
    case 'after': {
      const days = dates(word, now);
      return days && { kind: 'date', from: days.from, to: Infinity };
    }
    case 'on': {
      const days = dates(word, now);
      return days && { kind: 'date', ...days };
    }
    case 'larger': {
      const octets = size(word);
      return octets === undefined ? undefined : { kind: 'size', from: octets, to: Infinity };
    }
    case 'smaller': {
      const octets = size(word);
      return octets === undefined ? undefined : { kind: 'size', from: 0, to: octets };
    }
    default:
      // No operator of ours, such as "Re:" or an address of the web: it is text.
      return textTerm('anywhere', negated ? token.slice(1) : token);
  }
}

function textTerm(field: Field, value: string): Term | 'nothing' {
  const text = fold(value).replace(/\s+/g, ' ').trim();
  return text === '' ? 'nothing' : { kind: 'text', field, text };
}

const DAY_MS = 86_400_000;
const AGES: Readonly<Record<string, number>> = { d: 1, w: 7, m: 30, y: 365 };

/** A day, a month or a year in local time; or how long ago, as `7d`, `2w`, `3m` or `1y`. */
function dates(value: string, now: number): { from: number; to: number } | undefined {
  const age = /^(\d{1,4})([dwmy])$/.exec(value);
  if (age !== null) {
    const from = now - Number(age[1]) * (AGES[age[2] ?? ''] ?? 0) * DAY_MS;
    return { from, to: from + DAY_MS };
  }
  const date = /^(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?$/.exec(value);
  if (date === null) return undefined;
  const year = Number(date[1]);
  const month = date[2] === undefined ? undefined : Number(date[2]) - 1;
  const day = date[3] === undefined ? undefined : Number(date[3]);
  const from = new Date(year, month ?? 0, day ?? 1);
  // The thirtieth of February is no date.
  if (month !== undefined && from.getMonth() !== month) return undefined;
  if (day !== undefined && from.getDate() !== day) return undefined;
  const to =
    day !== undefined && month !== undefined
      ? new Date(year, month, day + 1)
      : month !== undefined
        ? new Date(year, month + 1, 1)
        : new Date(year + 1, 0, 1);
  return { from: from.getTime(), to: to.getTime() };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, 'k': 1e3, 'm': 1e6, 'g': 1e9 };

/** Octets, as `5M` or `200 kB` without the space. */
function size(value: string): number | undefined {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)([kmg]?)b?$/.exec(value);
  if (match === null) return undefined;
  return Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1);
}

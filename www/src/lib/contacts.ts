/** Contacts (vCard, RFC 6350, and 3.0 of RFC 2426) as plain data. Runs in the parser worker. */

import ICAL from 'ical.js';
import { valueOf } from './calendar.ts';

export interface Contact {
  name: string;
  organisation?: string;
  title?: string;
  emails: string[];
  phones: string[];
  /** Each in one line. */
  places: string[];
  sites: string[];
  birthday?: string;
  note?: string;
}

export interface Contacts {
  contacts: Contact[];
  more: number;
}

const MOST = 50;
/** Of one kind, for one contact. */
const MOST_ENTRIES = 10;
const LONGEST_TEXT = 2_000;

/** The contacts in `text`; throws where there are none. */
export function readContacts(text: string): Contacts {
  const parsed: unknown[] = ICAL.parse(text);
  const cards = (Array.isArray(parsed[0]) ? parsed : [parsed]).map(
    (card) => new ICAL.Component(card as never),
  );
  const found = cards.filter(({ name }) => name === 'vcard');
  if (found.length === 0) throw new TypeError('no contact');
  return {
    contacts: found.slice(0, MOST).map(contactOf),
    more: Math.max(0, found.length - MOST),
  };
}

function contactOf(card: ICAL.Component): Contact {
  const all = (name: string): string[] =>
    card
      .getAllProperties(name)
      .slice(0, MOST_ENTRIES)
      .map((property) => lineOf(valueOf(property)).replace(/^(?:tel|mailto):/i, ''))
      .filter((line) => line !== '');
  const [organisation] = all('org');
  const [title] = all('title');
  const [birthday] = all('bday');
  const [note] = all('note');
  const [name] = [...all('fn'), ...all('n'), ...all('email')];
  return {
    name: name ?? '',
    ...(organisation !== undefined && { organisation }),
    ...(title !== undefined && { title }),
    emails: all('email'),
    phones: all('tel'),
    places: all('adr'),
    sites: all('url'),
    ...(birthday !== undefined && { birthday }),
    ...(note !== undefined && { note }),
  };
}

/** A value in one line; what has parts, with commas between those that say something. */
function lineOf(value: unknown): string {
  if (Array.isArray(value)) {
    return value
      .map(lineOf)
      .filter((part) => part !== '')
      .join(', ')
      .slice(0, LONGEST_TEXT);
  }
  return value === null || value === undefined ? '' : String(value).trim().slice(0, LONGEST_TEXT);
}

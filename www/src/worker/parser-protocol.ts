import type { Address, Message } from 'pop3-wasm';
import type { Calendar } from '../lib/calendar.ts';
import type { Contacts } from '../lib/contacts.ts';
import type { Outcome } from '../lib/outcome.ts';

/** What a row of the list shows. */
export interface Summary {
  from: Address | undefined;
  subject: string | undefined;
  /** Milliseconds since 1970. */
  date: number | undefined;
  attachments: boolean;
}

/** The worker that takes messages apart: it may trap on hostile input, and is then replaced. */
export interface ParserWorker {
  summarise(octets: Uint8Array): Promise<Outcome<Summary>>;
  parse(octets: Uint8Array): Promise<Outcome<Message>>;
  readCalendar(text: string): Promise<Outcome<Calendar>>;
  readContacts(text: string): Promise<Outcome<Contacts>>;
}

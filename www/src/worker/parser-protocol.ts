import type { Message } from 'pop3-wasm';
import type { Calendar } from '../lib/calendar.ts';
import type { Contacts } from '../lib/contacts.ts';
import type { Outcome } from '../lib/outcome.ts';
import type { PackedFile } from '../lib/tnef.ts';

/** The worker that takes messages apart: it may trap on hostile input, and is then replaced. */
export interface ParserWorker {
  parse(octets: Uint8Array): Promise<Outcome<Message>>;
  readCalendar(text: string): Promise<Outcome<Calendar>>;
  readContacts(text: string): Promise<Outcome<Contacts>>;
  unpack(octets: Uint8Array): Promise<Outcome<PackedFile[]>>;
}

import type { Attachment, Message } from 'pop3-wasm';
import type { Calendar } from '../lib/calendar.ts';
import type { Contacts } from '../lib/contacts.ts';
import type { Failure, Outcome } from '../lib/outcome.ts';
import type { PdfDocument } from '../lib/pdf-document.ts';
import type { PackedFile } from '../lib/tnef.ts';
import type { MailWorker, MessageId, MessageRow } from '../worker/mail-protocol.ts';
import { Observable } from './observable.ts';

export type { MessageId, MessageRow };

/** A message as far as it can be shown. */
export type Content =
  | { status: 'loading' }
  | { status: 'failed'; failure: Failure }
  /** Without `message`, it could not be taken apart, and its source is what there is. */
  | { status: 'ready'; octets: Uint8Array; message?: Message };

/** How the rest of a message is coming whose header alone is stored. Octets. */
export type Rest =
  | { status: 'fetching'; received: number; expected: number }
  | { status: 'failed'; failure: Failure };

/** One message of the conversation that is open. */
export interface Member {
  row: MessageRow;
  /** Absent until somebody wants to see it. */
  content?: Content;
  rest?: Rest;
}

/** A message that is an attachment of the one before it. */
export interface Attached {
  title: string;
  content: Content;
}

export interface ReadingState {
  /** The message that was opened. */
  id?: MessageId | undefined;
  /** Its conversation, oldest first. */
  members: readonly Member[];
  /** Messages inside the message, the outermost first; the last one is shown. */
  attached: readonly Attached[];
}

/** Messages inside one another that are opened, so that a hostile one has a bottom. */
export const DEEPEST = 8;

const CLOSED: ReadingState = { id: undefined, members: [], attached: [] };

type Mail = Pick<MailWorker, 'octets' | 'conversation' | 'rows' | 'fetchRest'>;

/** Takes messages and what is in them apart, in workers that a hostile one may bring down. */
export interface MessageParser {
  parse(octets: Uint8Array): Promise<Outcome<Message>>;
  readCalendar(text: string): Promise<Outcome<Calendar>>;
  readContacts(text: string): Promise<Outcome<Contacts>>;
  unpack(octets: Uint8Array): Promise<Outcome<PackedFile[]>>;
  openPdf(octets: Uint8Array): Promise<Outcome<PdfDocument>>;
}

/** What is being read: a conversation, with the messages of it that are unfolded. */
export class Reading extends Observable<ReadingState> {
  readonly #mail: Mail;
  readonly #parser: MessageParser;
  /** Tells answers for a conversation that has been left since. */
  #opening = 0;

  constructor(mail: Mail, parser: MessageParser) {
    super(CLOSED);
    this.#mail = mail;
    this.#parser = parser;
  }

  /** Opens a message among its conversation. Its row is shown at once where it is known. */
  async open(id: MessageId, { row, alone = false }: OpenOptions = {}): Promise<void> {
    const opening = ++this.#opening;
    this.replace({ id, members: row ? [{ row }] : [], attached: [] });
    const atOnce = row && this.expand(id);
    const rows = await (alone ? this.#mail.rows([id]) : this.#mail.conversation(id));
    if (opening !== this.#opening) return;
    // What lies in the trash is in no conversation, and is read all the same.
    const found = rows.some((one) => one.id === id) ? rows : await this.#mail.rows([id]);
    if (opening !== this.#opening) return;
    const known = new Map(this.state.members.map((member) => [member.row.id, member]));
    this.patch({ members: found.map((one) => ({ ...known.get(one.id), row: one })) });
    await Promise.all([atOnce, this.expand(id)]);
  }

  close(): void {
    this.#opening += 1;
    this.replace(CLOSED);
  }

  /** Takes over what changed of the messages that are open. */
  rowsChanged(rows: readonly MessageRow[]): void {
    const changed = new Map(rows.map((row) => [row.id, row]));
    const { members } = this.state;
    if (!members.some(({ row }) => changed.has(row.id))) return;
    this.patch({
      members: members.map((member) => {
        const row = changed.get(member.row.id);
        return row ? { ...member, row } : member;
      }),
    });
    for (const { row, content } of members) {
      // The rest has come, perhaps to another tab.
      const whole = changed.get(row.id)?.local === 'whole';
      if (content && row.local === 'header' && whole) void this.#load(row.id);
    }
  }

  /** Gets what a member of the conversation says, unless that is here or on its way. */
  async expand(id: MessageId): Promise<void> {
    const content = this.#member(id)?.content;
    if (content === undefined || content.status === 'failed') await this.#load(id);
  }

  /** Fetches the rest of a message of which the header is stored. */
  async fetchRest(id: MessageId): Promise<void> {
    const member = this.#member(id);
    if (member === undefined || member.rest?.status === 'fetching') return;
    const opening = this.#opening;
    const tell = (received: number, expected: number): void => {
      if (opening !== this.#opening) return;
      this.#patchMember(id, { rest: { status: 'fetching', received, expected } });
    };
    tell(0, member.row.size);
    const outcome = await this.#mail.fetchRest(id, tell);
    if (opening !== this.#opening) return;
    if (!outcome.ok) {
      this.#patchMember(id, { rest: { status: 'failed', failure: outcome.failure } });
      return;
    }
    const [row] = await this.#mail.rows([id]);
    if (opening !== this.#opening) return;
    this.#patchMember(id, { rest: undefined, ...(row && { row }) });
    await this.#load(id);
  }

  /** Shows a message that is an attachment, in the place of the one that it is attached to. */
  async openAttached(part: Attachment, title: string): Promise<void> {
    const { attached } = this.state;
    if (attached.length >= DEEPEST) return;
    const opening = this.#opening;
    const depth = attached.length;
    this.patch({ attached: [...attached, { title, content: { status: 'loading' } }] });
    const content = await this.#takeApart(part.content);
    const now = this.state.attached;
    if (opening !== this.#opening || now[depth]?.content.status !== 'loading') return;
    this.patch({ attached: now.with(depth, { title, content }) });
  }

  /** Back to the message that the one shown is attached to. */
  closeAttached(): void {
    this.patch({ attached: this.state.attached.slice(0, -1) });
  }

  readCalendar(text: string): Promise<Outcome<Calendar>> {
    return this.#parser.readCalendar(text);
  }

  readContacts(text: string): Promise<Outcome<Contacts>> {
    return this.#parser.readContacts(text);
  }

  /** The files in a `winmail.dat`. */
  unpack(octets: Uint8Array): Promise<Outcome<PackedFile[]>> {
    return this.#parser.unpack(octets);
  }

  openPdf(octets: Uint8Array): Promise<Outcome<PdfDocument>> {
    return this.#parser.openPdf(octets);
  }

  async #load(id: MessageId): Promise<void> {
    if (this.#member(id) === undefined) return;
    const opening = this.#opening;
    this.#patchMember(id, { content: { status: 'loading' } });
    const outcome = await this.#mail.octets(id);
    const content: Content = outcome.ok
      ? await this.#takeApart(outcome.value)
      : { status: 'failed', failure: outcome.failure };
    if (opening === this.#opening) this.#patchMember(id, { content });
  }

  async #takeApart(octets: Uint8Array): Promise<Content> {
    const parsed = await this.#parser.parse(octets);
    return { status: 'ready', octets, ...(parsed.ok && { message: parsed.value }) };
  }

  #member(id: MessageId): Member | undefined {
    return this.state.members.find(({ row }) => row.id === id);
  }

  #patchMember(id: MessageId, change: { [Key in keyof Member]?: Member[Key] | undefined }): void {
    this.patch({
      members: this.state.members.map((member): Member => {
        if (member.row.id !== id) return member;
        const { rest, ...others } = { ...member, ...change } as Member;
        return rest === undefined ? others : { ...others, rest };
      }),
    });
  }
}

export interface OpenOptions {
  row?: MessageRow | undefined;
  /** Without its conversation. */
  alone?: boolean;
}

import { FailureError } from '../../lib/outcome.ts';
import type { AccountId, MessageId } from '../mail-protocol.ts';
import type { Digest, NewMessage } from '../storage/types.ts';
import { MboxReader, isMbox, type MailboxEntry } from './mbox.ts';

/** What importing needs of what is stored. */
export interface ImportStorage {
  /** Messages of the account that may be the same: of the same {@link likeness}. */
  alike(account: AccountId, likeness: string): readonly MessageId[];
  octets(id: MessageId): Promise<Uint8Array | undefined>;
  add(account: AccountId, messages: NewMessage[]): Promise<MessageId[]>;
}

export interface ImportOptions {
  storage: ImportStorage;
  digest: (octets: Uint8Array, local: 'whole') => Promise<Digest>;
  /** Octets. */
  progress: (done: number, all: number) => void;
  /** What a message may have, in octets. */
  limit?: number;
}

/** What came of a file, in messages. */
export interface Imported {
  added: number;
  /** There already. */
  known: number;
  /** Too large to be taken apart in a browser. */
  refused: number;
}

const MESSAGE_LIMIT = 256 * 1024 * 1024;

/** What is written in one transaction. */
const BATCH_OCTETS = 4 * 1024 * 1024;
const BATCH_MESSAGES = 128;

/** A field of a header, which every message begins with, after empty lines at most. */
const FIELD = /^[\r\n]*[!-9;-~]+[ \t]*:/;

/**
 * Stores the messages of a file that are not there yet: of one message (.eml) or of many (mbox). It
 * is read in pieces, so that it may be larger than memory. What was stored before a failure stays, and
 * a second try passes it over.
 */
export async function importFile(
  file: Blob,
  account: AccountId,
  { storage, digest, progress, limit = MESSAGE_LIMIT }: ImportOptions,
): Promise<Imported> {
  const imported: Imported = { added: 0, known: 0, refused: 0 };
  const known = new Known(storage, account);
  let batch: NewMessage[] = [];
  let octetsOfBatch = 0;
  const write = async (): Promise<void> => {
    if (batch.length === 0) return;
    await storage.add(account, batch);
    imported.added += batch.length;
    batch = [];
    octetsOfBatch = 0;
  };
  for await (const { entry, read } of entriesOf(file, limit)) {
    if (entry === 'too-large') imported.refused += 1;
    else if (entry !== undefined) {
      const message: NewMessage = {
        octets: entry,
        local: 'whole',
        size: entry.length,
        digest: await digest(entry, 'whole'),
      };
      if (await known.has(message)) imported.known += 1;
      else {
        batch.push(message);
        octetsOfBatch += entry.length;
        if (batch.length >= BATCH_MESSAGES || octetsOfBatch >= BATCH_OCTETS) await write();
      }
    }
    progress(read, file.size);
  }
  await write();
  return imported;
}

interface Step {
  entry?: MailboxEntry;
  /** Octets of the file so far. */
  read: number;
}

async function* entriesOf(file: Blob, limit: number): AsyncGenerator<Step> {
  const beginning = new Uint8Array(await file.slice(0, 4096).arrayBuffer());
  if (!isMbox(beginning)) {
    if (!FIELD.test(new TextDecoder('latin1').decode(beginning))) throw new FailureError(NOT_MAIL);
    const tooLarge = file.size > limit;
    const entry = tooLarge ? 'too-large' : new Uint8Array(await file.arrayBuffer());
    yield { entry, read: file.size };
    return;
  }
  const mbox = new MboxReader(limit);
  const pieces = file.stream().getReader();
  let read = 0;
  try {
    for (;;) {
      const { done, value } = await pieces.read();
      if (done) break;
      read += value.length;
      for (const entry of mbox.push(value)) yield { entry, read };
      yield { read };
    }
  } finally {
    await pieces.cancel();
  }
  for (const entry of mbox.end()) yield { entry, read };
}

const NOT_MAIL = { code: 'not-mail', blame: 'caller' } as const;

/**
 * By what messages are looked for that may be the same: the Message-ID, or without one what else a row
 * says of it.
 */
export function likeness({ messageId, subject = '', from }: Likeness): string {
  return messageId ?? `${from?.address ?? ''} ${subject}`;
}

type Likeness = Pick<Digest, 'messageId' | 'subject' | 'from'>;

/** Which messages are stored already, as far as they have been compared. */
class Known {
  readonly #storage: ImportStorage;
  readonly #account: AccountId;
  /** Fingerprints by likeness. */
  readonly #prints = new Map<string, Set<string>>();

  constructor(storage: ImportStorage, account: AccountId) {
    this.#storage = storage;
    this.#account = account;
  }

  /** From then on it is known. */
  async has({ octets, digest }: NewMessage): Promise<boolean> {
    const key = likeness(digest);
    let prints = this.#prints.get(key);
    if (prints === undefined) {
      prints = new Set();
      this.#prints.set(key, prints);
      for (const id of this.#storage.alike(this.#account, key)) {
        const stored = await this.#storage.octets(id);
        if (stored !== undefined) prints.add(await fingerprint(stored));
      }
    }
    const print = await fingerprint(octets);
    if (prints.has(print)) return true;
    prints.add(print);
    return false;
  }
}

const CR = 0x0d;
const LF = 0x0a;

/** The same however lines end, and however many empty ones are at the end, which files change. */
async function fingerprint(octets: Uint8Array): Promise<string> {
  const lines = octets.filter((octet) => octet !== CR);
  let end = lines.length;
  while (end > 0 && lines[end - 1] === LF) end -= 1;
  const digest = await crypto.subtle.digest('SHA-256', lines.subarray(0, end));
  return Array.from(new Uint8Array(digest), (octet) => octet.toString(16).padStart(2, '0')).join(
    '',
  );
}

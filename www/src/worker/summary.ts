/** What is kept of a message beside its octets: for its row in the list, and for the search. */

import { parseMessage, type Address, type Message } from 'pop3-wasm/message';
import { blocksOf } from '../lib/quotes.ts';
import { shownAddress, shownText } from '../lib/shown-text.ts';
import type { Digest } from './storage/types.ts';

/** Characters that the search finds; what comes after is rarely what somebody looks for. */
const TEXT_LIMIT = 64 * 1024;

/** Characters of the beginning of the text. */
const SNIPPET_LIMIT = 200;

/** Of long lists, such as recipients of a circular, the first few are kept. */
const ADDRESS_LIMIT = 16;
const NAME_LIMIT = 64;
const REFERENCE_LIMIT = 64;

/** Characters of a subject, name, address or id; more is an attack on the list. */
const FIELD_LIMIT = 1_000;

/**
 * Takes a message, or its header alone, apart. One that traps the parser is `broken`, with what its
 * header gives by itself; this never fails.
 */
export async function digestOf(octets: Uint8Array, local: 'header' | 'whole'): Promise<Digest> {
  try {
    return digest(await parseMessage(octets), local);
  } catch {
    return brokenDigest(octets, local);
  }
}

/** The message as a whole was too much, but its header may not be. */
async function brokenDigest(octets: Uint8Array, local: 'header' | 'whole'): Promise<Digest> {
  if (local === 'whole') {
    try {
      const header = await parseMessage(headerOf(octets));
      return { ...digest(header, 'header'), broken: true };
    } catch {
      // Then there is nothing to be had.
    }
  }
  return {
    to: [],
    attachments: false,
    attachmentNames: [],
    snippet: '',
    text: '',
    references: [],
    broken: true,
  };
}

/** Octets that a header may have to be read by itself. */
const HEADER_LIMIT = 256 * 1024;

/** Up to the empty line, which is left out: without a body, nothing of it can be at fault. */
function headerOf(octets: Uint8Array): Uint8Array {
  const limit = Math.min(octets.length, HEADER_LIMIT);
  for (let at = 0; at < limit; at += 1) {
    if (octets[at] !== 0x0a) continue;
    const next = octets[at + 1] === 0x0d ? at + 2 : at + 1;
    if (octets[next] === 0x0a) return octets.subarray(0, at + 1);
  }
  return octets.subarray(0, limit);
}

function digest(message: Message, local: 'header' | 'whole'): Digest {
  const { subject, from, date, messageId, inReplyTo, references } = message;
  const [author] = from;
  const text = local === 'whole' ? textOf(message).slice(0, TEXT_LIMIT) : '';
  // Of a header alone, a look at the body would cost time and find nothing.
  const parts = local === 'whole' ? message.attachments : [];
  const files = parts.filter(({ inline }) => !inline);
  const names = files.flatMap(({ name }) => (name === undefined ? [] : [short(name)]));
  return {
    ...(author && { from: mailbox(author) }),
    to: [...message.to, ...message.cc].slice(0, ADDRESS_LIMIT).map(mailbox),
    ...(subject !== undefined && { subject: short(subject) }),
    ...(date !== undefined && Number.isFinite(date) && { date }),
    attachments: local === 'whole' ? files.length > 0 : message.mayHaveAttachments,
    attachmentNames: names.slice(0, NAME_LIMIT),
    snippet: snippetOf(text),
    text,
    ...(messageId !== undefined && { messageId: cut(messageId) }),
    // The first begins the conversation, and the last are the nearest.
    references: nearest([...new Set([...references, ...inReplyTo])].map(cut)),
    broken: false,
  };
}

/** Making text of an enormous HTML body is the one thing here that may trap by itself. */
function textOf(message: Message): string {
  try {
    return message.text ?? '';
  } catch {
    return '';
  }
}

function mailbox(address: Address): { name?: string; address: string } {
  const { name, address: box } = shownAddress(address);
  return { ...(name && { name: name.slice(0, FIELD_LIMIT) }), address: box.slice(0, FIELD_LIMIT) };
}

const cut = (id: string): string => id.slice(0, FIELD_LIMIT);
const short = (text: string): string => shownText(text.slice(0, FIELD_LIMIT));

function nearest(ids: string[]): string[] {
  if (ids.length <= REFERENCE_LIMIT) return ids;
  return [...ids.slice(0, 1), ...ids.slice(1 - REFERENCE_LIMIT)];
}

/** Lines that people's programs write above a quote. */
const ATTRIBUTION = /^.{0,200}(?:wrote|schrieb|a écrit|escribió).{0,100}:$/u;

/** Enough text to fill a snippet, however much of it is quoted. */
const SNIPPET_SOURCE = 8 * 1024;

/** The first words that the sender wrote: neither quotes nor signature. */
function snippetOf(text: string): string {
  const blocks = blocksOf(text.slice(0, SNIPPET_SOURCE), false);
  const own = blocks.filter(({ depth, signature }) => depth === 0 && !signature);
  // Who only quotes is shown with what he quotes.
  const chosen = own.some((block) => block.text.trim() !== '') ? own : blocks;
  const lines = chosen
    .flatMap((block) => block.text.split('\n'))
    .filter((line) => !ATTRIBUTION.test(line.trim()));
  const words = shownText(lines.join(' ')).replace(/\s+/gu, ' ');
  // Not in mid-character.
  return [...words.slice(0, 2 * SNIPPET_LIMIT)].slice(0, SNIPPET_LIMIT).join('').trim();
}

/** Mail by a seed: the same octets on every machine, and what a client must have made of them. */
import { createHash } from 'node:crypto';

const WORDS =
  'account agenda answer bridge budget change delivery draft engine figure garden harbour invoice ' +
  'journey kitchen letter meeting minutes number office paper question river schedule table ticket ' +
  'update village weather window winter yesterday';

/** Numbers from 0 to 1 by a seed (mulberry32). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Lines of text, some of them with a dot in front, which POP3 has to stuff. */
function text(octets, next) {
  const words = WORDS.split(' ');
  const lines = [];
  let size = 0;
  while (size < octets) {
    let line = next() < 0.05 ? '.' : '';
    while (line.length < 64) line += `${words[Math.floor(next() * words.length)]} `;
    line = line.trimEnd();
    lines.push(line);
    size += line.length + 2;
  }
  return lines;
}

/** So many messages of about so many octets each, with CRLF. */
export function mailbox(count, octets, seed = 1) {
  const next = random(seed);
  // Of a large message the text repeats; making it is no part of any measurement.
  const block = text(Math.min(octets, 9_000_000), next);
  return Array.from({ length: count }, (_, at) => {
    const header = [
      `From: Sender ${at % 97} <sender${at % 97}@tests.example>`,
      'To: Reader <reader@tests.example>',
      `Subject: Message ${at} about ${text(1, next)[0].slice(0, 40).trim()}`,
      `Date: Mon, 02 Jan 2023 ${new Date(at * 1_000).toISOString().slice(11, 19)} +0000`,
      `Message-ID: <${at}.${seed}@tests.example>`,
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=us-ascii',
    ].join('\r\n');
    const from = Math.floor(next() * block.length);
    const body = [...block.slice(from), ...block.slice(0, from)].join('\r\n');
    const room = Math.max(octets - header.length - 6, 0);
    const cut = body.slice(0, room).replace(/[\s.]+$/, '');
    return `${header}\r\n\r\n${cut}\r\n`;
  });
}

/** The header of a message as TOP gives it with no line of the body. */
export const header = (message) => message.slice(0, message.indexOf('\r\n\r\n') + 4);

/** More than the line before a message has. */
const STATUS = 64;

/** How many octets the answers to RETR of these messages have: stuffed, with the lines before and after. */
export function answers(messages) {
  const stuffed = (message) => message.length + (message.match(/^\./gm)?.length ?? 0);
  const least = messages.reduce((sum, message) => sum + stuffed(message) + '.\r\n'.length, 0);
  return { least, most: least + STATUS * messages.length };
}

/**
 * What a client must have of these messages, in their order: `count`; `octets` with each line end as one,
 * since some store them so; and `digest`, the SHA-256 of the SHA-256 of each.
 */
export function summary(messages) {
  const all = createHash('sha256');
  let octets = 0;
  for (const message of messages) {
    const plain = Buffer.from(message, 'latin1').toString('latin1').replaceAll('\r\n', '\n');
    octets += plain.length;
    all.update(createHash('sha256').update(plain, 'latin1').digest());
  }
  return { count: messages.length, octets, digest: all.digest('hex') };
}

/** Messages that have more in them than text, for the tests of the reader. */
import { EVERY_OCTET, RED_DOT, ago, letter } from './mail.js';
import { pdf } from './pdf-file.js';

function base64(octets) {
  return Buffer.from(octets).toString('base64').replace(/.{76}/g, '$&\r\n');
}

/** A message of several parts, each `{ type, name, content, method }`, after its text. */
export function parcel(
  subject,
  parts,
  { minutes = 10, from, fields = [], text = 'See below.' } = {},
) {
  const all = parts.map(({ type, name, content, inline }) => [
    `Content-Type: ${type}${name === undefined ? '' : `; name="${name}"`}`,
    `Content-Disposition: ${inline ? 'inline' : 'attachment'}${name === undefined ? '' : `; filename="${name}"`}`,
    // A message may not be encoded (RFC 2046 section 5.2.1).
    ...(type.startsWith('message/')
      ? ['', Buffer.from(content).toString('latin1')]
      : ['Content-Transfer-Encoding: base64', '', base64(content)]),
  ]);
  const bodies = [['Content-Type: text/plain; charset=utf-8', '', text], ...all];
  const body = bodies.map((lines) => `--parcel\r\n${lines.join('\r\n')}\r\n`).join('');
  return [
    `From: ${from ?? 'Ada Lovelace <ada@example.org>'}`,
    'To: Charles Babbage <charles@example.org>',
    `Subject: ${subject}`,
    `Date: ${ago(minutes)}`,
    'MIME-Version: 1.0',
    ...fields,
    'Content-Type: multipart/mixed; boundary=parcel',
    '',
    `${body}--parcel--`,
    '',
  ].join('\r\n');
}

export const INVITATION = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'METHOD:REQUEST',
  'BEGIN:VEVENT',
  'UID:1@example.org',
  'SUMMARY:First run of the engine',
  'LOCATION:Dorset Street 1',
  'DTSTART;TZID=Asia/Tokyo:20270701T090000',
  'DTEND;TZID=Asia/Tokyo:20270701T103000',
  'RRULE:FREQ=WEEKLY;COUNT=3',
  'ORGANIZER;CN=Ada Lovelace:mailto:ada@example.org',
  'ATTENDEE;CN=Charles Babbage;PARTSTAT=ACCEPTED:mailto:charles@example.org',
  'ATTENDEE;ROLE=OPT-PARTICIPANT:mailto:mary@example.org',
  'DESCRIPTION:Bring oil.\\n<img src=x onerror=top.ran.push(1)>',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n');

export const CONTACT = [
  'BEGIN:VCARD',
  'VERSION:3.0',
  'FN:Mary Somerville',
  'ORG:Royal Society',
  'EMAIL:mary@example.org',
  'TEL:+44 20 555 0101',
  'URL:javascript:alert(1)',
  'END:VCARD',
  '',
].join('\r\n');

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" onload="top.ran.push(1)"><script>top.ran.push(1)</script></svg>';

/** Names and types that lie, beside honest ones. */
export const PARTS = [
  { type: 'image/png', name: 'dot.png', content: RED_DOT },
  { type: 'application/pdf', name: 'plan.pdf', content: pdf() },
  {
    type: 'text/plain; charset=iso-8859-1',
    name: 'notes.txt',
    content: Buffer.from('Gr\xfc\xdfe', 'latin1'),
  },
  { type: 'image/svg+xml', name: 'drawing.svg', content: SVG },
  { type: 'text/html', name: 'page.html', content: '<script>top.ran.push(1)</script><b>bold</b>' },
  { type: 'application/ms-tnef', name: 'winmail.dat', content: EVERY_OCTET },
  { type: 'application/octet-stream', name: '../../run\u0000.exe', content: EVERY_OCTET },
  { type: 'image/png', name: 'dot.png', content: 'no picture at all' },
];

/** A message of its own that holds another, so many deep. */
export function nested(subject, depth) {
  let message = letter(`${subject} 0`, { body: 'The innermost.' });
  for (let level = 1; level <= depth; level += 1) {
    message = parcel(`${subject} ${level}`, [
      { type: 'message/rfc822', name: `inner.eml`, content: message },
    ]);
  }
  return message;
}

/** What a mail server sends when it could not deliver (RFC 3464). */
export function bounce(subject) {
  return [
    'From: Mail Delivery <mailer-daemon@example.org>',
    'To: charles@example.org',
    `Subject: ${subject}`,
    `Date: ${ago(10)}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=report',
    '',
    '--report',
    'Content-Type: text/plain',
    '',
    'It did not arrive.',
    '--report',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.org',
    '',
    'Final-Recipient: rfc822; nobody@example.net',
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 No such user',
    '',
    '--report--',
    '',
  ].join('\r\n');
}

/** Fields of a message that came over two servers, the last of which examined it. */
export const EXAMINED = [
  'Authentication-Results: mx.example.net; spf=pass smtp.mailfrom=a@bank.example; dkim=fail header.d=bank.example; dmarc=fail header.from=bank.example',
  'Received: from relay.bank.example ([192.0.2.7]) by mx.example.net with ESMTPS id 2; Mon, 23 Nov 2026 10:20:07 +0000',
  'Received: from desk.bank.example ([192.0.2.9]) by relay.bank.example with ESMTP id 1; Mon, 23 Nov 2026 10:00:00 +0000',
  'Authentication-Results: desk.bank.example; dmarc=pass header.from=bank.example',
];

export const LIST = [
  'List-Id: Engines and looms <engines.example.org>',
  'List-Unsubscribe: <https://lists.example.org/leave?me>, <mailto:leave@lists.example.org>',
  'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
];

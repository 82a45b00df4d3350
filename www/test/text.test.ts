import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeSource } from '../src/lib/decode.ts';
import { safeFileName } from '../src/lib/file-name.ts';
import { dateFormats, formatSize } from '../src/lib/format.ts';
import { findLinks, linkTarget } from '../src/lib/links.ts';
import { textBlocks } from '../src/lib/quotes.ts';

test('links are found, without the punctuation around them', () => {
  const cases: [text: string, links: string[]][] = [
    ['no link here', []],
    ['see https://example.org/a.', ['https://example.org/a']],
    ['(https://example.org/a_(b))', ['https://example.org/a_(b)']],
    ['<http://example.org/?q=1&r=2>,', ['http://example.org/?q=1&r=2']],
    ['“https://example.org/x”', ['https://example.org/x']],
    ['www.example.org/x and www.', ['www.example.org/x']],
    ['HTTPS://EXAMPLE.ORG!', ['HTTPS://EXAMPLE.ORG']],
    ['mailto:ada@example.org?subject=x', ['mailto:ada@example.org?subject=x']],
    ['mailto:nobody', []],
    ['javascript:alert(1) data:text/html,x ftp://example.org', []],
    ['https://a.example/1 https://b.example/2', ['https://a.example/1', 'https://b.example/2']],
    ['https://', []],
    ['http://[::1', []],
    ['xhttps://example.org', []],
  ];
  for (const [text, links] of cases) {
    const parts = findLinks(text);
    assert.equal(parts.map((part) => part.text).join(''), text);
    assert.deepEqual(
      parts.filter(({ href }) => href).map((part) => part.text),
      links,
      text,
    );
  }
});

test('links in a megabyte of near misses are found in time', () => {
  const began = performance.now();
  for (const text of [
    'http://'.repeat(150_000),
    `http://${')'.repeat(1e6)}`,
    'www.'.repeat(250_000),
  ]) {
    assert.equal(
      findLinks(text)
        .map((part) => part.text)
        .join(''),
      text,
    );
  }
  assert.ok(performance.now() - began < 5_000);
});

test('a link opens the web or a mail program, and nothing else', () => {
  for (const address of [
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:x',
    'file:///etc',
    '//x',
    '',
  ]) {
    assert.equal(linkTarget(address), undefined, address);
  }
  assert.equal(linkTarget('https://example.org'), 'https://example.org/');
});

test('quotes are told by their depth, signatures by their line', () => {
  const text = 'a\r\nb\r\n> c\r\n>> d\r\n> > e\r\n>From f\r\n-- \r\ng\r\n\r\n';
  assert.deepEqual(textBlocks(text), [
    { depth: 0, signature: false, text: 'a\nb' },
    { depth: 1, signature: false, text: 'c' },
    { depth: 2, signature: false, text: 'd\ne' },
    { depth: 0, signature: false, text: '>From f' },
    { depth: 0, signature: true, text: '-- \ng' },
  ]);
  assert.equal(textBlocks('>'.repeat(100_000))[0]?.depth, 6);
});

test('a file name cannot hide its place or its type', () => {
  const cases: [name: string | undefined, safe: string][] = [
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Windows\\system.ini', 'system.ini'],
    ['..', 'fallback'],
    ['', 'fallback'],
    [undefined, 'fallback'],
    ['a\u202egpj.exe', 'a_gpj.exe'],
    ['a\u0000b\nc.txt', 'a_b_c.txt'],
    ['CON.txt', '_CON.txt'],
    ['  .hidden. ', 'hidden'],
    ['Grüße 会議.txt', 'Grüße 会議.txt'],
    ['???', 'fallback'],
  ];
  for (const [name, safe] of cases) assert.equal(safeFileName(name, 'fallback'), safe, name);
  const long = safeFileName(`${'ä'.repeat(500)}.pdf`, 'fallback');
  assert.equal(Array.from(long).length, 120);
  assert.ok(long.endsWith('.pdf'));
});

test('source is shown as UTF-8 where it is, octet by octet where it is not', () => {
  assert.equal(decodeSource(new TextEncoder().encode('Grüße')), 'Grüße');
  assert.equal(decodeSource(Uint8Array.of(0x47, 0xfc, 0xdf)), 'Güß');
});

test('dates are as long as they need to be', () => {
  const { short, long } = dateFormats('en-GB', 'UTC');
  const now = Date.UTC(2026, 10, 23, 12);
  const space = (text: string): string => text.replace(/\s/g, ' ');
  assert.equal(space(short(Date.UTC(2026, 10, 23, 9, 5), now)), '9:05');
  assert.equal(short(Date.UTC(2026, 10, 21, 9), now), 'Sat');
  assert.equal(short(Date.UTC(2026, 2, 1), now), '1 Mar');
  assert.equal(short(Date.UTC(2019, 2, 1), now), '1 Mar 2019');
  assert.equal(short(Date.UTC(2026, 10, 25), now), '25 Nov');
  assert.match(long(Date.UTC(2026, 2, 1, 8, 30)), /Sunday.* 1 March 2026.*08:30/);
});

test('sizes are for people', () => {
  const space = (octets: number): string => formatSize(octets, 'en').replace(/\s/g, ' ');
  assert.deepEqual([0, 1, 999, 1000, 999_499, 999_999, 1_250_000, 5e9].map(space), [
    '0 bytes',
    '1 byte',
    '999 bytes',
    '1 kB',
    '999 kB',
    '1 MB',
    '1.3 MB',
    '5 GB',
  ]);
});

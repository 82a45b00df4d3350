import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStyleSafe } from '../src/lib/html-policy.ts';
import { doubtfulLink } from '../src/lib/link-warning.ts';
import { linkTarget } from '../src/lib/links.ts';
import { shownMessage, shownText } from '../src/lib/shown-text.ts';
import { TextPieces } from '../src/lib/text-pieces.ts';

test('a link is doubted where it is not what it seems', () => {
  const cases: [words: string, href: string, doubts: string][] = [
    ['https://bank.com/login', 'https://evil.test/', 'named bank.com'],
    ['bank.com', 'https://evil.test/', 'named bank.com'],
    ['Sign in at www.bank.com now', 'https://evil.test/', 'named bank.com'],
    ['visit bank.com today', 'https://evil.test/', 'named bank.com'],
    ['office@bank.com', 'https://evil.test/', 'named bank.com'],
    ['office@bank.com', 'mailto:x@evil.test', 'named bank.com'],
    ['office@bank.com', 'mailto:office@bank.com,x@evil.test', 'named bank.com'],
    ['bank\u200b.com', 'https://evil.test/', 'named bank.com'],
    ['ｂａｎｋ．ｃｏｍ', 'https://evil.test/', 'named bank.com'],
    ['bank.com.', 'https://bank.com.evil.test/', 'named bank.com'],
    ['bücher.example', 'https://evil.test/', 'named xn--bcher-kva.example'],
    ['Read', 'http://bank.com@evil.test/', 'userinfo'],
    ['http://bank.com@evil.test/', 'http://bank.com@evil.test/', 'userinfo'],
    ['аррӏе.com', 'https://xn--80ak6aa92e.com/', 'letters'],
    ['Read', 'https://www.xn--80ak6aa92e.com/', 'letters'],
    ['Read', 'http://2130706433/', 'number'],
    ['Read', 'http://[::1]/', 'number'],
  ];
  for (const [words, href, expected] of cases) {
    const { doubts, named } = doubtfulLink(words, href) ?? {};
    assert.equal([...(doubts ?? []), ...(named ? [named] : [])].join(' '), expected, words);
  }
});

test('an ordinary link is not doubted', () => {
  const cases: [words: string, href: string][] = [
    ['Read more', 'https://example.org/'],
    ['', 'https://example.org/'],
    ['https://example.org/a/b.html?c=d.com', 'https://example.org/a'],
    ['WWW.Example.ORG', 'https://example.org/x'],
    ['example.org/', 'https://www.example.org/'],
    ['at example.org/path/file.cde or so', 'https://example.org/'],
    ['report.pdf', 'https://files.example/1'],
    ['Node.js 24.1, e.g. this', 'https://example.org/'],
    ['The end.Next', 'https://example.org/'],
    ['ada.lovelace@example.org', 'mailto:ada.lovelace@example.org?subject=x'],
    ['Write to Ada', 'mailto:ada@example.org'],
    ['Call bank.com', 'tel:+49-30-1'],
  ];
  for (const [words, href] of cases) assert.equal(doubtfulLink(words, href), undefined, words);
  const began = performance.now();
  for (const unit of ['a.', 'a', 'www.', 'http://', '-', '@']) {
    doubtfulLink(unit.repeat(500_000), 'https://example.org/');
  }
  assert.ok(performance.now() - began < 2_000);
});

test('names and subjects lose what turns or hides them', () => {
  assert.equal(shownText('\u202emoc.knab@eciffo\u202c'), 'moc.knab@eciffo');
  assert.equal(shownText(' a\u0000\t\r\nb\u2067c\u2069\u200f\u200b\ufeff\u00add '), 'a bcd');
  assert.equal(shownText('\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u061c'), '');
  for (const text of ['Grüße 会議 שלום', 'می\u200cخواهم', '👩\u200d👩\u200d👧 ✈️']) {
    assert.equal(shownText(text), text);
  }
  const from = { name: '\u202e\u200b', address: 'evil\u202e@evil.test' };
  const address = 'evil@evil.test';
  const lists = { inReplyTo: [], references: [], headers: [], attachments: [], bcc: [] };
  const rest = { deliveredTo: [], received: [], bodyStart: 0, mayHaveAttachments: false };
  const people = { from: [from], to: [from], cc: [from], replyTo: [from] };
  const message = { ...lists, ...rest, ...people, subject: '\u2067x' };
  const clean = { from: [{ address }], to: [{ address }], cc: [{ address }] };
  const expected = {
    ...message,
    ...clean,
    replyTo: [{ address }],
    bcc: [],
    deliveredTo: [],
    received: [],
    bodyStart: 0,
    subject: 'x',
  };
  assert.deepEqual(shownMessage(message), expected);
  const undisclosed = { address: '', group: 'undisclosed-recipients' };
  const shown = shownMessage({ ...message, to: [undisclosed] });
  assert.deepEqual(shown.to, [{ ...undisclosed, name: 'undisclosed-recipients' }]);
});

test('pieces are the text, its quotes and its signature', () => {
  const lines = Array.from({ length: 20_000 }, (_, at) => `${at % 3 === 0 ? '> ' : ''}line ${at}`);
  const text = `${lines.join('\r\n')}\r\n-- \r\n${'Ada\r\n'.repeat(20_000)}\r\n`;
  const pieces = new TextPieces(text);
  const blocks = [];
  let longest = 0;
  for (let next = pieces.next(Infinity); next; next = pieces.next(Infinity)) {
    longest = Math.max(longest, next.map((block) => block.text).join('\n').length);
    blocks.push(...next);
  }
  assert.ok(pieces.done);
  assert.ok(longest < 30_000, `${longest}`);
  const shown = blocks.map((block) => block.text).join('\n');
  assert.equal(shown, text.trimEnd().replaceAll('\r\n', '\n').replace(/^> /gm, ''));
  const signed = blocks.filter(({ signature }) => signature);
  assert.ok(signed.length > 2, 'the signature goes on from piece to piece');
  assert.equal(
    signed
      .map((block) => block.text)
      .join('\n')
      .split('\n').length,
    20_001,
  );
});

test('pieces keep to a limit, and to whole characters', () => {
  const emoji = 'x' + '😀'.repeat(40_000);
  const pieces = new TextPieces(emoji);
  const first = pieces.nextPlain(10) ?? '';
  assert.doesNotMatch(first, /\p{Cs}/u);
  assert.ok(first.length < 30_000);
  assert.equal(pieces.nextPlain(10), undefined);
  let all = first;
  for (let next = pieces.nextPlain(1e6); next; next = pieces.nextPlain(1e6)) all += next;
  assert.equal(all, emoji);
  const began = performance.now();
  const spaces = new TextPieces(`${' '.repeat(2_000_000)}.`);
  while (spaces.next(Infinity));
  assert.ok(performance.now() - began < 2_000);
});

test('a margin cannot pull a message out of sight', () => {
  const bad = ['-9000px', '0 0 0 -50%', '-99em', '-9e3px', 'calc(0px - 9000px)', '1px -40px'];
  for (const margin of bad) {
    assert.equal(isStyleSafe(`margin: ${margin}`), false, margin);
    assert.equal(isStyleSafe(`color: red; margin-top :${margin}; color: blue`), false, margin);
  }
  for (const margin of ['-1px', '0 -15px', '-39.5px auto', '-.5em', '0 auto', '10px']) {
    assert.equal(isStyleSafe(`margin-left: ${margin}; text-indent: -50px`), true, margin);
  }
});

test('a telephone number may be called', () => {
  assert.equal(linkTarget('tel:+49-30-1234;ext=5'), 'tel:+49-30-1234;ext=5');
  for (const href of ['tel:', 'tel:<script>', 'tel://example.org/']) {
    assert.equal(linkTarget(href), undefined, href);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { find } from '../src/worker/search/find.ts';
import { fold } from '../src/worker/search/fold.ts';
import { parseQuery } from '../src/worker/search/query.ts';
import { Search, type SearchedRow } from '../src/worker/search/search.ts';
import { Texts } from '../src/worker/search/texts.ts';

const NOW = new Date(2026, 6, 15, 12).getTime();
const LABELS = [
  { id: 'l1', title: 'Work', colour: 0 },
  { id: 'l2', title: 'Große Reise', colour: 1 },
];
const CONTEXT = { now: NOW, labels: LABELS };

const at = (year: number, month: number, day: number, hour = 12): number =>
  new Date(year, month - 1, day, hour).getTime();

function row(id: number, change: Partial<SearchedRow> = {}): SearchedRow {
  return {
    id,
    from: { name: 'Anna Müller', address: 'anna@example.org' },
    to: [{ address: 'bob@example.net' }],
    subject: 'Summer holiday',
    date: at(2026, 6, 1),
    size: 9_000,
    attachments: false,
    read: false,
    starred: false,
    folder: 'inbox',
    labels: [],
    ...change,
  };
}

test('text is compared without case, accents, ligatures and widths', () => {
  const same: [string, string][] = [
    ['MÜLLER', 'muller'],
    ['Crème brûlée', 'creme brulee'],
    ['Straße', 'STRASSE'],
    ['ﬁn', 'fin'],
    ['Ｆｕｌｌ', 'full'],
    ['ｶﾞｯﾂ', 'ガッツ'],
    ['ΟΔΟΣ', 'οδος'],
    ['مُحَمَّد', 'محمد'],
    ['Å', 'A\u030a'],
  ];
  for (const [one, other] of same) assert.equal(fold(one), fold(other), one);
  const different: [string, string][] = [
    ['か', 'が'],
    ['ㅏ', '가'],
    ['o', '0'],
  ];
  for (const [one, other] of different) assert.notEqual(fold(one), fold(other), one);
  assert.equal(fold('가나다'), '가나다', 'syllables stay whole');
});

test('what is typed is held against one message', () => {
  const message = row(1, {
    attachments: true,
    attachmentNames: ['Rechnung März.pdf'],
    labels: ['l2'],
    starred: true,
  });
  const text = fold(
    'The cottage by the sea is free in August. Re: "quoted" 海の家 http://x.example/',
  );
  const cases: [typed: string, matches: boolean][] = [
    ['', true],
    ['   ', true],
    ['holiday', true],
    ['HOLIDAY sum', true],
    ['holiday winter', false],
    ['muller', true],
    ['bob@example.net', true],
    ['cottage', true],
    ['"by the sea"', true],
    ['"sea the by"', false],
    ['"by the  sea', true],
    ['海の家', true],
    ['Re:', true],
    ['http://x.example/', true],
    ['http://y.example/', false],
    ['from:anna', true],
    ['FROM:Müller', true],
    ['from:bob', false],
    ['from:"anna müller"', true],
    ['to:bob', true],
    ['to:anna', false],
    ['subject:summer', true],
    ['subject:cottage', false],
    ['body:cottage', true],
    ['body:holiday', false],
    ['filename:marz', true],
    ['rechnung', true],
    ['has:attachment', true],
    ['has:attachments', true],
    ['-has:attachment', false],
    ['is:unread', true],
    ['is:read', false],
    ['-is:read', true],
    ['is:starred', true],
    ['is:unstarred', false],
    ['in:inbox', true],
    ['in:trash', false],
    ['label:"grosse reise"', true],
    ['label:work', false],
    ['before:2026-06-01', false],
    ['before:2026-06-02', true],
    ['after:2026-06-01', true],
    ['after:2026-06-02', false],
    ['on:2026-06-01', true],
    ['on:2026-6', true],
    ['on:2026/05', false],
    ['on:2026', true],
    ['before:2026', false],
    ['before:30d', true],
    ['before:2m', false],
    ['after:2m', true],
    ['after:1y before:4w', true],
    ['larger:8k', true],
    ['larger:1M', false],
    ['smaller:9000', true],
    ['smaller:8.9kb', false],
    ['winter OR holiday', true],
    ['winter OR from:bob', false],
    ['winter OR from:bob OR cottage', true],
    ['OR holiday', true],
    ['holiday OR', true],
    ['-winter', true],
    ['-cottage', false],
    ['-"by the sea"', false],
    ['winter OR -autumn', true],
    ['from:', true],
    ['from: holiday', true],
    ['-', false],
  ];
  for (const [typed, matches] of cases) {
    const search = new Search(typed, CONTEXT);
    assert.equal(search.matches(message, text), matches, typed);
    assert.deepEqual(search.misunderstood, [], typed);
    // What the row alone tells is never taken back by the text.
    const early = search.matches(message);
    assert.ok(early === undefined || early === matches, typed);
  }
});

test('values that make no sense are told and left out', () => {
  for (const token of [
    'is:blue',
    'has:wings',
    'in:drawer',
    'label:nothing',
    'before:yesterday',
    'before:2026-02-30',
    'after:2026-13',
    'on:20260601',
    'larger:many',
    '-smaller:-1',
  ]) {
    const search = new Search(`holiday ${token}`, CONTEXT);
    assert.deepEqual(search.misunderstood, [token]);
    assert.equal(search.matches(row(1), ''), true, token);
  }
});

test('any input is taken apart in little time', () => {
  for (const typed of [
    '"'.repeat(100_000),
    '-'.repeat(100_000),
    'a:'.repeat(50_000),
    'x '.repeat(50_000),
    'from:"'.repeat(20_000),
    '\0\u2028\ud800',
  ]) {
    const began = performance.now();
    const query = parseQuery(typed, CONTEXT);
    assert.ok(query.all.length <= 32);
    assert.ok(performance.now() - began < 2_000, typed.slice(0, 10));
  }
});

test('what the list shows comes before what only the text shows, each in order', async () => {
  const rows = Array.from({ length: 2_000 }, (_, id) =>
    row(id, { subject: id % 3 === 0 ? 'Boat' : 'Train' }),
  );
  const texts = new Texts();
  let loads = 0;
  const load = async (): Promise<void> => {
    loads += 1;
    for (const { id } of rows) texts.set(id, id % 2 === 0 ? 'A  boât\n of paper' : 'nothing');
  };
  const signal = new AbortController().signal;
  const found: number[] = [];
  const search = new Search('boat', CONTEXT);
  for await (const ids of find(search, rows, { text: (id) => texts.get(id), load, signal })) {
    found.push(...ids);
  }
  const inSubject = rows.filter(({ id }) => id % 3 === 0).map(({ id }) => id);
  const inText = rows.filter(({ id }) => id % 3 !== 0 && id % 2 === 0).map(({ id }) => id);
  assert.deepEqual(found, [...inSubject, ...inText]);
  assert.equal(loads, 1);
  // Nothing is loaded where the rows say it all.
  for await (const ids of find(new Search('is:read', CONTEXT), rows, {
    text: () => '',
    load,
    signal,
  }))
    assert.fail(String(ids));
  assert.equal(loads, 1);
});

test('a search that is given up ends', async () => {
  const rows = Array.from({ length: 5_000 }, (_, id) => row(id));
  const stop = new AbortController();
  let portions = 0;
  const text = (): string => {
    stop.abort();
    return 'boat';
  };
  for await (const ids of find(new Search('boat', CONTEXT), rows, { text, signal: stop.signal })) {
    portions += ids.length;
  }
  assert.equal(portions, 0);
});

test('a row that was changed is not searched by what it was', () => {
  const search = new Search('subject:boat', CONTEXT);
  const before = row(1);
  assert.equal(search.matches(before), false);
  assert.equal(search.matches({ ...before, subject: 'Boat' }), true);
});

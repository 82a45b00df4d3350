import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ranks } from '../src/worker/catalogue/ranks.ts';
import { Threads, baseSubject, type Threaded } from '../src/worker/catalogue/threads.ts';

const DAY = 24 * 60 * 60 * 1000;

/** `id`, Message-ID, references, subject, day, account. */
type Told = [
  id: number,
  messageId: string | undefined,
  references: string[],
  subject?: string,
  day?: number,
  account?: string,
];

const message = ([id, messageId, references, subject, day = 0, account = 'a']: Told): Threaded => ({
  id,
  account,
  references,
  date: day * DAY,
  ...(messageId !== undefined && { messageId }),
  ...(subject !== undefined && { subject }),
});

/** Ids of each conversation. */
function conversations(threads: Threads, ids: readonly number[]): number[][] {
  const found = new Map<number, number[]>();
  for (const id of [...ids].sort((a, b) => a - b)) {
    const thread = threads.of(id);
    found.set(thread, [...(found.get(thread) ?? []), id]);
  }
  return [...found.values()];
}

const CASES: [title: string, messages: Told[], expected: number[][]][] = [
  [
    'nothing in common',
    [
      [1, 'a', []],
      [2, 'b', []],
    ],
    [[1], [2]],
  ],
  [
    'a reply',
    [
      [1, 'a', []],
      [2, 'b', ['a']],
    ],
    [[1, 2]],
  ],
  [
    'both to one that is not here',
    [
      [1, 'b', ['a']],
      [2, 'c', ['a']],
    ],
    [[1, 2]],
  ],
  [
    'joined by a third',
    [
      [1, 'a', []],
      [2, 'b', []],
      [3, 'c', ['a', 'b']],
    ],
    [[1, 2, 3]],
  ],
  [
    'the same Message-ID twice',
    [
      [1, 'a', []],
      [2, 'a', []],
    ],
    [[1, 2]],
  ],
  [
    'without Message-IDs',
    [
      [1, undefined, []],
      [2, undefined, []],
    ],
    [[1], [2]],
  ],
  ['itself', [[1, 'a', ['a']]], [[1]]],
  [
    'in a circle',
    [
      [1, 'a', ['b']],
      [2, 'b', ['a']],
    ],
    [[1, 2]],
  ],
  [
    'the same Message-ID in another account',
    [
      [1, 'a', [], 'x', 0, 'a'],
      [2, 'b', ['a'], 'x', 0, 'b'],
    ],
    [[1], [2]],
  ],
  [
    'a reply that does not say to what',
    [
      [1, 'a', [], 'Summer'],
      [2, 'b', [], 'RE: Aw[2]: summer', 1],
    ],
    [[1, 2]],
  ],
  [
    'the same subject, and no reply',
    [
      [1, 'a', [], 'Summer'],
      [2, 'b', [], 'Summer', 1],
    ],
    [[1], [2]],
  ],
  [
    'a reply before what it could be to',
    [
      [1, 'a', [], 'Re: Summer'],
      [2, 'b', [], 'Summer', 1],
    ],
    [[1], [2]],
  ],
  [
    'a reply long after',
    [
      [1, 'a', [], 'Summer'],
      [2, 'b', [], 'Re: Summer', 400],
    ],
    [[1], [2]],
  ],
  [
    'the nearest of several',
    [
      [1, 'a', [], 'Bill'],
      [2, 'b', [], 'Bill', 30],
      [3, 'c', [], 'Re: Bill', 31],
    ],
    [[1], [2, 3]],
  ],
  [
    'a subject that says nothing',
    [
      [1, 'a', [], 'Hi'],
      [2, 'b', [], 'Re: Hi', 1],
    ],
    [[1], [2]],
  ],
];

describe('messages are one conversation', () => {
  for (const [title, messages, expected] of CASES) {
    test(title, () => {
      // In whichever order they come.
      for (const order of [messages, messages.toReversed()]) {
        const threads = new Threads();
        for (const one of order) threads.add(message(one));
        threads.joinBySubject();
        assert.deepEqual(
          conversations(
            threads,
            messages.map(([id]) => id),
          ),
          expected,
        );
      }
    });
  }

  test('also when the one between comes last', () => {
    const threads = new Threads();
    threads.add(message([1, 'a', []]));
    threads.add(message([2, 'c', ['b']]));
    assert.notEqual(threads.of(1), threads.of(2));
    threads.add(message([3, 'b', ['a']]));
    assert.deepEqual([threads.of(1), threads.of(2), threads.of(3)], [1, 1, 1]);
  });

  test('not by the subject of what has gone', () => {
    const threads = new Threads();
    const subject = 'The weather';
    threads.add(message([1, 'a', [], subject, 0]));
    threads.add(message([2, 'b', [], `Re: ${subject}`, 50]));
    threads.add(message([3, 'c', [], `Re: ${subject}`, 100]));
    threads.delete(2);
    threads.joinBySubject();
    assert.deepEqual([threads.of(1), threads.of(3)], [1, 3]);
    threads.add(message([4, 'd', [], `Re: ${subject}`, 50]));
    threads.joinBySubject();
    assert.deepEqual([threads.of(1), threads.of(3), threads.of(4)], [1, 1, 1]);
    assert.deepEqual([threads.place(1), threads.place(2)], [threads.place(4), -1]);
  });

  test('a hundred thousand of them, some of one subject and one long chain', () => {
    const threads = new Threads();
    const began = performance.now();
    for (let id = 1; id <= 100_000; id += 1) {
      const chain = id > 50_000;
      const references = chain ? [`m${id - 1}`] : [];
      threads.add(message([id, `m${id}`, references, 'Re: the same subject', id / 100]));
      if (id % 10_000 === 0) threads.joinBySubject();
    }
    assert.deepEqual([threads.of(1), threads.of(100_000)], [1, 1]);
    // An algorithm that is quadratic in any of it takes minutes.
    assert.ok(performance.now() - began < 10_000);
  });
});

test('a subject is the same under what replies put before it', () => {
  for (const subject of [
    'Plan B',
    'Re: Plan B',
    'RE[3]:  re : Plan  B',
    'AW: Plan B',
    '回复：Plan B',
  ]) {
    assert.equal(baseSubject(subject), 'plan b');
  }
  assert.equal(baseSubject('Reply: Plan B'), 'reply: plan b');
});

test('texts are ranked as their language has them, also those that come later', () => {
  const german = new Ranks('de');
  const swedish = new Ranks('sv');
  const order = (ranks: Ranks, texts: string[]): string[] => {
    const numbers = ranks.of(texts);
    return texts
      .map((text, index) => [numbers[index] ?? 0, text] as const)
      .sort(([a], [b]) => a - b)
      .map(([, text]) => text);
  };
  assert.deepEqual(order(german, ['z', 'ä', 'b', 'file 10', 'file 9']), [
    'ä',
    'b',
    'file 9',
    'file 10',
    'z',
  ]);
  assert.deepEqual(order(swedish, ['z', 'ä', 'b']), ['b', 'z', 'ä']);
  assert.deepEqual(order(german, ['Ab', 'z', 'aa', 'Zz', '']), ['', 'aa', 'Ab', 'z', 'Zz']);
  const [one, two] = german.of(['ÄB', 'ab']);
  assert.equal(one, two);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from './until.ts';
import { Browser, message, octetsOf, valueOf } from './tabs-world.ts';

const DAY = 24 * 60 * 60 * 1000;

describe('a mailbox in one tab', () => {
  test('keeps what was stored, and lists it as asked', async () => {
    const browser = new Browser();
    const tab = browser.tab();
    const storage = await tab.withAccount();
    const at = browser.now;
    await storage.add('a', [
      message({ subject: 'Re: Äpfel', date: at - 3, from: { address: 'z@x' } }, '1'),
      message({ subject: 'zebra', date: at - 2, from: { name: 'Émile', address: 'q@x' } }, '2'),
      message({ subject: 'apfelmus', date: at - 1, from: { address: 'b@x' } }, '3'),
      // From a clock that is wrong by years: it counts as of now.
      message({ subject: 'future', date: at + 400 * DAY, attachments: true }, '4'),
    ]);
    assert.deepEqual(await tab.subjects(), ['future', 'apfelmus', 'zebra', 'Re: Äpfel']);
    const by = (sort: 'from' | 'subject'): Promise<unknown> =>
      tab.subjects({ sort, descending: false });
    assert.deepEqual(await by('subject'), ['Re: Äpfel', 'apfelmus', 'future', 'zebra']);
    assert.deepEqual(await by('from'), ['future', 'apfelmus', 'zebra', 'Re: Äpfel']);
    assert.deepEqual(await tab.subjects({ attachments: true }), ['future']);
    assert.deepEqual(await tab.subjects({ search: 'ZEBRA from:emile' }), ['zebra']);

    const again = browser.tab();
    valueOf(await again.open());
    assert.deepEqual(await again.subjects(), ['future', 'apfelmus', 'zebra', 'Re: Äpfel']);
    assert.equal((await again.list()).unread, 4);
  });

  test('changes messages and takes that back, here and in another tab', async () => {
    const browser = new Browser();
    const tab = browser.tab();
    const storage = await tab.withAccount('a', { deleteWithLocal: true });
    const ids = await storage.add('a', [
      message({ subject: 'one', date: 1 }, '1'),
      message({ subject: 'two', date: 2 }, '2'),
    ]);
    const other = browser.tab();
    valueOf(await other.open());
    const first = ids.slice(0, 1);
    const change = valueOf(await tab.service.change(first, { folder: 'trash', read: true }));
    assert.deepEqual(await tab.subjects(), ['two']);
    assert.deepEqual(await tab.subjects({ folder: 'trash' }), ['one']);
    assert.deepEqual(await tab.subjects({ pending: true }), ['one']);
    await until(async () => (await other.subjects()).length === 1);
    // Somebody else stars it in the meantime; that is left alone.
    valueOf(await other.service.change(first, { starred: true, addLabel: 'l' }));
    valueOf(await tab.service.undo(change));
    const [row] = await tab.service.rows(first);
    const { folder, read, starred, server, labels } = row ?? {};
    assert.deepEqual(
      { folder, read, starred, server, labels },
      { folder: 'inbox', read: false, starred: true, server: 'there', labels: ['l'] },
    );
    await until(async () => (await other.subjects()).length === 2);
    assert.equal((await tab.service.undo(change)).ok, false);
  });

  test('imports a file once, and exports what it has', async () => {
    const browser = new Browser();
    const tab = browser.tab();
    await tab.withAccount();
    const file = new Blob([octetsOf({ subject: 'one', messageId: '1' })]);
    const told: number[][] = [];
    const progress = (done: number, all: number): unknown => told.push([done, all]);
    const first = await tab.service.importFile(file, 'a', progress);
    assert.deepEqual(valueOf(first), { added: 1, known: 0, refused: 0 });
    const second = await tab.service.importFile(file, 'a', progress);
    assert.deepEqual(valueOf(second), { added: 0, known: 1, refused: 0 });
    assert.deepEqual(told.at(-1), [file.size, file.size]);
    const query = { sort: 'date', descending: true, conversations: false } as const;
    const mbox = valueOf(await tab.service.exportMbox(query, () => undefined));
    assert.equal(mbox.missing, 0);
    assert.match(await mbox.file.text(), /^From MAILER-DAEMON .*\nX: /);
  });

  test('imports nothing twice of what another tab has imported without telling', async () => {
    const browser = new Browser();
    const tab = browser.tab();
    await tab.withAccount();
    const other = await browser.opened();
    browser.deaf = true;
    const file = new Blob([octetsOf({ subject: 'one', messageId: '1' })]);
    const nothing = (): void => undefined;
    assert.equal(valueOf(await other.service.importFile(file, 'a', nothing)).added, 1);
    assert.deepEqual(valueOf(await tab.service.importFile(file, 'a', nothing)), {
      added: 0,
      known: 1,
      refused: 0,
    });
    assert.deepEqual(await tab.subjects(), ['one']);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attachment, Message } from 'pop3-wasm';
import { failed, success, type Outcome } from '../src/lib/outcome.ts';
import { DEEPEST, Reading, type MessageRow } from '../src/store/reading.ts';

const octets = (text: string): Uint8Array => new TextEncoder().encode(text);
const said = (content: Uint8Array): string => new TextDecoder().decode(content);

function row(id: number, more: Partial<MessageRow> = {}): MessageRow {
  return {
    ...{ id, account: 'a', folder: 'inbox', to: [], date: id, size: 10, attachments: false },
    ...{ snippet: '', read: true, starred: false, labels: [], local: 'whole', server: 'there' },
    ...{ thread: 1, broken: false },
    ...more,
  };
}

/** A mailbox in which a message says what it is called. */
function mailbox(rows: MessageRow[]) {
  const box = {
    rows,
    asked: [] as number[],
    restFails: false,
    /** Called before octets are given. */
    gate: async (): Promise<void> => {},
  };
  const mail = {
    async octets(id: number): Promise<Outcome<Uint8Array>> {
      box.asked.push(id);
      await box.gate();
      const found = box.rows.find((one) => one.id === id);
      if (!found) return failed({ code: 'gone', blame: 'caller' });
      return success(octets(`${found.local} ${id}`));
    },
    async conversation(id: number): Promise<MessageRow[]> {
      const thread = box.rows.find((one) => one.id === id)?.thread;
      return box.rows.filter((one) => one.thread === thread && one.folder !== 'trash');
    },
    rows: async (ids: number[]) => box.rows.filter((one) => ids.includes(one.id)),
    async fetchRest(id: number, progress: (received: number, expected: number) => void) {
      progress(3, 10);
      if (box.restFails) return failed({ code: 'connection-lost', blame: 'transport' });
      box.rows = box.rows.map((one) => (one.id === id ? { ...one, local: 'whole' } : one));
      return success(undefined);
    },
  };
  const parser = {
    async parse(content: Uint8Array): Promise<Outcome<Message>> {
      if (said(content).includes('broken'))
        return failed({ code: 'parse-failed', blame: 'package' });
      return success({ subject: said(content) } as Message);
    },
  };
  return { box, reading: new Reading(mail as never, parser as never) };
}

const contents = ({ state }: Reading): (string | undefined)[] =>
  state.members.map(({ content }) =>
    content?.status === 'ready' ? content.message?.subject : content?.status,
  );

test('a message opens among its conversation, and others of it when asked for', async () => {
  const { box, reading } = mailbox([row(1), row(2), row(3), row(4, { thread: 9 })]);
  await reading.open(3, { row: row(3) });
  assert.deepEqual(contents(reading), [undefined, undefined, 'whole 3']);
  await reading.expand(1);
  await reading.expand(1);
  assert.deepEqual(contents(reading), ['whole 1', undefined, 'whole 3']);
  assert.deepEqual(box.asked, [3, 1], 'each is read once');
  await reading.open(2, { alone: true });
  assert.deepEqual(contents(reading), ['whole 2']);
  reading.close();
  assert.deepEqual(reading.state, { id: undefined, members: [], attached: [] });
});

test('what is in the trash is read alone, and what is gone says so', async () => {
  const { reading } = mailbox([row(1), row(2, { folder: 'trash' })]);
  await reading.open(2);
  assert.deepEqual(contents(reading), ['whole 2']);
  await reading.open(7, { row: row(7) });
  assert.deepEqual(reading.state.members, [], 'nobody knows it');
});

test('an answer for a message that was left is not shown', async () => {
  const { box, reading } = mailbox([row(1), row(2, { thread: 2 })]);
  let open = (): void => {};
  box.gate = () => new Promise((resolve) => (open = resolve));
  const first = reading.open(1, { row: row(1) });
  await new Promise((resolve) => setImmediate(resolve));
  box.gate = async () => {};
  const second = reading.open(2);
  open();
  await Promise.all([first, second]);
  assert.equal(reading.state.id, 2);
  assert.deepEqual(contents(reading), ['whole 2']);
});

test('the rest of a message is fetched, or why not is told and it can be tried again', async () => {
  const { box, reading } = mailbox([row(1, { local: 'header' })]);
  await reading.open(1);
  assert.deepEqual(contents(reading), ['header 1']);
  box.restFails = true;
  await reading.fetchRest(1);
  const failure = { code: 'connection-lost', blame: 'transport' };
  assert.deepEqual(reading.state.members[0]?.rest, { status: 'failed', failure });
  assert.deepEqual(contents(reading), ['header 1'], 'what was there is still shown');
  box.restFails = false;
  const told: unknown[] = [];
  reading.subscribe(() => told.push(reading.state.members[0]?.rest));
  await reading.fetchRest(1);
  assert.deepEqual(told[1], { status: 'fetching', received: 3, expected: 10 });
  assert.equal(reading.state.members[0]?.rest, undefined);
  assert.deepEqual(contents(reading), ['whole 1']);
});

test('a rest that another tab fetched is shown', async () => {
  const { box, reading } = mailbox([row(1, { local: 'header' })]);
  await reading.open(1);
  box.rows = [row(1, { starred: true })];
  reading.rowsChanged(box.rows);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(contents(reading), ['whole 1']);
  assert.equal(reading.state.members[0]?.row.starred, true);
});

test('messages inside messages open to a depth, and the way back is kept', async () => {
  const { reading } = mailbox([row(1)]);
  await reading.open(1);
  const part = (text: string) => ({ content: octets(text) }) as Attachment;
  for (let depth = 0; depth < DEEPEST + 3; depth += 1) {
    await reading.openAttached(part(`inner ${depth}`), `title ${depth}`);
  }
  assert.equal(reading.state.attached.length, DEEPEST);
  while (reading.state.attached.length > 1) reading.closeAttached();
  assert.equal(reading.state.attached[0]?.title, 'title 0');
  await reading.openAttached(part('broken'), 'b');
  assert.deepEqual(reading.state.attached[1]?.content, {
    status: 'ready',
    octets: octets('broken'),
  });
  await reading.open(1);
  assert.deepEqual(reading.state.attached, []);
});

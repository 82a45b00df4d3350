import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Change, Folder, MessageId } from '../src/worker/mail-protocol.ts';
import { Browser, message, octetsOf, type Tab } from './tabs-world.ts';

/** What a mailbox is: messages by id, and what the server has of those that were expunged. */
interface Model {
  messages: Map<MessageId, Known>;
  left: Map<string, boolean>;
}

interface Known {
  seen: string;
  subject: string;
  folder: Folder;
  read: boolean;
  starred: boolean;
  labels: string[];
  server: string;
  local: string;
}

/** A small generator, whose seed is in the title of a test that fails (mulberry32). */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

let browser: Browser | undefined;
afterEach(() => browser?.mend());

for (let seed = 1; seed <= 8; seed += 1) {
  test(`two tabs, one of which dies now and then, are one mailbox (seed ${seed})`, async () => {
    await play(seed, 60);
  });
}

async function play(seed: number, steps: number): Promise<void> {
  const random = generator(seed);
  const one = (browser = new Browser());
  const model: Model = { messages: new Map(), left: new Map() };
  const first = one.tab();
  await first.withAccount('a', { deleteWithLocal: seed % 2 === 0 });
  const tabs: Tab[] = [first, await one.opened()];
  let serial = 0;

  const some = (): MessageId[] => [...model.messages.keys()].filter(() => random(4) === 0);
  const folders: Folder[] = ['inbox', 'archive', 'trash'];

  /** What is to be done in a tab, and what that makes of the model. */
  const operations: ((tab: Tab) => Promise<() => void>)[] = [
    async ({ storage }) => {
      // Enough for several blocks after a while.
      const count = 1 + random(60);
      const told = Array.from({ length: count }, () => `s${(serial += 1)}`);
      const messages = told.map((seen) => message({ subject: seen, text: seen }, seen));
      const header = random(3) === 0;
      if (header) for (const added of messages) added.local = 'header';
      const ids = await storage!.add('a', messages);
      return () => {
        for (const [index, seen] of told.entries()) {
          const id = ids[index] ?? 0;
          assert.ok(!model.messages.has(id), 'an id is given twice');
          model.messages.set(id, {
            ...{ seen, subject: seen, folder: 'inbox', read: false, starred: false, labels: [] },
            ...{ server: 'there', local: header ? 'header' : 'whole' },
          });
        }
      };
    },
    async ({ service }) => {
      const ids = some();
      const change: Change = {
        ...(random(2) === 0 && { read: random(2) === 0 }),
        ...(random(2) === 0 && { starred: random(2) === 0 }),
        ...(random(2) === 0 && { folder: folders[random(3)] ?? 'inbox' }),
        ...(random(2) === 0 && { addLabel: `l${random(3)}` }),
      };
      const outcome = await service.change(ids, change);
      if (!outcome.ok) throw new Error(outcome.failure.code);
      const before = ids.map((id) => [id, { ...model.messages.get(id)! }] as const);
      if (random(3) === 0 && (await service.undo(outcome.value)).ok) return () => undefined;
      return () => {
        for (const [id, known] of before) model.messages.set(id, changed(known, change, seed));
      };
    },
    async ({ storage, service }) => {
      const ids = some().slice(0, 5);
      const outcome = await service.expunge(ids);
      if (!outcome.ok) throw new Error(outcome.failure.code);
      assert.ok(storage);
      return () => {
        for (const id of ids) {
          const { seen, server } = model.messages.get(id)!;
          model.messages.delete(id);
          if (server !== 'gone') model.left.set(seen, server === 'pending' || seed % 2 === 0);
        }
      };
    },
    async ({ storage }) => {
      const known = [...model.messages.values()].filter(() => random(5) === 0);
      const seen = [...known.map((one) => one.seen), ...[...model.left.keys()].slice(0, 3)];
      const pending = random(2) === 0;
      await storage!.setPending('a', seen, pending);
      return () => {
        for (const one of known) {
          if (one.server !== 'gone') one.server = pending ? 'pending' : 'there';
        }
        for (const one of seen) if (model.left.has(one)) model.left.set(one, pending);
      };
    },
    async ({ storage }) => {
      const known = [...model.messages.values()].filter(() => random(8) === 0);
      const seen = [...known.map((one) => one.seen), ...[...model.left.keys()].slice(0, 2)];
      await storage!.leftServer('a', seen);
      return () => {
        for (const one of known) one.server = 'gone';
        for (const one of seen) model.left.delete(one);
      };
    },
    async ({ storage }) => {
      const [id] = some();
      const known = id === undefined ? undefined : model.messages.get(id);
      if (id === undefined || known === undefined) return () => undefined;
      const said = { subject: `${known.subject} whole` };
      await storage!.complete(id, octetsOf(said), message(said).digest);
      return () => Object.assign(known, said, { local: 'whole' });
    },
  ];

  for (let step = 0; step < steps; step += 1) {
    const which = random(2);
    const tab = tabs[which]!;
    const operation = operations[random(operations.length)]!;
    const dies = random(4) === 0;
    one.deaf = random(3) === 0;
    if (dies) one.killAfter(random(2));
    let apply: (() => void) | undefined;
    try {
      apply = await operation(tab);
    } catch (thrown) {
      // Only by its own death.
      assert.ok(dies, String(thrown));
    }
    apply?.();
    one.mend();
    if (dies) {
      await tab.service.close();
      tabs[which] = await one.opened();
    }
    const server = (await tabs[1 - which]!.storage!.onServer('a')).map(
      ({ seen, id, local, pending }) => JSON.stringify([seen, id ?? null, local, pending]),
    );
    assert.deepEqual(server.sort(), serverOf(model), `the server's, after step ${step}`);
  }
  for (const tab of [...tabs, await one.opened()])
    assert.deepEqual(await shown(tab), listed(model));
  const octets = [...(await one.records()).keys()].filter((key) => key.startsWith('octets/'));
  assert.equal(octets.length, model.messages.size);
}

function changed(known: Known, change: Change, seed: number): Known {
  const { read = known.read, starred = known.starred, folder = known.folder, addLabel } = change;
  const labels = [...new Set([...known.labels, ...(addLabel === undefined ? [] : [addLabel])])];
  let { server } = known;
  const across = folder !== known.folder && (folder === 'trash' || known.folder === 'trash');
  if (seed % 2 === 0 && across && server !== 'gone')
    server = folder === 'trash' ? 'pending' : 'there';
  return { ...known, read, starred, folder, labels, server };
}

function serverOf({ messages, left }: Model): string[] {
  const found = [...left].map(([seen, pending]) => JSON.stringify([seen, null, 'none', pending]));
  for (const [id, { seen, local, server }] of messages) {
    if (server !== 'gone') found.push(JSON.stringify([seen, id, local, server === 'pending']));
  }
  return found.sort();
}

function listed({ messages }: Model): string[] {
  return [...messages]
    .sort(([a], [b]) => a - b)
    .map(([id, { seen: _seen, ...known }]) => JSON.stringify([id, known]));
}

async function shown({ service, storage }: Tab): Promise<string[]> {
  // Whatever was told is heard by now.
  await storage!.onServer('a');
  const ids = Array.from({ length: 5_000 }, (_, id) => id);
  return (await service.rows(ids)).map((row) => {
    const { id, subject, folder, read, starred, labels, server, local } = row;
    return JSON.stringify([id, { subject, folder, read, starred, labels, server, local }]);
  });
}

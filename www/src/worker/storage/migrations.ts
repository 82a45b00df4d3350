import { FailureError } from '../../lib/outcome.ts';
import { placeOf, type Records } from './records.ts';
import type { Place, Write } from './database.ts';
import { textBlockOf, byBlock, type StoredRow } from './rows.ts';
import type { MessageId } from '../mail-protocol.ts';

export const FORMAT: Place = { store: 'records', key: 'format' };

/** Rows of the first format, in which the text of a message was beside its subject. */
type RowWithText = StoredRow & { text?: string };

/**
 * What makes each format of the records out of the one before. A step may be broken off anywhere and
 * begins anew then, so each of its transactions leaves what the same step can read.
 */
const STEPS: readonly ((records: Records) => Promise<void>)[] = [textsApart];

const CURRENT = STEPS.length + 1;

/** Brings records up to date. They have to be readable, and no other tab may write. */
export async function migrate(records: Records): Promise<void> {
  const said = await records.json<number>(FORMAT);
  if (said === CURRENT) return;
  if (said !== undefined && said > CURRENT) {
    throw new FailureError({ code: 'page-outdated', blame: 'package' });
  }
  // The first format did not say which it is.
  const before = said ?? 1;
  for (let format = before; format < CURRENT; format += 1) {
    await STEPS[format - 1]?.(records);
    await records.database.write([records.plain(FORMAT, format + 1)]);
  }
}

async function textsApart(records: Records): Promise<void> {
  for (const key of await records.database.keys('rows')) {
    const place = placeOf('rows', key);
    // What is damaged stays as it is, and does not keep the others from being read.
    const block = await records.json<RowWithText[]>(place).catch(() => []);
    const texts = new Map<MessageId, string>();
    for (const { id, text } of block ?? []) if (text) texts.set(id, text);
    if (!block?.some((row) => row.text !== undefined)) continue;
    const rows = block.map(({ text: _text, ...row }) => row);
    const writes: Write[] = [await records.toWrite(place, rows)];
    for (const [textKey, ids] of byBlock(texts.keys(), textBlockOf)) {
      const entries = ids.map((id) => [id, texts.get(id)]);
      writes.push(await records.toWrite(placeOf('texts', textKey), entries));
    }
    await records.database.write(writes);
  }
}

import type { MessageId } from '../mail-protocol.ts';
import type { Search, SearchedRow } from './search.ts';
import type { SearchedText } from './texts.ts';

/** How long a search works before others get their turn. */
const TURN_MS = 12;
/** Rows between two looks at the clock. */
const STRIDE = 256;

const NO_TEXT: SearchedText = { includes: () => false };

export interface FindOptions {
  /** `undefined` where there is none. */
  text: (id: MessageId) => SearchedText | undefined;
  /** Loads what is not in memory yet, called once the rows themselves have been searched. */
  load?: () => Promise<void>;
  signal: AbortSignal;
}

/**
 * The messages that match, in portions: first those that show it in the list, then those whose text
 * does, each in the order of `rows`. Between portions others get their turn.
 */
export async function* find(
  search: Search,
  rows: readonly SearchedRow[],
  { text, load, signal }: FindOptions,
): AsyncGenerator<MessageId[]> {
  const unsure: SearchedRow[] = [];
  yield* inTurns(rows, signal, (row) => {
    const matches = search.matches(row);
    if (matches === undefined) unsure.push(row);
    return matches === true;
  });
  if (unsure.length === 0 || signal.aborted) return;
  await load?.();
  yield* inTurns(unsure, signal, (row) => search.matches(row, text(row.id) ?? NO_TEXT));
}

async function* inTurns(
  rows: readonly SearchedRow[],
  signal: AbortSignal,
  matches: (row: SearchedRow) => boolean,
): AsyncGenerator<MessageId[]> {
  let found: MessageId[] = [];
  let began = performance.now();
  for (let start = 0; start < rows.length; start += STRIDE) {
    if (signal.aborted) return;
    for (const row of rows.slice(start, start + STRIDE)) if (matches(row)) found.push(row.id);
    if (performance.now() - began < TURN_MS) continue;
    if (signal.aborted) return;
    if (found.length > 0) yield found;
    found = [];
    await turn();
    began = performance.now();
  }
  if (found.length > 0 && !signal.aborted) yield found;
}

/** Lets messages to the worker in. A timer would wait four milliseconds once it is nested. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

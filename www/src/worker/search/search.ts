/** A query held against messages: at first against what the list knows, then against their text. */

import type { MessageRow } from '../mail-protocol.ts';
import { fold } from './fold.ts';
import type { SearchedText } from './texts.ts';
import { parseQuery, type Condition, type Query, type QueryContext, type Term } from './query.ts';

/** What is searched besides the text. */
export type SearchedRow = Pick<
  MessageRow,
  | 'id'
  | 'from'
  | 'to'
  | 'subject'
  | 'date'
  | 'size'
  | 'attachments'
  | 'read'
  | 'starred'
  | 'folder'
  | 'labels'
> & { attachmentNames?: readonly string[] };

/** The texts of a row, folded. Kept beside the row for as long as the row is the same object. */
interface Folded {
  from: string;
  to: string;
  subject: string;
  filename: string;
}

const folded = new WeakMap<SearchedRow, Folded>();

export class Search {
  readonly #query: Query;

  constructor(typed: string, context: QueryContext) {
    this.#query = parseQuery(typed, context);
  }

  /** Terms that were left out, as typed. */
  get misunderstood(): readonly string[] {
    return this.#query.misunderstood;
  }

  /** Is nothing asked for? Everything matches then. */
  get empty(): boolean {
    return this.#query.all.length === 0;
  }

  /** Does it name a folder, so that the one that is open does not matter? */
  get namesFolder(): boolean {
    return this.#query.all.some((any) => any.some(({ term }) => term.kind === 'in'));
  }

  /**
   * Does the message match? `text` is its text, folded; without it, the answer is `undefined` where
   * the text would decide.
   */
  matches(row: SearchedRow, text: SearchedText): boolean;
  matches(row: SearchedRow, text?: SearchedText): boolean | undefined;
  matches(row: SearchedRow, text?: SearchedText): boolean | undefined {
    let unsure = false;
    for (const any of this.#query.all) {
      const one = holdsAny(any, row, text);
      if (one === false) return false;
      if (one === undefined) unsure = true;
    }
    return unsure ? undefined : true;
  }
}

function holdsAny(
  any: readonly Condition[],
  row: SearchedRow,
  text?: SearchedText,
): boolean | undefined {
  let unsure = false;
  for (const { term, negated } of any) {
    const held = holds(term, row, text);
    if (held === undefined) unsure = true;
    else if (held !== negated) return true;
  }
  return unsure ? undefined : false;
}

function holds(term: Term, row: SearchedRow, text?: SearchedText): boolean | undefined {
  switch (term.kind) {
    case 'text':
      return holdsText(term, row, text);
    case 'is':
      return (term.flag === 'read' ? row.read : row.starred) === term.set;
    case 'has':
      return row.attachments;
    case 'date':
      return row.date >= term.from && row.date < term.to;
    case 'size':
      return row.size >= term.from && row.size <= term.to;
    case 'in':
      return row.folder === term.folder;
    case 'label':
      return row.labels.includes(term.id);
  }
}

function holdsText(
  { field, text: wanted }: Term & { kind: 'text' },
  row: SearchedRow,
  text?: SearchedText,
): boolean | undefined {
  if (field !== 'body') {
    const texts = textsOf(row);
    if (field !== 'anywhere') return texts[field].includes(wanted);
    const found =
      texts.subject.includes(wanted) ||
      texts.from.includes(wanted) ||
      texts.to.includes(wanted) ||
      texts.filename.includes(wanted);
    if (found) return true;
  }
  return text?.includes(wanted);
}

function textsOf(row: SearchedRow): Folded {
  let texts = folded.get(row);
  if (texts === undefined) {
    texts = {
      from: row.from === undefined ? '' : foldAddress(row.from),
      to: row.to.map(foldAddress).join('\n'),
      subject: fold(row.subject ?? ''),
      filename: fold((row.attachmentNames ?? []).join('\n')),
    };
    folded.set(row, texts);
  }
  return texts;
}

function foldAddress({ name, address }: { name?: string; address: string }): string {
  return fold(name === undefined ? address : `${name} ${address}`);
}

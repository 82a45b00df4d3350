/** Which messages of a list are selected, as pure functions on sets of ids. */

import type { MessageId } from '../worker/mail-protocol.ts';

export type Selection = ReadonlySet<MessageId>;

export const NOTHING: Selection = new Set();

export function toggled(selection: Selection, id: MessageId): Selection {
  const next = new Set(selection);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** With all from `anchor` to `id`, both included, in the order of the list. */
export function extended(
  selection: Selection,
  ids: Uint32Array,
  anchor: MessageId | undefined,
  id: MessageId,
): Selection {
  const [from, to] = [anchor === undefined ? -1 : ids.indexOf(anchor), ids.indexOf(id)];
  if (to < 0) return selection;
  const next = new Set(selection);
  const start = from < 0 ? to : from;
  for (const one of ids.subarray(Math.min(start, to), Math.max(start, to) + 1)) next.add(one);
  return next;
}

/** What of the selection is still in the list. */
export function kept(selection: Selection, ids: Uint32Array): Selection {
  if (selection.size === 0) return NOTHING;
  const listed = new Set(ids);
  const next = new Set([...selection].filter((id) => listed.has(id)));
  return next.size === selection.size ? selection : next;
}

/**
 * Where the focus goes when the list changes: it stays with its message, or goes to the nearest one
 * below that is still there, or else above.
 */
export function followed(
  before: Uint32Array,
  after: Uint32Array,
  active: MessageId | undefined,
): MessageId | undefined {
  if (active === undefined || after.includes(active)) return active ?? after[0];
  const at = before.indexOf(active);
  if (at < 0) return after[0];
  const listed = new Set(after);
  const below = before.subarray(at + 1).find((id) => listed.has(id));
  return below ?? before.subarray(0, at).findLast((id) => listed.has(id));
}

/** The message `steps` away, within the list; the first where none is active. */
export function neighbour(
  ids: Uint32Array,
  id: MessageId | undefined,
  steps: number,
): MessageId | undefined {
  const at = id === undefined ? -1 : ids.indexOf(id);
  return ids[at < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, at + steps))];
}

import type { MessageId } from '../../store/reading.ts';

/** What the reader wants done that is not its own to do; the detail of its event `intent`. */
export type ReaderIntent =
  | { kind: 'back' | 'next' | 'previous' }
  /** About the conversation where the list shows those, else about the message. */
  | { kind: 'archive' | 'delete' | 'restore' | 'unread'; id: MessageId }
  | { kind: 'star'; id: MessageId; starred: boolean }
  /** From now on, load remote content of this sender. */
  | { kind: 'trust'; address: string };

/** Tells the page of an intent, from anywhere inside the reader. */
export function emitIntent(from: EventTarget, detail: ReaderIntent): void {
  from.dispatchEvent(new CustomEvent('intent', { detail, bubbles: true, composed: true }));
}

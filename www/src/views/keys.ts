/** Which shortcut a key is, wherever in the page it was pressed. */

export type Shortcut = 'next' | 'previous' | 'open' | 'back' | 'mark' | 'undo' | 'check' | 'help';

const SHORTCUTS: Readonly<Record<string, Shortcut>> = {
  'j': 'next',
  'k': 'previous',
  'o': 'open',
  'u': 'back',
  'Escape': 'back',
  '#': 'mark',
  'Delete': 'mark',
  'r': 'check',
  '?': 'help',
};

/** These mean the same wherever the focus is; the others mean a message, and so need to be near it. */
const ANYWHERE: ReadonlySet<Shortcut> = new Set<Shortcut>(['back', 'help', 'undo']);

/** Where a key is meant for the messages: among them, or nowhere in particular. */
const MESSAGES = 'pop3-message-list, pop3-reader';

export function shortcutOf(event: KeyboardEvent): Shortcut | undefined {
  const path = event.composedPath();
  if (path.some((target) => target instanceof HTMLDialogElement)) return undefined;
  const target = path[0];
  if (target instanceof Element && target.matches('input, textarea, select, [contenteditable]')) {
    return undefined;
  }
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if ((ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === 'z') return 'undo';
  if (ctrlKey || metaKey) return undefined;
  // On some keyboards # is typed with Alt, so that Alt rules out letters alone.
  if (altKey && key !== '#') return undefined;
  const shortcut = Object.hasOwn(SHORTCUTS, key) ? SHORTCUTS[key] : undefined;
  if (shortcut === undefined || ANYWHERE.has(shortcut)) return shortcut;
  const near =
    target === document.body ||
    target === document.documentElement ||
    path.some((passed) => passed instanceof Element && passed.matches(MESSAGES));
  return near ? shortcut : undefined;
}

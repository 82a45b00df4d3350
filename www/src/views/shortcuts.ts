/** Which shortcut a key is, wherever in the page it was pressed. */

export type Shortcut =
  | 'next'
  | 'previous'
  | 'extend-next'
  | 'extend-previous'
  | 'open'
  | 'back'
  | 'select'
  | 'select-all'
  | 'select-none'
  | 'select-unread'
  | 'archive'
  | 'delete'
  | 'undo'
  | 'mark-read'
  | 'mark-unread'
  | 'star'
  | 'search'
  | 'inbox'
  | 'fetch'
  | 'help';

/** By what the key types, so that it is right on every keyboard; two in a row with a space. */
const SHORTCUTS: Readonly<Record<string, Shortcut>> = {
  'j': 'next',
  'k': 'previous',
  'J': 'extend-next',
  'K': 'extend-previous',
  'o': 'open',
  'u': 'back',
  'Escape': 'back',
  'x': 'select',
  '* a': 'select-all',
  '* n': 'select-none',
  '* u': 'select-unread',
  'e': 'archive',
  '#': 'delete',
  'Delete': 'delete',
  'I': 'mark-read',
  'U': 'mark-unread',
  's': 'star',
  '/': 'search',
  'g i': 'inbox',
  'r': 'fetch',
  '?': 'help',
};

/** The first keys of two. */
const PREFIXES = new Set(
  Object.keys(SHORTCUTS).flatMap((keys) => (keys.includes(' ') ? [keys.slice(0, 1)] : [])),
);

/** These mean the same wherever the focus is; the others mean messages, and so need to be near. */
const ANYWHERE: ReadonlySet<Shortcut> = new Set<Shortcut>([
  'back',
  'search',
  'inbox',
  'fetch',
  'help',
]);

/** Where a key is meant for the messages: among them, or nowhere in particular. */
const MESSAGES = 'pop3-message-list, pop3-list-bar, pop3-reader';

/** How long the second of two keys may take. */
const PATIENCE_MS = 1_500;

export class ShortcutReader {
  #prefix = '';
  #since = 0;

  /**
   * The shortcut that an event of `keydown` completes. `single` are the keys without Ctrl, which
   * can be turned off (WCAG 2.1.4); Escape is no character and stays.
   */
  read(event: KeyboardEvent, single: boolean): Shortcut | undefined {
    const path = event.composedPath();
    if (path.some((target) => target instanceof HTMLDialogElement) || event.isComposing) {
      return undefined;
    }
    const target = path[0];
    if (target instanceof Element && takesText(target)) return undefined;
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    if (ctrlKey || metaKey) {
      return key.toLowerCase() === 'z' && !altKey && !shiftKey ? 'undo' : undefined;
    }
    // On some keyboards # and * are typed with Alt, so that Alt rules out letters alone.
    if (altKey && /^[a-z]$/i.test(key)) return undefined;
    const keys = this.#withPrefix(event);
    const shortcut = Object.hasOwn(SHORTCUTS, keys) ? SHORTCUTS[keys] : undefined;
    if (!single && keys !== 'Escape' && keys !== 'Delete') return undefined;
    if (shortcut === undefined || ANYWHERE.has(shortcut)) return shortcut;
    return isNearMessages(path) ? shortcut : undefined;
  }

  #withPrefix({ key, timeStamp, repeat }: KeyboardEvent): string {
    const prefix = timeStamp - this.#since < PATIENCE_MS ? this.#prefix : '';
    if (key === 'Shift') return key;
    this.#prefix = '';
    if (prefix !== '' && Object.hasOwn(SHORTCUTS, `${prefix} ${key}`)) return `${prefix} ${key}`;
    if (PREFIXES.has(key) && !repeat) {
      this.#prefix = key;
      this.#since = timeStamp;
    }
    return key;
  }
}

function takesText(target: Element): boolean {
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'button'].includes(target.type);
  return target.matches('textarea, select, [contenteditable]');
}

function isNearMessages(path: readonly EventTarget[]): boolean {
  const [target] = path;
  return (
    target === document.body ||
    target === document.documentElement ||
    path.some((passed) => passed instanceof Element && passed.matches(MESSAGES))
  );
}

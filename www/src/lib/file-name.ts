/** Names for saved files. A name from a message is hostile: it may hide its type or its place. */

const LONGEST = 120;

/** Names that Windows gives to devices, whatever the extension. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/** Characters no file system likes, controls, and those that turn text around (`gpj.exe`). */
const UNSAFE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f"*/:<>?\\|\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** `name` made safe to propose for a download; `fallback` where nothing is left of it. */
export function safeFileName(name: string | undefined, fallback: string): string {
  const base = (name ?? '').split(/[/\\]/).pop() ?? '';
  const clean = base
    .normalize('NFC')
    .replace(UNSAFE, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[\s.]+|[\s.]+$/g, '')
    .replace(DEVICE, '_$&');
  return shorten(/[^_\s]/.test(clean) ? clean : fallback);
}

/** Cuts in the middle, so that the extension stays true. */
function shorten(name: string): string {
  const characters = Array.from(name);
  if (characters.length <= LONGEST) return name;
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 && name.length - dot <= 12 ? name.slice(dot) : '';
  return characters.slice(0, LONGEST - Array.from(extension).length).join('') + extension;
}

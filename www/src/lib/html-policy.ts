/**
 * What HTML from a message may keep. Decisions only, no DOM: `html-sanitise.ts` applies them.
 * The frame's own policy (no scripts, no network) stands behind it.
 */

/** Elements that have no place in a message, on top of what DOMPurify's html profile drops. */
export const FORBIDDEN_ELEMENTS: readonly string[] = [
  ...['style', 'svg', 'math', 'link', 'meta', 'base', 'template', 'slot', 'noscript'],
  ...['form', 'input', 'button', 'select', 'option', 'optgroup', 'textarea', 'datalist'],
  ...['fieldset', 'legend', 'label', 'output', 'meter', 'progress', 'keygen', 'isindex'],
  ...['dialog', 'menu', 'menuitem', 'details', 'summary', 'marquee', 'blink'],
  ...['audio', 'video', 'source', 'track', 'picture', 'map', 'area', 'canvas'],
  ...['object', 'embed', 'applet', 'param', 'iframe', 'frame', 'frameset', 'portal', 'fencedframe'],
];

/**
 * Attributes that load, name, submit or react. `id`, `name` and `class` would let a message
 * clobber the properties of its document or reach the frame's own styles.
 */
export const FORBIDDEN_ATTRIBUTES: readonly string[] = [
  ...['srcset', 'sizes', 'imagesizes', 'imagesrcset', 'ping', 'for', 'form', 'formaction'],
  ...['action', 'method', 'name', 'id', 'class', 'slot', 'part', 'is', 'nonce', 'integrity'],
  ...['background', 'poster', 'lowsrc', 'dynsrc', 'longdesc', 'cite', 'profile', 'manifest'],
  ...['usemap', 'ismap', 'codebase', 'classid', 'archive', 'data', 'srcdoc', 'xlink:href'],
  ...['autofocus', 'tabindex', 'accesskey', 'contenteditable', 'draggable', 'inert', 'hidden'],
  ...['popover', 'popovertarget', 'popovertargetaction', 'command', 'commandfor', 'invoketarget'],
  ...['attributionsrc', 'crossorigin', 'fetchpriority', 'loading', 'download', 'target', 'rel'],
  ...['referrerpolicy', 'itemid', 'itemprop', 'itemref', 'itemscope', 'itemtype', 'xmlns'],
];

/**
 * A declaration that could load something or leave the message's own box. A backslash would
 * spell any of these another way; `@` and `{` have no place in an attribute. Heights measured in
 * the viewport's would grow with the frame, which is as high as its content.
 */
const UNSAFE_STYLE =
  /url|image|src\s*\(|var\s*\(|env\s*\(|attr\s*\(|expression|element|binding|behavior|@|\\|[{}<>]|(?<![-\w])position\s*:(?!\s*(?:static|relative|initial|inherit|unset)\b)|content\s*:|cursor\s*:|animation|transition|filter|\d[sld]?v(?:h|b|min|max)\b|\/\*/i;

/**
 * A margin that pulls a message out of its frame: one below zero by more than the few pixels that
 * designs need, or one that is calculated.
 */
const FAR_MARGIN =
  /margin[-\w]*\s*:[^;]*(?:\(|(?<![\w.])-(?!(?:[0-3]?\d)?(?:\.\d+)?(?:px|pt)?(?![\w.%])|[01]?(?:\.\d+)?r?em\b))/i;

const LONGEST_STYLE = 4_000;

export function isStyleSafe(style: string): boolean {
  return style.length <= LONGEST_STYLE && !UNSAFE_STYLE.test(style) && !FAR_MARGIN.test(style);
}

/** What becomes of the `src` of an image. */
export type ImageSource =
  | { kind: 'keep' }
  /** A part of this message, by its Content-ID. */
  | { kind: 'part'; contentId: string }
  /** Elsewhere: shown only when the reader asks for it. */
  | { kind: 'remote'; url: string }
  | { kind: 'drop' };

/** Raster formats alone: an SVG is a document. */
const RASTER_DATA = /^data:image\/(?:png|gif|jpe?g|webp|avif|bmp|x-icon);base64,[a-z0-9+/=\s]*$/i;
const RASTER_TYPE = /^image\/(?:png|gif|jpeg|jpg|pjpeg|webp|avif|bmp|x-icon|vnd\.microsoft\.icon)$/;

/** Is a part of this media type an image that may be shown in the frame? */
export function isRaster(type: string): boolean {
  return RASTER_TYPE.test(type);
}

export function imageSource(src: string): ImageSource {
  const source = src.trim();
  if (RASTER_DATA.test(source)) return { kind: 'keep' };
  if (/^cid:/i.test(source)) return { kind: 'part', contentId: contentIdOf(source.slice(4)) };
  const address = source.startsWith('//') ? `https:${source}` : source;
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return { kind: 'drop' };
  const url = new URL(address);
  // The frame lets https alone through; nearly every image server speaks it by now.
  url.protocol = 'https:';
  url.username = '';
  url.password = '';
  return { kind: 'remote', url: url.href };
}

/** Content-IDs are compared without brackets and percent-encoding (RFC 2392). */
export function contentIdOf(id: string): string {
  const bare = id.trim().replace(/^<|>$/g, '');
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}

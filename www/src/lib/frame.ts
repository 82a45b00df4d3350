/**
 * Reaching into the frame of a message. Its document is hostile: an element named `body` would
 * stand in for `document.body`, so properties are read by the getters of the prototypes.
 */

import type { BodyColours } from './body-colours.ts';

function getter<Owner extends object, Value>(
  prototype: Owner,
  property: keyof Owner,
): (of: Owner) => Value {
  const found = Object.getOwnPropertyDescriptor(prototype, property)?.get;
  return (of) => found?.call(of) as Value;
}

const bodyOf = getter<Document, HTMLElement | null>(Document.prototype, 'body');
const parentOf = getter<Node, HTMLElement | null>(Node.prototype, 'parentElement');
const styleOf = getter<HTMLElement, CSSStyleDeclaration>(HTMLElement.prototype, 'style');

/** The frame's window and body, or `undefined` before it has loaded. */
export function insideFrame(
  frame: HTMLIFrameElement,
): { window: Window; body: HTMLElement } | undefined {
  const { contentWindow: window, contentDocument: document } = frame;
  const body = document && bodyOf(document);
  return window && body ? { window, body } : undefined;
}

/** Puts `fragment` in the place of all that the frame shows, in the colours of its own. */
export function showInFrame(
  body: HTMLElement,
  fragment: DocumentFragment,
  { background, text }: BodyColours,
): void {
  Element.prototype.replaceChildren.call(body, fragment);
  // On the root, so that the whole frame has it and no white margin is left around.
  const root = parentOf(body);
  if (root && background) styleOf(root).backgroundColor = background;
  if (text) styleOf(body).color = text;
}

/**
 * Takes out all that a frame has shown; to be called at once after the frame is removed. Firefox asks
 * a frame that is gone for no policy: what it had begun to prefetch would be fetched. Before that,
 * taking out would be laid out, which takes Firefox minutes for some tables.
 */
export function emptyFrame(body: HTMLElement): void {
  Element.prototype.replaceChildren.call(body);
}

/**
 * The canvas below the message: light; dark, for HTML without colours of its own; or light ones turned
 * dark. See `mail.html` for what becomes of it.
 */
export type Canvas = 'light' | 'dark' | 'turned';

export function setCanvas(body: HTMLElement, canvas: Canvas): void {
  const root = parentOf(body);
  if (root) Element.prototype.setAttribute.call(root, 'data-canvas', canvas);
}

/** Higher than this, the frame scrolls by itself; browsers draw nothing that is much higher. */
const HIGHEST = 100_000;

/** Pixels that the content takes, read from the layout of the body. */
export function contentHeight(body: HTMLElement): number {
  const height = Element.prototype.getBoundingClientRect.call(body).height;
  const scrolled = scrollHeightOf(body);
  return Math.min(HIGHEST, Math.ceil(Math.max(height, scrolled)));
}

const scrollHeightOf = getter<Element, number>(Element.prototype, 'scrollHeight');

/** The quotes in the frame that are folded. */
export function closedQuotes(body: HTMLElement): HTMLDetailsElement[] {
  return [...Element.prototype.querySelectorAll.call(body, 'details:not([open])')].map(
    (quote) => quote as HTMLDetailsElement,
  );
}

/** Texts that are looked at; one that shows comes early, and hiding a million proves nothing. */
const LOOKED_AT = 5_000;

/** Is there a text or an image in the frame that could be seen? As far as layout tells. */
export function showsAnything(body: HTMLElement): boolean {
  const document = documentOf(body);
  const { clientWidth: width } = document.documentElement;
  const height = contentHeight(body);
  if (width === 0) return true;
  const nodes = document.createTreeWalker(body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  const range = document.createRange();
  let left = LOOKED_AT;
  for (let node = nodes.nextNode(); node !== null; node = nodes.nextNode()) {
    const text = node.nodeType === Node.TEXT_NODE;
    if (text ? node.nodeValue?.trim() === '' : node.nodeName !== 'IMG') continue;
    if ((left -= 1) < 0) return true;
    const element = text ? parentOf(node) : (node as Element);
    const options = { opacityProperty: true, visibilityProperty: true };
    if (!element || !Element.prototype.checkVisibility.call(element, options)) continue;
    // An image may still be on its way and have no size yet.
    if (!text) return true;
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const inside = box.right > 0 && box.left < width && box.bottom > 0 && box.top < height;
      if (inside && box.width > 1 && box.height > 2) return true;
    }
  }
  return false;
}

const documentOf = getter<Node, Document>(Node.prototype, 'ownerDocument');

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

/** Higher than this, the frame scrolls by itself; browsers draw nothing that is much higher. */
const HIGHEST = 100_000;

/** Pixels that the content takes, read from the layout of the body. */
export function contentHeight(body: HTMLElement): number {
  const height = Element.prototype.getBoundingClientRect.call(body).height;
  const scrolled = scrollHeightOf(body);
  return Math.min(HIGHEST, Math.ceil(Math.max(height, scrolled)));
}

const scrollHeightOf = getter<Element, number>(Element.prototype, 'scrollHeight');

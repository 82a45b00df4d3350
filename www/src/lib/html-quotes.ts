/**
 * Folding what a message in HTML quotes: it stands in the message before. By what mail programs mark
 * their quotes with, and by nothing that a message says in words.
 */

/** What is a quote whole: Gmail's, Yahoo's, Proton's, and those of Outlook on Apple's systems. */
const QUOTES = '.gmail_quote, .yahoo_quoted, .protonmail_quote, #OLK_SRC_BODY_SECTION';
/** Where a quote begins that goes on to the end: Outlook on the web, and in a phone. */
const BEGINNINGS = '#divRplyFwdMsg, #x_divRplyFwdMsg';
/** The line that Outlook for the desktop draws above the header of what it quotes. */
const OUTLOOK_LINE = /border-top\s*:\s*solid\s+#(?:E1E1E1|B5C4DF)\s+1(?:\.0)?pt/i;
/** A `<blockquote>` of fewer characters is not worth a button. */
const SHORT = 400;
/** Quotes that are looked at. */
const MOST = 100;

/** How an element quotes, told before its class and id are taken away. */
export type Quoting = 'whole' | 'onwards';

export function quotingOf(node: Node): Quoting | undefined {
  if (node.nodeType !== Node.ELEMENT_NODE) return undefined;
  const element = node as Element;
  const matches = (selector: string): boolean => Element.prototype.matches.call(element, selector);
  if (matches(QUOTES)) return 'whole';
  const style = Element.prototype.getAttribute.call(element, 'style') ?? '';
  return matches(BEGINNINGS) || OUTLOOK_LINE.test(style) ? 'onwards' : undefined;
}

/**
 * Puts each outermost quote into a `<details>` of its own, which opens by mouse, keyboard and search in
 * the page without any script. A message that is nothing but a quote, as a forwarded one, stays open.
 */
export function foldQuotes(
  fragment: DocumentFragment,
  marked: ReadonlyMap<Element, Quoting>,
  label: string,
): void {
  const document = fragment.ownerDocument;
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_ELEMENT);
  let left = MOST;
  let said = false;
  let node = walker.nextNode() as Element | null;
  while (node !== null && left > 0) {
    const quoting = marked.get(node);
    if (quoting === undefined && node.localName !== 'blockquote') {
      node = walker.nextNode() as Element | null;
      continue;
    }
    left -= 1;
    const long = quoting !== undefined || (node.textContent ?? '').length > SHORT;
    const first = quoting === 'onwards' ? beginningOf(node) : node;
    said ||= saysSomething(fragment, first);
    if (long && said) {
      const details = document.createElement('details');
      const summary = document.createElement('summary');
      summary.textContent = label;
      const quote: Node[] = [first];
      if (quoting === 'onwards') {
        for (let next = first.nextSibling; next !== null; next = next.nextSibling) quote.push(next);
      }
      first.before(details);
      details.append(summary, ...quote);
      walker.currentNode = details;
    }
    // Quotes within it stand and fall with it.
    node = afterAll(walker);
  }
}

/** The next element that is not inside this one. */
function afterAll(walker: TreeWalker): Element | null {
  let next = walker.nextSibling();
  while (next === null && walker.parentNode() !== null) next = walker.nextSibling();
  return next as Element | null;
}

/** The outermost element that begins with this one, with the rule that stands above it. */
function beginningOf(element: Element): Element {
  let first = element;
  for (;;) {
    const before = previousOf(first);
    const parent = first.parentElement;
    if (before !== undefined || parent === null) break;
    first = parent;
  }
  const above = previousOf(first);
  return above?.nodeName === 'HR' ? (above as Element) : first;
}

/** What stands before it among its siblings, but for white space. */
function previousOf(element: Element): Node | undefined {
  let before = element.previousSibling;
  while (before !== null && before.nodeName !== 'HR' && before.textContent?.trim() === '') {
    before = before.previousSibling;
  }
  return before ?? undefined;
}

/** Is there anything before `end` that could be read? */
function saysSomething(fragment: DocumentFragment, end: Element): boolean {
  const range = fragment.ownerDocument.createRange();
  range.setStart(fragment, 0);
  range.setEndBefore(end);
  return range.toString().trim() !== '';
}

/** Links in plain text, found in one pass without backtracking. */

export type TextPart = { text: string; href?: string };

/** Candidates: a scheme we open, or a bare `www.`; runs of what may stand in an address. */
const CANDIDATE =
  /\b(?:https?:\/\/|mailto:|www\.)[^\s<>"'`\u0000-\u001f\u00a0\u2028\u2029]{1,2000}/gi;

/** Punctuation that ends a sentence rather than an address. */
const TRAILING = new Set(['.', ',', ';', ':', '!', '?', '…', '*', '_', '~', '|', '»', '”', '’']);
const CLOSING: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** `text` cut into parts; joined, they are the text again. */
export function findLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const address = trimAddress(match[0]);
    const href = linkTarget(/^www\./i.test(address) ? `https://${address}` : address);
    if (href === undefined) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

/** The address to open, or `undefined` where it is none that we open. */
export function linkTarget(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol === 'mailto:') return url.pathname.includes('@') ? url.href : undefined;
  // RFC 3966: a number, perhaps with its parameters.
  if (url.protocol === 'tel:')
    return /^\+?[\d().*#;=\w%-]+$/.test(url.pathname) ? url.href : undefined;
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  return url.hostname === '' ? undefined : url.href;
}

function trimAddress(candidate: string): string {
  // Counted once, so that a thousand brackets cost a thousand steps.
  const count: Record<string, number> = {};
  for (const character of candidate) count[character] = (count[character] ?? 0) + 1;
  let end = candidate.length;
  while (end > 0) {
    const last = candidate.charAt(end - 1);
    const opening = CLOSING[last];
    const unbalanced = opening !== undefined && (count[last] ?? 0) > (count[opening] ?? 0);
    if (!unbalanced && !TRAILING.has(last)) break;
    count[last] = (count[last] ?? 0) - 1;
    end -= 1;
  }
  return candidate.slice(0, end);
}

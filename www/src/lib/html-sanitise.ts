import createPurifier, { type Config, type WindowLike } from 'dompurify';
import { bodyColours, type BodyColours } from './body-colours.ts';
import {
  FORBIDDEN_ATTRIBUTES,
  FORBIDDEN_ELEMENTS,
  contentIdOf,
  imageSource,
  isRaster,
  isStyleSafe,
} from './html-policy.ts';
import { quotingOf, type Quoting } from './html-quotes.ts';
import { doubtfulLink, type DoubtfulLink } from './link-warning.ts';
import { linkTarget } from './links.ts';

/** A part of the message that its HTML may show as an image. */
export interface EmbeddedPart {
  type: string;
  contentId?: string;
  content: Uint8Array;
}

export interface CleanHtml {
  /** To be put into the frame; it belongs to no document that could load or run anything. */
  fragment: DocumentFragment;
  /** The colours of its `<body>`, which is no part of the fragment. */
  colours: BodyColours;
  /** How many images were left out because they lie elsewhere. */
  blockedImages: number;
  /** `blob:` addresses that the fragment uses; to be revoked when it is no longer shown. */
  urls: string[];
  /** The parts that these addresses stand for. */
  shown: ReadonlySet<EmbeddedPart>;
  /** Does it choose colours of its own? Then it was made for a light page. */
  designed: boolean;
  /** Elements that mail programs marked as quotes, for `foldQuotes`. */
  quotes: ReadonlyMap<Element, Quoting>;
  /** Links that are not what they seem. */
  doubtful: DoubtfulLink[];
}

export interface SanitiseOptions {
  parts: readonly EmbeddedPart[];
  remoteImages: boolean;
}

/** Links that are looked at; each click is looked at anyway. */
const MOST_JUDGED = 1_000;

/** What sets a colour, or pictures a design. */
const COLOURED =
  '[bgcolor], font[color], [style*="background" i], [style*="color" i], table img, table[width]';

const CONFIG = {
  USE_PROFILES: { html: true },
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  SANITIZE_NAMED_PROPS: true,
  FORBID_TAGS: [...FORBIDDEN_ELEMENTS],
  FORBID_ATTR: [...FORBIDDEN_ATTRIBUTES],
  RETURN_DOM_FRAGMENT: true,
} satisfies Config;

/**
 * HTML of a message made harmless. Nothing is fetched and nothing runs while this works.
 *
 * It is parsed in the realm of `frame`, the one it will be shown in. In the page's own, the page's
 * policy would strike at every style attribute that is parsed, and complain.
 */
export function sanitise(
  html: string,
  frame: Window,
  { parts, remoteImages }: SanitiseOptions,
): CleanHtml {
  const purifier = createPurifier(frame as unknown as WindowLike);
  const images = new PartImages(parts);
  let blockedImages = 0;
  let colours: BodyColours = {};
  const quotes = new Map<Element, Quoting>();

  purifier.addHook('beforeSanitizeAttributes', (element) => {
    if (element.localName === 'body') colours = bodyColours(element as HTMLElement);
    const quoting = quotingOf(element);
    if (quoting !== undefined) quotes.set(element, quoting);
  });
  purifier.addHook('uponSanitizeAttribute', (element, data) => {
    const value = data.attrValue;
    switch (data.attrName) {
      case 'style':
        data.keepAttr = isStyleSafe(value);
        break;
      case 'href': {
        const target = element.localName === 'a' ? linkTarget(value.trim()) : undefined;
        data.keepAttr = target !== undefined;
        break;
      }
      case 'role':
        // Tells screen readers that a table is layout; any other role could pose as our page.
        data.keepAttr = value === 'presentation' || value === 'none';
        break;
      case 'src': {
        // Resolved once the tree is clean: DOMPurify would not let a `blob:` address pass.
        data.keepAttr = element.localName === 'img' && imageSource(value).kind !== 'drop';
        data.forceKeepAttr = data.keepAttr;
        break;
      }
    }
  });
  const fragment = purifier.sanitize(html, CONFIG);

  for (const image of fragment.querySelectorAll('img')) {
    const source = imageSource(image.getAttribute('src') ?? '');
    if (source.kind === 'keep') continue;
    image.removeAttribute('src');
    if (source.kind === 'remote') {
      if (remoteImages) image.setAttribute('src', source.url);
      else blockedImages += 1;
    } else if (source.kind === 'part') {
      const url = images.urlOf(source.contentId);
      if (url !== undefined) image.setAttribute('src', url);
    }
    if (image.hasAttribute('src')) image.setAttribute('referrerpolicy', 'no-referrer');
    else image.replaceWith(image.getAttribute('alt') ?? '');
  }
  const doubtful: DoubtfulLink[] = [];
  let judged = 0;
  for (const link of fragment.querySelectorAll('a[href]')) {
    const target = linkTarget(link.getAttribute('href')?.trim() ?? '');
    if (target === undefined) {
      link.removeAttribute('href');
      continue;
    }
    link.setAttribute('href', target);
    link.setAttribute('target', '_blank');
    link.setAttribute('rel', 'noopener noreferrer');
    // The words of a link can name another place; resting on it tells the true one.
    link.setAttribute('title', target);
    const doubt = (judged += 1) <= MOST_JUDGED ? doubtfulLink(wordsOf(link), target) : undefined;
    if (doubt) doubtful.push(doubt);
  }
  const designed = 'background' in colours || fragment.querySelector(COLOURED) !== null;
  const { urls, shown } = images;
  return { fragment, colours, blockedImages, urls, shown, designed, quotes, doubtful };
}

/** The words of a link, and those that stand for its images. */
export function wordsOf(link: Element): string {
  const images = Element.prototype.querySelectorAll.call(link, 'img[alt]');
  const alts = [...images].map((image) => image.getAttribute('alt') ?? '');
  return [link.textContent ?? '', ...alts].join(' ').trim();
}

/** Makes a `blob:` address for each embedded image, when the HTML first asks for it. */
class PartImages {
  readonly urls: string[] = [];
  readonly shown = new Set<EmbeddedPart>();
  readonly #parts = new Map<string, EmbeddedPart>();
  readonly #made = new Map<string, string>();

  constructor(parts: readonly EmbeddedPart[]) {
    for (const part of parts) {
      if (part.contentId === undefined || !isRaster(part.type)) continue;
      this.#parts.set(contentIdOf(part.contentId), part);
    }
  }

  urlOf(contentId: string): string | undefined {
    const made = this.#made.get(contentId);
    const part = this.#parts.get(contentId);
    if (made !== undefined || part === undefined) return made;
    const bytes = part.content as Uint8Array<ArrayBuffer>;
    const url = URL.createObjectURL(new Blob([bytes], { type: part.type }));
    this.urls.push(url);
    this.shown.add(part);
    this.#made.set(contentId, url);
    return url;
  }
}

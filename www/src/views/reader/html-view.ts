import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import {
  closedQuotes,
  contentHeight,
  emptyFrame,
  insideFrame,
  setCanvas,
  showInFrame,
  showsAnything,
  type Canvas,
} from '../../lib/frame.ts';
import { foldQuotes } from '../../lib/html-quotes.ts';
import { sanitise, wordsOf, type EmbeddedPart } from '../../lib/html-sanitise.ts';
import { doubtfulLink } from '../../lib/link-warning.ts';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import { icons } from '../icons.ts';
import { shared } from '../styles.ts';
import { readerIcons } from './reader-icons.ts';

/** A message whose layout grows each time it is measured is left to scroll in its frame. */
const MEASUREMENTS = 60;

/** HTML of a message: made harmless, then shown in a frame without scripts or network. */
export class HtmlView extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        outline: 0 none light-dark(#000, #fff);
      }

      .remote {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.5rem 0.75rem;
        margin: 0 0 0.75rem;
        padding: 0.5rem 0.85rem;
        border-radius: var(--radius);
        background: var(--warning-soft);
        color: var(--warning);
        font-size: 0.875rem;
      }

      .nothing {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.75rem;
        color: var(--muted);
      }

      .nothing p {
        margin: 0;
      }

      .remote p {
        flex: 1 1 14rem;
        margin: 0;
      }

      iframe {
        display: block;
        width: 100%;
        height: 8rem;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: #fff;
        color-scheme: light;
      }

      iframe[data-canvas='dark'] {
        background: #1a1e24;
        color-scheme: dark;
      }

      iframe[data-canvas='turned'] {
        color-scheme: dark;
      }

      .canvas {
        display: flex;
        justify-content: flex-end;
        margin-block-start: 0.35rem;
      }

      @media print {
        .remote,
        .canvas {
          display: none;
        }
      }
    `,
  ];
  static override properties = {
    content: { attribute: false },
    parts: { attribute: false },
    remoteImages: { attribute: false },
    sender: { attribute: false },
    blocked: { state: true },
    empty: { state: true },
    designed: { state: true },
    canvas: { state: true },
  };

  /** The HTML as it was sent. */
  declare content: string;
  declare parts: readonly EmbeddedPart[];
  declare remoteImages: boolean;
  /** Whose remote images can be loaded always; none where nobody can tell who it is. */
  declare sender: string | undefined;
  declare blocked: number;
  /** There is nothing to see in the frame. */
  declare empty: boolean;
  declare designed: boolean;
  /** The reader's choice for this message. */
  declare canvas: 'light' | 'dark' | undefined;

  #urls: readonly string[] = [];
  #resized: ResizeObserver | undefined;
  /** Each message gets a frame of its own, so that nothing of the last one is left in it. */
  #frames = 0;
  #body: HTMLElement | undefined;

  constructor() {
    super();
    this.content = '';
    this.parts = [];
    this.remoteImages = false;
    this.blocked = 0;
    this.empty = false;
    this.designed = false;
    this.canvas = undefined;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#scheme.addEventListener('change', this.#recolour);
    // The theme of the page is set at its root.
    this.#themed.observe(document.documentElement, { attributes: true });
    window.addEventListener('beforeprint', this.#openQuotes);
    window.addEventListener('afterprint', this.#closeQuotes);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#scheme.removeEventListener('change', this.#recolour);
    this.#themed.disconnect();
    window.removeEventListener('beforeprint', this.#openQuotes);
    window.removeEventListener('afterprint', this.#closeQuotes);
    this.#release();
  }

  readonly #recolour = (): void => this.requestUpdate();
  readonly #themed = new MutationObserver(this.#recolour);
  readonly #scheme = matchMedia('(prefers-color-scheme: dark)');

  /** As the styles see it, whoever chose it: this element's outline tells. */
  get #darkPage(): boolean {
    return getComputedStyle(this).outlineColor === 'rgb(255, 255, 255)';
  }

  /** Designed mail stays light, since nobody saw it dark before it was sent. */
  get #canvas(): Canvas {
    const dark = this.canvas ? this.canvas === 'dark' : this.#darkPage && !this.designed;
    if (!dark) return 'light';
    return this.designed ? 'turned' : 'dark';
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (showsOther(changed)) this.#release();
    const frame = this.renderRoot.querySelector('iframe');
    const inside = frame && insideFrame(frame);
    if (inside) setCanvas(inside.body, this.#canvas);
  }

  #release(): void {
    this.#resized?.disconnect();
    if (this.#body) emptyFrame(this.#body);
    this.#body = undefined;
    for (const url of this.#urls) URL.revokeObjectURL(url);
    this.#urls = [];
  }

  #fill(): void {
    const frame = this.renderRoot.querySelector('iframe');
    const inside = frame && insideFrame(frame);
    if (!frame || !inside) {
      this.#tellShown(new Set());
      return;
    }
    const { window, body } = inside;
    this.#release();
    this.#body = body;
    const { parts, remoteImages } = this;
    const clean = sanitise(this.content, window, { parts, remoteImages });
    this.#urls = clean.urls;
    this.blocked = clean.blockedImages;
    this.#tellShown(clean.shown);
    foldQuotes(clean.fragment, clean.quotes, t('reader.html.quoted'));
    showInFrame(body, clean.fragment, clean.colours);
    this.designed = clean.designed;
    setCanvas(body, this.#canvas);
    this.dispatchEvent(new CustomEvent('links-judged', { detail: clean.doubtful }));
    this.empty = clean.blockedImages === 0 && !showsAnything(body);
    this.#fit(frame, body);
    this.#listen(body);
  }

  /** Keeps the frame as high as what it shows. */
  #fit(frame: HTMLIFrameElement, body: HTMLElement): void {
    let left = MEASUREMENTS;
    let width = 0;
    this.#resized = new ResizeObserver(() => {
      if (frame.clientWidth !== width) left = MEASUREMENTS;
      width = frame.clientWidth;
      if (left-- <= 0) return;
      this.#setHeight(frame, body);
      this.toggleAttribute('overflowing', left <= 0);
    });
    this.#resized.observe(body);
    this.#resized.observe(frame);
  }

  #setHeight(frame: HTMLIFrameElement, body: HTMLElement): void {
    const border = 2;
    frame.style.height = `${contentHeight(body) + border}px`;
  }

  /** The frame runs no scripts: what is done inside it is heard from here. */
  #listen(body: HTMLElement): void {
    const target = Node.prototype.getRootNode.call(body);
    const listeners = { keydown: this.#forward, click: this.#follow, auxclick: this.#follow };
    for (const [type, listener] of Object.entries(listeners)) {
      EventTarget.prototype.addEventListener.call(target, type, listener);
    }
  }

  /** A link that is not what it seems is asked about before it opens. */
  readonly #follow = (event: Event): void => {
    // No `instanceof`: the element belongs to the realm of the frame.
    const link = Element.prototype.closest.call(event.target as Element, 'a[href]');
    const href = link && Element.prototype.getAttribute.call(link, 'href');
    const detail = link && href && doubtfulLink(wordsOf(link), href);
    if (!detail) return;
    event.preventDefault();
    this.dispatchEvent(new CustomEvent('doubtful-link', { detail }));
  };

  /** Quotes that are open for the sake of paper alone. */
  #openedQuotes: readonly HTMLDetailsElement[] = [];

  readonly #openQuotes = (): void => {
    const frame = this.renderRoot.querySelector('iframe');
    if (!frame || !this.#body) return;
    this.#openedQuotes = closedQuotes(this.#body);
    for (const quote of this.#openedQuotes) quote.open = true;
    // Nobody observes a size before the pages are made.
    this.#setHeight(frame, this.#body);
  };

  readonly #closeQuotes = (): void => {
    for (const quote of this.#openedQuotes) quote.open = false;
    this.#openedQuotes = [];
  };

  /** Keys that are pressed inside the frame count for the page. */
  readonly #forward = (event: Event): void => {
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event as KeyboardEvent;
    if (key === 'Tab' || key === 'Enter' || key.startsWith('Arrow')) return;
    // Opens a quote, as Enter does.
    if (key === ' ' && (event.target as Element).localName === 'summary') return;
    const init = { key, ctrlKey, metaKey, altKey, shiftKey, bubbles: true, composed: true };
    const copy = new KeyboardEvent('keydown', { ...init, cancelable: true });
    if (!this.dispatchEvent(copy)) event.preventDefault();
  };

  protected override render(): unknown {
    const file = this.remoteImages ? 'mail-remote.html' : 'mail.html';
    const canvas = this.#canvas;
    const dark = canvas !== 'light';
    return html`
      ${this.blocked > 0 ? this.#remoteBar() : nothing}
      ${
        this.empty
          ? html`<div class="nothing">
              <p>${t('reader.html.empty')}</p>
              <button class="outlined" @click=${this.#askText}>${t('reader.html.showText')}</button>
            </div>`
          : nothing
      }
      ${keyed(
        this.#frames,
        html`<iframe
          src=${`./${file}`}
          title=${t('reader.html.frame')}
          ?hidden=${this.empty}
          sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
          referrerpolicy="no-referrer"
          data-canvas=${canvas}
          @load=${this.#fill}
        ></iframe>`,
      )}
      ${
        this.#darkPage && !this.empty
          ? html`<div class="canvas">
              <button aria-pressed=${dark} @click=${() => (this.canvas = dark ? 'light' : 'dark')}>
                ${readerIcons.contrast} ${t('reader.html.dark')}
              </button>
            </div>`
          : nothing
      }
    `;
  }

  #remoteBar(): unknown {
    const { sender } = this;
    const always = (): void => {
      if (sender) this.dispatchEvent(new CustomEvent('always-remote', { detail: sender }));
    };
    return html`<div class="remote" role="region" aria-label=${t('reader.remote.bar')}>
      ${icons.image}
      <p>${t('reader.remote.blocked', { count: this.blocked })}</p>
      <button class="outlined" @click=${this.#askRemote}>${t('reader.remote.once')}</button>
      ${
        sender
          ? html`<button class="outlined" @click=${always}>
              ${t('reader.remote.always', { sender })}
            </button>`
          : nothing
      }
    </div>`;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!showsOther(changed)) return;
    this.#frames += 1;
    this.blocked = 0;
    this.empty = false;
    if (changed.has('content')) this.canvas = undefined;
  }

  #tellShown(detail: ReadonlySet<EmbeddedPart>): void {
    this.dispatchEvent(new CustomEvent('parts-shown', { detail }));
  }

  #askText(): void {
    this.dispatchEvent(new CustomEvent('show-text'));
  }

  #askRemote(): void {
    this.dispatchEvent(new CustomEvent('load-remote'));
  }
}

/** Is a new frame to be made? */
function showsOther(changed: PropertyValues<HtmlView>): boolean {
  return (['content', 'parts', 'remoteImages'] as const).some((field) => changed.has(field));
}

customElements.define('pop3-html-view', HtmlView);

import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { findLinks } from '../../lib/links.ts';
import { doubtfulLink } from '../../lib/link-warning.ts';
import type { TextBlock } from '../../lib/quotes.ts';
import { TextPieces } from '../../lib/text-pieces.ts';

import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import { shared } from '../styles.ts';
import { count } from './formats.ts';

/** Characters shown at first: more makes the page slow for text that few people read. */
const FIRST_LOOK = 200_000;

/** No more than this is ever shown: each line costs memory, and nobody reads a book here. */
const MOST = 3_000_000;

/** Lines of quotes in a row that are shown without being asked for. */
const LONGEST_QUOTE = 8;

/** Plain text of a message: paragraphs by quote depth, links made of what looks like one. */
export class TextView extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        font-size: 0.9375rem;
        line-height: 1.6;
        overflow-wrap: anywhere;
        tab-size: 4;
      }

      /* What is out of sight is not laid out. */
      .piece,
      .source {
        content-visibility: auto;
        contain-intrinsic-block-size: auto 40rem;
      }

      .block {
        max-width: 80ch;
        /* Marks heaped upon a letter stay in their paragraph. */
        overflow: clip;
        overflow-clip-margin: 0.25rem;
        white-space: pre-wrap;
        unicode-bidi: plaintext;
      }

      details {
        margin-block: 0.5rem;
      }

      summary {
        width: fit-content;
        padding: 0.15rem 0.6rem;
        border: 1px solid var(--line);
        border-radius: 99px;
        color: var(--muted);
        font-size: 0.8125rem;
        cursor: pointer;
      }

      summary:hover {
        background: var(--hover);
      }

      details[open] summary {
        margin-block-end: 0.5rem;
      }

      .block + .block {
        margin-top: 0.5rem;
      }

      .quote {
        margin-inline-start: calc((var(--depth) - 1) * 0.75rem);
        padding-inline-start: 0.75rem;
        border-inline-start: 2px solid var(--line-strong);
        color: var(--muted);
      }

      .quote-2,
      .quote-5 {
        border-color: var(--good);
      }

      .quote-3,
      .quote-6 {
        border-color: var(--warning);
      }

      .quote-1 {
        --depth: 1;
      }

      .quote-2 {
        --depth: 2;
      }

      .quote-3 {
        --depth: 3;
      }

      .quote-4 {
        --depth: 4;
      }

      .quote-5 {
        --depth: 5;
      }

      .quote-6 {
        --depth: 6;
      }

      .signature {
        color: var(--muted);
      }

      .source {
        margin: 0;
        font: 0.8125rem/1.55 var(--mono);
        white-space: pre-wrap;
      }

      a {
        color: var(--accent);
      }

      .more {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.75rem;
        margin-top: 1rem;
        color: var(--muted);
      }
    `,
  ];
  static override properties = {
    content: { attribute: false },
    source: { type: Boolean },
    limit: { state: true },
    pieces: { state: true },
  };

  declare content: string;
  /** Shown as it stands: nothing is quoted, nothing is a link. */
  declare source: boolean;
  /** Characters to show, or a little more: up to the end of their line. */
  declare limit: number;
  /** What is shown of them so far; one more with each frame that the browser draws. */
  declare pieces: readonly (readonly TextBlock[] | string)[];

  #rest = new TextPieces('');
  #frame = 0;

  constructor() {
    super();
    this.content = '';
    this.source = false;
    this.limit = FIRST_LOOK;
    this.pieces = [];
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.#frame);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('content') && !changed.has('source')) return;
    this.limit = FIRST_LOOK;
    this.#rest = new TextPieces(this.content);
    this.pieces = [];
    this.#take();
  }

  protected override updated(): void {
    cancelAnimationFrame(this.#frame);
    if (this.#growing) this.#frame = requestAnimationFrame(() => this.#take());
  }

  get #growing(): boolean {
    return !this.#rest.done && this.#rest.taken < this.limit;
  }

  #take(): void {
    const piece = this.source ? this.#rest.nextPlain(this.limit) : this.#rest.next(this.limit);
    if (piece !== undefined) this.pieces = [...this.pieces, piece];
  }

  protected override render(): unknown {
    if (this.content.trim() === '') {
      return html`<p class="signature">${t('reader.text.empty')}</p>`;
    }
    // A piece that stands in the document is not gone through again for each that follows.
    const shown = this.pieces.map((piece) => guard([piece], () => pieceOf(piece)));
    return html`
      <div class="pieces" aria-busy=${this.#growing} @click=${this.#click} @auxclick=${this.#click}>
        ${shown}
      </div>
      ${this.#growing || this.#rest.done ? nothing : this.#more()}
    `;
  }

  #more(): unknown {
    const { length } = this.content;
    const full = this.limit >= MOST;
    return html`<div class="more">
      ${t('reader.text.cut', { shown: count(this.limit), all: count(length) })}
      ${
        full
          ? t('reader.text.restInFile')
          : html`<button class="outlined" @click=${() => (this.limit = MOST)}>
              ${length > MOST ? t('reader.text.showMore') : t('reader.showAll')}
            </button>`
      }
    </div>`;
  }

  readonly #click = (event: Event): void => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const detail = link && doubtfulLink(link.textContent, link.href);
    if (!detail) return;
    event.preventDefault();
    this.dispatchEvent(new CustomEvent('doubtful-link', { detail }));
  };
}

function pieceOf(piece: readonly TextBlock[] | string): unknown {
  return typeof piece === 'string'
    ? html`<pre class="source" dir="ltr">${piece}</pre>`
    : html`<div class="piece">${folded(piece)}</div>`;
}

/** Quotes that run on are folded: what they quote stands in the message before. */
function folded(blocks: readonly TextBlock[]): unknown[] {
  const shown: unknown[] = [];
  for (let at = 0; at < blocks.length;) {
    const next = blocks.findIndex(({ depth }, index) => index > at && depth === 0);
    const quotes = blocks.slice(at, next < 0 ? undefined : next);
    const lines = quotes.reduce((sum, { text }) => sum + text.split('\n').length, 0);
    if (blocks[at]?.depth !== 0 && lines > LONGEST_QUOTE) {
      shown.push(
        html`<details>
          <summary>${t('reader.text.quoted', { lines })}</summary>
          ${quotes.map(block)}
        </details>`,
      );
      at += quotes.length;
    } else {
      const one = blocks[at];
      if (one) shown.push(block(one));
      at += 1;
    }
  }
  return shown;
}

function block({ depth, signature, text }: TextBlock): unknown {
  const kind = depth > 0 ? `quote quote-${depth}` : signature ? 'signature' : '';
  // No white space around the parts: it would be shown.
  return html`<div class=${`block ${kind}`}>${findLinks(text).map(part)}</div>`;
}

function part({ text, href }: { text: string; href?: string }): unknown {
  if (href === undefined) return text;
  return html`<a href=${href} target="_blank" rel="noopener noreferrer">${text}</a>`;
}

customElements.define('pop3-text-view', TextView);

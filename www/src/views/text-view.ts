import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { formatCount } from '../lib/format.ts';
import { findLinks } from '../lib/links.ts';
import { textBlocks } from '../lib/quotes.ts';
import { words } from '../messages.ts';
import { shared } from './styles.ts';

/** Characters shown at first: more makes the page slow for text that few people read. */
const FIRST_LOOK = 200_000;

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

      .block {
        max-width: 80ch;
        white-space: pre-wrap;
        unicode-bidi: plaintext;
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
    all: { state: true },
  };

  declare content: string;
  /** Shown as it stands: nothing is quoted, nothing is a link. */
  declare source: boolean;
  declare all: boolean;

  constructor() {
    super();
    this.content = '';
    this.source = false;
    this.all = false;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('content')) this.all = false;
  }

  protected override render(): unknown {
    const { content } = this;
    if (content.trim() === '') return html`<p class="signature">${words.message.emptyBody}</p>`;
    const cut = !this.all && content.length > FIRST_LOOK;
    const shown = cut ? content.slice(0, FIRST_LOOK) : content;
    return html`
      ${this.source ? html`<pre class="source" dir="ltr">${shown}</pre>` : textBlocks(shown).map(block)}
      ${
        cut
          ? html`<div class="more">
              ${words.message.tooLong(formatCount(FIRST_LOOK), formatCount(content.length))}
              <button class="outlined" @click=${() => (this.all = true)}>
                ${words.message.showAll}
              </button>
            </div>`
          : nothing
      }
    `;
  }
}

function block({ depth, signature, text }: ReturnType<typeof textBlocks>[number]): unknown {
  const kind = depth > 0 ? `quote quote-${depth}` : signature ? 'signature' : '';
  // No white space around the parts: it would be shown.
  return html`<div class=${`block ${kind}`}>${findLinks(text).map(part)}</div>`;
}

function part({ text, href }: { text: string; href?: string }): unknown {
  if (href === undefined) return text;
  return html`<a href=${href} target="_blank" rel="noopener noreferrer">${text}</a>`;
}

customElements.define('pop3-text-view', TextView);

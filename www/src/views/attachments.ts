import { LitElement, css, html, nothing } from 'lit';
import type { Attachment } from 'pop3-wasm';
import { MOST_ATTACHMENTS } from '../lib/attachments.ts';
import { saveOctets } from '../lib/download.ts';
import { safeFileName } from '../lib/file-name.ts';
import { formatSize } from '../lib/format.ts';
import { words } from '../messages.ts';
import { icons } from './icons.ts';
import { shared } from './styles.ts';

/** The attachments of a message. They are saved, never opened: their types are claims. */
export class Attachments extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        margin-bottom: 1rem;
      }

      h2 {
        margin: 0 0 0.5rem;
        color: var(--muted);
        font-size: 0.875rem;
        font-weight: 600;
      }

      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(19rem, 100%), 1fr));
        gap: 0.5rem;
        margin: 0;
        padding: 0;
        list-style: none;
      }

      li {
        display: flex;
        align-items: center;
        gap: 0.6rem;
        min-width: 0;
        padding: 0.45rem 0.45rem 0.45rem 0.75rem;
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }

      li > svg {
        color: var(--muted);
      }

      div {
        flex: 1;
        min-width: 0;
      }

      p {
        margin: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-size: 0.875rem;
        font-weight: 550;
      }

      .cut {
        margin-bottom: 0.5rem;
        white-space: normal;
        color: var(--warning);
      }

      .facts {
        color: var(--muted);
        font-size: 0.8125rem;
        font-weight: 400;
      }
    `,
  ];
  static override properties = {
    attachments: { attribute: false },
    cut: { attribute: false },
  };

  declare attachments: readonly Attachment[];
  /** The message may have more. */
  declare cut: boolean;

  constructor() {
    super();
    this.attachments = [];
    this.cut = false;
  }

  protected override render(): unknown {
    return html`
      <h2>${words.message.attachments(this.attachments.length)}</h2>
      ${this.cut ? html`<p class="cut">${words.message.attachmentsCut(MOST_ATTACHMENTS)}</p>` : nothing}
      <ul>
        ${this.attachments.map((attachment, index) => this.#item(attachment, index))}
      </ul>
    `;
  }

  #item({ name, type, size, content }: Attachment, index: number): unknown {
    const fallback = `${words.message.unnamed}-${index + 1}${extensionOf(type)}`;
    const safe = safeFileName(name, fallback);
    return html`<li>
      ${type.startsWith('image/') ? icons.image : icons.file}
      <div>
        <p title=${safe}><bdi>${safe}</bdi></p>
        <p class="facts">${type} · ${formatSize(size)}</p>
      </div>
      <button
        class="outlined"
        aria-label=${words.message.saveNamed(safe)}
        @click=${() => saveOctets(content, safe)}
      >
        ${words.message.save}
      </button>
    </li>`;
  }
}

/** For parts without a name: the few types that are common there. */
function extensionOf(type: string): string {
  const known: Record<string, string> = {
    'message/rfc822': '.eml',
    'text/plain': '.txt',
    'text/calendar': '.ics',
    'application/pdf': '.pdf',
    'image/png': '.png',
    'image/jpeg': '.jpg',
    'image/gif': '.gif',
  };
  return Object.hasOwn(known, type) ? (known[type] ?? '') : '';
}

customElements.define('pop3-attachments', Attachments);

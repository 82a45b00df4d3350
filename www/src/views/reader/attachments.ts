import { LitElement, css, html, nothing } from 'lit';
import type { Attachment } from 'pop3-wasm';
import { attachmentKind, extensionOf, type AttachmentKind } from '../../lib/attachment-kind.ts';
import { MOST_ATTACHMENTS } from '../../lib/attachments.ts';
import { saveBlob, saveOctets } from '../../lib/download.ts';
import { safeFileName } from '../../lib/file-name.ts';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import { logDefect } from '../../lib/log.ts';
import { icons } from '../icons.ts';
import { shared } from '../styles.ts';
import { size } from './formats.ts';
import type { PreviewDialog } from './preview-dialog.ts';
import { readerIcons } from './reader-icons.ts';

/** Text and pictures beyond this are saved, not looked at here. */
const LARGEST_PREVIEW = 60_000_000;

/** Opens a PDF file; who owns the worker for it gives this. */
export type PdfOpener = PreviewDialog['openPdf'];

/**
 * The attachments of a message. They are saved as octets, or looked at in ways that bear a lie about
 * their type; nothing in them is ever run or rendered as a document.
 */
export class Attachments extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        margin-block-end: 1rem;
      }

      .head {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 0.25rem 1rem;
        margin-block-end: 0.4rem;
      }

      h2 {
        margin: 0;
        color: var(--muted);
        font-size: 0.875rem;
        font-weight: 600;
      }

      ul {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(21rem, 100%), 1fr));
        gap: 0.5rem;
        margin: 0;
        padding: 0;
        list-style: none;
      }

      li {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.3rem 0.6rem;
        min-width: 0;
        padding: 0.45rem 0.45rem 0.45rem 0.75rem;
        border: 1px solid var(--line);
        border-radius: var(--radius);
      }

      li > svg {
        color: var(--muted);
      }

      .file {
        flex: 1 1 8rem;
        min-width: 0;
      }

      .buttons {
        display: flex;
        gap: 0.3rem;
        margin-inline-start: auto;
      }

      p {
        margin: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
        font-size: 0.875rem;
        font-weight: 550;
      }

      .cut,
      .explained {
        margin-block-end: 0.5rem;
        white-space: normal;
        color: var(--warning);
      }

      .explained {
        flex-basis: 100%;
        margin-block-end: 0;
        color: var(--muted);
        font-weight: 400;
      }

      .facts {
        color: var(--muted);
        font-size: 0.8125rem;
        font-weight: 400;
      }

      @media print {
        button {
          display: none;
        }
      }
    `,
  ];
  static override properties = {
    attachments: { attribute: false },
    cut: { attribute: false },
    deep: { attribute: false },
    unpacked: { attribute: false },
    zipping: { state: true },
  };

  declare attachments: readonly Attachment[];
  /** The message may have more. */
  declare cut: boolean;
  /** No message inside is opened any more. */
  declare deep: boolean;
  /** Files that were taken out of a `winmail.dat`, the last ones. */
  declare unpacked: number;
  declare openPdf: PdfOpener;
  declare zipping: boolean;

  constructor() {
    super();
    this.attachments = [];
    this.cut = false;
    this.deep = false;
    this.unpacked = 0;
    this.zipping = false;
  }

  protected override render(): unknown {
    const { attachments } = this;
    return html`
      <div class="head">
        <h2>${t('reader.attachments.count', { count: attachments.length })}</h2>
        ${
          attachments.length > 1
            ? html`<button class="all" aria-busy=${this.zipping} @click=${this.#saveAll}>
                ${icons.save} ${t('reader.attachments.saveAll')}
              </button>`
            : nothing
        }
      </div>
      ${
        this.cut
          ? html`<p class="cut">${t('reader.attachments.cut', { count: MOST_ATTACHMENTS })}</p>`
          : nothing
      }
      <ul>
        ${attachments.map((attachment, index) => this.#item(attachment, index))}
      </ul>
      <slot></slot>
    `;
  }

  #item(attachment: Attachment, index: number): unknown {
    const { type, size: octets, content, description } = attachment;
    const name = nameOf(attachment, index);
    const kind = attachmentKind(attachment);
    return html`<li>
      ${iconOf(kind)}
      <div class="file">
        <p title=${description ?? name}><bdi>${name}</bdi></p>
        <p class="facts">${type} · ${size(octets)}</p>
      </div>
      <div class="buttons">
        ${this.#opener(kind, attachment, name)}
        <button
          class="outlined save"
          aria-label=${t('reader.attachments.saveNamed', { name })}
          @click=${() => saveOctets(content, name)}
        >
          ${t('common.save')}
        </button>
      </div>
      ${kind === 'winmail' ? html`<p class="explained">${this.#packed()}</p>` : nothing}
    </li>`;
  }

  #packed(): string {
    if (this.unpacked === 0) return t('reader.attachments.winmail');
    return t('reader.attachments.unpacked', { count: this.unpacked });
  }

  #opener(kind: AttachmentKind, attachment: Attachment, name: string): unknown {
    if (kind === 'message') {
      if (this.deep) return nothing;
      const open = (): void => {
        this.dispatchEvent(new CustomEvent('open-attached', { detail: { attachment, name } }));
      };
      return html`<button
        class="outlined open"
        aria-label=${t('reader.attachments.openNamed', { name })}
        @click=${open}
      >
        ${t('reader.attachments.open')}
      </button>`;
    }
    const seen = kind !== 'other' && kind !== 'winmail' && attachment.size > 0;
    if (!seen || attachment.size > LARGEST_PREVIEW) return nothing;
    return html`<button
      class="outlined preview"
      aria-label=${t('reader.attachments.previewNamed', { name })}
      @click=${() => this.#preview(kind, attachment, name)}
    >
      ${t('reader.attachments.preview')}
    </button>`;
  }

  async #preview(kind: AttachmentKind, attachment: Attachment, name: string): Promise<void> {
    try {
      const { PreviewDialog } = await import('./preview-dialog.ts');
      const dialog = new PreviewDialog();
      dialog.openPdf = this.openPdf;
      // In this element's own document tree, so that the focus returns to the button.
      this.renderRoot.append(dialog);
      await dialog.show(kind, attachment, name);
    } catch (thrown) {
      logDefect('preview', thrown);
      this.#fail();
    }
  }

  async #saveAll(): Promise<void> {
    if (this.zipping) return;
    this.zipping = true;
    const files = this.attachments.map((attachment, index) => {
      return { name: nameOf(attachment, index), content: attachment.content };
    });
    try {
      const { zip } = await import('../../lib/zip.ts');
      saveBlob(await zip(files), t('reader.attachments.archive'));
    } catch (thrown) {
      logDefect('archive', thrown);
      this.#fail();
    }
    this.zipping = false;
  }

  /** A part of the page could not be loaded, or memory is short. */
  #fail(): void {
    this.dispatchEvent(new CustomEvent('attachment-failed', { bubbles: true, composed: true }));
  }
}

function nameOf({ name, type }: Attachment, index: number): string {
  const fallback = `${t('reader.attachments.unnamed')}-${index + 1}${extensionOf(type)}`;
  return safeFileName(name, fallback);
}

function iconOf(kind: AttachmentKind): unknown {
  switch (kind) {
    case 'image':
      return icons.image;
    case 'message':
      return icons.mail;
    case 'calendar':
      return readerIcons.calendar;
    case 'contact':
      return readerIcons.person;
    default:
      return icons.file;
  }
}

customElements.define('pop3-attachments', Attachments);

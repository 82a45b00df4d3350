import { LitElement, css, html, nothing } from 'lit';
import type { Attachment } from 'pop3-wasm';
import type { AttachmentKind } from '../../lib/attachment-kind.ts';
import { decodeText } from '../../lib/decode.ts';
import { saveOctets } from '../../lib/download.ts';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import type { Outcome } from '../../lib/outcome.ts';
import type { PdfDocument } from '../../lib/pdf-document.ts';
import { dialogStyles } from '../dialog.styles.ts';
import { icons } from '../icons.ts';
import { shared } from '../styles.ts';
import './text-view.ts';

/** Pixels to a CSS pixel; beyond this, nobody sees the difference, and memory does. */
const MOST_PIXEL_DENSITY = 2;

type Shown =
  | { kind: 'loading' }
  | { kind: 'failed' }
  | { kind: 'image'; url: string }
  | { kind: 'text'; text: string }
  | { kind: 'pdf'; file: PdfDocument; page: number; text: string; drawn: boolean };

/** A look at an attachment: a picture, text as it stands, or the pages of a PDF file. */
export class PreviewDialog extends LitElement {
  static override styles = [
    shared,
    dialogStyles,
    css`
      dialog {
        width: min(64rem, calc(100vw - 2rem));
        max-height: calc(100dvh - 2rem);
        padding: 0;
        overflow: hidden;
      }

      dialog[open] {
        display: flex;
        flex-direction: column;
      }

      header {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.25rem 0.5rem;
        padding: 0.5rem 0.5rem 0.5rem 1.25rem;
        border-block-end: 1px solid var(--line);
      }

      h2 {
        flex: 1 1 10rem;
        margin: 0;
        font-size: 1rem;
        overflow-wrap: anywhere;
      }

      .content {
        flex: 1;
        min-height: 0;
        padding: 1rem 1.25rem;
        overflow: auto;
      }

      .content:focus-visible {
        outline-offset: -3px;
      }

      img,
      canvas {
        display: block;
        max-width: 100%;
        margin-inline: auto;
      }

      canvas {
        background: #fff;
        box-shadow: 0 0 0 1px var(--line);
      }

      /* As high as a page, so that the dialog stands still while one is drawn. */
      .sheet {
        min-height: 80dvh;
      }

      .pages {
        display: flex;
        align-items: center;
        gap: 0.25rem;
        font-size: 0.875rem;
      }
    `,
  ];
  static override properties = { shown: { state: true }, name: { state: true } };

  declare shown: Shown;
  declare name: string;
  openPdf: ((octets: Uint8Array) => Promise<Outcome<PdfDocument>>) | undefined;

  #attachment: Attachment | undefined;
  /** Tells a page that was turned while another was drawn. */
  #turn = 0;

  constructor() {
    super();
    this.shown = { kind: 'loading' };
    this.name = '';
  }

  async show(kind: AttachmentKind, attachment: Attachment, name: string): Promise<void> {
    this.#attachment = attachment;
    this.name = name;
    await this.updateComplete;
    this.#dialog?.showModal();
    if (kind === 'image') this.#showImage(attachment);
    else if (kind === 'pdf') await this.#showPdf(attachment);
    else this.shown = { kind: 'text', text: decodeText(attachment.content, attachment.charset) };
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#release();
  }

  #release(): void {
    const { shown } = this;
    this.#turn += 1;
    if (shown.kind === 'image') URL.revokeObjectURL(shown.url);
    if (shown.kind === 'pdf') shown.file.close();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector('dialog');
  }

  #showImage({ content, type }: Attachment): void {
    const blob = new Blob([content as Uint8Array<ArrayBuffer>], { type });
    this.shown = { kind: 'image', url: URL.createObjectURL(blob) };
  }

  async #showPdf({ content }: Attachment): Promise<void> {
    const outcome = await this.openPdf?.(content);
    if (outcome?.ok !== true) {
      this.shown = { kind: 'failed' };
      return;
    }
    const file = outcome.value;
    if (!this.isConnected) return file.close();
    this.shown = { kind: 'pdf', file, page: 1, text: '', drawn: false };
    await this.#draw(1);
  }

  async #draw(page: number): Promise<void> {
    const turn = ++this.#turn;
    const { shown } = this;
    if (shown.kind !== 'pdf' || page < 1 || page > shown.file.pages) return;
    this.shown = { ...shown, page, text: '', drawn: false };
    await this.updateComplete;
    const content = this.renderRoot.querySelector<HTMLElement>('.content');
    const canvas = document.createElement('canvas');
    try {
      const width = Math.max(200, (content?.clientWidth ?? 600) - 40);
      const density = Math.min(MOST_PIXEL_DENSITY, devicePixelRatio);
      const text = shown.file.textOf(page).catch(() => '');
      await shown.file.draw(page, canvas, width, density);
      if (turn !== this.#turn) return;
      // A new canvas for each page, so that a late drawing never lands on another page.
      canvas.style.width = `${canvas.width / density}px`;
      canvas.setAttribute('role', 'img');
      canvas.setAttribute('aria-label', (await text) || t('reader.preview.pageEmpty'));
      content?.querySelector('.sheet')?.replaceChildren(canvas);
      content?.scrollTo(0, 0);
      if (turn === this.#turn) this.shown = { ...shown, page, text: await text, drawn: true };
    } catch {
      if (turn !== this.#turn) return;
      shown.file.close();
      this.shown = { kind: 'failed' };
    }
  }

  protected override render(): unknown {
    const { shown, name } = this;
    return html`<dialog aria-labelledby="heading" @close=${() => this.remove()}>
      <header>
        <h2 id="heading"><bdi>${name}</bdi></h2>
        ${shown.kind === 'pdf' ? this.#pages(shown.page, shown.file.pages) : nothing}
        <button class="outlined" @click=${this.#save}>${t('common.save')}</button>
        <button
          class="icon close"
          autofocus
          aria-label=${t('common.close')}
          title=${t('common.close')}
          @click=${() => this.#dialog?.close()}
        >
          ${icons.close}
        </button>
      </header>
      <div class="content" role="region" tabindex="0" aria-labelledby="heading">
        ${this.#content(shown)}
      </div>
    </dialog>`;
  }

  #pages(page: number, pages: number): unknown {
    const turn = (steps: number, label: string, icon: unknown): unknown =>
      html`<button
        class="icon"
        aria-label=${label}
        title=${label}
        aria-disabled=${page + steps < 1 || page + steps > pages}
        @click=${() => this.#draw(page + steps)}
      >
        ${icon}
      </button>`;
    return html`<div class="pages">
      ${turn(-1, t('reader.preview.previousPage'), icons.up)}
      <span role="status">${t('reader.preview.page', { page, pages })}</span>
      ${turn(1, t('reader.preview.nextPage'), icons.down)}
    </div>`;
  }

  #content(shown: Shown): unknown {
    switch (shown.kind) {
      case 'loading':
        return html`<p role="status">${t('reader.preview.loading')}</p>`;
      case 'failed':
        return html`<p role="alert">${t('reader.preview.failed')}</p>`;
      case 'image':
        return html`<img
          src=${shown.url}
          alt=${this.name}
          @error=${() => {
            URL.revokeObjectURL(shown.url);
            this.shown = { kind: 'failed' };
          }}
        />`;
      case 'text':
        return html`<pop3-text-view source .content=${shown.text}></pop3-text-view>`;
      case 'pdf':
        return html`
          ${shown.drawn ? nothing : html`<p role="status">${t('reader.preview.loading')}</p>`}
          <div class="sheet" data-drawn=${shown.drawn ? shown.page : ''}></div>
        `;
    }
  }

  #save(): void {
    if (this.#attachment) saveOctets(this.#attachment.content, this.name);
  }
}

customElements.define('pop3-preview-dialog', PreviewDialog);

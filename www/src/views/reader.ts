import { LitElement, html, nothing, type PropertyValues } from 'lit';
import type { Address, Message } from 'pop3-wasm';
import { MOST_ATTACHMENTS, listedAttachments, type ShownParts } from '../lib/attachments.ts';
import { decodeSource } from '../lib/decode.ts';
import { saveOctets } from '../lib/download.ts';
import { safeFileName } from '../lib/file-name.ts';
import { dateFormats, formatSize } from '../lib/format.ts';
import type { EmbeddedPart } from '../lib/html-sanitise.ts';
import type { DoubtfulLink } from '../lib/link-warning.ts';
import { words } from '../messages.ts';
import type { MessageView, OpenMessage, Row } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import './attachments.ts';
import { failureText } from './failure.ts';
import './html-view.ts';
import { icons } from './icons.ts';
import { LinkDialog } from './link-dialog.ts';
import { readerStyles } from './reader.styles.ts';
import { shared } from './styles.ts';
import './text-view.ts';

const dates = dateFormats();

/** HTML longer than this is shown only when asked for: cleaning it would hold the page up. */
const HTML_LIMIT = 2_000_000;

/** Recipients shown before “and N more”. */
const RECIPIENTS = 8;

/** The open message. */
export class Reader extends LitElement {
  static override styles = [shared, readerStyles];
  static override properties = {
    store: { attribute: false },
    open: { attribute: false },
    row: { attribute: false },
    longHtml: { state: true },
    shown: { state: true },
  };

  declare store: Store;
  declare open: OpenMessage | undefined;
  /** The message's row, while it has one. */
  declare row: Row | undefined;
  /** The reader asked for HTML beyond the limit. */
  declare longHtml: boolean;
  /** What the HTML view told of the message's own images. */
  declare shown: ReadonlySet<EmbeddedPart> | undefined;

  #source: { octets: Uint8Array; text: string } | undefined;

  constructor() {
    super();
    this.longHtml = false;
  }

  /** Moves the focus to the message, so that a screen reader begins there. */
  async focusHeading(): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // Without this, a change of the reader's own state would look like another message.
    if (!changed.has('open')) return;
    const before = changed.get('open') as OpenMessage | undefined;
    if (before?.message !== this.open?.message) this.shown = undefined;
    if (before?.key === this.open?.key) return;
    this.longHtml = false;
    this.#source = undefined;
  }

  protected override render(): unknown {
    const { open, row } = this;
    if (open === undefined) {
      return html`<div class="none">
        <span class="none-icon">${icons.mail}</span>
        <h2>${words.message.none}</h2>
        <p>${words.message.noneDetail}</p>
      </div>`;
    }
    const subject = open.message?.subject ?? row?.summary?.subject;
    return html`
      ${this.#toolbar(open)}
      <article>
        <h1 tabindex="-1" dir="auto">${subject || words.inbox.noSubject}</h1>
        ${open.gone ? html`<p class="note">${words.message.gone}</p>` : nothing}
        ${this.#envelope(open)} ${this.#content(open)}
      </article>
    `;
  }

  #toolbar(open: OpenMessage): unknown {
    const marked = this.row?.marked === true;
    const toggle = (): void => {
      if (marked) this.store.unmark([open.key]);
      else this.#emit('mark');
    };
    return html`
      <div class="toolbar" role="toolbar" aria-label=${words.message.pane}>
        ${iconButton('back', icons.back, words.message.back, () => this.#emit('back'))}
        <span class="space"></span>
        ${iconButton('', icons.up, words.message.previous, () => this.store.move(-1))}
        ${iconButton('', icons.down, words.message.next, () => this.store.move(1))}
        ${
          open.octets
            ? iconButton('', icons.save, words.message.saveSource, () => this.#saveSource(open))
            : nothing
        }
        ${
          this.row
            ? html`<button class=${marked ? 'outlined' : 'delete'} @click=${toggle}>
                ${marked ? icons.restore : icons.trash}
                ${marked ? words.inbox.unmark : words.inbox.mark}
              </button>`
            : nothing
        }
      </div>
      ${marked ? html`<p class="note danger">${words.deletion.pending(1)}</p>` : nothing}
    `;
  }

  #envelope(open: OpenMessage): unknown {
    const { message } = open;
    const from = message?.from[0] ?? this.row?.summary?.from;
    const date = message?.date ?? this.row?.summary?.date;
    const name = from?.name || from?.address || words.inbox.noSender;
    return html`
      <div class="envelope">
        <span class=${`avatar hue-${hue(from?.address ?? '')}`} aria-hidden="true"
          >${initial(name)}</span
        >
        <div class="who">
          <p class="sender">
            <span class="visually-hidden">${words.message.from}: </span><bdi>${name}</bdi>
            ${from?.name ? html`<bdi class="address">${from.address}</bdi>` : nothing}
          </p>
          ${message ? recipients(words.message.to, message.to) : nothing}
          ${message ? recipients(words.message.cc, message.cc) : nothing}
          ${message ? recipients(words.message.replyTo, otherReplies(message), full) : nothing}
        </div>
        <p class="when">
          <span>${date === undefined ? words.message.noDate : dates.long(date)}</span>
          <span>${formatSize(open.octets?.length ?? open.size)}</span>
        </p>
      </div>
    `;
  }

  #content(open: OpenMessage): unknown {
    if (open.status === 'loading') {
      const label = words.message.loading(formatSize(open.received), formatSize(open.size));
      return html`<div class="loading">
        <progress
          aria-label=${words.message.loadingLabel}
          max=${Math.max(open.size, open.received, 1)}
          .value=${open.received}
        ></progress>
        <p>${label}</p>
      </div>`;
    }
    if (open.status === 'failed' && open.failure) {
      return html`<div class="failure" role="alert">
        <h2>${words.message.failed}</h2>
        ${failureText(open.failure)}
        <button class="primary" @click=${() => this.store.reopen()}>${words.retry}</button>
      </div>`;
    }
    const { message } = open;
    const attachments = message ? listedAttachments(message, this.#shownParts(open)) : [];
    return html`
      ${message ? nothing : html`<p class="note">${words.message.unparsed}</p>`}
      ${
        attachments.length > 0
          ? html`<pop3-attachments
              .attachments=${attachments}
              .cut=${message?.attachments.length === MOST_ATTACHMENTS}
            ></pop3-attachments>`
          : nothing
      }
      ${this.#tabs(open)}
      <div id="view" role="tabpanel" tabindex="0" aria-labelledby=${`tab-${open.view}`}>
        ${this.#view(open)}
      </div>
      <pop3-link-dialog></pop3-link-dialog>
    `;
  }

  #shownParts({ view, message }: OpenMessage): ShownParts {
    const coming = view === 'html' && !this.#isHeldBack(message?.html ?? '');
    return this.shown ?? (coming ? 'pending' : new Set());
  }

  #isHeldBack(content: string): boolean {
    return content.length > HTML_LIMIT && !this.longHtml;
  }

  #tabs(open: OpenMessage): unknown {
    const views = viewsOf(open);
    const select = (event: KeyboardEvent): void => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const next = step && views.at((views.indexOf(open.view) + step) % views.length);
      if (!next) return;
      event.preventDefault();
      this.store.showView(next);
      void this.updateComplete.then(() => {
        this.renderRoot.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
      });
    };
    return html`
      <div class="tabs" role="tablist" aria-label=${words.message.views} @keydown=${select}>
        ${views.map(
          (view) =>
            html`<button
              id=${`tab-${view}`}
              role="tab"
              aria-selected=${view === open.view}
              aria-controls="view"
              tabindex=${view === open.view ? 0 : -1}
              @click=${() => this.store.showView(view)}
            >
              ${words.message[view]}
            </button>`,
        )}
      </div>
    `;
  }

  #view({ view, message, octets, remoteImages }: OpenMessage): unknown {
    switch (view) {
      case 'html':
        return this.#html(message, remoteImages);
      case 'text':
        return html`<pop3-text-view
          .content=${message?.text ?? ''}
          @doubtful-link=${this.#ask}
        ></pop3-text-view>`;
      case 'headers':
        return html`<dl class="headers">
          ${message?.headers.map(
            ({ name, value }) =>
              html`<dt>${name}</dt>
                <dd dir="auto">${value}</dd>`,
          )}
        </dl>`;
      case 'source':
        return html`<pop3-text-view
          source
          .content=${octets ? this.#sourceOf(octets) : ''}
        ></pop3-text-view>`;
    }
  }

  #html(message: Message | undefined, remoteImages: boolean): unknown {
    const content = message?.html ?? '';
    if (this.#isHeldBack(content)) {
      return html`<p class="note">
        ${words.message.htmlTooLong(formatSize(content.length))}
        <button class="outlined" @click=${() => (this.longHtml = true)}>
          ${words.message.showAll}
        </button>
      </p>`;
    }
    return html`<pop3-html-view
      .content=${content}
      .parts=${message?.attachments ?? []}
      .remoteImages=${remoteImages}
      @parts-shown=${(event: CustomEvent<ReadonlySet<EmbeddedPart>>) => (this.shown = event.detail)}
      @load-remote=${() => this.store.loadRemoteImages()}
      @show-text=${() => this.store.showView('text')}
      @doubtful-link=${this.#ask}
    ></pop3-html-view>`;
  }

  readonly #ask = (event: CustomEvent<DoubtfulLink>): void => {
    void this.renderRoot.querySelector<LinkDialog>('pop3-link-dialog')?.show(event.detail);
  };

  #sourceOf(octets: Uint8Array): string {
    if (this.#source?.octets !== octets) this.#source = { octets, text: decodeSource(octets) };
    return this.#source.text;
  }

  #saveSource({ octets, message }: OpenMessage): void {
    if (octets)
      saveOctets(octets, safeFileName(`${message?.subject || 'message'}.eml`, 'message.eml'));
  }

  #emit(type: 'back' | 'mark'): void {
    this.dispatchEvent(new CustomEvent(type));
  }
}

function viewsOf({ message }: OpenMessage): MessageView[] {
  if (message === undefined) return ['source'];
  return [...(message.html === undefined ? [] : ['html' as const]), 'text', 'headers', 'source'];
}

function iconButton(kind: string, icon: unknown, label: string, act: () => void): unknown {
  return html`<button class=${`icon ${kind}`} aria-label=${label} title=${label} @click=${act}>
    ${icon}
  </button>`;
}

function recipients(
  label: string,
  addresses: readonly Address[],
  shownAs = ({ name, address }: Address): string => name || address,
): unknown {
  if (addresses.length === 0) return nothing;
  const shown = addresses.slice(0, RECIPIENTS).map(shownAs);
  const more = addresses.length - shown.length;
  return html`<p class="recipients">
    <span class="label">${label}:</span>
    ${shown.map((one, at) => html`${at > 0 ? ', ' : nothing}<bdi>${one}</bdi>`)}
    ${more > 0 ? words.message.moreRecipients(more) : nothing}
  </p>`;
}

/** For an address that will be written to: a name alone could be anybody's. */
function full({ name, address }: Address): string {
  return name ? `${name} <${address}>` : address;
}

/** Reply addresses that are not the sender's own: an answer would go to somebody else. */
function otherReplies({ from, replyTo }: Message): Address[] {
  return replyTo.filter(({ address }) => !from.some((sender) => sender.address === address));
}

/** One of eight colours, the same for the same sender. */
function hue(address: string): number {
  let sum = 0;
  for (const character of address.toLowerCase()) {
    sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  }
  return sum % 8;
}

function initial(name: string): string {
  const letter = /[\p{L}\p{N}]/u.exec(name)?.[0] ?? '@';
  return letter.toLocaleUpperCase();
}

customElements.define('pop3-reader', Reader);

import { LitElement, html, nothing, type PropertyValues } from 'lit';
import type { Attachment, Message } from 'pop3-wasm';
import { attachmentKind } from '../../lib/attachment-kind.ts';
import { MOST_ATTACHMENTS, listedAttachments, type ShownParts } from '../../lib/attachments.ts';
import { decodeSource, decodeText } from '../../lib/decode.ts';
import { saveOctets } from '../../lib/download.ts';
import { safeFileName } from '../../lib/file-name.ts';
import type { EmbeddedPart } from '../../lib/html-sanitise.ts';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import type { DoubtfulLink } from '../../lib/link-warning.ts';
import { linkTarget } from '../../lib/links.ts';
import { logDefect } from '../../lib/log.ts';
import { linkSign, signsOf } from '../../lib/signs.ts';
import type { Content, MessageRow, Reading, Rest } from '../../store/reading.ts';
import { failureText } from '../failure.ts';
import { icons } from '../icons.ts';
import { shared } from '../styles.ts';
import './attachments.ts';
import './envelope.ts';
import { size } from './formats.ts';
import './html-view.ts';
import { emitIntent } from './intents.ts';
import type { LinkDialog, LinkQuestion } from './link-dialog.ts';
import './link-dialog.ts';
import { messageStyles } from './message.styles.ts';
import { readerIcons } from './reader-icons.ts';
import './signs-bar.ts';
import './text-view.ts';

export type MessageView = 'html' | 'text' | 'headers' | 'source';

/** HTML longer than this is shown only when asked for: cleaning it would hold the page up. */
const HTML_LIMIT = 2_000_000;
/** Calendars and contacts of one message that are read, and how long such a one may be. */
const MOST_CARDS = 5;
const LONGEST_CARD = 500_000;

/** One message, unfolded: its envelope, what is odd about it, what it says, what it brings. */
export class MessageElement extends LitElement {
  static override styles = [shared, messageStyles];
  static override properties = {
    reading: { attribute: false },
    row: { attribute: false },
    content: { attribute: false },
    rest: { attribute: false },
    trusted: { attribute: false },
    deep: { attribute: false },
    view: { state: true },
    remote: { state: true },
    longHtml: { state: true },
    shown: { state: true },
    doubtful: { state: true },
    cards: { state: true },
    unpacked: { state: true },
    failedPart: { state: true },
  };

  declare reading: Reading;
  /** Absent for a message that is an attachment. */
  declare row: MessageRow | undefined;
  declare content: Content | undefined;
  declare rest: Rest | undefined;
  /** Addresses whose remote content is loaded. */
  declare trusted: readonly string[];
  /** No message inside this one is opened any more. */
  declare deep: boolean;
  /** What the reader chose; else the best that there is. */
  declare view: MessageView | undefined;
  /** Remote content was asked for, for this message. */
  declare remote: boolean;
  /** The reader asked for HTML beyond the limit. */
  declare longHtml: boolean;
  /** What the HTML view told of the message's own images. */
  declare shown: ReadonlySet<EmbeddedPart> | undefined;
  declare doubtful: readonly DoubtfulLink[];
  declare cards: readonly unknown[];
  /** Files out of a `winmail.dat`. */
  declare unpacked: readonly Attachment[];
  /** A part of the page that shows attachments could not be loaded. */
  declare failedPart: boolean;

  #source: { octets: Uint8Array; text: string } | undefined;

  constructor() {
    super();
    this.trusted = [];
    this.deep = false;
    this.#reset();
  }

  get message(): Message | undefined {
    return this.content?.status === 'ready' ? this.content.message : undefined;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // Without this, a change of the view's own state would look like another message.
    if (!changed.has('content')) return;
    const before = changed.get('content') as Content | undefined;
    if (before?.status === 'ready' || this.content?.status === 'ready') this.#reset();
    if (this.message) void this.#readCards(this.message);
    if (this.message) void this.#unpack(this.message);
    if (this.message) void this.#loadViews();
  }

  #reset(): void {
    this.view = undefined;
    this.remote = false;
    this.longHtml = false;
    this.shown = undefined;
    this.doubtful = [];
    this.cards = [];
    this.unpacked = [];
    this.failedPart = false;
    this.#source = undefined;
  }

  /** Views that few look at are loaded while nobody waits for them. */
  async #loadViews(): Promise<void> {
    try {
      await Promise.all([
        import('./headers-view.ts'),
        ...(this.message?.report ? [import('./report-card.ts')] : []),
      ]);
    } catch (thrown) {
      logDefect('views', thrown);
      this.failedPart = true;
    }
  }

  /** Invitations and contacts, read by the worker; what it cannot read stays an attachment. */
  async #readCards(message: Message): Promise<void> {
    const parts = message.attachments.filter((part) => {
      const kind = attachmentKind(part);
      return (kind === 'calendar' || kind === 'contact') && part.size <= LONGEST_CARD;
    });
    for (const part of parts.slice(0, MOST_CARDS)) {
      const card = await this.#readCard(part).catch((thrown: unknown) => {
        logDefect('card', thrown);
        return undefined;
      });
      if (message !== this.message) return;
      if (card !== undefined) this.cards = [...this.cards, card];
    }
  }

  /** What Outlook packed away. A container that cannot be read stays what it is. */
  async #unpack(message: Message): Promise<void> {
    const containers = message.attachments.filter((part) => attachmentKind(part) === 'winmail');
    for (const { content } of containers.slice(0, MOST_CARDS)) {
      const outcome = await this.reading.unpack(content);
      if (message !== this.message) return;
      if (!outcome.ok) continue;
      const files = outcome.value.map((file): Attachment => {
        const none = { related: false, inline: false, start: 0, end: 0 };
        return { ...file, size: file.content.length, ...none };
      });
      this.unpacked = [...this.unpacked, ...files];
    }
  }

  async #readCard(part: Attachment): Promise<unknown> {
    const text = decodeText(part.content, part.charset);
    if (attachmentKind(part) === 'calendar') {
      const outcome = await this.reading.readCalendar(text);
      if (!outcome.ok) return undefined;
      await import('./calendar-card.ts');
      return html`<pop3-calendar-card .calendar=${outcome.value}></pop3-calendar-card>`;
    }
    const outcome = await this.reading.readContacts(text);
    if (!outcome.ok) return undefined;
    await import('./contact-card.ts');
    return html`<pop3-contact-card .contacts=${outcome.value}></pop3-contact-card>`;
  }

  protected override render(): unknown {
    const { content, message, row } = this;
    const octets = content?.status === 'ready' ? content.octets.length : (row?.size ?? 0);
    const size = row?.local === 'header' ? row.size : octets;
    return html`
      ${message ? html`<pop3-signs-bar .signs=${this.#signs(message)}></pop3-signs-bar>` : nothing}
      <pop3-envelope .message=${message} .row=${row} .octets=${size}></pop3-envelope>
      ${this.#body(content)}
      <pop3-link-dialog></pop3-link-dialog>
    `;
  }

  #signs(message: Message): readonly unknown[] {
    const links = linkSign(this.doubtful, message.from);
    return [...signsOf(message), ...(links ? [links] : [])];
  }

  #body(content: Content | undefined): unknown {
    if (content === undefined || content.status === 'loading') {
      return html`<p class="loading" role="status">${t('page.loading')}</p>`;
    }
    if (content.status === 'failed') {
      const again = (): void => void (this.row && this.reading.expand(this.row.id));
      return html`<div class="failure" role="alert">
        <h2>${t('reader.failed')}</h2>
        ${failureText(content.failure)}
        <button class="primary" @click=${again}>${t('common.retry')}</button>
      </div>`;
    }
    const { message } = content;
    const view = this.#shownView(message);
    const attachments = message ? listedAttachments(message, this.#shownParts(message)) : [];
    return html`
      ${message ? nothing : html`<p class="note">${t('reader.unparsed')}</p>`}
      ${this.failedPart ? html`<p class="note">${t('reader.partFailed')}</p>` : nothing}
      ${this.row?.local === 'header' ? this.#restBar(this.row) : nothing}
      ${message?.report ? html`<pop3-report-card .report=${message.report}></pop3-report-card>` : nothing}
      ${this.cards}
      ${
        attachments.length > 0
          ? html`<pop3-attachments
              .attachments=${[...attachments, ...this.unpacked]}
              .unpacked=${this.unpacked.length}
              .cut=${message?.attachments.length === MOST_ATTACHMENTS}
              .deep=${this.deep}
              .openPdf=${(octets: Uint8Array) => this.reading.openPdf(octets)}
              @open-attached=${this.#openAttached}
              @attachment-failed=${() => (this.failedPart = true)}
            ></pop3-attachments>`
          : nothing
      }
      <div class="bar">
        ${this.#tabs(message, view)}
        ${
          message
            ? iconButton('print', readerIcons.print, t('reader.print'), () => this.#print(view))
            : nothing
        }
        ${iconButton('save', icons.save, t('reader.saveSource'), () => this.#save(content))}
      </div>
      <div id="view" role="tabpanel" tabindex="0" aria-labelledby=${`tab-${view}`}>
        ${this.#view(view, content)}
      </div>
      ${message?.list && message.list.unsubscribe.length > 0 ? this.#listBar(message) : nothing}
    `;
  }

  /** Of a message that is stored as its header, the rest can be had. */
  #restBar(row: MessageRow): unknown {
    const { rest } = this;
    const fetch = (): void => void this.reading.fetchRest(row.id);
    if (rest?.status === 'fetching') {
      const { received, expected } = rest;
      return html`<div class="note rest">
        <progress
          aria-label=${t('reader.rest.label')}
          max=${Math.max(expected, received, 1)}
          .value=${received}
        ></progress>
        <p>${t('reader.rest.progress', { received: size(received), expected: size(expected) })}</p>
      </div>`;
    }
    const gone = row.server === 'gone' || row.server === 'never';
    return html`<div class="note rest" role=${rest ? 'alert' : nothing}>
      ${rest ? failureText(rest.failure) : nothing}
      <p>${gone ? t('reader.rest.gone') : t('reader.rest.missing', { size: size(row.size) })}</p>
      ${
        gone
          ? nothing
          : html`<button class="primary" @click=${fetch}>${t('reader.rest.fetch')}</button>`
      }
    </div>`;
  }

  /** What there is to see, the best first. A header alone has no text to say that it is empty. */
  #views(message: Message | undefined): MessageView[] {
    if (message === undefined) return ['source'];
    const headerAlone = this.row?.local === 'header' && message.text === undefined;
    return [
      ...(message.html === undefined ? [] : ['html' as const]),
      ...(headerAlone ? [] : ['text' as const]),
      'headers',
      'source',
    ];
  }

  #shownView(message: Message | undefined): MessageView {
    const views = this.#views(message);
    if (this.view && views.includes(this.view)) return this.view;
    return views[0] ?? 'source';
  }

  #shownParts(message: Message): ShownParts {
    const coming = this.#shownView(message) === 'html' && !this.#isHeldBack(message.html ?? '');
    return this.shown ?? (coming ? 'pending' : new Set());
  }

  #isHeldBack(content: string): boolean {
    return content.length > HTML_LIMIT && !this.longHtml;
  }

  #tabs(message: Message | undefined, view: MessageView): unknown {
    const views = this.#views(message);
    const select = (event: KeyboardEvent): void => {
      const forward = getComputedStyle(this).direction === 'rtl' ? -1 : 1;
      const step = { ArrowRight: forward, ArrowLeft: -forward }[event.key];
      const next = step && views.at((views.indexOf(view) + step) % views.length);
      if (!next) return;
      event.preventDefault();
      this.view = next;
      void this.updateComplete.then(() => {
        this.renderRoot.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
      });
    };
    return html`
      <div class="tabs" role="tablist" aria-label=${t('reader.views')} @keydown=${select}>
        ${views.map(
          (one) =>
            html`<button
              id=${`tab-${one}`}
              role="tab"
              aria-selected=${one === view}
              aria-controls="view"
              tabindex=${one === view ? 0 : -1}
              @click=${() => (this.view = one)}
            >
              ${t(`reader.view.${one}`)}
            </button>`,
        )}
      </div>
    `;
  }

  #view(view: MessageView, { octets, message }: Content & { status: 'ready' }): unknown {
    switch (view) {
      case 'html':
        return message && this.#html(message);
      case 'text':
        return html`<pop3-text-view
          .content=${message?.text ?? ''}
          @doubtful-link=${this.#ask}
        ></pop3-text-view>`;
      case 'headers':
        return html`<pop3-headers-view .message=${message}></pop3-headers-view>`;
      case 'source':
        return html`<pop3-text-view source .content=${this.#sourceOf(octets)}></pop3-text-view>`;
    }
  }

  #html(message: Message): unknown {
    const content = message.html ?? '';
    if (this.#isHeldBack(content)) {
      return html`<p class="note">
        ${t('reader.html.tooLong', { size: size(content.length) })}
        <button class="outlined" @click=${() => (this.longHtml = true)}>
          ${t('reader.showAll')}
        </button>
      </p>`;
    }
    const sender = message.from.length === 1 ? message.from[0]?.address.toLowerCase() : undefined;
    return html`<pop3-html-view
      .content=${content}
      .parts=${message.attachments}
      .sender=${sender}
      .remoteImages=${this.#loadsRemote(message)}
      @parts-shown=${(event: CustomEvent<ReadonlySet<EmbeddedPart>>) => (this.shown = event.detail)}
      @links-judged=${(event: CustomEvent<DoubtfulLink[]>) => (this.doubtful = event.detail)}
      @load-remote=${() => (this.remote = true)}
      @always-remote=${(event: CustomEvent<string>) => this.#trust(event.detail)}
      @show-text=${() => (this.view = 'text')}
      @doubtful-link=${this.#ask}
    ></pop3-html-view>`;
  }

  /**
   * Was it asked for, now or for this sender? The sender is whoever the message names, so that a trust
   * ends where the receiving server says that they did not send it.
   */
  #loadsRemote(message: Message): boolean {
    if (this.remote) return true;
    const [sender] = message.from;
    if (sender === undefined || message.from.length > 1) return false;
    if (!this.trusted.includes(sender.address.toLowerCase())) return false;
    return !signsOf(message).some(({ kind }) => kind === 'authentication');
  }

  #trust(address: string): void {
    this.remote = true;
    emitIntent(this, { kind: 'trust', address });
  }

  /**
   * The way out of a mailing list. RFC 8058 would have it posted to at once; the page's policy lets it
   * speak to nobody but its own server, so that the list's page opens instead, where the user sees it.
   */
  #listBar({ list }: Message): unknown {
    const target = list?.unsubscribe
      .map((address) => linkTarget(address))
      .find((address) => address !== undefined && !address.startsWith('tel:'));
    if (list === undefined || target === undefined) return nothing;
    const ask = (event: Event): void => {
      event.preventDefault();
      const { protocol, pathname, hostname } = new URL(target);
      const host = protocol === 'mailto:' ? pathname : hostname;
      this.#question({ href: target, host, doubts: ['unsubscribe'] });
    };
    const name = list.name ?? list.id ?? '';
    return html`<p class="list">
      ${readerIcons.list} <span>${t('reader.list.from')} <bdi>${name}</bdi></span>
      <a href=${target} rel="noopener noreferrer" target="_blank" @click=${ask}
        >${t('reader.list.unsubscribe')}</a
      >
    </p>`;
  }

  readonly #ask = (event: CustomEvent<DoubtfulLink>): void => this.#question(event.detail);

  #question(link: LinkQuestion): void {
    void this.renderRoot.querySelector<LinkDialog>('pop3-link-dialog')?.show(link);
  }

  readonly #openAttached = (event: CustomEvent<{ attachment: Attachment; name: string }>): void => {
    const { attachment, name } = event.detail;
    void this.reading.openAttached(attachment, name);
  };

  #sourceOf(octets: Uint8Array): string {
    if (this.#source?.octets !== octets) this.#source = { octets, text: decodeSource(octets) };
    return this.#source.text;
  }

  #save({ octets, message }: Content & { status: 'ready' }): void {
    saveOctets(octets, safeFileName(`${message?.subject || 'message'}.eml`, 'message.eml'));
  }

  /** What is in sight is printed; of headers and source, the message that they belong to. */
  #print(view: MessageView): void {
    const { message } = this;
    if (message === undefined) return;
    const formatted = message.html !== undefined && view !== 'text';
    const options = { html: formatted, remote: this.#loadsRemote(message) };
    import('./print.ts')
      .then(({ printMessage }) => printMessage(message, options))
      .catch((thrown: unknown) => {
        logDefect('print', thrown);
        this.failedPart = true;
      });
  }
}

function iconButton(kind: string, icon: unknown, label: string, act: () => void): unknown {
  return html`<button class=${`icon ${kind}`} aria-label=${label} title=${label} @click=${act}>
    ${icon}
  </button>`;
}

customElements.define('pop3-message', MessageElement);

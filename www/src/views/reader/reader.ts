import { LitElement, html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import {
  DEEPEST,
  type Attached,
  type Member,
  type MessageId,
  type MessageRow,
  type Reading,
} from '../../store/reading.ts';
import { Follow } from '../follow.ts';
import { icons } from '../icons.ts';
import { shared } from '../styles.ts';
import { dates } from './formats.ts';
import { emitIntent, type ReaderIntent } from './intents.ts';
import './message.ts';
import { readerIcons } from './reader-icons.ts';
import { readerStyles } from './reader.styles.ts';

/** Folded messages of a conversation that are listed without being asked for. */
const FEW = 8;

/**
 * What is open: a conversation with some of its messages unfolded, or a message that is attached to
 * one. Buttons for the whole page's sake go into the slot `actions`. Wants that are not its own to
 * fulfil are told by the event `intent`.
 */
export class Reader extends LitElement {
  static override styles = [shared, readerStyles];
  static override properties = {
    reading: { attribute: false },
    trusted: { attribute: false },
    unfolded: { state: true },
    all: { state: true },
  };

  declare reading: Reading;
  /** Addresses whose remote content is loaded (`Settings.trustedSenders`). */
  declare trusted: readonly string[];
  declare unfolded: ReadonlySet<MessageId>;
  /** The whole of a long conversation is listed. */
  declare all: boolean;

  #opened: MessageId | undefined;
  #depth = 0;

  constructor() {
    super();
    this.trusted = [];
    this.unfolded = new Set();
    this.all = false;
    new Follow(this, () => this.reading);
  }

  /** Moves the focus to the message, so that a screen reader begins there. */
  async focusHeading(): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }

  protected override willUpdate(): void {
    const { id, attached } = this.reading?.state ?? { id: undefined, attached: [] };
    if (id !== this.#opened) {
      this.#opened = id;
      this.unfolded = new Set(id === undefined ? [] : [id]);
      this.all = false;
    }
    // One level in or out of messages inside messages is another message to read.
    if (attached.length !== this.#depth && id !== undefined) void this.focusHeading();
    this.#depth = attached.length;
  }

  protected override render(): unknown {
    const { id, members, attached } = this.reading?.state ?? { members: [], attached: [] };
    const opened = members.find(({ row }) => row.id === id);
    const inner = attached.at(-1);
    if (id === undefined) return nothing;
    return html`
      ${this.#toolbar(id, opened?.row)}
      <article>
        ${inner ? this.#attached(inner, attached.length) : this.#conversation(members, opened)}
      </article>
    `;
  }

  #toolbar(id: MessageId, row: MessageRow | undefined): unknown {
    const want = (detail: ReaderIntent) => () => emitIntent(this, detail);
    const starred = row?.starred === true;
    const trashed = row?.folder === 'trash';
    const actions = html`
      ${
        row?.folder === 'inbox'
          ? iconButton(
              'archive',
              readerIcons.archive,
              t('reader.archive'),
              want({ kind: 'archive', id }),
            )
          : iconButton('restore', icons.restore, t('reader.restore'), want({ kind: 'restore', id }))
      }
      ${
        trashed
          ? nothing
          : iconButton('delete', icons.trash, t('reader.delete'), want({ kind: 'delete', id }))
      }
      ${iconButton('unread', readerIcons.unread, t('reader.unread'), want({ kind: 'unread', id }))}
      <button
        class="icon star"
        aria-pressed=${starred}
        aria-label=${t('reader.star')}
        title=${t('reader.star')}
        @click=${want({ kind: 'star', id, starred: !starred })}
      >
        ${readerIcons.star}
      </button>
    `;
    return html`
      <div class="toolbar" role="toolbar" aria-label=${t('reader.pane')}>
        ${iconButton('back', icons.back, t('page.back'), want({ kind: 'back' }))}
        ${row ? actions : nothing}
        <slot name="actions"></slot>
        <span class="space"></span>
        ${iconButton('previous', icons.up, t('reader.previous'), want({ kind: 'previous' }))}
        ${iconButton('next', icons.down, t('reader.next'), want({ kind: 'next' }))}
      </div>
    `;
  }

  #attached({ title, content }: Attached, depth: number): unknown {
    const message = content.status === 'ready' ? content.message : undefined;
    return html`
      <button class="outlined outer" @click=${() => this.reading.closeAttached()}>
        ${icons.back} ${t('reader.attached.back')}
      </button>
      <p class="note">${t('reader.attached.note', { title })}</p>
      <h1 tabindex="-1" dir="auto">${message?.subject || t('reader.noSubject')}</h1>
      <pop3-message
        .reading=${this.reading}
        .content=${content}
        .trusted=${this.trusted}
        .deep=${depth >= DEEPEST}
      ></pop3-message>
    `;
  }

  #conversation(members: readonly Member[], opened: Member | undefined): unknown {
    if (opened === undefined)
      return html`<p class="loading" role="status">${t('page.loading')}</p>`;
    const { content, row } = opened;
    const subject = content?.status === 'ready' ? content.message?.subject : row.subject;
    const many = members.length > 1;
    return html`
      <h1 tabindex="-1" dir="auto">${subject || t('reader.noSubject')}</h1>
      ${
        many
          ? html`<p class="count">${t('reader.conversation', { count: members.length })}</p>`
          : nothing
      }
      ${many ? this.#list(members) : this.#message(opened)}
    `;
  }

  #list(members: readonly Member[]): unknown {
    // The beginning of a long conversation is folded away, but for what is unfolded in it.
    const hidden = this.all ? 0 : Math.max(0, members.length - FEW);
    const shown = members.filter(({ row }, at) => at >= hidden || this.unfolded.has(row.id));
    const count = members.length - shown.length;
    return html`
      ${
        count > 0
          ? html`<button class="outlined earlier" @click=${() => (this.all = true)}>
              ${t('reader.earlier', { count })}
            </button>`
          : nothing
      }
      <ol class="conversation">
        ${repeat(
          shown,
          ({ row }) => row.id,
          (member) => html`<li>${this.#member(member)}</li>`,
        )}
      </ol>
    `;
  }

  #member(member: Member): unknown {
    const { row } = member;
    const open = this.unfolded.has(row.id);
    const name = row.from?.name || row.from?.address || t('reader.noSender');
    return html`
      <button
        class=${row.read ? 'member' : 'member fresh'}
        aria-expanded=${open}
        @click=${() => this.#fold(row.id)}
      >
        <bdi class="name">${name}</bdi>
        <span class="snippet">${open ? nothing : row.snippet}</span>
        <span class="date">${dates().short(row.date, Date.now())}</span>
      </button>
      ${open ? html`<div class="body">${this.#message(member)}</div>` : nothing}
    `;
  }

  #fold(id: MessageId): void {
    const unfolded = new Set(this.unfolded);
    if (!unfolded.delete(id)) {
      unfolded.add(id);
      void this.reading.expand(id);
    }
    this.unfolded = unfolded;
  }

  #message({ row, content, rest }: Member): unknown {
    return html`<pop3-message
      .reading=${this.reading}
      .row=${row}
      .content=${content}
      .rest=${rest}
      .trusted=${this.trusted}
    ></pop3-message>`;
  }
}

function iconButton(kind: string, icon: unknown, label: string, act: () => void): unknown {
  return html`<button class=${`icon ${kind}`} aria-label=${label} title=${label} @click=${act}>
    ${icon}
  </button>`;
}

customElements.define('pop3-reader', Reader);

import { LitElement, css, html, nothing } from 'lit';
import type { Address, Message } from 'pop3-wasm';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import type { MessageRow } from '../../store/reading.ts';
import { shared } from '../styles.ts';
import { dates, size } from './formats.ts';

/** Recipients of each kind that are shown before “and N more”. */
const FEW = 6;
/** More than this are never shown: a list of a million addresses is an attack. */
const MOST = 500;

/** Who wrote to whom, and when. */
export class Envelope extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 0 0.85rem;
        margin-block-end: 1.25rem;
      }

      p {
        margin: 0;
      }

      .avatar {
        display: grid;
        place-items: center;
        width: 2.5rem;
        height: 2.5rem;
        border-radius: 50%;
        color: #fff;
        font-weight: 600;
      }

      .hue-0 {
        background: #2456c7;
      }

      .hue-1 {
        background: #7a3db8;
      }

      .hue-2 {
        background: #a5325f;
      }

      .hue-3 {
        background: #a8401a;
      }

      .hue-4 {
        background: #7d5a00;
      }

      .hue-5 {
        background: #2f6b2f;
      }

      .hue-6 {
        background: #0c6a6a;
      }

      .hue-7 {
        background: #4a5568;
      }

      .sender {
        font-weight: 600;
      }

      /* Marks heaped upon a letter stay in their line. */
      .sender,
      .recipients {
        overflow: clip;
        overflow-clip-margin: 0.2rem;
        overflow-wrap: anywhere;
      }

      .address {
        color: var(--muted);
        font-size: 0.875rem;
        font-weight: 400;
      }

      .recipients,
      .when {
        color: var(--muted);
        font-size: 0.875rem;
      }

      .recipients button {
        min-height: 1.5rem;
        padding: 0 0.4rem;
        color: var(--accent);
        font-size: inherit;
      }

      .when {
        display: flex;
        flex-direction: column;
        text-align: end;
      }

      @media (width < 40rem) {
        .when {
          grid-column: 2 / -1;
          flex-flow: row wrap;
          gap: 0 0.75rem;
          text-align: start;
        }
      }

      @media print {
        .avatar,
        button {
          display: none;
        }
      }
    `,
  ];
  static override properties = {
    message: { attribute: false },
    row: { attribute: false },
    octets: { attribute: false },
    all: { state: true },
  };

  declare message: Message | undefined;
  /** The message's row, while it has one: a message inside another has none. */
  declare row: MessageRow | undefined;
  /** Size of the message. */
  declare octets: number;
  declare all: boolean;

  constructor() {
    super();
    this.octets = 0;
    this.all = false;
  }

  protected override render(): unknown {
    const { message, row } = this;
    const from = message?.from[0] ?? row?.from;
    const date = message ? message.date : row?.date;
    const name = from?.name || from?.address || t('reader.noSender');
    return html`
      <span class=${`avatar hue-${hue(from?.address ?? '')}`} aria-hidden="true"
        >${initial(name)}</span
      >
      <div class="who">
        <p class="sender">
          <span class="visually-hidden">${t('reader.envelope.from')}: </span><bdi>${name}</bdi>
          ${from?.name ? html`<bdi class="address">${from.address}</bdi>` : nothing}
        </p>
        ${message ? this.#recipients(message) : nothing}
      </div>
      <p class="when">
        <span>${date === undefined ? t('reader.noDate') : dates().long(date)}</span>
        <span>${size(this.octets)}</span>
      </p>
    `;
  }

  #recipients(message: Message): unknown {
    const { from, sender, to, cc, bcc } = message;
    const others = from.slice(1);
    const agent = sender && !from.some(({ address }) => same(address, sender.address));
    return html`
      ${this.#line(t('reader.envelope.from'), others)}
      ${agent ? this.#line(t('reader.envelope.sender'), [sender], full) : nothing}
      ${this.#line(t('reader.envelope.to'), to)} ${this.#line(t('reader.envelope.cc'), cc)}
      ${this.#line(t('reader.envelope.bcc'), bcc)}
      ${this.#line(t('reader.envelope.replyTo'), otherReplies(message), full)}
    `;
  }

  #line(
    label: string,
    addresses: readonly Address[],
    shownAs = this.all ? full : ({ name, address }: Address): string => name || address,
  ): unknown {
    if (addresses.length === 0) return nothing;
    const shown = addresses.slice(0, this.all ? MOST : FEW).map(shownAs);
    const count = addresses.length - shown.length;
    return html`<p class="recipients">
      <span class="label">${label}:</span>
      ${shown.map((one, at) => html`${at > 0 ? ', ' : nothing}<bdi>${one}</bdi>`)}
      ${
        count > 0
          ? this.all
            ? t('reader.envelope.more', { count })
            : html`<button class="more" @click=${() => (this.all = true)}>
                ${t('reader.envelope.more', { count })}
              </button>`
          : nothing
      }
    </p>`;
  }
}

/** For an address that will be written to: a name alone could be anybody's. */
function full({ name, address }: Address): string {
  return name ? `${name} <${address}>` : address;
}

/** Reply addresses that are not the sender's own: an answer would go to somebody else. */
function otherReplies({ from, replyTo }: Message): Address[] {
  return replyTo.filter(({ address }) => !from.some((sender) => same(sender.address, address)));
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
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

customElements.define('pop3-envelope', Envelope);

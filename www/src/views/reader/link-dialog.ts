import { LitElement, css, html, nothing } from 'lit';
import type { DoubtfulLink, LinkDoubt } from '../../lib/link-warning.ts';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import { dialogStyles } from '../dialog.styles.ts';
import { shared } from '../styles.ts';

/** An address is hostile and may be megabytes long; what counts stands at its beginning. */
const LONGEST = 600;

/** A link, and why it is asked about: also for what it does, wherever it goes. */
export interface LinkQuestion extends Omit<DoubtfulLink, 'doubts'> {
  doubts: (LinkDoubt | 'unsubscribe')[];
}

/** Asks before a link opens whose address is not what its words say, or is hard to read. */
export class LinkDialog extends LitElement {
  static override styles = [
    shared,
    dialogStyles,
    css`
      .address {
        padding: 0.75rem 1rem;
        border-radius: var(--radius);
        background: var(--warning-soft);
        font: 0.875rem/1.5 var(--mono);
        overflow-wrap: anywhere;
      }

      .address strong {
        color: var(--warning);
        text-decoration: underline;
      }

      ul {
        margin: 0.75rem 0 0;
        padding-inline-start: 1.2rem;
        overflow-wrap: anywhere;
      }

      a {
        display: inline-flex;
        align-items: center;
        min-height: 2.25rem;
        padding: 0.3rem 0.8rem;
        border: 1px solid var(--line-strong);
        border-radius: 8px;
        color: inherit;
        font-size: 0.875rem;
        font-weight: 550;
        text-decoration: none;
      }

      a:hover {
        background: var(--hover);
      }
    `,
  ];
  static override properties = { link: { state: true } };

  declare link: LinkQuestion | undefined;

  async show(link: LinkQuestion): Promise<void> {
    this.link = link;
    await this.updateComplete;
    const dialog = this.#dialog;
    if (dialog?.open === false) dialog.showModal();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector('dialog');
  }

  protected override render(): unknown {
    const { link } = this;
    const close = (): void => this.#dialog?.close();
    return html`<dialog aria-labelledby="heading" aria-describedby="address why">
      ${link ? this.#question(link, close) : nothing}
    </dialog>`;
  }

  #question({ href, host, named, doubts }: LinkQuestion, close: () => void): unknown {
    return html`
      <h2 id="heading">${t('reader.link.heading')}</h2>
      <p class="address" id="address" dir="ltr">${emphasised(href, host)}</p>
      <ul id="why">
        ${doubts.map((doubt) => {
          return html`<li>${t(`reader.link.${doubt}`, { named: named ?? '', host })}</li>`;
        })}
      </ul>
      <div class="actions">
        <a class="open" href=${href} target="_blank" rel="noopener noreferrer" @click=${close}
          >${t('reader.link.open')}</a
        >
        <button class="primary" autofocus @click=${close}>${t('common.cancel')}</button>
      </div>
    `;
  }
}

/** The address with its host made bold: after any user name that is there to be mistaken for it. */
function emphasised(href: string, host: string): unknown {
  const authority = /^https?:\/\/[^/?#]*/.exec(href)?.[0] ?? '';
  const at = authority.lastIndexOf(host);
  const short = href.length > LONGEST + at ? `${href.slice(0, LONGEST + Math.max(at, 0))}…` : href;
  if (at < 0) return short;
  const end = at + host.length;
  // A user name of a thousand letters would push the host out of sight.
  const before = at > LONGEST ? `${short.slice(0, 60)}…` : short.slice(0, at);
  return html`${before}<strong>${host}</strong>${short.slice(end)}`;
}

customElements.define('pop3-link-dialog', LinkDialog);

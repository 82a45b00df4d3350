import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import type { Failure } from '../../lib/outcome.ts';
import './certificate.ts';
import { dialogStyles } from '../dialog.styles.ts';
import { shared } from '../styles.ts';

/**
 * Asks whether a server is the right one, of which nobody but itself says so. Opens by itself when a
 * sign-in has failed for that reason.
 */
export class FirstUse extends LitElement {
  static override styles = [
    shared,
    dialogStyles,
    css`
      button.accept {
        border-color: var(--danger);
        color: var(--danger);
      }
    `,
  ];
  static override properties = { failure: { attribute: false } };

  declare failure: Failure | undefined;

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has('failure') || !this.#asks) return;
    const dialog = this.renderRoot.querySelector('dialog');
    if (dialog && !dialog.open) dialog.showModal();
  }

  get #asks(): boolean {
    return this.failure?.code === 'tls-untrusted' && this.failure.certificate !== undefined;
  }

  protected override render(): unknown {
    const certificate = this.#asks ? this.failure?.certificate : undefined;
    if (certificate === undefined) return nothing;
    return html`<dialog aria-labelledby="heading">
      <h2 id="heading">${t('trust.firstHeading')}</h2>
      <p>${t('trust.firstLead')}</p>
      <pop3-certificate .certificate=${certificate}></pop3-certificate>
      <p>${t('trust.firstCompare')}</p>
      <div class="actions">
        <button class="outlined accept" @click=${() => this.#answer(certificate.fingerprint)}>
          ${t('trust.accept')}
        </button>
        <button class="primary refuse" autofocus @click=${() => this.#answer(undefined)}>
          ${t('trust.refuse')}
        </button>
      </div>
    </dialog>`;
  }

  #answer(pin: string | undefined): void {
    this.renderRoot.querySelector('dialog')?.close();
    if (pin !== undefined) this.dispatchEvent(new CustomEvent('trusted', { detail: pin }));
  }
}

customElements.define('pop3-first-use', FirstUse);

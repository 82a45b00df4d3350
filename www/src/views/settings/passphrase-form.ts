import { LitElement, html, nothing, type PropertyValues } from 'lit';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import type { Failure } from '../../lib/outcome.ts';
import { SHORTEST, strengthOf } from '../../lib/passphrase.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { passwordField } from '../accounts/password-field.ts';
import { failureText } from '../failure.ts';
import { shared } from '../styles.ts';
import { formStyles } from './form.styles.ts';

export type Purpose = 'set' | 'change' | 'remove';

const STRENGTHS = { weak: 1, fair: 2, good: 3 } as const;

/** Sets, changes or removes the passphrase; everything that is stored is rewritten by it. */
export class PassphraseForm extends LitElement {
  static override styles = [shared, formStyles];
  static override properties = {
    store: { attribute: false },
    purpose: { attribute: false },
    language: { attribute: false },
    rewriting: { attribute: false },
    revealed: { state: true },
    typed: { state: true },
    complaint: { state: true },
    failure: { state: true },
  };

  declare store: MailStore;
  declare purpose: Purpose;
  /** Drawn anew when it changes. */
  declare language: string;
  /** Share of what is stored that has been rewritten. */
  declare rewriting: number | undefined;
  declare revealed: boolean;
  /** The new passphrase as far as it was typed, for the advice. */
  declare typed: string;
  declare complaint: 'short' | 'differs' | undefined;
  declare failure: Failure | undefined;

  constructor() {
    super();
    this.revealed = false;
    this.typed = '';
  }

  protected override firstUpdated(_changed: PropertyValues<this>): void {
    this.renderRoot.querySelector('input')?.focus();
  }

  protected override render(): unknown {
    const { purpose, rewriting, failure } = this;
    const busy = rewriting !== undefined;
    const field = {
      revealed: this.revealed,
      readonly: busy,
      reveal: (revealed: boolean) => (this.revealed = revealed),
    };
    return html`
      <form @submit=${this.#submit} @input=${this.#typing} aria-busy=${busy}>
        <div role="alert">
          ${failure ? html`<div class="note danger">${failureText(failure)}</div>` : nothing}
        </div>
        ${
          purpose === 'set'
            ? nothing
            : passwordField({
                ...field,
                id: 'current',
                label: t('settings.currentPassphrase'),
                autocomplete: 'current-password',
              })
        }
        ${
          purpose === 'remove'
            ? nothing
            : html`${passwordField({
                ...field,
                id: 'next',
                label: t('settings.newPassphrase'),
                autocomplete: 'new-password',
                describedBy: 'advice',
              })}
              ${this.#advice()}
              ${passwordField({
                ...field,
                id: 'again',
                label: t('settings.repeatPassphrase'),
                autocomplete: 'new-password',
                describedBy: 'complaint',
              })}`
        }
        <p class="hint" id="complaint" role="alert">${this.#complaint()}</p>
        ${busy ? this.#progress(rewriting) : this.#buttons()}
      </form>
    `;
  }

  #advice(): unknown {
    const strength = strengthOf(this.typed);
    const words = {
      weak: t('settings.strengthWeak'),
      fair: t('settings.strengthFair'),
      good: t('settings.strengthGood'),
    };
    return html`<div class="field">
      <meter
        aria-label=${t('settings.strength')}
        min="0"
        max="3"
        low="2"
        high="2.5"
        optimum="3"
        .value=${this.typed === '' ? 0 : STRENGTHS[strength]}
      ></meter>
      <p class="hint" id="advice">${words[strength]}</p>
    </div>`;
  }

  #complaint(): unknown {
    switch (this.complaint) {
      case 'short':
        return t('settings.passphraseShort', { count: SHORTEST });
      case 'differs':
        return t('settings.passphraseDiffers');
      default:
        return nothing;
    }
  }

  #buttons(): unknown {
    const words = {
      set: t('settings.encrypt'),
      change: t('settings.change'),
      remove: t('settings.decrypt'),
    };
    return html`<div class="row">
      <button class="primary">${words[this.purpose]}</button>
      <button
        type="button"
        class="outlined"
        @click=${() => this.dispatchEvent(new CustomEvent('cancelled'))}
      >
        ${t('common.cancel')}
      </button>
    </div>`;
  }

  #progress(share: number): unknown {
    return html`
      <progress aria-label=${t('settings.encryptingLabel')} max="1" .value=${share}></progress>
      <p class="hint">${t('settings.encrypting', { share })}</p>
    `;
  }

  #value(id: string): string {
    return this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)?.value ?? '';
  }

  readonly #typing = (): void => {
    this.typed = this.#value('next');
    this.complaint = undefined;
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (this.rewriting !== undefined) return;
    const { purpose } = this;
    const next = this.#value('next');
    if (purpose !== 'remove') {
      const differs = next !== this.#value('again') ? 'differs' : undefined;
      this.complaint = [...next].length < SHORTEST ? 'short' : differs;
      if (this.complaint) {
        this.renderRoot
          .querySelector<HTMLElement>(this.complaint === 'short' ? '#next' : '#again')
          ?.focus();
        return;
      }
    }
    this.failure = await this.store.vault.setPassphrase(
      purpose === 'set' ? null : this.#value('current'),
      purpose === 'remove' ? null : next,
    );
    if (!this.failure) this.dispatchEvent(new CustomEvent('done'));
  };
}

customElements.define('pop3-passphrase-form', PassphraseForm);

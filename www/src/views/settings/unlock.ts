import { LitElement, html, nothing } from 'lit';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import type { Failure } from '../../lib/outcome.ts';
import type { MailState } from '../../store/mail-state.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { passwordField } from '../accounts/password-field.ts';
import { failureText } from '../failure.ts';

/** The whole page while the mail is locked: asks for the passphrase. */
export class UnlockView extends LitElement {
  static override properties = {
    store: { attribute: false },
    state: { attribute: false },
    revealed: { state: true },
    busy: { state: true },
    forgotten: { state: true },
    failure: { state: true },
  };

  declare store: MailStore;
  declare state: MailState;
  declare revealed: boolean;
  declare busy: boolean;
  /** The way out for who does not know it any more is shown. */
  declare forgotten: boolean;
  declare failure: Failure | undefined;

  constructor() {
    super();
    this.revealed = false;
    this.busy = false;
    this.forgotten = false;
  }

  /** In the light DOM: some password managers do not look into shadow trees. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override firstUpdated(): void {
    this.#input?.focus();
  }

  get #input(): HTMLInputElement | null {
    return this.querySelector('#passphrase');
  }

  protected override render(): unknown {
    const { busy, failure } = this;
    return html`
      <main class="sign-in">
        <div class="sign-in-brand">
          <img src="./favicon.svg" alt="" width="56" height="56" />
          <h1>${t('unlock.heading')}</h1>
          <p>${t('unlock.lead')}</p>
        </div>
        <div class="sign-in-card">
          <div role="alert">
            ${failure ? html`<div class="panel panel-error">${failureText(failure)}</div>` : nothing}
          </div>
          <form method="post" @submit=${this.#unlock} aria-busy=${busy}>
            ${passwordField({
              id: 'passphrase',
              label: t('unlock.passphrase'),
              autocomplete: 'current-password',
              revealed: this.revealed,
              readonly: busy,
              reveal: (revealed) => (this.revealed = revealed),
            })}
            <button class="sign-in-submit" aria-disabled=${busy}>
              ${
                busy
                  ? html`<span class="spinner" aria-hidden="true"></span>${t('unlock.unlocking')}`
                  : t('unlock.submit')
              }
            </button>
          </form>
        </div>
        ${this.#wayOut()}
      </main>
    `;
  }

  #wayOut(): unknown {
    const { forgotten, store, state } = this;
    return html`<div class="sign-in-forgotten">
      <button
        type="button"
        class="sign-in-cancel"
        aria-expanded=${forgotten}
        @click=${this.#showWayOut}
      >
        ${t('unlock.forgotten')}
      </button>
      ${
        forgotten
          ? html`<div class="sign-in-card">
              <p>${t('unlock.forgottenDetail')}</p>
              <pop3-erase .store=${store} .language=${state.language}></pop3-erase>
            </div>`
          : nothing
      }
    </div>`;
  }

  readonly #showWayOut = async (): Promise<void> => {
    await import('./erase.ts');
    this.forgotten = !this.forgotten;
  };

  readonly #unlock = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const passphrase = this.#input?.value ?? '';
    if (this.busy || passphrase === '') return;
    this.busy = true;
    this.revealed = false;
    const failure = await this.store.unlock(passphrase);
    this.busy = false;
    this.failure = failure;
    if (!failure) return;
    await this.updateComplete;
    this.#input?.focus();
    this.#input?.select();
  };
}

customElements.define('pop3-unlock', UnlockView);

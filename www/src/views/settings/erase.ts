import { LitElement, html, nothing } from 'lit';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import type { Failure } from '../../lib/outcome.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { failureText } from '../failure.ts';
import { shared } from '../styles.ts';
import { formStyles } from './form.styles.ts';

/** Erases all that is stored, after a word was typed: there is no undo for it. */
export class Erase extends LitElement {
  static override styles = [shared, formStyles];
  static override properties = {
    store: { attribute: false },
    language: { attribute: false },
    typed: { state: true },
    busy: { state: true },
    failure: { state: true },
  };

  declare store: MailStore;
  /** Drawn anew when it changes. */
  declare language: string;
  declare typed: string;
  declare busy: boolean;
  declare failure: Failure | undefined;

  constructor() {
    super();
    this.typed = '';
    this.busy = false;
  }

  get #confirmed(): boolean {
    const plain = (text: string): string => text.trim().toLocaleLowerCase();
    return plain(this.typed) === plain(t('settings.eraseWord'));
  }

  protected override render(): unknown {
    const { failure, busy } = this;
    return html`
      <form @submit=${this.#erase}>
        <p class="hint" id="detail">${t('settings.eraseDetail')}</p>
        <div role="alert">
          ${failure ? html`<div class="note danger">${failureText(failure)}</div>` : nothing}
        </div>
        <div class="field">
          <label for="word">${t('settings.eraseType', { word: t('settings.eraseWord') })}</label>
          <input
            id="word"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            aria-describedby="detail"
            .value=${this.typed}
            @input=${(event: Event) => (this.typed = (event.target as HTMLInputElement).value)}
          />
        </div>
        <button class="outlined danger-button" ?disabled=${!this.#confirmed || busy}>
          ${t('settings.eraseNow')}
        </button>
      </form>
    `;
  }

  readonly #erase = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!this.#confirmed || this.busy) return;
    this.busy = true;
    this.failure = await this.store.vault.eraseEverything();
    this.busy = false;
    // What this tab still has in memory goes with it.
    if (!this.failure) location.reload();
  };
}

customElements.define('pop3-erase', Erase);

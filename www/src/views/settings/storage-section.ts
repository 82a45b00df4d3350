import { LitElement, css, html, nothing } from 'lit';
import { formatSize } from '../../lib/format.ts';
import '../../lib/english-later.ts';
import { currentLocale, t } from '../../lib/i18n.ts';
import type { MailState } from '../../store/mail-state.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { icons } from '../icons.ts';
import { shared } from '../styles.ts';
import './erase.ts';
import { formStyles } from './form.styles.ts';
import './passphrase-form.ts';
import type { Purpose } from './passphrase-form.ts';

/** How much is stored and how safely: the quota, the browser's promise, the passphrase, erasing. */
export class StorageSection extends LitElement {
  static override styles = [
    shared,
    formStyles,
    css`
      section + section {
        margin-top: 1.5rem;
        padding-top: 1.25rem;
        border-block-start: 1px solid var(--line);
      }

      p {
        margin: 0.35rem 0;
        font-size: 0.9375rem;
      }

      pop3-passphrase-form,
      .row {
        margin-top: 0.75rem;
      }
    `,
  ];
  static override properties = {
    store: { attribute: false },
    state: { attribute: false },
    purpose: { state: true },
    done: { state: true },
  };

  declare store: MailStore;
  declare state: MailState;
  /** What the form for passphrases is open for. */
  declare purpose: Purpose | undefined;
  /** What it was last used for, to say so. */
  declare done: Purpose | undefined;

  #unsubscribe: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.store.vault.subscribe(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe?.();
  }

  protected override render(): unknown {
    return html`
      <section aria-labelledby="space">
        <h3 id="space">${t('settings.storage')}</h3>
        ${this.#used()} ${this.#persistence()}
      </section>
      <section aria-labelledby="passphrase">
        <h3 id="passphrase">${t('settings.passphrase')}</h3>
        ${this.#passphrase()}
      </section>
      <section aria-labelledby="erase">
        <h3 id="erase">${t('settings.erase')}</h3>
        <pop3-erase .store=${this.store} .language=${this.state.language}></pop3-erase>
      </section>
    `;
  }

  #used(): unknown {
    const { used, quota } = this.state.storage;
    if (used === undefined || quota === undefined) return html`<p>${t('settings.usedUnknown')}</p>`;
    const size = (octets: number): string => formatSize(octets, currentLocale());
    return html`
      <meter
        aria-label=${t('settings.usedLabel')}
        min="0"
        max=${Math.max(quota, 1)}
        high=${quota * 0.9}
        optimum="0"
        .value=${used}
      ></meter>
      <p>${t('settings.used', { used: size(used), quota: size(quota) })}</p>
    `;
  }

  #persistence(): unknown {
    if (this.state.storage.persistent) {
      return html`<p role="status">${t('settings.persistent')}</p>`;
    }
    const { persistence } = this.store.vault.state;
    const asking = persistence === 'asking';
    return html`
      <p>${t('settings.notPersistent')}</p>
      <button
        class="outlined persist"
        aria-disabled=${asking}
        @click=${() => this.store.vault.askForPersistence()}
      >
        ${asking ? t('settings.askingPersistence') : t('settings.askPersistence')}
      </button>
      <div role="status">
        ${
          persistence === 'refused'
            ? html`<p class="note warning">${t('settings.persistenceRefused')}</p>`
            : nothing
        }
      </div>
    `;
  }

  #passphrase(): unknown {
    const { encrypted } = this.state.storage;
    return html`
      <p>${encrypted ? t('settings.passphraseSet') : t('settings.passphraseNone')}</p>
      <p class="hint">${t('settings.passphraseLost')}</p>
      <div role="status">${this.#doneWords()}</div>
      ${this.purpose === undefined ? this.#passphraseButtons(encrypted) : this.#passphraseForm()}
    `;
  }

  #doneWords(): unknown {
    if (this.done === undefined) return nothing;
    const words =
      this.done === 'remove' ? t('settings.passphraseRemoved') : t('settings.passphraseDone');
    return html`<p class="note">${words}</p>`;
  }

  #passphraseButtons(encrypted: boolean): unknown {
    const open = (purpose: Purpose) => (): void => {
      this.purpose = purpose;
      this.done = undefined;
    };
    if (!encrypted) {
      return html`<div class="row">
        <button class="outlined set-passphrase" @click=${open('set')}>
          ${icons.lock}${t('settings.setPassphrase')}
        </button>
      </div>`;
    }
    return html`<div class="row">
      <button class="outlined lock-now" @click=${this.#lock}>
        ${icons.lock}${t('settings.lockNow')}
      </button>
      <button class="outlined change-passphrase" @click=${open('change')}>
        ${t('settings.changePassphrase')}
      </button>
      <button class="outlined remove-passphrase" @click=${open('remove')}>
        ${t('settings.removePassphrase')}
      </button>
    </div>`;
  }

  #passphraseForm(): unknown {
    const { purpose } = this;
    return html`<pop3-passphrase-form
      .store=${this.store}
      .purpose=${purpose}
      .language=${this.state.language}
      .rewriting=${this.store.vault.state.rewriting}
      @cancelled=${() => this.#closeForm(undefined)}
      @done=${() => this.#closeForm(purpose)}
    ></pop3-passphrase-form>`;
  }

  async #closeForm(done: Purpose | undefined): Promise<void> {
    this.purpose = undefined;
    this.done = done;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('.set-passphrase, .lock-now')?.focus();
  }

  readonly #lock = async (): Promise<void> => {
    this.dispatchEvent(new CustomEvent('locked'));
    await this.store.lock();
  };
}

customElements.define('pop3-storage-section', StorageSection);

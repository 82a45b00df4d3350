import { html, nothing } from 'lit';
import { t } from '../../lib/i18n.ts';
import { shownText } from '../../lib/shown-text.ts';
import { icons } from '../icons.ts';
import { StoreDialog } from '../store-dialog.ts';
import './sign-in.ts';

/** Adds an account, or signs in to the one that it is about. */
export class SignInDialog extends StoreDialog {
  /** In the light DOM, as the form inside has to be. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected override render(): unknown {
    const { about, store } = this;
    const account = store.state.accounts.find(({ id }) => id === about);
    return html`<dialog
      class="sign-in-dialog"
      aria-labelledby="sign-in-heading"
      @close=${this.closed}
    >
      ${
        about === undefined
          ? nothing
          : html`<div class="sign-in-head">
                <h2 id="sign-in-heading">
                  ${
                    account
                      ? t('accounts.againHeading', { title: shownText(account.title) })
                      : t('accounts.addHeading')
                  }
                </h2>
                <button
                  type="button"
                  class="sign-in-close"
                  aria-label=${t('common.close')}
                  title=${t('common.close')}
                  @click=${() => this.close()}
                >
                  ${icons.close}
                </button>
              </div>
              <pop3-sign-in
                embedded
                .store=${store}
                .state=${store.state}
                .account=${account}
                @done=${() => this.close()}
              ></pop3-sign-in>`
      }
    </dialog>`;
  }
}

customElements.define('pop3-sign-in-dialog', SignInDialog);

import { css, html, nothing, type PropertyValues } from 'lit';
import { t } from '../../lib/i18n.ts';
import { formatWhen } from '../../lib/format.ts';
import type { Failure } from '../../lib/outcome.ts';
import { shownText } from '../../lib/shown-text.ts';
import type { FetchPolicy, PolicyChange } from '../../store/accounts.ts';
import { storedMessages, type Account } from '../../store/mail-state.ts';
import { dialogStyles } from '../dialog.styles.ts';
import { requestDialog } from '../dialogs.ts';
import { failureText } from '../failure.ts';
import { formStyles } from '../settings/form.styles.ts';
import { StoreDialog } from '../store-dialog.ts';
import { shared } from '../styles.ts';
import { policyFields } from './policy-fields.ts';

/** One account: its name, what is fetched, what stays on the server, signing out, removing it. */
export class AccountDialog extends StoreDialog {
  static override styles = [
    shared,
    dialogStyles,
    formStyles,
    css`
      .who {
        margin-bottom: 1.25rem;
        color: var(--muted);
        font-size: 0.9375rem;
        overflow-wrap: anywhere;
      }

      .end {
        display: flex;
        flex-wrap: wrap;
        gap: 0.5rem;
        padding-top: 1rem;
        border-top: 1px solid var(--line);
      }
    `,
  ];
  static override properties = {
    ...StoreDialog.properties,
    changes: { state: true },
    removing: { state: true },
    failure: { state: true },
  };

  /** What is another one in the form than in the account, which other tabs may change meanwhile. */
  declare changes: PolicyChange;
  /** It is asked whether the account is to be removed. */
  declare removing: boolean;
  declare failure: Failure | undefined;

  get #account(): Account | undefined {
    return this.store.state.accounts.find(({ id }) => id === this.about);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('about')) return;
    this.changes = {};
    this.removing = false;
    this.failure = undefined;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('removing') && this.removing) {
      this.renderRoot.querySelector<HTMLElement>('.keep-account')?.focus();
    }
    // Another tab may have removed it.
    if (this.about !== undefined && !this.#account) this.close();
  }

  protected override render(): unknown {
    const account = this.#account;
    return html`<dialog aria-labelledby="heading" @close=${this.closed}>
      ${account ? (this.removing ? this.#removal(account) : this.#form(account)) : nothing}
    </dialog>`;
  }

  #form(account: Account): unknown {
    const title = shownText(account.title);
    const server = shownText(account.server);
    const { changes, failure } = this;
    const policy = { ...account.policy, ...changes } as FetchPolicy;
    return html`
      <form method="dialog" @submit=${this.#save}>
        <h2 id="heading">${t('accounts.settingsHeading', { title })}</h2>
        <p class="who">
          ${t('accounts.serverOf', { user: shownText(account.user), server })}<br />
          ${
            account.lastFetch === undefined
              ? t('accounts.neverFetched')
              : t('accounts.lastFetch', { when: formatWhen(account.lastFetch) })
          }
        </p>
        <div role="alert">
          ${failure ? html`<div class="note danger">${failureText(failure)}</div>` : nothing}
        </div>
        <div class="field">
          <label for="title">${t('accounts.title')}</label>
          <input
            class="wide"
            id="title"
            dir="auto"
            required
            maxlength="200"
            .value=${account.title}
          />
        </div>
        ${policyFields(policy, {
          saved: account.policy,
          persistent: this.store.state.storage.persistent,
          change: (change) => (this.changes = { ...changes, ...change }),
        })}
        ${this.#password(account)}
        <div class="end">
          <button type="button" class="outlined danger-button remove" @click=${this.#askRemoval}>
            ${t('accounts.remove')}
          </button>
        </div>
        <div class="actions">
          <button type="button" class="outlined" @click=${() => this.close()}>
            ${t('common.cancel')}
          </button>
          <button class="primary save">${t('common.save')}</button>
        </div>
      </form>
    `;
  }

  #password(account: Account): unknown {
    const status = this.store.state.statuses[account.id];
    if (status?.kind === 'signed-out') {
      return html`<div class="field row">
        <span>${t('accounts.signedOut')}</span>
        <button type="button" class="outlined sign-in" @click=${() => this.#signIn(account)}>
          ${t('accounts.submit')}
        </button>
      </div>`;
    }
    return html`<div class="field row">
      <span>${account.passwordKept ? t('accounts.signedInKept') : t('accounts.signedIn')}</span>
      <button
        type="button"
        class="outlined sign-out"
        @click=${() => this.store.accounts.signOut(account.id)}
      >
        ${t('accounts.signOut')}
      </button>
    </div>`;
  }

  #removal(account: Account): unknown {
    const title = shownText(account.title);
    const count = storedMessages(this.store.state, account.id);
    return html`
      <h2 id="heading">${t('accounts.removeHeading', { title })}</h2>
      <p>${t('accounts.removeDetail', { count })}</p>
      <div class="actions">
        <button class="outlined keep-account" @click=${() => (this.removing = false)}>
          ${t('common.cancel')}
        </button>
        <button class="outlined danger-button remove-account" @click=${() => this.#remove(account)}>
          ${t('accounts.removeConfirm')}
        </button>
      </div>
    `;
  }

  readonly #askRemoval = (): void => {
    this.removing = true;
  };

  #signIn({ id }: Account): void {
    this.close();
    requestDialog(this, 'pop3-sign-in-dialog', id);
  }

  async #remove({ id, title }: Account): Promise<void> {
    if (!(await this.store.accounts.remove(id))) return;
    this.close();
    this.store.toasts.tell(t('accounts.removed', { title: shownText(title) }));
  }

  readonly #save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const account = this.#account;
    if (!account) return;
    const title = this.renderRoot.querySelector<HTMLInputElement>('#title')?.value.trim() ?? '';
    const other = title !== '' && title !== account.title;
    const change = { policy: this.changes, ...(other && { title }) };
    this.failure = await this.store.accounts.update(account.id, change);
    if (this.failure) return;
    this.close();
    this.store.toasts.announce(
      t('accounts.saved', { title: shownText(change.title ?? account.title) }),
    );
  };
}

customElements.define('pop3-account-dialog', AccountDialog);

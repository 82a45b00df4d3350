import { LitElement, html, nothing } from 'lit';
import { formatWhen } from '../../lib/format.ts';
import { t } from '../../lib/i18n.ts';
import type { ListState } from '../../store/list.ts';
import {
  pendingDeletions,
  type Account,
  type AccountStatus,
  type MailState,
} from '../../store/mail-state.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { shownText } from '../../lib/shown-text.ts';
import { requestDialog } from '../dialogs.ts';
import { failureText } from '../failure.ts';
import { icons } from '../icons.ts';
import { shared } from '../styles.ts';
import { statusStyles } from './list-status.styles.ts';

/** Where it is remembered that somebody knows that the browser may discard what is stored. */
const KNOWN_KEY = 'pop3.persistence-known';

/**
 * Between the bar and the rows: what stands in the way of new mail, what of the search was not
 * understood, and which deletions will be made on the server. Each state looks like no other.
 */
export class ListStatus extends LitElement {
  static override styles = [shared, statusStyles];
  static override properties = {
    store: { attribute: false },
    state: { attribute: false },
    list: { attribute: false },
    dismissed: { state: true },
    known: { state: true },
  };

  declare store: MailStore;
  declare state: MailState;
  declare list: ListState;
  /** What somebody has read and put away, until it happens again. */
  declare dismissed: ReadonlySet<AccountStatus>;
  /** It has been read that what is stored may be discarded. */
  declare known: boolean;

  constructor() {
    super();
    this.dismissed = new Set();
    this.known = isKnown();
  }

  #accounts(): readonly Account[] {
    const { account } = this.list.query;
    const { accounts } = this.state;
    return account === undefined ? accounts : accounts.filter(({ id }) => id === account);
  }

  protected override render(): unknown {
    const { state, list } = this;
    const { misunderstood, query } = list;
    return html`
      ${
        misunderstood.length > 0
          ? this.#bar(
              'notice',
              icons.help,
              t('status.misunderstood', {
                terms: misunderstood.map((term) => `“${term}”`).join(', '),
              }),
              html`<button class="outlined" @click=${() => requestDialog(this, 'pop3-help-dialog')}>
                ${t('list.searching')}
              </button>`,
            )
          : nothing
      }
      ${state.storage.full ? this.#full() : nothing} ${this.#notPersistent()}
      ${state.online ? nothing : this.#offline()}
      ${this.#accounts().map((account) => this.#account(account))}
      ${query.pending ? nothing : this.#pending()}
    `;
  }

  #bar(kind: string, icon: unknown, words: unknown, actions: unknown = nothing): unknown {
    return html`<div class="bar ${kind}">
      ${icon}
      <div>${words}</div>
      ${actions === nothing ? nothing : html`<span class="actions">${actions}</span>`}
    </div>`;
  }

  #full(): unknown {
    return html`<div role="alert">
      ${this.#bar(
        'full',
        icons.warning,
        html`<strong>${t('status.full')}</strong>
          <p>${t('status.fullAdvice')}</p>`,
        html`<slot name="storage"></slot>`,
      )}
    </div>`;
  }

  /** Once, since a browser that refuses will not be persuaded by a bar. */
  #notPersistent(): unknown {
    const { storage, counts } = this.state;
    const stored = Object.values(counts.folders).some(({ messages }) => messages > 0);
    if (storage.persistent || this.known || !stored) return nothing;
    const { persistence } = this.store.vault.state;
    const refused = persistence === 'refused';
    return this.#bar(
      'not-persistent',
      icons.device,
      t(refused ? 'status.persistRefused' : 'status.notPersistent'),
      html`${
          refused
            ? nothing
            : html`<button class="outlined" @click=${this.#persist}>${t('status.persist')}</button>`
        }<button
          class="icon"
          aria-label=${t('common.dismiss')}
          title=${t('common.dismiss')}
          @click=${() => {
            this.known = true;
            rememberKnown();
          }}
        >
          ${icons.close}
        </button>`,
    );
  }

  readonly #persist = async (): Promise<void> => {
    await this.store.vault.askForPersistence();
    this.requestUpdate();
  };

  #offline(): unknown {
    const last = Math.max(0, ...this.#accounts().map(({ lastFetch }) => lastFetch ?? 0));
    const words =
      last > 0 ? t('status.offline', { when: formatWhen(last) }) : t('status.offlineNever');
    return this.#bar('offline', icons.offline, words);
  }

  /** In use elsewhere and a sign-in that failed are told apart from all else that may fail. */
  #account(account: Account): unknown {
    const status = this.state.statuses[account.id];
    if (status === undefined || status.kind === 'fetching' || this.dismissed.has(status)) {
      return nothing;
    }
    const { failure } = status;
    const title = shownText(account.title);
    if (status.kind === 'signed-out') {
      return this.#bar(
        'signed-out',
        icons.lock,
        html`<strong><bdi>${title}</bdi></strong>
          ${failure ? failureText(failure) : html`<p>${t('status.signedOut')}</p>`}`,
        html`<button
          class="outlined"
          @click=${() => {
            this.dispatchEvent(new CustomEvent('sign-in', { detail: account.id }));
          }}
        >
          ${t('status.signIn')}
        </button>`,
      );
    }
    if (failure === undefined || failure.code === 'aborted') return nothing;
    return html`<div role="alert">
      ${this.#bar(
        failure.code === 'in-use' ? 'in-use' : 'failure',
        failure.code === 'in-use' ? icons.busy : icons.warning,
        html`<p class="whose"><bdi>${title}</bdi></p>
          ${failureText(failure)}`,
        html`<button class="outlined" @click=${() => this.store.fetch(account.id)}>
            ${t('common.retry')}
          </button>
          <button
            class="icon"
            aria-label=${t('common.dismiss')}
            title=${t('common.dismiss')}
            @click=${() => (this.dismissed = new Set([...this.dismissed, status]))}
          >
            ${icons.close}
          </button>`,
      )}
    </div>`;
  }

  #pending(): unknown {
    const { account } = this.list.query;
    const count = pendingDeletions(this.state, account);
    if (count === 0) return nothing;
    return this.#bar(
      'pending',
      icons.serverOff,
      t('status.pending', { count }),
      html`<button class="outlined" @click=${() => this.store.go({ pending: true })}>
          ${t('status.showPending')}
        </button>
        <button class="outlined" @click=${() => this.store.actions.keepPending(account)}>
          ${t('status.keepPending')}
        </button>`,
    );
  }
}

function isKnown(): boolean {
  try {
    return localStorage.getItem(KNOWN_KEY) !== null;
  } catch {
    return false;
  }
}

function rememberKnown(): void {
  try {
    localStorage.setItem(KNOWN_KEY, 'yes');
  } catch {
    // A browser that keeps nothing says it again the next time.
  }
}

customElements.define('pop3-list-status', ListStatus);

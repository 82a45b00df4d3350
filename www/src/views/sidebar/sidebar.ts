import { LitElement, html, nothing } from 'lit';
import { t } from '../../lib/i18n.ts';
import { shownText } from '../../lib/shown-text.ts';
import {
  pendingDeletions,
  type Account,
  type Folder,
  type ListQuery,
  type MailState,
} from '../../store/mail-state.ts';
import type { MailStore, Place } from '../../store/mail-store.ts';
import { icons } from '../icons.ts';
import { labelStyles } from '../label.styles.ts';
import { shared } from '../styles.ts';
import './label-list.ts';
import { sidebarStyles } from './sidebar.styles.ts';

const FOLDERS = [
  ['inbox', 'list.inbox', 'inbox'],
  ['archive', 'list.archive', 'archive'],
  ['trash', 'list.trash', 'trash'],
] as const;

/** Where mail can be: the inboxes of all accounts as one, each account's folders, the labels. */
export class Sidebar extends LitElement {
  static override styles = [shared, labelStyles, sidebarStyles];
  static override properties = {
    store: { attribute: false },
    state: { attribute: false },
    query: { attribute: false },
  };

  declare store: MailStore;
  declare state: MailState;
  /** What the list shows. */
  declare query: ListQuery;

  /** Puts the focus on the place that is shown. */
  focusCurrent(): void {
    const current = this.renderRoot.querySelector<HTMLElement>('[aria-current="page"]');
    (current ?? this.renderRoot.querySelector<HTMLElement>('button'))?.focus();
  }

  #go(place: Place): void {
    this.store.go(place);
    this.dispatchEvent(new CustomEvent('gone'));
  }

  #isAt({ account, folder, label, pending }: Place): boolean {
    const { query } = this;
    return (
      query.account === account &&
      query.folder === folder &&
      query.label === label &&
      query.pending === pending
    );
  }

  #unread(folder: Folder, accounts: readonly Account[]): number {
    const { folders } = this.state.counts;
    return accounts.reduce((sum, { id }) => sum + (folders[`${id}/${folder}`]?.unread ?? 0), 0);
  }

  protected override render(): unknown {
    const { accounts } = this.state;
    const pending = pendingDeletions(this.state);
    return html`
      ${accounts.length > 1 ? this.#group(t('sidebar.allAccounts'), {}, accounts) : nothing}
      ${accounts.map((account) => {
        // An account that is alone is all accounts.
        const place = accounts.length > 1 ? { account: account.id } : {};
        return this.#group(account.title, place, [account], account);
      })}
      ${
        pending > 0
          ? html`<ul>
              <li>
                ${this.#place({ pending: true }, icons.serverOff, t('list.pending'), pending, true)}
              </li>
            </ul>`
          : nothing
      }
      <pop3-label-list
        .store=${this.store}
        .state=${this.state}
        .query=${this.query}
        @gone=${() => this.dispatchEvent(new CustomEvent('gone'))}
      ></pop3-label-list>
      <slot></slot>
    `;
  }

  #group(title: string, place: Place, accounts: readonly Account[], account?: Account): unknown {
    return html`
      <section>
        <div class="head">
          <h2><bdi>${shownText(title)}</bdi></h2>
          ${account ? this.#status(account) : nothing}
          <slot name="account-${account?.id ?? 'all'}"></slot>
        </div>
        <ul>
          ${FOLDERS.map(
            ([folder, key, icon]) =>
              html`<li>
                ${this.#place(
                  { ...place, folder },
                  icons[icon],
                  t(key),
                  folder === 'inbox' ? this.#unread(folder, accounts) : 0,
                )}
              </li>`,
          )}
        </ul>
      </section>
    `;
  }

  /** What an account is about, where that is worth a sign. */
  #status(account: Account): unknown {
    const status = this.state.statuses[account.id];
    if (status?.kind === 'fetching') {
      return html`<span class="sign busy" role="img" aria-label=${t('sidebar.fetching')}
        >${icons.refresh}</span
      >`;
    }
    if (status?.kind === 'signed-out' || (status?.kind === 'idle' && status.failure)) {
      const label = t(status.kind === 'signed-out' ? 'sidebar.signedOut' : 'sidebar.failed');
      return html`<span class="sign" role="img" aria-label=${label} title=${label}
        >${icons.warning}</span
      >`;
    }
    return nothing;
  }

  #place(place: Place, icon: unknown, title: string, count: number, all = false): unknown {
    const here = this.#isAt(place);
    return html`<button
      class="place"
      aria-current=${here ? 'page' : nothing}
      @click=${() => this.#go(place)}
    >
      ${icon}<span class="title">${title}</span>
      ${
        count > 0
          ? html`<span class="count"
              ><span aria-hidden="true">${t('sidebar.number', { count })}</span
              ><span class="visually-hidden"
                >${all ? t('list.count', { count }) : t('list.unreadCount', { count })}</span
              ></span
            >`
          : nothing
      }
    </button>`;
  }
}

customElements.define('pop3-sidebar', Sidebar);

declare global {
  interface HTMLElementTagNameMap {
    'pop3-sidebar': Sidebar;
  }
}

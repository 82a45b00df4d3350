import { LitElement, css, html, nothing } from 'lit';
import { formatWhen } from '../../lib/format.ts';
import { t } from '../../lib/i18n.ts';
import type { ListState } from '../../store/list.ts';
import type { MailState } from '../../store/mail-state.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { icons } from '../icons.ts';
import { shared } from '../styles.ts';

type Reason = 'waiting' | 'not-found' | 'filtered' | 'fetching' | 'never-fetched' | 'empty';

/** In place of rows: why there are none, and what can be done about it. */
export class EmptyList extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: grid;
        gap: 0.5rem;
        justify-items: center;
        padding: 3rem 1.5rem;
        color: var(--muted);
        text-align: center;
      }

      svg {
        width: 3rem;
        height: 3rem;
        stroke-width: 1;
      }

      button svg {
        width: 1.1rem;
        height: 1.1rem;
      }

      h2 {
        margin: 0.25rem 0 0;
        color: var(--text);
        font-size: 1.0625rem;
        font-weight: 600;
      }

      p {
        margin: 0 0 0.5rem;
        max-width: 22rem;
        font-size: 0.9375rem;
      }
    `,
  ];
  static override properties = {
    store: { attribute: false },
    state: { attribute: false },
    list: { attribute: false },
  };

  declare store: MailStore;
  declare state: MailState;
  declare list: ListState;

  #reason(): Reason {
    const { query, waiting, complete } = this.list;
    if (waiting || !complete) return 'waiting';
    if (query.search) return 'not-found';
    if (query.unread || query.starred || query.attachments) return 'filtered';
    const { accounts, statuses } = this.state;
    const shown = accounts.filter(({ id }) => query.account === undefined || id === query.account);
    if (query.folder !== 'inbox') return 'empty';
    if (shown.some(({ id }) => statuses[id]?.kind === 'fetching')) return 'fetching';
    return shown.some(({ lastFetch }) => lastFetch !== undefined) ? 'empty' : 'never-fetched';
  }

  protected override render(): unknown {
    const { store } = this;
    const reason = this.#reason();
    switch (reason) {
      case 'waiting':
        return html`<p role="status">${t('empty.waiting')}</p>`;
      case 'not-found':
        return html`${icons.search}
          <h2>${t('empty.notFound')}</h2>
          <p>${t('empty.notFoundAdvice')}</p>
          ${
            this.list.query.folder === undefined
              ? nothing
              : html`<button class="outlined" @click=${this.#everywhere}>
                  ${t('empty.searchEverywhere')}
                </button>`
          }
          <button class="outlined" @click=${() => store.view({ search: undefined })}>
            ${t('toolbar.clearSearch')}
          </button>`;
      case 'filtered':
        return html`${icons.sort}
          <h2>${t('empty.filtered')}</h2>
          <button
            class="outlined"
            @click=${() => store.view({ unread: undefined, starred: undefined, attachments: undefined })}
          >
            ${t('empty.showAll')}
          </button>`;
      case 'fetching':
        return html`${icons.mail}
          <h2>${t('empty.fetching')}</h2>`;
      case 'never-fetched':
        return html`${icons.refresh}
          <h2>${t('empty.neverFetched')}</h2>
          <p>${t('empty.neverFetchedAdvice')}</p>
          <button class="primary" @click=${() => store.fetch(this.list.query.account)}>
            ${t('toolbar.fetch')}
          </button>`;
      case 'empty':
        return this.#empty();
    }
  }

  readonly #everywhere = (): void => {
    const { search } = this.list.query;
    this.store.go({});
    this.store.view({ search });
  };

  #empty(): unknown {
    const { folder, account } = this.list.query;
    const { accounts } = this.state;
    const shown = accounts.filter(({ id }) => account === undefined || id === account);
    const last = Math.max(0, ...shown.map(({ lastFetch }) => lastFetch ?? 0));
    if (folder !== 'inbox' || last === 0) {
      return html`${folder === 'trash' ? icons.trash : icons.archive}
        <h2>${t('empty.nothingHere')}</h2>`;
    }
    return html`${icons.inbox}
      <h2>${t('empty.inbox')}</h2>
      <p>${t('empty.lastFetch', { when: formatWhen(last) })}</p>`;
  }
}

customElements.define('pop3-empty-list', EmptyList);

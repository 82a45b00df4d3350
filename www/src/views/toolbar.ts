import { LitElement, css, html, nothing } from 'lit';
import { t } from '../lib/i18n.ts';
import type { ListQuery, MailState } from '../store/mail-state.ts';
import type { MailStore } from '../store/mail-store.ts';
import { requestDialog } from './dialogs.ts';
import { icons } from './icons.ts';
import { shared } from './styles.ts';

/** How long typing rests before it is searched for. */
const REST_MS = 120;

/** Above all panes: the folders' button, the search, fetching, and what belongs to the page. */
export class Toolbar extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 0.25rem;
        min-height: 3.5rem;
        padding: 0.4rem 0.75rem;
        background: var(--canvas);
      }

      .brand {
        width: 1.9rem;
        height: 1.9rem;
        margin-inline-end: 0.6rem;
      }

      .menu {
        display: none;
      }

      form {
        display: flex;
        flex: 1;
        align-items: center;
        max-width: 44rem;
        min-width: 0;
        margin-inline: auto;
        border: 1px solid var(--line-strong);
        border-radius: 99px;
        background: var(--surface);
      }

      form:focus-within {
        outline: 2px solid var(--accent);
        outline-offset: 0;
      }

      form > svg {
        width: 1.1rem;
        margin-inline: 0.75rem 0.4rem;
        color: var(--muted);
      }

      input {
        flex: 1;
        min-width: 0;
        height: 2.25rem;
        padding: 0;
        border: 0;
        outline: none;
        background: none;
        color: var(--text);
        font: inherit;
        font-size: 0.9375rem;
      }

      /* The form around it shows the focus. */
      input:focus-visible {
        outline: none;
      }

      input::placeholder {
        color: var(--muted);
        opacity: 1;
      }

      input::-webkit-search-cancel-button {
        display: none;
      }

      @media (width < 64rem) {
        .menu {
          display: inline-flex;
        }

        .brand {
          display: none;
        }
      }

      @media (width < 40rem) {
        :host {
          padding-inline: 0.25rem;
        }

        /* The icons speak for themselves, and the words to screen readers. */
        .words {
          position: absolute;
          width: 1px;
          height: 1px;
          overflow: hidden;
          clip-path: inset(50%);
          white-space: nowrap;
        }

        .fetch {
          width: 2.75rem;
          padding: 0;
        }

        .help {
          display: none;
        }

        form > svg {
          margin-inline: 0.5rem 0.3rem;
        }
      }
    `,
  ];
  static override properties = {
    store: { attribute: false },
    state: { attribute: false },
    query: { attribute: false },
    drawer: { attribute: false },
  };

  declare store: MailStore;
  declare state: MailState;
  declare query: ListQuery;
  /** Are the folders shown over the list? */
  declare drawer: boolean;

  #typing: ReturnType<typeof setTimeout> | undefined;

  focusSearch(): void {
    const field = this.#field;
    field?.focus();
    field?.select();
  }

  focusMenu(): void {
    this.renderRoot.querySelector<HTMLElement>('.menu')?.focus();
  }

  get #field(): HTMLInputElement | null {
    return this.renderRoot.querySelector('input');
  }

  protected override updated(): void {
    // What was searched for elsewhere is taken over; what is being typed is left alone.
    const field = this.#field;
    const search = this.query.search ?? '';
    if (field && this.#typing === undefined && field.value !== search) field.value = search;
  }

  readonly #typed = (): void => {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#search(), REST_MS);
  };

  #search(): void {
    clearTimeout(this.#typing);
    this.#typing = undefined;
    const search = this.#field?.value.trim() || undefined;
    if (search !== this.query.search) this.store.view({ search });
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    this.#search();
    this.dispatchEvent(new CustomEvent('searched'));
  };

  readonly #clear = (): void => {
    const field = this.#field;
    if (field) field.value = '';
    this.#search();
    field?.focus();
  };

  readonly #keydown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.#field?.value !== '') {
      event.preventDefault();
      this.#clear();
    } else if (event.key === 'ArrowDown' || event.key === 'Escape') {
      event.preventDefault();
      this.#search();
      this.dispatchEvent(new CustomEvent('searched'));
    }
  };

  protected override render(): unknown {
    const { drawer, query } = this;
    return html`
      <button
        class="icon menu"
        aria-label=${t('toolbar.folders')}
        title=${t('toolbar.folders')}
        aria-expanded=${drawer}
        @click=${() => this.dispatchEvent(new CustomEvent('drawer'))}
      >
        ${icons.menu}
      </button>
      <img class="brand" src="./favicon.svg" alt="" width="30" height="30" />
      <form role="search" @submit=${this.#submit}>
        ${icons.search}
        <input
          type="search"
          name="search"
          aria-label=${t('toolbar.search')}
          placeholder=${t('toolbar.searchHint')}
          autocomplete="off"
          autocapitalize="none"
          spellcheck="false"
          enterkeyhint="search"
          maxlength="1000"
          @input=${this.#typed}
          @keydown=${this.#keydown}
        />
        ${
          query.search
            ? html`<button
                type="button"
                class="icon clear"
                aria-label=${t('toolbar.clearSearch')}
                title=${t('toolbar.clearSearch')}
                @click=${this.#clear}
              >
                ${icons.close}
              </button>`
            : nothing
        }
      </form>
      ${this.#fetching()}
      <button
        class="icon help"
        aria-label=${t('toolbar.help')}
        title=${t('toolbar.help')}
        @click=${() => requestDialog(this, 'pop3-help-dialog')}
      >
        ${icons.help}
      </button>
      <slot></slot>
    `;
  }

  #fetching(): unknown {
    const statuses = Object.values(this.state.statuses);
    const busy = statuses.some(({ kind }) => kind === 'fetching');
    const ready = statuses.some(({ kind }) => kind === 'idle');
    const label = t(busy ? 'toolbar.stopFetching' : 'toolbar.fetch');
    return html`<button
      class="fetch"
      title=${label}
      aria-disabled=${!busy && !ready}
      aria-busy=${busy}
      @click=${() => void (busy ? this.store.stopFetching() : this.store.fetch())}
    >
      ${icons.refresh}<span class="words">${label}</span>
    </button>`;
  }
}

customElements.define('pop3-toolbar', Toolbar);

declare global {
  interface HTMLElementTagNameMap {
    'pop3-toolbar': Toolbar;
  }
}

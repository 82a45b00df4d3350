import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { t } from '../lib/i18n.ts';
import { logDefect } from '../lib/log.ts';
import type { Failure } from '../lib/outcome.ts';
import type { ReaderIntent } from './reader/intents.ts';
import { ReaderPane } from './reader/reader-pane.ts';
import { unreadInInboxes } from '../store/mail-state.ts';
import type { MailStore } from '../store/mail-store.ts';
import { sideButtons } from './accounts/side-buttons.ts';
import './accounts/sign-in.ts';
import './accounts/status-bar.ts';
import './dialog-button.ts';
import { requestDialog, showDialog, type DialogRequest } from './dialogs.ts';
import { failureText } from './failure.ts';
import { HistoryOfReading } from './history.ts';
import { icons } from './icons.ts';
import { ShortcutReader, type Shortcut } from './shortcuts.ts';
import './list/empty-list.ts';
import './list/list-bar.ts';
import './list/list-status.ts';
import { MailListView } from './list/message-list.ts';
import './sidebar/sidebar.ts';
import './splitter.ts';
import './toasts.ts';
import './toolbar.ts';

const LOAD_FAILED: Failure = { code: 'load-failed', blame: 'package' };

/**
 * The whole page: the unlocking, the first account's sign-in, or the mail with its three panes. It
 * hands state down and turns intents that come up into calls of the store.
 */
export class App extends LitElement {
  static override properties = {
    store: { attribute: false },
    drawer: { state: true },
    unlock: { state: true },
  };

  declare store: MailStore;
  /** The folders are shown over the list, where there is no room beside it. */
  declare drawer: boolean;
  /** What asks for the passphrase is loaded where there is one. */
  declare unlock: 'not-yet' | 'loading' | 'ready' | 'failed';

  readonly #unsubscribe: (() => void)[] = [];
  readonly #shortcuts = new ShortcutReader();
  readonly #history = new HistoryOfReading(() => this.#back());
  #view = '';

  constructor() {
    super();
    this.drawer = false;
    this.unlock = 'not-yet';
  }

  /** In the light DOM, since forms for passwords are; the layout is in `page.css`. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { store } = this;
    const update = (): void => this.requestUpdate();
    for (const part of [store, store.list, store.reading, store.toasts]) {
      this.#unsubscribe.push(part.subscribe(update));
    }
    this.addEventListener('dialog', this.#dialog as EventListener);
    document.addEventListener('keydown', this.#keydown);
    window.addEventListener('online', this.#connection);
    window.addEventListener('offline', this.#connection);
    this.#history.start();
    this.#connection();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    for (const stop of this.#unsubscribe.splice(0)) stop();
    document.removeEventListener('keydown', this.#keydown);
    window.removeEventListener('online', this.#connection);
    window.removeEventListener('offline', this.#connection);
    this.#history.stop();
  }

  get #list(): MailListView | null {
    return this.querySelector<MailListView>('pop3-message-list');
  }

  readonly #connection = (): void => this.store.setOnline(navigator.onLine);

  /** Which of its faces the page shows. */
  #face(): 'opening' | 'failed' | 'locked' | 'no-account' | 'mail' {
    const { phase, storage, accounts } = this.store.state;
    if (phase !== 'open') return phase;
    if (storage.locked) return 'locked';
    return accounts.length === 0 ? 'no-account' : 'mail';
  }

  protected override willUpdate(): void {
    if (this.unlock === 'not-yet' && this.#face() === 'locked') void this.#loadUnlock();
  }

  protected override updated(_changed: PropertyValues<this>): void {
    const { store } = this;
    const face = this.#face();
    const unread = unreadInInboxes(store.state);
    document.title = unread > 0 ? t('page.titleUnread', { count: unread }) : t('common.app');
    document.documentElement.dataset['theme'] = store.state.settings.theme;
    this.#history.reading = face === 'mail' && store.reading.state.id !== undefined;
    if (face === 'mail' && this.#view === 'no-account') void this.#list?.focusActive();
    this.#view = face;
  }

  protected override render(): unknown {
    const { store } = this;
    const { announcement } = store.toasts.state;
    return html`
      ${keyed(store.state.language, this.#page())}
      <div class="visually-hidden" role="status" aria-live="polite">${announcement}</div>
    `;
  }

  #page(): unknown {
    const { store } = this;
    switch (this.#face()) {
      case 'opening':
        return opening();
      case 'failed':
        return failed(store.state.failure, () => store.open());
      case 'locked':
        return this.#locked();
      case 'no-account':
        return html`<pop3-sign-in .store=${store} .state=${store.state}></pop3-sign-in>`;
      case 'mail':
        return this.#mail();
    }
  }

  #locked(): unknown {
    const { store } = this;
    switch (this.unlock) {
      case 'ready':
        return html`<pop3-unlock .store=${store} .state=${store.state}></pop3-unlock>`;
      case 'failed':
        return failed(LOAD_FAILED, () => this.#loadUnlock());
      default:
        return opening();
    }
  }

  async #loadUnlock(): Promise<void> {
    this.unlock = 'loading';
    try {
      await import('./settings/unlock.ts');
      this.unlock = 'ready';
    } catch (thrown) {
      logDefect('unlock', thrown);
      this.unlock = 'failed';
    }
  }

  #mail(): unknown {
    const { store, drawer } = this;
    const { state } = store;
    const list = store.list.state;
    const reading = store.reading.state;
    const open = reading.id !== undefined;
    return html`
      <div
        class="mail"
        data-pane=${open ? 'reader' : 'list'}
        data-drawer=${drawer ? 'open' : 'closed'}
      >
        <header class="mail-bar">
          <a class="mail-skip" href="#list" @click=${this.#skip}>${t('page.skip')}</a>
          <pop3-toolbar
            .store=${store}
            .state=${state}
            .query=${list.query}
            .drawer=${drawer}
            @drawer=${this.#toggleDrawer}
            @searched=${() => this.#focusList()}
          >
            <pop3-dialog-button
              .icon=${icons.settings}
              .label=${t('page.settings')}
              dialog="pop3-settings-dialog"
            ></pop3-dialog-button>
          </pop3-toolbar>
        </header>
        <nav class="mail-side" aria-label=${t('sidebar.heading')} @keydown=${this.#drawerKey}>
          <div class="mail-folders">
            <pop3-sidebar .store=${store} .state=${state} .query=${list.query} @gone=${this.#went}
              >${sideButtons(state.accounts)}</pop3-sidebar
            >
          </div>
          <pop3-splitter name="side" .label=${t('page.resizeSide')}></pop3-splitter>
        </nav>
        <div class="mail-shade" @click=${this.#closeDrawer}></div>
        <main class="mail-main">
          <section class="mail-list" aria-label=${t('list.pane')} ?inert=${drawer}>
            <pop3-list-bar
              .store=${store}
              .state=${state}
              .list=${list}
              @done=${() => this.#focusList()}
            ></pop3-list-bar>
            <pop3-list-status
              .store=${store}
              .state=${state}
              .list=${list}
              @sign-in=${this.#signIn}
            >
              <pop3-dialog-button
                slot="storage"
                wide
                .icon=${icons.settings}
                .label=${t('settings.storage')}
                dialog="pop3-settings-dialog"
                about="storage"
              ></pop3-dialog-button>
            </pop3-list-status>
            <pop3-message-list
              id="list"
              .store=${store}
              .list=${list}
              .settings=${state.settings}
              .opened=${reading.id}
              @opened=${this.#opened}
            >
              <pop3-empty-list
                slot="empty"
                .store=${store}
                .state=${state}
                .list=${list}
              ></pop3-empty-list>
            </pop3-message-list>
            <pop3-status-bar .store=${store} .state=${state}></pop3-status-bar>
            <pop3-splitter name="list" .label=${t('page.resizeList')}></pop3-splitter>
          </section>
          <section class="mail-reader" aria-label=${t('page.reader')} ?inert=${drawer}>
            <pop3-reader-pane
              .reading=${store.reading}
              .trusted=${state.settings.trustedSenders}
              @intent=${this.#readerIntent}
            ></pop3-reader-pane>
          </section>
        </main>
        <pop3-toasts
          role="region"
          aria-label=${t('page.news')}
          .store=${store}
          .toast=${store.toasts.state.toast}
          @undo=${() => this.#act('undo')}
        ></pop3-toasts>
      </div>
    `;
  }

  readonly #dialog = (event: CustomEvent<DialogRequest>): void => {
    void showDialog(this, this.store, event.detail);
  };

  readonly #signIn = (event: CustomEvent<string>): void => {
    requestDialog(this, 'pop3-sign-in-dialog', event.detail);
  };

  readonly #skip = (event: Event): void => {
    event.preventDefault();
    void this.#list?.focusActive();
  };

  // The folders over the list

  readonly #toggleDrawer = async (): Promise<void> => {
    this.drawer = !this.drawer;
    await this.updateComplete;
    if (this.drawer) this.querySelector('pop3-sidebar')?.focusCurrent();
  };

  readonly #closeDrawer = async (): Promise<void> => {
    if (!this.drawer) return;
    this.drawer = false;
    await this.updateComplete;
    this.querySelector('pop3-toolbar')?.focusMenu();
  };

  readonly #drawerKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !this.drawer) return;
    event.preventDefault();
    void this.#closeDrawer();
  };

  /** Another folder was chosen. */
  readonly #went = async (): Promise<void> => {
    if (!this.drawer) return;
    this.drawer = false;
    await this.#list?.focusActive();
  };

  // Reading

  readonly #opened = (event: CustomEvent<{ focusReader: boolean }>): void => {
    void this.#showReader(event.detail.focusReader);
  };

  /** Where one pane hides the other, the focus has to follow. */
  async #showReader(focus: boolean): Promise<void> {
    await this.updateComplete;
    const list = this.#list;
    const hidden = list !== null && getComputedStyle(list).visibility === 'hidden';
    if (focus || hidden) await this.querySelector<ReaderPane>('pop3-reader-pane')?.focusHeading();
  }

  #back(): void {
    if (this.store.reading.state.id === undefined) return;
    this.store.reading.close();
    void this.#focusList();
  }

  async #focusList(): Promise<void> {
    await this.updateComplete;
    await this.#list?.focusActive();
  }

  readonly #readerIntent = (event: CustomEvent<ReaderIntent>): void => {
    const intent = event.detail;
    const { store } = this;
    switch (intent.kind) {
      case 'back':
        this.#back();
        break;
      case 'next':
      case 'previous':
        store.step(intent.kind === 'next' ? 1 : -1);
        break;
      case 'archive':
        void store.actions.archive([intent.id]).then(() => this.#focusList());
        break;
      case 'delete':
        void store.actions.delete([intent.id]).then(() => this.#focusList());
        break;
      case 'restore':
        void store.actions.toInbox([intent.id]).then(() => this.#focusList());
        break;
      case 'unread':
        void store.actions.markRead(false, [intent.id]);
        this.#back();
        break;
      case 'star':
        void store.actions.star(intent.starred, [intent.id]);
        break;
      case 'trust':
        void store.trust(intent.address);
        break;
    }
  };

  // Keys

  readonly #keydown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || this.#face() !== 'mail' || this.drawer) return;
    const shortcut = this.#shortcuts.read(event, this.store.state.settings.shortcuts);
    if (shortcut === undefined) return;
    event.preventDefault();
    void this.#act(shortcut);
  };

  async #act(shortcut: Shortcut): Promise<void> {
    const { store } = this;
    const { list, actions } = store;
    const { active } = list.state;
    const reading = store.reading.state.id !== undefined;
    switch (shortcut) {
      case 'next':
      case 'previous':
      case 'extend-next':
      case 'extend-previous':
        store.step(shortcut.endsWith('next') ? 1 : -1, shortcut.startsWith('extend'));
        if (!reading) await this.#focusList();
        break;
      case 'open':
        if (active === undefined) break;
        void store.read(active);
        await this.#showReader(true);
        break;
      case 'back':
        if (reading) this.#back();
        else list.selectNone();
        break;
      case 'select':
        if (active !== undefined) list.toggle(active);
        break;
      case 'select-all':
        list.selectAll();
        break;
      case 'select-none':
        list.selectNone();
        break;
      case 'select-unread':
        await actions.selectUnread();
        break;
      case 'archive':
        await actions.archive();
        await this.#focusList();
        break;
      case 'delete':
        await actions.delete();
        await this.#focusList();
        break;
      case 'undo':
        await store.toasts.undo();
        await this.#focusList();
        break;
      case 'mark-read':
        await actions.markRead(true);
        break;
      case 'mark-unread':
        await actions.markRead(false);
        break;
      case 'star':
        await actions.toggleStar();
        break;
      case 'search':
        this.querySelector('pop3-toolbar')?.focusSearch();
        break;
      case 'inbox':
        store.go({ folder: 'inbox' });
        await this.#focusList();
        break;
      case 'fetch':
        await store.fetch();
        break;
      case 'help':
        await showDialog(this, store, { name: 'pop3-help-dialog' });
        break;
    }
  }
}

function opening(): unknown {
  return html`<main class="mail-notice" aria-busy="true"><p>${t('page.opening')}</p></main>`;
}

function failed(failure: Failure | undefined, again: () => void): unknown {
  return html`<main class="mail-notice" role="alert">
    ${failure ? failureText(failure) : nothing}
    <button class="mail-retry" @click=${again}>${t('common.retry')}</button>
  </main>`;
}

customElements.define('pop3-app', App);

declare global {
  interface HTMLElementTagNameMap {
    'pop3-app': App;
  }
}

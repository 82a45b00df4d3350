import { LitElement, html } from 'lit';
import { words } from '../messages.ts';
import type { Store } from '../store/store.ts';
import { HelpDialog } from './help-dialog.ts';
import { shortcutOf } from './keys.ts';
import './list-status.ts';
import { MessageList } from './message-list.ts';
import { Reader } from './reader.ts';
import './sign-in.ts';
import './sign-out-dialog.ts';
import './toast.ts';
import './top-bar.ts';

/** The whole page: the sign-in form, or the inbox with its list and the open message. */
export class App extends LitElement {
  static override properties = { store: { attribute: false }, shortcuts: { state: true } };

  declare store: Store;
  declare shortcuts: boolean;

  #unsubscribe: (() => void) | undefined;
  #phase = '';
  #openKey: string | undefined;
  /** The history is on its way back, since a message was closed by other means. */
  #unwinding = false;

  constructor() {
    super();
    this.shortcuts = true;
  }

  /** In the light DOM, since the sign-in form is; the layout is in `page.css`. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.store.subscribe(() => this.requestUpdate());
    document.addEventListener('keydown', this.#keydown);
    window.addEventListener('beforeunload', this.#beforeUnload);
    window.addEventListener('popstate', this.#popState);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe?.();
    document.removeEventListener('keydown', this.#keydown);
    window.removeEventListener('beforeunload', this.#beforeUnload);
    window.removeEventListener('popstate', this.#popState);
  }

  get #list(): MessageList | null {
    return this.querySelector<MessageList>('pop3-message-list');
  }

  get #reader(): Reader | null {
    return this.querySelector<Reader>('pop3-reader');
  }

  protected override updated(): void {
    const { phase, account, rows, open } = this.store.state;
    const signedIn = phase === 'inbox' || phase === 'signing-out';
    const unread = rows.filter(({ seen, marked }) => !seen && !marked).length;
    document.title = signedIn ? words.inbox.title(account?.user ?? '', unread) : words.app;
    if (phase === 'inbox' && this.#phase === 'signing-in') void this.#list?.focusActive();
    this.#phase = phase;
    if (open?.key !== this.#openKey) this.querySelector('.pane-reader')?.scrollTo(0, 0);
    this.#openKey = open?.key;
    // On a phone, the button that goes back closes the message rather than the page.
    if (open && !isReading(history.state)) history.pushState({ reading: true }, '');
    if (!open && isReading(history.state) && !this.#unwinding) {
      this.#unwinding = true;
      history.back();
    }
  }

  protected override render(): unknown {
    const { store } = this;
    const { state } = store;
    const signedIn = state.phase === 'inbox' || state.phase === 'signing-out';
    return html`
      ${signedIn ? this.#inbox() : html`<pop3-sign-in .store=${store} .state=${state}></pop3-sign-in>`}
      <div class="visually-hidden" role="status" aria-live="polite">${state.announcement}</div>
    `;
  }

  #inbox(): unknown {
    const { store } = this;
    const { state } = store;
    const { open } = state;
    return html`
      <div class="inbox">
        <header>
          <pop3-top-bar .store=${store} .state=${state} @help=${this.#help}></pop3-top-bar>
        </header>
        <main class="panes" data-pane=${open ? 'reader' : 'list'}>
          <section class="pane pane-list" aria-label=${words.inbox.heading}>
            <pop3-list-status .store=${store} .state=${state}></pop3-list-status>
            <pop3-message-list
              .store=${store}
              .rows=${state.rows}
              .active=${state.active}
              .opened=${open?.key}
              .filling=${state.filling}
              @opened=${this.#opened}
            ></pop3-message-list>
          </section>
          <section class="pane pane-reader" aria-label=${words.message.pane}>
            <pop3-reader
              .store=${store}
              .open=${open}
              .row=${open && state.rows.find(({ key }) => key === open.key)}
              @back=${this.#back}
              @mark=${this.#mark}
            ></pop3-reader>
          </section>
          <pop3-toast .store=${store} .toast=${state.toast} @undo=${this.#undo}></pop3-toast>
        </main>
        <pop3-sign-out-dialog .store=${store} .state=${state}></pop3-sign-out-dialog>
        <pop3-help-dialog
          .shortcuts=${this.shortcuts}
          @shortcuts=${(event: CustomEvent<boolean>) => (this.shortcuts = event.detail)}
        ></pop3-help-dialog>
      </div>
    `;
  }

  readonly #keydown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || this.store.state.phase !== 'inbox') return;
    const shortcut = shortcutOf(event);
    // Ctrl-Z is no single key: it stays when those are turned off.
    if (shortcut === undefined || (!this.shortcuts && shortcut !== 'undo')) return;
    event.preventDefault();
    this.#act(shortcut);
  };

  #act(shortcut: NonNullable<ReturnType<typeof shortcutOf>>): void {
    const { store } = this;
    const { open, active } = store.state;
    switch (shortcut) {
      case 'next':
      case 'previous':
        store.move(shortcut === 'next' ? 1 : -1);
        if (!open) void this.#list?.focusActive();
        break;
      case 'open':
        if (active !== undefined) void store.open(active);
        void this.#showReader(true);
        break;
      case 'back':
        this.#back();
        break;
      case 'mark':
        this.#mark();
        break;
      case 'undo':
        this.#undo();
        break;
      case 'check':
        void store.check();
        break;
      case 'help':
        this.#help();
        break;
    }
  }

  readonly #opened = (event: CustomEvent<{ focusReader: boolean }>): void => {
    void this.#showReader(event.detail.focusReader);
  };

  /** Where one pane hides the other, the focus has to follow. */
  async #showReader(focus: boolean): Promise<void> {
    await this.updateComplete;
    const list = this.#list;
    const hidden = list !== null && getComputedStyle(list).visibility === 'hidden';
    if (focus || hidden) await this.#reader?.focusHeading();
  }

  readonly #back = (): void => {
    if (!this.store.state.open) return;
    this.store.close();
    void this.#focusList();
  };

  readonly #mark = (): void => {
    const { open, active } = this.store.state;
    const key = open?.key ?? active;
    if (key === undefined) return;
    this.store.mark(key);
    void this.#focusList();
  };

  readonly #undo = (): void => {
    this.store.undo();
    void this.#focusList();
  };

  async #focusList(): Promise<void> {
    await this.updateComplete;
    await this.#list?.focusActive();
  }

  readonly #help = (): void => {
    this.querySelector<HelpDialog>('pop3-help-dialog')?.show();
  };

  readonly #popState = (): void => {
    if (this.#unwinding) {
      // Another message may have been opened in the meantime.
      this.#unwinding = false;
      this.requestUpdate();
    } else if (this.store.state.open) {
      this.#back();
    }
  };

  readonly #beforeUnload = (event: BeforeUnloadEvent): void => {
    if (this.store.state.marked.length > 0) event.preventDefault();
  };
}

function isReading(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'reading' in state;
}

customElements.define('pop3-app', App);

import { LitElement, css, html } from 'lit';
import '../lib/english-later.ts';
import { t, type Key } from '../lib/i18n.ts';
import type { MailStore } from '../store/mail-store.ts';
import { dialogStyles } from './dialog.styles.ts';
import { shared } from './styles.ts';

/** Keys as they are pressed, and what they do. */
const KEYS: readonly [keys: string, meaning: Key][] = [
  ['j  k', 'help.move'],
  ['J  K  ⇧↓  ⇧↑', 'help.extend'],
  ['↑  ↓  Home  End  PgUp  PgDn', 'help.inList'],
  ['o  Enter', 'help.open'],
  ['u  Esc', 'help.back'],
  ['x  Space', 'help.select'],
  ['* a   * n   * u', 'help.selectMany'],
  ['e', 'help.archive'],
  ['#  Delete', 'help.delete'],
  ['Ctrl Z', 'help.undo'],
  ['⇧I  ⇧U', 'help.read'],
  ['s', 'help.star'],
  ['/', 'help.search'],
  ['g i', 'help.inbox'],
  ['r', 'help.fetch'],
  ['?', 'help.help'],
];

/** What can be typed into the search. */
const OPERATORS: readonly [example: string, meaning: Key][] = [
  ['from:ada', 'help.from'],
  ['to:charles', 'help.to'],
  ['subject:"summer holiday"', 'help.subject'],
  ['body:engine', 'help.body'],
  ['has:attachment  filename:pdf', 'help.attachment'],
  ['is:unread  is:read  is:starred', 'help.is'],
  ['before:2026-07  after:7d', 'help.dates'],
  ['larger:5M  smaller:100k', 'help.sizes'],
  ['in:archive  label:work', 'help.places'],
  ['-from:shop', 'help.not'],
  ['a OR b', 'help.or'],
];

/** The keyboard shortcuts with the switch that turns them off (WCAG 2.1.4), and the search's words. */
export class HelpDialog extends LitElement {
  static override styles = [
    shared,
    dialogStyles,
    css`
      h2:focus {
        outline: none;
      }

      h3 {
        margin: 1.25rem 0 0.5rem;
        font-size: 1rem;
      }

      dl {
        display: grid;
        grid-template-columns: minmax(0, max-content) minmax(0, 1fr);
        gap: 0.5rem 1.25rem;
        margin: 0 0 1rem;
      }

      dt {
        font: 0.875rem/1.6 var(--mono);
        overflow-wrap: anywhere;
      }

      dd {
        margin: 0;
      }

      @media (width < 30rem) {
        dl {
          grid-template-columns: minmax(0, 1fr);
          gap: 0;
        }

        dd {
          margin-block-end: 0.5rem;
        }
      }

      label {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        min-height: 2.25rem;
      }

      input {
        width: 1.1rem;
        height: 1.1rem;
        accent-color: var(--accent);
      }

      .off,
      .licences {
        color: var(--muted);
        font-size: 0.875rem;
      }

      .licences a {
        color: inherit;
      }
    `,
  ];
  static override properties = { store: { attribute: false } };

  declare store: MailStore;

  #unsubscribe: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.store.subscribe(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe?.();
  }

  async show(): Promise<void> {
    await this.updateComplete;
    this.renderRoot.querySelector('dialog')?.showModal();
  }

  protected override render(): unknown {
    const close = (): void => this.renderRoot.querySelector('dialog')?.close();
    return html`<dialog aria-labelledby="heading">
      <h2 id="heading" tabindex="-1" autofocus>${t('help.heading')}</h2>
      ${pairs(KEYS)}
      <label>
        <input
          type="checkbox"
          .checked=${this.store.state.settings.shortcuts}
          @change=${this.#toggle}
        />
        ${t('help.enabled')}
      </label>
      <p class="off">${t('help.off')}</p>
      <h3>${t('list.searching')}</h3>
      ${pairs(OPERATORS)}
      <p class="licences">
        <a href="./third-party-licenses.md" target="_blank">${t('help.licences')}</a>
      </p>
      <div class="actions">
        <button class="primary" @click=${close}>${t('common.close')}</button>
      </div>
    </dialog>`;
  }

  #toggle(event: Event): void {
    const shortcuts = (event.target as HTMLInputElement).checked;
    void this.store.saveSettings({ shortcuts });
  }
}

/** What is typed is written from left to right in every language. */
function pairs(entries: readonly [typed: string, meaning: Key][]): unknown {
  return html`<dl>
    ${entries.map(
      ([typed, meaning]) =>
        html`<dt><bdi dir="ltr">${typed}</bdi></dt>
          <dd>${t(meaning)}</dd>`,
    )}
  </dl>`;
}

customElements.define('pop3-help-dialog', HelpDialog);

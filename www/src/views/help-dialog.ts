import { LitElement, css, html } from 'lit';
import { words } from '../messages.ts';
import { dialogStyles } from './dialog.styles.ts';
import { shared } from './styles.ts';

/** The keyboard shortcuts, and the switch that turns them off (WCAG 2.1.4). */
export class HelpDialog extends LitElement {
  static override styles = [
    shared,
    dialogStyles,
    css`
      h2:focus {
        outline: none;
      }

      dl {
        display: grid;
        grid-template-columns: max-content 1fr;
        gap: 0.5rem 1.25rem;
        margin: 0 0 1rem;
      }

      dt {
        font: 0.875rem/1.6 var(--mono);
      }

      dd {
        margin: 0;
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
  static override properties = { shortcuts: { attribute: false } };

  declare shortcuts: boolean;

  constructor() {
    super();
    this.shortcuts = true;
  }

  show(): void {
    this.renderRoot.querySelector('dialog')?.showModal();
  }

  protected override render(): unknown {
    const close = (): void => this.renderRoot.querySelector('dialog')?.close();
    return html`<dialog aria-labelledby="heading">
      <h2 id="heading" tabindex="-1" autofocus>${words.help.heading}</h2>
      <dl>
        ${words.help.keys.map(
          ([keys, meaning]) =>
            html`<dt>${keys}</dt>
              <dd>${meaning}</dd>`,
        )}
      </dl>
      <label>
        <input type="checkbox" .checked=${this.shortcuts} @change=${this.#toggle} />
        ${words.help.enabled}
      </label>
      <p class="off">${words.help.off}</p>
      <p class="licences">
        <a href="./third-party-licenses.md" target="_blank">${words.help.licences}</a>
      </p>
      <div class="actions">
        <button class="primary" @click=${close}>${words.help.close}</button>
      </div>
    </dialog>`;
  }

  #toggle(event: Event): void {
    const detail = (event.target as HTMLInputElement).checked;
    this.dispatchEvent(new CustomEvent('shortcuts', { detail }));
  }
}

customElements.define('pop3-help-dialog', HelpDialog);

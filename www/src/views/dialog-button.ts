import { LitElement, css, html, type TemplateResult } from 'lit';
import { requestDialog, type DialogName } from './dialogs.ts';
import { shared } from './styles.ts';

/** Opens a dialog of the page: an icon with its name as a tool tip, or beside it where it is wide. */
export class DialogButton extends LitElement {
  static override styles = [
    shared,
    css`
      :host([wide]) button {
        justify-content: flex-start;
        width: 100%;
        padding-inline: 0.6rem;
        font-weight: 500;
        text-align: start;
      }

      svg {
        width: 1.1rem;
        height: 1.1rem;
        color: var(--muted);
      }
    `,
  ];
  static override properties = {
    dialog: {},
    about: {},
    icon: { attribute: false },
    label: { attribute: false },
    wide: { type: Boolean, reflect: true },
  };

  declare dialog: DialogName;
  declare about: string | undefined;
  declare icon: TemplateResult;
  declare label: string;
  declare wide: boolean;

  constructor() {
    super();
    this.wide = false;
  }

  protected override render(): unknown {
    const open = (): void => requestDialog(this, this.dialog, this.about);
    if (this.wide) return html`<button @click=${open}>${this.icon}${this.label}</button>`;
    return html`<button class="icon" aria-label=${this.label} title=${this.label} @click=${open}>
      ${this.icon}
    </button>`;
  }
}

customElements.define('pop3-dialog-button', DialogButton);

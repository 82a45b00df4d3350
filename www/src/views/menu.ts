import { LitElement, css, html, nothing } from 'lit';
import { icons } from './icons.ts';
import { shared } from './styles.ts';

/**
 * A button that unfolds a panel of ordinary controls below it, given as its content. It folds with
 * Escape, and when the focus or a click goes elsewhere.
 */
export class Menu extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        position: relative;
        display: inline-block;
      }

      .panel {
        position: absolute;
        inset-block-start: calc(100% + 0.25rem);
        inset-inline-end: 0;
        z-index: 5;
        display: grid;
        width: max-content;
        min-width: 12rem;
        max-width: min(20rem, 80vw);
        max-height: min(28rem, 65vh);
        padding: 0.75rem;
        overflow: auto;
        border: 1px solid var(--line);
        border-radius: var(--radius);
        background: var(--raised);
        box-shadow: var(--shadow);
      }
    `,
  ];
  static override properties = {
    label: { attribute: false },
    icon: { attribute: false },
    unfolded: { state: true },
  };

  declare label: string;
  declare icon: keyof typeof icons;
  declare unfolded: boolean;

  constructor() {
    super();
    this.unfolded = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('pointerdown', this.#elsewhere);
  }

  /** Folds the panel; the focus goes back to the button if it was in there. */
  fold(): void {
    if (!this.unfolded) return;
    if (this.matches(':focus-within')) this.renderRoot.querySelector('button')?.focus();
    this.#set(false);
  }

  #set(unfolded: boolean): void {
    this.unfolded = unfolded;
    if (unfolded) document.addEventListener('pointerdown', this.#elsewhere);
    else document.removeEventListener('pointerdown', this.#elsewhere);
    this.dispatchEvent(new CustomEvent('unfolded', { detail: unfolded }));
  }

  readonly #elsewhere = (event: Event): void => {
    if (!event.composedPath().includes(this)) this.#set(false);
  };

  readonly #keydown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !this.unfolded) return;
    event.preventDefault();
    event.stopPropagation();
    this.fold();
  };

  readonly #focusOut = (event: FocusEvent): void => {
    const to = event.relatedTarget;
    if (to instanceof Node && !this.contains(to) && !this.renderRoot.contains(to)) this.#set(false);
  };

  protected override render(): unknown {
    return html`<div @keydown=${this.#keydown} @focusout=${this.#focusOut}>
      <button
        class="icon"
        aria-label=${this.label}
        title=${this.label}
        aria-expanded=${this.unfolded}
        @click=${() => this.#set(!this.unfolded)}
      >
        ${icons[this.icon]}
      </button>
      ${this.unfolded ? html`<div class="panel"><slot></slot></div>` : nothing}
    </div>`;
  }
}

customElements.define('pop3-menu', Menu);

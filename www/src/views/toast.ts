import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { words } from '../messages.ts';
import type { Toast } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { icons } from './icons.ts';
import { shared } from './styles.ts';

const UNDO_MS = 10_000;
const NEWS_MS = 6_000;

/** A short word about what was just done, with its undo. Stays while it is pointed at or focused. */
export class ToastView extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        position: fixed;
        inset: auto 1rem max(1rem, env(safe-area-inset-bottom)) 1rem;
        z-index: 10;
        display: flex;
        justify-content: center;
        pointer-events: none;
      }

      .toast {
        display: flex;
        align-items: center;
        gap: 0.5rem;
        max-width: 34rem;
        padding: 0.5rem 0.5rem 0.5rem 1rem;
        border-radius: 12px;
        background: light-dark(#20262e, #e9ecf1);
        color: light-dark(#f4f6f9, #1a1f26);
        box-shadow: var(--shadow);
        font-size: 0.9375rem;
        pointer-events: auto;
        animation: rise 0.18s ease-out;
      }

      .toast:focus-within {
        outline: none;
      }

      p {
        display: -webkit-box;
        flex: 1;
        margin: 0.25rem 0;
        overflow: hidden;
        overflow-wrap: anywhere;
        -webkit-box-orient: vertical;
        -webkit-line-clamp: 3;
      }

      button {
        color: light-dark(#a9c3ff, #1d49ad);
        font-weight: 650;
      }

      button.icon {
        color: inherit;
      }

      button:hover,
      button.icon:hover {
        background: light-dark(#353d48, #d3d8e0);
        color: inherit;
      }

      button:focus-visible {
        outline-color: currentcolor;
      }

      @keyframes rise {
        from {
          opacity: 0;
          translate: 0 0.5rem;
        }
      }
    `,
  ];
  static override properties = { store: { attribute: false }, toast: { attribute: false } };

  declare store: Store;
  declare toast: Toast | undefined;

  #timer: ReturnType<typeof setTimeout> | undefined;
  #held = false;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get('toast') as Toast | undefined;
    if (!changed.has('toast') || before?.id === this.toast?.id) return;
    this.#held = false;
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const { toast } = this;
    if (toast === undefined || this.#held) return;
    this.#timer = setTimeout(
      () => this.store.dismissToast(toast.id),
      toast.undo ? UNDO_MS : NEWS_MS,
    );
  }

  #hold(held: boolean): void {
    this.#held = held;
    this.#wait();
  }

  protected override render(): unknown {
    const { toast } = this;
    if (toast === undefined) return nothing;
    return html`<div
      class="toast"
      @pointerenter=${() => this.#hold(true)}
      @pointerleave=${() => this.#hold(false)}
      @focusin=${() => this.#hold(true)}
      @focusout=${() => this.#hold(false)}
    >
      <p>${toast.text}</p>
      ${toast.undo ? html`<button class="undo" @click=${this.#undo}>${words.deletion.undo}</button>` : nothing}
      <button
        class="icon"
        aria-label=${words.dismiss}
        title=${words.dismiss}
        @click=${() => this.store.dismissToast(toast.id)}
      >
        ${icons.close}
      </button>
    </div>`;
  }

  #undo(): void {
    this.dispatchEvent(new CustomEvent('undo'));
  }
}

customElements.define('pop3-toast', ToastView);

import { LitElement, css, html, nothing, type PropertyValues } from 'lit';
import { t } from '../lib/i18n.ts';
import type { MailStore } from '../store/mail-store.ts';
import type { Toast } from '../store/toasts.ts';
import { failureText } from './failure.ts';
import { icons } from './icons.ts';
import { shared } from './styles.ts';

const UNDO_MS = 10_000;
const NEWS_MS = 6_000;

/** A short word about what was just done, with its undo. Stays while it is pointed at or focused. */
export class ToastsView extends LitElement {
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
        padding-block: 0.5rem;
        padding-inline: 1rem 0.5rem;
        border-radius: 12px;
        background: light-dark(#20262e, #e9ecf1);
        color: light-dark(#f4f6f9, #1a1f26);
        box-shadow: var(--shadow);
        font-size: 0.9375rem;
        pointer-events: auto;
        animation: rise 0.18s ease-out;
      }

      .said {
        flex: 1;
        margin: 0.25rem 0;
        overflow-wrap: anywhere;
      }

      .said p,
      .said blockquote {
        margin: 0.25rem 0;
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

  declare store: MailStore;
  declare toast: Toast | undefined;

  #timer: ReturnType<typeof setTimeout> | undefined;
  #held = false;

  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get('toast') as Toast | undefined;
    if (!changed.has('toast') || before?.id === this.toast?.id) return;
    this.#held = false;
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    const { toast } = this;
    // What went wrong stays until somebody has seen it.
    if (toast === undefined || toast.failure || this.#held) return;
    const wait = toast.undo ? UNDO_MS : NEWS_MS;
    this.#timer = setTimeout(() => this.store.toasts.dismiss(toast.id), wait);
  }

  #hold(held: boolean): void {
    this.#held = held;
    this.#wait();
  }

  readonly #undo = (): void => {
    this.dispatchEvent(new CustomEvent('undo'));
  };

  protected override render(): unknown {
    const { toast } = this;
    if (toast === undefined) return nothing;
    return html`<div
      class="toast"
      role=${toast.failure ? 'alert' : nothing}
      @pointerenter=${() => this.#hold(true)}
      @pointerleave=${() => this.#hold(false)}
      @focusin=${() => this.#hold(true)}
      @focusout=${() => this.#hold(false)}
    >
      <div class="said">${toast.failure ? failureText(toast.failure) : toast.text}</div>
      ${
        toast.undo
          ? html`<button class="undo" @click=${this.#undo}>${t('common.undo')}</button>`
          : nothing
      }
      <button
        class="icon"
        aria-label=${t('common.dismiss')}
        title=${t('common.dismiss')}
        @click=${() => this.store.toasts.dismiss(toast.id)}
      >
        ${icons.close}
      </button>
    </div>`;
  }
}

customElements.define('pop3-toasts', ToastsView);

import { LitElement, css, html, nothing } from 'lit';
import { words } from '../messages.ts';
import type { MessageKey, State } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { dialogStyles } from './dialog.styles.ts';
import { failureText } from './failure.ts';
import { shared } from './styles.ts';

/** Messages named one by one; the rest is counted. */
const NAMED = 8;

/** After so long, waiting can be stopped. */
const SLOW_MS = 4_000;

/** While signing out: what is going on; after a failure: what is still there and what to do. */
export class SignOutDialog extends LitElement {
  static override styles = [
    shared,
    dialogStyles,
    css`
      .busy {
        display: flex;
        align-items: center;
        gap: 0.75rem;
        margin: 0;
      }

      .slow {
        margin: 0.75rem 0 0;
        color: var(--muted);
      }

      .spinner {
        flex: none;
        width: 1.25rem;
        height: 1.25rem;
        border: 2px solid var(--line-strong);
        border-top-color: var(--accent);
        border-radius: 50%;
        animation: turn 0.8s linear infinite;
      }

      .why {
        margin: 0 0 1rem;
        padding: 0.75rem 1rem;
        border-radius: var(--radius);
        background: var(--danger-soft);
      }

      .why strong {
        color: var(--danger);
      }

      .why p {
        margin: 0;
      }

      .why blockquote {
        margin: 0.4rem 0 0;
        padding-left: 0.6rem;
        border-left: 2px solid currentcolor;
        overflow-wrap: anywhere;
      }

      ul {
        margin: 0 0 0.75rem;
        padding-left: 1.2rem;
        overflow-wrap: anywhere;
      }
    `,
  ];
  static override properties = {
    store: { attribute: false },
    state: { attribute: false },
    slow: { state: true },
  };

  declare store: Store;
  declare state: State;
  /** The sign-out takes long enough for somebody to want to stop it. */
  declare slow: boolean;

  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.slow = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
  }

  protected override willUpdate(): void {
    if (this.#busy) {
      this.#timer ??= setTimeout(() => (this.slow = true), SLOW_MS);
    } else {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.slow = false;
    }
  }

  protected override updated(): void {
    const dialog = this.renderRoot.querySelector('dialog');
    const wanted = this.#busy || this.state.signOutReport !== undefined;
    if (dialog === null || dialog.open === wanted) return;
    if (wanted) dialog.showModal();
    else dialog.close();
  }

  get #busy(): boolean {
    return this.state.phase === 'signing-out';
  }

  protected override render(): unknown {
    return html`<dialog aria-labelledby="heading" @cancel=${this.#cancel}>
      ${this.#busy ? this.#progress() : this.#report()}
    </dialog>`;
  }

  #progress(): unknown {
    return html`<p class="busy" id="heading" tabindex="-1" autofocus>
        <span class="spinner" aria-hidden="true"></span>
        ${words.deletion.signingOut(this.state.marked.length)}
      </p>
      <div role="status">
        ${this.slow ? html`<p class="slow">${words.deletion.slow}</p>` : nothing}
      </div>
      ${
        this.slow
          ? html`<div class="actions">
              <button class="outlined stop" @click=${() => this.store.stopWaiting()}>
                ${words.deletion.stopWaiting}
              </button>
            </div>`
          : nothing
      }`;
  }

  #report(): unknown {
    const report = this.state.signOutReport;
    if (report === undefined) return nothing;
    const kept = report.kept.map(({ key }) => key);
    const failure = report.failure ?? report.kept[0]?.failure;
    return html`
      <h2 id="heading">${words.deletion.failedHeading}</h2>
      ${failure ? html`<div class="why">${failureText(failure)}</div>` : nothing}
      ${report.deleted.length > 0 ? html`<p>${words.deletion.failedDone(report.deleted.length)}</p>` : nothing}
      ${this.#list(words.deletion.failedKept(kept.length), kept)}
      ${this.#list(words.deletion.failedUnsure(report.unsure.length), report.unsure)}
      <div class="actions">
        <button class="outlined" @click=${() => this.store.staySignedIn()}>
          ${words.deletion.stay}
        </button>
        <button class="outlined leave" @click=${() => this.store.signOutWithoutDeleting()}>
          ${words.deletion.leave}
        </button>
        <button class="primary again" autofocus @click=${() => this.store.signOut()}>
          ${words.retry}
        </button>
      </div>
    `;
  }

  #list(heading: string, keys: readonly MessageKey[]): unknown {
    if (keys.length === 0) return nothing;
    const rows = new Map(this.state.rows.map((row) => [row.key, row]));
    const named = keys.slice(0, NAMED).map((key) => {
      const row = rows.get(key);
      return (
        row?.summary?.subject || (row ? words.inbox.number(row.number) : words.inbox.noSubject)
      );
    });
    return html`<p>${heading}</p>
      <ul>
        ${named.map((name) => html`<li><bdi>${name}</bdi></li>`)}
        ${keys.length > NAMED ? html`<li>${words.deletion.andMore(keys.length - NAMED)}</li>` : nothing}
      </ul>`;
  }

  #cancel(event: Event): void {
    event.preventDefault();
    if (!this.#busy) this.store.staySignedIn();
    else if (this.slow) this.store.stopWaiting();
  }
}

customElements.define('pop3-sign-out-dialog', SignOutDialog);

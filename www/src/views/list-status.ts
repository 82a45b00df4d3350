import { LitElement, css, html, nothing } from 'lit';
import { words } from '../messages.ts';
import { fragileMarks } from '../store/mailbox.ts';
import type { State } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { failureText } from './failure.ts';
import { icons } from './icons.ts';
import { shared } from './styles.ts';

/** Lost marks named one by one; the rest is counted. */
const NAMED = 8;

/** Above the list: how many there are, what is still coming, what failed, what will be deleted. */
export class ListStatus extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        border-bottom: 1px solid var(--line);
      }

      .head {
        display: flex;
        align-items: baseline;
        gap: 0.6rem;
        min-height: 3rem;
        padding: 0.7rem 1rem 0.5rem;
      }

      h1 {
        margin: 0;
        font-size: 1.0625rem;
        font-weight: 650;
      }

      .count {
        color: var(--muted);
        font-size: 0.8125rem;
        font-variant-numeric: tabular-nums;
      }

      .space {
        flex: 1;
      }

      progress {
        appearance: none;
        display: block;
        width: 100%;
        height: 2px;
        border: 0;
        background: transparent;
      }

      progress::-webkit-progress-bar {
        background: transparent;
      }

      progress::-webkit-progress-value {
        background: var(--accent);
      }

      progress::-moz-progress-bar {
        background: var(--accent);
      }

      .bar {
        display: flex;
        align-items: flex-start;
        gap: 0.6rem;
        padding: 0.6rem 0.6rem 0.6rem 1rem;
        font-size: 0.875rem;
      }

      .bar > div {
        flex: 1;
        min-width: 0;
      }

      .bar > svg {
        margin-top: 0.1rem;
      }

      .bar p {
        margin: 0;
      }

      .bar ul {
        margin: 0.3rem 0 0;
        padding-left: 1.2rem;
        overflow-wrap: anywhere;
      }

      .bar blockquote {
        margin: 0.3rem 0 0;
        padding-left: 0.6rem;
        border-left: 2px solid currentcolor;
        overflow-wrap: anywhere;
      }

      .pending {
        align-items: center;
        background: var(--danger-soft);
        color: var(--danger);
      }

      .pending > svg {
        margin: 0;
      }

      .failure {
        background: var(--warning-soft);
      }

      .failure > svg,
      .failure strong {
        color: var(--warning);
      }

      .failure .actions {
        margin-top: 0.5rem;
      }
    `,
  ];
  static override properties = { store: { attribute: false }, state: { attribute: false } };

  declare store: Store;
  declare state: State;

  protected override render(): unknown {
    const { rows, filling } = this.state;
    const done = rows.filter(({ summary, refused }) => summary !== undefined || refused).length;
    const unread = rows.filter(({ seen, marked }) => !seen && !marked).length;
    return html`
      <div class="head">
        <h1>${words.inbox.heading}</h1>
        <span class="count">${words.inbox.count(rows.length)}</span>
        <span class="space"></span>
        <span class="count"
          >${
            filling
              ? words.inbox.filling(done, rows.length)
              : unread > 0
                ? words.inbox.unread(unread)
                : nothing
          }</span
        >
      </div>
      ${
        filling
          ? html`<progress
              aria-label=${words.inbox.waiting}
              max=${rows.length}
              .value=${done}
            ></progress>`
          : nothing
      }
      ${this.#notice()} ${this.#marksLost()} ${this.#checkAsks()} ${this.#pending()}
    `;
  }

  #notice(): unknown {
    const { notice } = this.state;
    if (notice === undefined) return nothing;
    return html`<div class="bar failure" role="alert">
      ${icons.warning}
      <div>
        ${failureText(notice.failure)}
        ${
          notice.retry
            ? html`<div class="actions">
                <button class="outlined" @click=${() => this.store.retryNotice()}>
                  ${words.retry}
                </button>
              </div>`
            : nothing
        }
      </div>
      <button
        class="icon"
        aria-label=${words.dismiss}
        title=${words.dismiss}
        @click=${() => this.store.dismissNotice()}
      >
        ${icons.close}
      </button>
    </div>`;
  }

  #marksLost(): unknown {
    const { marksLost } = this.state;
    if (marksLost === undefined) return nothing;
    return html`<div class="bar failure marks-lost" role="alert">
      ${icons.warning}
      <div>
        <strong>${words.inbox.marksLost}</strong>
        <p>${words.inbox.marksLostDetail}</p>
        <ul>
          ${marksLost.slice(0, NAMED).map((subject) => html`<li><bdi>${subject}</bdi></li>`)}
          ${
            marksLost.length > NAMED
              ? html`<li>${words.deletion.andMore(marksLost.length - NAMED)}</li>`
              : nothing
          }
        </ul>
      </div>
      <button
        class="icon"
        aria-label=${words.dismiss}
        title=${words.dismiss}
        @click=${() => this.store.dismissMarksLost()}
      >
        ${icons.close}
      </button>
    </div>`;
  }

  /** Before a check for new mail that cannot carry the marks over. */
  #checkAsks(): unknown {
    const { rows, checkAsks } = this.state;
    if (!checkAsks) return nothing;
    return html`<div class="bar failure check-asks" role="alert">
      ${icons.warning}
      <div>
        <strong>${words.inbox.checkAsks(fragileMarks(rows).length)}</strong>
        <p>${words.inbox.checkAsksDetail}</p>
        <div class="actions">
          <button class="outlined" @click=${() => this.store.dontCheck()}>
            ${words.inbox.dontCheck}
          </button>
          <button class="outlined anyway" @click=${() => this.store.check({ losingMarks: true })}>
            ${words.inbox.checkAnyway}
          </button>
        </div>
      </div>
    </div>`;
  }

  #pending(): unknown {
    const { marked } = this.state;
    if (marked.length === 0) return nothing;
    return html`<div class="bar pending">
      ${icons.trash}
      <div>${words.deletion.pending(marked.length)}</div>
      <button class="outlined" @click=${() => this.store.unmark(marked)}>
        ${words.deletion.undoAll}
      </button>
    </div>`;
  }
}

customElements.define('pop3-list-status', ListStatus);

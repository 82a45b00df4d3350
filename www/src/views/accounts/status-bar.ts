import { LitElement, css, html, nothing } from 'lit';
import { formatSize, formatWhen } from '../../lib/format.ts';
import { currentLocale, t } from '../../lib/i18n.ts';
import { shownText } from '../../lib/shown-text.ts';
import type { Account, AccountStatus, MailState } from '../../store/mail-state.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { shared } from '../styles.ts';

type Progress = Extract<AccountStatus, { kind: 'fetching' }>['progress'];
type Report = NonNullable<Extract<AccountStatus, { kind: 'idle' }>['report']>;

/**
 * Below the list: how far each fetch is, with its stop button, and what the last ones left to say.
 * What stands in the way of fetching at all is told above the list.
 */
export class StatusBar extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        border-block-start: 1px solid var(--line);
        background: var(--surface);
        font-size: 0.8125rem;
      }

      ul {
        max-height: 8.5rem;
        margin: 0;
        padding: 0;
        overflow: auto;
        list-style: none;
      }

      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        align-items: center;
        column-gap: 0.75rem;
        padding: 0.35rem 1rem;
      }

      li + li {
        border-block-start: 1px solid var(--line);
      }

      .title {
        display: block;
        overflow: hidden;
        font-weight: 600;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .facts {
        display: flex;
        flex-wrap: wrap;
        gap: 0 0.75rem;
        color: var(--muted);
        font-variant-numeric: tabular-nums;
      }

      .left {
        margin: 0;
        color: var(--warning);
      }

      progress {
        display: block;
        width: 100%;
        height: 0.375rem;
        margin-block: 0.25rem;
        accent-color: var(--accent);
      }

      .update {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        justify-content: space-between;
        gap: 0.25rem 0.75rem;
        padding: 0.35rem 1rem;
        background: var(--selected);
      }

      .last {
        margin: 0;
        padding: 0.35rem 1rem;
        color: var(--muted);
      }
    `,
  ];
  static override properties = { store: { attribute: false }, state: { attribute: false } };

  declare store: MailStore;
  declare state: MailState;

  #unsubscribe: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.store.updates.subscribe(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe?.();
  }

  protected override render(): unknown {
    const { accounts, statuses } = this.state;
    const lines = accounts
      .map((account) => this.#line(account, statuses[account.id]))
      .filter((line) => line !== nothing);
    return html`
      ${
        lines.length > 0
          ? html`<ul aria-label=${t('progress.label')}>
              ${lines}
            </ul>`
          : nothing
      }
      ${this.#update()} ${lines.length > 0 ? nothing : this.#last()}
    `;
  }

  /** A newer version of the page, which waits until it is wanted. */
  #update(): unknown {
    const { updates } = this.store;
    return html`<div role="status">
      ${
        updates.state.ready
          ? html`<div class="update">
              <span>${t('progress.updateReady')}</span>
              <button class="outlined reload" @click=${() => updates.apply()}>
                ${t('progress.update')}
              </button>
            </div>`
          : nothing
      }
    </div>`;
  }

  /** The oldest of the last fetches: as of then, everything is here. */
  #last(): unknown {
    const fetches = this.state.accounts.map(({ lastFetch }) => lastFetch);
    const known = fetches.filter((time) => time !== undefined);
    if (known.length === 0 || known.length < fetches.length) return nothing;
    return html`<p class="last">
      ${t('progress.fetched', { when: formatWhen(Math.min(...known)) })}
    </p>`;
  }

  #line(account: Account, status: AccountStatus | undefined): unknown {
    if (status?.kind === 'fetching') return this.#fetching(account, status.progress, status.here);
    if (status?.kind !== 'idle' || !status.report) return nothing;
    const left = leftToSay(status.report);
    if (left.length === 0) return nothing;
    return html`<li>
      <div>
        <bdi class="title">${shownText(account.title)}</bdi>
        ${left.map((words) => html`<p class="left">${words}</p>`)}
      </div>
    </li>`;
  }

  #fetching(account: Account, progress: Progress, here: boolean): unknown {
    const title = shownText(account.title);
    const { received, expected, rate, stage } = progress;
    const size = (octets: number): string => formatSize(octets, currentLocale());
    return html`<li data-account=${account.id}>
      <div>
        <bdi class="title">${title}</bdi>
        <progress
          aria-label=${t('progress.barNamed', { title })}
          .value=${expected > 0 ? Math.min(1, received / expected) : nothing}
          max="1"
        ></progress>
        <div class="facts">
          <span class="stage">${stageWords(progress)}</span>
          ${
            stage === 'fetching' && expected > 0
              ? html`<span class="octets"
                  >${t('progress.octets', {
                    received: size(received),
                    expected: size(expected),
                  })}</span
                >`
              : nothing
          }
          ${
            stage === 'fetching' && rate > 0
              ? html`<span class="rate">${t('progress.rate', { rate: size(rate) })}</span>`
              : nothing
          }
          ${here ? nothing : html`<span class="elsewhere">${t('progress.elsewhere')}</span>`}
        </div>
      </div>
      <button
        class="outlined stop"
        aria-label=${t('progress.stopNamed', { title })}
        @click=${() => this.store.stopFetching(account.id)}
      >
        ${t('progress.stop')}
      </button>
    </li>`;
  }
}

function stageWords({ stage, done, all }: Progress): string {
  switch (stage) {
    case 'fetching':
      return t('progress.fetching', { done, all });
    case 'deleting':
      return t('progress.deleting', { done, all });
    default:
      return t(`progress.${stage}`);
  }
}

/** What the last fetch could not settle. */
function leftToSay({ notDeleted, unsure, refused }: Report): string[] {
  return [
    notDeleted > 0 ? t('progress.notDeleted', { count: notDeleted }) : '',
    unsure > 0 ? t('progress.unsure', { count: unsure }) : '',
    refused > 0 ? t('progress.refused', { count: refused }) : '',
  ].filter((words) => words !== '');
}

customElements.define('pop3-status-bar', StatusBar);

import { css, html, nothing, type TemplateResult } from 'lit';
import '../../lib/english-later.ts';
import { formatDay } from '../../lib/format.ts';
import { t } from '../../lib/i18n.ts';
import type { Failure } from '../../lib/outcome.ts';
import { shownText } from '../../lib/shown-text.ts';
import type { Account, AccountStatus } from '../../store/mail-state.ts';
import { dialogStyles } from '../dialog.styles.ts';
import { failureText } from '../failure.ts';
import { icons } from '../icons.ts';
import { formStyles } from '../settings/form.styles.ts';
import { StoreDialog } from '../store-dialog.ts';
import { shared } from '../styles.ts';
import './certificate.ts';
import { fingerprintWords, type Certificate } from './certificate.ts';

type Connection = NonNullable<
  NonNullable<Extract<AccountStatus, { kind: 'idle' }>['report']>['connection']
>;

/** Who can read an account's mail on its way, and by what the server has proved who it is. */
export class LockDialog extends StoreDialog {
  static override styles = [
    shared,
    dialogStyles,
    formStyles,
    css`
      h2:focus {
        outline: none;
      }

      .who {
        display: flex;
        gap: 0.75rem;
        margin-bottom: 1rem;
      }

      .who svg {
        margin-top: 0.1rem;
        color: var(--good);
      }

      .who.open svg {
        color: var(--warning);
      }

      h3 {
        margin-top: 1rem;
      }

      code {
        font: 0.875rem/1.5 var(--mono);
        overflow-wrap: anywhere;
      }
    `,
  ];
  static override properties = { ...StoreDialog.properties, failure: { state: true } };

  declare failure: Failure | undefined;

  protected override render(): unknown {
    const account = this.store.state.accounts.find(({ id }) => id === this.about);
    return html`<dialog aria-labelledby="heading" @close=${this.closed}>
      ${account ? this.#content(account) : nothing}
    </dialog>`;
  }

  #content(account: Account): TemplateResult {
    const status = this.store.state.statuses[account.id];
    const connection = status?.kind === 'idle' ? status.report?.connection : undefined;
    const refused = status && status.kind !== 'fetching' ? status.failure : undefined;
    return html`
      <h2 id="heading" tabindex="-1" autofocus>
        ${t('sidebar.lock', { title: shownText(account.title) })}
      </h2>
      ${this.#who(account, connection)}
      <div role="alert">
        ${this.failure ? html`<div class="note danger">${failureText(this.failure)}</div>` : nothing}
        ${refused?.certificate ? this.#refused(account, refused, refused.certificate) : nothing}
      </div>
      ${account.hop.pin === undefined ? nothing : this.#pinned(account)}
      ${connection ? this.#connection(connection) : html`<p class="hint">${t('trust.noSession')}</p>`}
      <div class="actions">
        <button class="primary" @click=${() => this.close()}>${t('common.close')}</button>
      </div>
    `;
  }

  #who({ hop }: Account, connection: Connection | undefined): TemplateResult {
    if (hop.mode === 'end-to-end') {
      return html`<div class="who">${icons.lock}<span>${t('trust.endToEnd')}</span></div>`;
    }
    const clear = connection?.tls === 'none';
    return html`<div class="who open">
      ${clear ? icons.unlock : icons.warning}
      <span>${clear ? t('trust.inClear') : t('trust.byProxy')}</span>
    </div>`;
  }

  #connection(connection: Connection): TemplateResult {
    const { version, cipher } = connection;
    return html`
      ${
        version
          ? html`<h3>${t('trust.version')}</h3>
              <p>
                <bdi dir="ltr">${t('trust.versionCipher', { version, cipher: cipher ?? '' })}</bdi>
              </p>`
          : nothing
      }
      ${
        connection.tls === 'end-to-end'
          ? html`<h3>${t('trust.certificate')}</h3>
              <pop3-certificate .certificate=${connection.certificate}></pop3-certificate>
              <p class="hint">${t('trust.roots', { date: formatDay(connection.roots) })}</p>`
          : nothing
      }
    `;
  }

  /** Told apart, since the one is a beginning and the other an alarm. */
  #refused(account: Account, failure: Failure, certificate: Certificate): TemplateResult {
    const { pin } = account.hop;
    const changed = failure.code === 'tls-pin-mismatch' && pin !== undefined;
    const words = changed
      ? html`<strong>${t('trust.changedHeading')}</strong>
          <p>${t('trust.changedLead')}</p>
          <p>${t('trust.before')}<br /><code dir="ltr">${fingerprintWords(pin)}</code></p>`
      : failureText(failure);
    const trusting = changed || failure.code === 'tls-untrusted';
    return html`<div class="note danger">
      ${words}
      <pop3-certificate .certificate=${certificate}></pop3-certificate>
      ${
        trusting
          ? html`<button
              class="outlined danger-button accept"
              @click=${() => this.#trust(account, certificate.fingerprint)}
            >
              ${changed ? t('trust.acceptNew') : t('trust.accept')}
            </button>`
          : nothing
      }
    </div>`;
  }

  #pinned(account: Account): TemplateResult {
    return html`<div class="note">
      <p>${t('trust.pinned')}</p>
      <button class="outlined forget" @click=${() => this.#trust(account, undefined)}>
        ${t('trust.forget')}
      </button>
    </div>`;
  }

  async #trust({ id, hop }: Account, pin: string | undefined): Promise<void> {
    const { pin: _before, ...rest } = hop;
    const change = { hop: pin === undefined ? rest : { ...rest, pin } };
    this.failure = await this.store.accounts.update(id, change);
    if (!this.failure && pin !== undefined) await this.store.fetch(id);
  }
}

customElements.define('pop3-lock-dialog', LockDialog);

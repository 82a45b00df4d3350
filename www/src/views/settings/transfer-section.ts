import { LitElement, css, html, nothing } from 'lit';
import { saveBlob } from '../../lib/download.ts';
import { formatSize } from '../../lib/format.ts';
import '../../lib/english-later.ts';
import { currentLocale, t } from '../../lib/i18n.ts';
import { shownText } from '../../lib/shown-text.ts';
import type { MailState } from '../../store/mail-state.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { failureText } from '../failure.ts';
import { icons } from '../icons.ts';
import { shared } from '../styles.ts';
import { formStyles } from './form.styles.ts';

/** Mail from .eml and mbox files, and all of it to one file. */
export class TransferSection extends LitElement {
  static override styles = [
    shared,
    formStyles,
    css`
      .drop {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 0.75rem;
        margin-top: 0.75rem;
        padding: 1.25rem;
        border: 2px dashed var(--line-strong);
        border-radius: var(--radius);
      }

      .drop.over {
        border-color: var(--accent);
        background: var(--selected);
      }

      section + section {
        margin-top: 1.5rem;
        padding-top: 1.25rem;
        border-block-start: 1px solid var(--line);
      }

      .facts {
        margin: 0;
        font-size: 0.875rem;
        overflow-wrap: anywhere;
      }
    `,
  ];
  static override properties = {
    store: { attribute: false },
    state: { attribute: false },
    over: { state: true },
  };

  declare store: MailStore;
  declare state: MailState;
  /** Files are held over the field. */
  declare over: boolean;

  #unsubscribe: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#unsubscribe = this.store.transfer.subscribe(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe?.();
  }

  protected override render(): unknown {
    const { failure } = this.store.transfer.state;
    return html`
      <div role="alert">
        ${failure ? html`<div class="note danger">${failureText(failure)}</div>` : nothing}
      </div>
      ${this.#import()} ${this.#export()}
    `;
  }

  #import(): unknown {
    const { importing, imported } = this.store.transfer.state;
    return html`<section aria-labelledby="import">
      <h3 id="import">${t('settings.import')}</h3>
      <p class="hint">${t('settings.importDetail')}</p>
      <div
        class="drop ${this.over ? 'over' : ''}"
        @dragover=${this.#dragged}
        @dragleave=${() => (this.over = false)}
        @drop=${this.#dropped}
      >
        ${this.#accountField('into', t('settings.importInto'))}
        <input
          class="visually-hidden"
          id="files"
          type="file"
          multiple
          tabindex="-1"
          aria-hidden="true"
          accept=".eml,.mbox,.mbx,message/rfc822,application/mbox"
          @change=${this.#chosen}
        />
        <button class="outlined" ?disabled=${importing !== undefined} @click=${this.#choose}>
          ${icons.file}${t('settings.importChoose')}
        </button>
        <span class="hint">${t('settings.importDrop')}</span>
      </div>
      ${
        importing
          ? this.#progress(
              'importing',
              t('settings.importingLabel'),
              importing,
              t('settings.importing', {
                file: shownText(importing.file),
                done: size(importing.done),
                all: size(importing.all),
              }),
            )
          : nothing
      }
      <div role="status">
        ${imported ? html`<p class="note imported">${t('settings.imported', imported)}</p>` : nothing}
      </div>
    </section>`;
  }

  #export(): unknown {
    const { exporting } = this.store.transfer.state;
    return html`<section aria-labelledby="export">
      <h3 id="export">${t('settings.export')}</h3>
      <p class="hint">${t('settings.exportDetail')}</p>
      <div class="row">
        ${this.#accountField('from', t('settings.exportAccount'), true)}
        <button
          class="outlined export"
          ?disabled=${exporting !== undefined}
          @click=${this.#exportNow}
        >
          ${icons.save}${t('settings.exportNow')}
        </button>
      </div>
      ${
        exporting
          ? this.#progress(
              'exporting',
              t('settings.exportingLabel'),
              exporting,
              t('settings.exporting', { done: size(exporting.done), all: size(exporting.all) }),
            )
          : nothing
      }
    </section>`;
  }

  #accountField(id: string, label: string, all = false): unknown {
    return html`<label class="hint" for=${id}>${label}</label>
      <select id=${id}>
        ${all ? html`<option value="">${t('settings.exportAll')}</option>` : nothing}
        ${this.state.accounts.map(
          (account) => html`<option value=${account.id}>${shownText(account.title)}</option>`,
        )}
      </select>`;
  }

  #progress(
    id: string,
    label: string,
    { done, all }: { done: number; all: number },
    facts: string,
  ): unknown {
    return html`<div id=${id}>
      <progress
        aria-label=${label}
        max="1"
        .value=${all > 0 ? Math.min(1, done / all) : 0}
      ></progress>
      <p class="facts">${facts}</p>
    </div>`;
  }

  #selected(id: string): string {
    return this.renderRoot.querySelector<HTMLSelectElement>(`#${id}`)?.value ?? '';
  }

  readonly #choose = (): void => {
    this.renderRoot.querySelector<HTMLInputElement>('#files')?.click();
  };

  readonly #chosen = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    this.#take([...(input.files ?? [])]);
    // The same file can be chosen again.
    input.value = '';
  };

  readonly #dragged = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.over = true;
  };

  readonly #dropped = (event: DragEvent): void => {
    event.preventDefault();
    this.over = false;
    this.#take([...(event.dataTransfer?.files ?? [])]);
  };

  #take(files: readonly File[]): void {
    const account = this.#selected('into');
    if (files.length > 0 && account !== '') void this.store.transfer.import(files, account);
  }

  readonly #exportNow = async (): Promise<void> => {
    const account = this.#selected('from');
    const blob = await this.store.transfer.export(account === '' ? undefined : account);
    if (blob) saveBlob(blob, `mail-${new Date().toISOString().slice(0, 10)}.mbox`);
  };
}

function size(octets: number): string {
  return formatSize(octets, currentLocale());
}

customElements.define('pop3-transfer-section', TransferSection);

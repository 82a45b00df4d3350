import { css, html, nothing, type PropertyValues } from 'lit';
import '../../lib/english-later.ts';
import { t, type Key } from '../../lib/i18n.ts';
import { dialogStyles } from '../dialog.styles.ts';
import { icons } from '../icons.ts';
import { StoreDialog } from '../store-dialog.ts';
import { shared } from '../styles.ts';
import './about-section.ts';
import './general-section.ts';
import './storage-section.ts';
import './transfer-section.ts';

const SECTIONS = ['general', 'storage', 'transfer', 'about'] as const;
type Section = (typeof SECTIONS)[number];

/** The settings, a part at a time. What it is about is the part that it opens with. */
export class SettingsDialog extends StoreDialog {
  static override styles = [
    shared,
    dialogStyles,
    css`
      dialog {
        width: min(40rem, calc(100vw - 1rem));
        height: min(44rem, calc(100dvh - 1rem));
        max-width: none;
        max-height: none;
        padding: 0;
        overflow: hidden;
      }

      dialog[open] {
        display: grid;
        grid-template-rows: auto auto minmax(0, 1fr);
      }

      .head {
        display: flex;
        align-items: center;
        justify-content: space-between;
        padding: 1rem 1.25rem 0.5rem;
      }

      h2 {
        margin: 0;
      }

      .tabs {
        display: flex;
        gap: 0.25rem;
        padding-inline: 1rem;
        overflow-x: auto;
        border-block-end: 1px solid var(--line);
      }

      .tabs button {
        flex: none;
        border-radius: 8px 8px 0 0;
        border-block-end: 2px solid transparent;
        color: var(--muted);
      }

      .tabs button:focus-visible {
        outline-offset: -2px;
      }

      .tabs button[aria-selected='true'] {
        border-block-end-color: var(--accent);
        color: var(--text);
      }

      .panel {
        padding: 1.25rem;
        overflow: auto;
      }

      .panel:focus-visible {
        outline-offset: -2px;
      }
    `,
  ];
  static override properties = { ...StoreDialog.properties, section: { state: true } };

  declare section: Section;

  constructor() {
    super();
    this.section = 'general';
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { about } = this;
    if (!changed.has('about') || about === undefined) return;
    this.section = SECTIONS.find((section) => section === about) ?? 'general';
  }

  protected override render(): unknown {
    return html`<dialog aria-labelledby="heading" @close=${this.closed}>
      ${this.about === undefined ? nothing : this.#content()}
    </dialog>`;
  }

  #content(): unknown {
    const { section } = this;
    return html`
      <div class="head">
        <h2 id="heading">${t('page.settings')}</h2>
        <button
          class="icon close"
          aria-label=${t('common.close')}
          title=${t('common.close')}
          @click=${() => this.close()}
        >
          ${icons.close}
        </button>
      </div>
      <div
        class="tabs"
        role="tablist"
        aria-label=${t('settings.sections')}
        @keydown=${this.#moveByKey}
      >
        ${SECTIONS.map((one) => {
          const key: Key = `settings.${one}`;
          return html`<button
            role="tab"
            id="tab-${one}"
            aria-controls="panel"
            aria-selected=${one === section}
            tabindex=${one === section ? 0 : -1}
            ?autofocus=${one === section}
            @click=${() => (this.section = one)}
          >
            ${t(key)}
          </button>`;
        })}
      </div>
      <div class="panel" id="panel" role="tabpanel" tabindex="0" aria-labelledby="tab-${section}">
        ${this.#panel()}
      </div>
    `;
  }

  #panel(): unknown {
    const { store } = this;
    const { state } = store;
    switch (this.section) {
      case 'general':
        return html`<pop3-general-section
          .store=${store}
          .settings=${state.settings}
          .language=${state.language}
        ></pop3-general-section>`;
      case 'storage':
        return html`<pop3-storage-section
          .store=${store}
          .state=${state}
          @locked=${() => this.close()}
        ></pop3-storage-section>`;
      case 'transfer':
        return html`<pop3-transfer-section
          .store=${store}
          .state=${state}
        ></pop3-transfer-section>`;
      case 'about':
        return html`<pop3-about-section .language=${state.language}></pop3-about-section>`;
    }
  }

  /** Arrows as they point, so that the direction of writing turns them round. */
  readonly #moveByKey = async (event: KeyboardEvent): Promise<void> => {
    const at = SECTIONS.indexOf(this.section);
    const forward = getComputedStyle(this).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const last = SECTIONS.length - 1;
    const to = { ArrowLeft: at - 1, ArrowRight: at - 1, Home: 0, End: last, [forward]: at + 1 };
    const index = to[event.key as keyof typeof to];
    const next = SECTIONS[index === undefined ? -1 : (index + SECTIONS.length) % SECTIONS.length];
    if (next === undefined) return;
    event.preventDefault();
    this.section = next;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>(`#tab-${next}`)?.focus();
  };
}

customElements.define('pop3-settings-dialog', SettingsDialog);

import { LitElement, html } from 'lit';
import { t } from '../../lib/i18n.ts';
import { logDefect } from '../../lib/log.ts';
import type { MessageId, Reading } from '../../store/reading.ts';
import { Follow } from '../follow.ts';
import { icons } from '../icons.ts';
import { emitIntent } from './intents.ts';
import type { Reader } from './reader.ts';

/**
 * Where messages are read. The reader itself is loaded by the first of them, so that the list need
 * not wait for it.
 */
export class ReaderPane extends LitElement {
  static override properties = {
    reading: { attribute: false },
    trusted: { attribute: false },
    reader: { state: true },
  };

  declare reading: Reading;
  /** Addresses whose remote content is loaded (`Settings.trustedSenders`). */
  declare trusted: readonly string[];
  declare reader: 'not-yet' | 'loading' | 'ready' | 'failed';

  #loading: Promise<void> | undefined;

  constructor() {
    super();
    this.trusted = [];
    this.reader = 'not-yet';
    new Follow(this, () => this.reading);
  }

  /** In the light DOM, as a part of the page's own layout; styled in `page.css`. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  get #open(): MessageId | undefined {
    return this.reading?.state.id;
  }

  /** Moves the focus to the message, so that a screen reader begins there. */
  async focusHeading(): Promise<void> {
    await this.updateComplete;
    await this.#loading;
    await this.updateComplete;
    await this.querySelector<Reader>('pop3-reader')?.focusHeading();
  }

  protected override willUpdate(): void {
    if (this.#open !== undefined && this.reader === 'not-yet') this.#load();
  }

  #load(): void {
    this.reader = 'loading';
    this.#loading = import('./reader.ts').then(
      () => {
        this.reader = 'ready';
      },
      (thrown: unknown) => {
        logDefect('reader', thrown);
        this.reader = 'failed';
      },
    );
  }

  protected override render(): unknown {
    if (this.#open === undefined) return nobody();
    switch (this.reader) {
      case 'ready':
        return html`<pop3-reader .reading=${this.reading} .trusted=${this.trusted}></pop3-reader>`;
      case 'failed':
        return this.#failed();
      default:
        return html`<div class="reader-none" role="status">${t('page.loading')}</div>`;
    }
  }

  #failed(): unknown {
    return html`<div class="reader-none" role="alert">
      <p>${t('page.notLoaded')}</p>
      <button @click=${() => this.#load()}>${t('common.retry')}</button>
      <button @click=${() => emitIntent(this, { kind: 'back' })}>${t('page.back')}</button>
    </div>`;
  }
}

function nobody(): unknown {
  return html`<div class="reader-none">
    ${icons.mail}
    <h2>${t('page.noMessage')}</h2>
    <p>${t('page.noMessageDetail')}</p>
  </div>`;
}

customElements.define('pop3-reader-pane', ReaderPane);

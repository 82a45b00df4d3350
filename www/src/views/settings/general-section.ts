import { LitElement, css, html, nothing, type TemplateResult } from 'lit';
import '../../lib/english-later.ts';
import { LANGUAGES, chooseLanguage, t } from '../../lib/i18n.ts';
import { shownText } from '../../lib/shown-text.ts';
import type { Settings } from '../../store/mail-state.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { notificationsAllowed, type Allowed } from '../../store/notifications.ts';
import { icons } from '../icons.ts';
import { shared } from '../styles.ts';
import { formStyles } from './form.styles.ts';

const READ_AFTER = [0, 2, 5, 10, -1];
const TRASH_AFTER = [7, 14, 30, 90, 0];

/** How the page looks and what it does by itself. Each change takes effect at once. */
export class GeneralSection extends LitElement {
  static override styles = [
    shared,
    formStyles,
    css`
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }

      li {
        display: flex;
        align-items: center;
        justify-content: space-between;
        gap: 0.5rem;
        border-block-end: 1px solid var(--line);
        font-size: 0.9375rem;
        overflow-wrap: anywhere;
      }
    `,
  ];
  static override properties = {
    store: { attribute: false },
    settings: { attribute: false },
    language: { attribute: false },
    allowed: { state: true },
  };

  declare store: MailStore;
  declare settings: Settings;
  /** Drawn anew when it changes. */
  declare language: string;
  /** What came of asking for notifications. */
  declare allowed: Allowed | undefined;

  protected override render(): unknown {
    const { settings } = this;
    return html`
      ${this.#select(
        'language',
        t('settings.language'),
        [
          [
            'auto',
            t('settings.languageAuto', {
              language: LANGUAGES[chooseLanguage('auto', navigator.languages)],
            }),
          ],
          ...Object.entries(LANGUAGES),
        ],
        settings.language,
        (language) => ({ language }),
      )}
      ${this.#select(
        'theme',
        t('settings.theme'),
        [
          ['auto', t('settings.themeAuto')],
          ['light', t('settings.themeLight')],
          ['dark', t('settings.themeDark')],
        ],
        settings.theme,
        (theme) => ({ theme: theme as Settings['theme'] }),
      )}
      ${this.#select(
        'density',
        t('settings.density'),
        [
          ['comfortable', t('settings.comfortable')],
          ['compact', t('settings.compact')],
        ],
        settings.density,
        (density) => ({ density: density as Settings['density'] }),
      )}
      ${this.#select(
        'read-after',
        t('settings.readAfter'),
        withChosen(READ_AFTER, settings.readAfter).map((seconds) => [
          String(seconds),
          readAfterWords(seconds),
        ]),
        String(settings.readAfter),
        (seconds) => ({ readAfter: Number(seconds) }),
      )}
      ${this.#select(
        'trash-after',
        t('settings.trashAfter'),
        withChosen(TRASH_AFTER, settings.emptyTrashAfter).map((days) => [
          String(days),
          days === 0 ? t('settings.trashNever') : t('settings.trashDays', { days }),
        ]),
        String(settings.emptyTrashAfter),
        (days) => ({ emptyTrashAfter: Number(days) }),
      )}
      <div class="field">
        ${this.#check('conversations', t('settings.conversations'))}
        ${this.#check('shortcuts', t('settings.shortcuts'))}
        <label class="choice">
          <input
            type="checkbox"
            id="notifications"
            aria-describedby="notifications-detail"
            .checked=${settings.notifications}
            @change=${this.#notify}
          />
          <span>${t('settings.notifications')}</span>
        </label>
        <p class="hint" id="notifications-detail">${t('settings.notificationsDetail')}</p>
        <div role="status">${this.#notAllowed()}</div>
      </div>
      ${this.#trusted()}
    `;
  }

  #select(
    id: string,
    label: string,
    options: readonly (readonly [string, string])[],
    chosen: string,
    change: (value: string) => Partial<Settings>,
  ): TemplateResult {
    const choose = (event: Event): void =>
      this.#save(change((event.target as HTMLSelectElement).value));
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <select id=${id} @change=${choose}>
        ${options.map(
          ([value, words]) =>
            html`<option value=${value} .selected=${value === chosen}>${words}</option>`,
        )}
      </select>
    </div>`;
  }

  #check(name: 'conversations' | 'shortcuts', words: string): TemplateResult {
    return html`<label class="choice">
      <input
        type="checkbox"
        id=${name}
        .checked=${this.settings[name]}
        @change=${(event: Event) =>
          this.#save({ [name]: (event.target as HTMLInputElement).checked })}
      />
      <span>${words}</span>
    </label>`;
  }

  #save(change: Partial<Settings>): void {
    void this.store.saveSettings(change);
  }

  readonly #notify = async (event: Event): Promise<void> => {
    const input = event.target as HTMLInputElement;
    const wanted = input.checked;
    // Until the browser has agreed.
    if (wanted) input.checked = this.settings.notifications;
    this.allowed = wanted ? await notificationsAllowed() : undefined;
    if (wanted && this.allowed !== 'granted') return;
    await this.store.saveSettings({ notifications: wanted });
    input.checked = this.settings.notifications;
  };

  #notAllowed(): unknown {
    switch (this.allowed) {
      case 'denied':
        return html`<p class="note warning">${t('settings.notificationsDenied')}</p>`;
      case 'missing':
        return html`<p class="note warning">${t('settings.notificationsMissing')}</p>`;
      default:
        return nothing;
    }
  }

  #trusted(): TemplateResult {
    const { trustedSenders } = this.settings;
    return html`<div class="field">
      <h3 id="trusted">${t('settings.trusted')}</h3>
      ${
        trustedSenders.length === 0
          ? html`<p class="hint">${t('settings.trustedNone')}</p>`
          : html`<ul aria-labelledby="trusted">
              ${trustedSenders.map((address) => {
                const shown = shownText(address);
                const label = t('settings.trustedRemove', { address: shown });
                return html`<li>
                  <bdi>${shown}</bdi>
                  <button
                    class="icon"
                    aria-label=${label}
                    title=${label}
                    @click=${() =>
                      this.#save({
                        trustedSenders: trustedSenders.filter((other) => other !== address),
                      })}
                  >
                    ${icons.close}
                  </button>
                </li>`;
              })}
            </ul>`
      }
    </div>`;
  }
}

function readAfterWords(seconds: number): string {
  if (seconds < 0) return t('settings.readNever');
  return seconds === 0 ? t('settings.readAtOnce') : t('settings.readSeconds', { seconds });
}

/** A value that is not among those offered was set by other means, and is one more. */
function withChosen(offered: readonly number[], chosen: number): readonly number[] {
  return offered.includes(chosen) ? offered : [chosen, ...offered];
}

customElements.define('pop3-general-section', GeneralSection);

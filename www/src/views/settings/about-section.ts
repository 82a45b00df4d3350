import { LitElement, html } from 'lit';
import { version } from '../../../package.json';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import { shared } from '../styles.ts';
import { formStyles } from './form.styles.ts';

/** What this page is, and whose work is in it. */
export class AboutSection extends LitElement {
  static override styles = [shared, formStyles];
  static override properties = { language: { attribute: false } };

  /** Drawn anew when it changes. */
  declare language: string;

  protected override render(): unknown {
    return html`
      <h3>${t('common.app')}</h3>
      <p>${t('settings.aboutDetail')}</p>
      <p class="hint">${t('settings.version', { version })}</p>
      <p>
        <a href="./third-party-licenses.md" target="_blank">${t('settings.licences')}</a>
      </p>
    `;
  }
}

customElements.define('pop3-about-section', AboutSection);

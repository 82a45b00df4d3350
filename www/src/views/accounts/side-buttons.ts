import { html, type TemplateResult } from 'lit';
import { t } from '../../lib/i18n.ts';
import { shownText } from '../../lib/shown-text.ts';
import type { Account } from '../../store/mail-state.ts';
import '../dialog-button.ts';
import { icons } from '../icons.ts';

/** What the sidebar offers about accounts: the settings of each, and one more. */
export function sideButtons(accounts: readonly Account[]): TemplateResult {
  return html`
    ${accounts.map(
      ({ id, title, hop }) =>
        html`<pop3-dialog-button
            slot="account-${id}"
            .icon=${hop.mode === 'end-to-end' ? icons.lock : icons.unlock}
            .label=${t('sidebar.lock', { title: shownText(title) })}
            dialog="pop3-lock-dialog"
            .about=${id}
          ></pop3-dialog-button>
          <pop3-dialog-button
            slot="account-${id}"
            .icon=${icons.settings}
            .label=${t('accounts.settingsHeading', { title: shownText(title) })}
            dialog="pop3-account-dialog"
            .about=${id}
          ></pop3-dialog-button>`,
    )}
    <pop3-dialog-button
      wide
      .icon=${icons.add}
      .label=${t('accounts.addHeading')}
      dialog="pop3-sign-in-dialog"
    ></pop3-dialog-button>
  `;
}

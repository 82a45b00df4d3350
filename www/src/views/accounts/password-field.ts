import { html, type TemplateResult } from 'lit';
import { t } from '../../lib/i18n.ts';
import { icons } from '../icons.ts';

export interface PasswordField {
  id: string;
  label: string;
  autocomplete: 'current-password' | 'new-password';
  revealed: boolean;
  readonly: boolean;
  reveal: (revealed: boolean) => void;
  /** Id of what describes it. */
  describedBy?: string;
}

/** A password with the switch that shows it. */
export function passwordField(field: PasswordField): TemplateResult {
  const { id, label, autocomplete, revealed, readonly, reveal, describedBy } = field;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <div class="password">
      <input
        id=${id}
        name="password"
        type=${revealed ? 'text' : 'password'}
        dir="ltr"
        autocomplete=${autocomplete}
        autocapitalize="none"
        spellcheck="false"
        enterkeyhint="go"
        aria-describedby=${describedBy ?? ''}
        required
        ?readonly=${readonly}
      />
      <button
        type="button"
        aria-label=${t('accounts.showPassword')}
        aria-pressed=${revealed}
        @click=${() => reveal(!revealed)}
      >
        ${revealed ? icons.eyeOff : icons.eye}
      </button>
    </div>
  </div>`;
}

import { html, nothing, type TemplateResult } from 'lit';
import { t } from '../../lib/i18n.ts';
import type { FetchPolicy, PolicyChange } from '../../store/accounts.ts';

const MEGABYTE = 1_000_000;
const INTERVALS = [0, 5, 10, 15, 30, 60];
/** Offered at first, where a number is asked for. */
const FIRST_LIMIT = 10 * MEGABYTE;
const FIRST_DAYS = 14;

export interface PolicyForm {
  /** As it was before the form was opened. */
  saved: FetchPolicy;
  /** Did the browser promise not to evict what is stored? */
  persistent: boolean;
  change: (change: PolicyChange) => void;
}

/**
 * What is fetched, and how long it stays on the server. Deleting there what is stored here is
 * offered only where the copy here is safe.
 */
export function policyFields(policy: FetchPolicy, form: PolicyForm): TemplateResult {
  return html`${whatFields(policy, form)} ${serverFields(policy, form)}
  ${intervalField(policy, form)}`;
}

function choice(
  name: string,
  value: string,
  checked: boolean,
  text: string,
  choose: () => void,
  disabled = false,
): TemplateResult {
  return html`<label class="choice">
    <input
      type="radio"
      name=${name}
      value=${value}
      .checked=${checked}
      ?disabled=${disabled}
      @change=${choose}
    />
    <span>${text}</span>
  </label>`;
}

function numberOf(event: Event): number | undefined {
  const input = event.target as HTMLInputElement;
  return input.validity.valid && input.value !== '' ? input.valueAsNumber : undefined;
}

function whatFields(policy: FetchPolicy, { change }: PolicyForm): TemplateResult {
  const { what, sizeLimit } = policy;
  const limited = sizeLimit !== undefined;
  return html`<fieldset>
    <legend>${t('accounts.what')}</legend>
    ${choice('what', 'whole', what === 'whole', t('accounts.whole'), () => change({ what: 'whole' }))}
    <div class="nested row" ?hidden=${what !== 'whole'}>
      <label class="choice">
        <input
          type="checkbox"
          id="limited"
          .checked=${limited}
          @change=${(event: Event) => {
            const { checked } = event.target as HTMLInputElement;
            change({ sizeLimit: checked ? FIRST_LIMIT : undefined });
          }}
        />
        <span id="limit-label">${t('accounts.limit')}</span>
      </label>
      <input
        type="number"
        id="limit"
        aria-labelledby="limit-label limit-unit"
        min="0.1"
        max="10000"
        step="0.1"
        required
        ?disabled=${!limited || what !== 'whole'}
        .value=${String((sizeLimit ?? FIRST_LIMIT) / MEGABYTE)}
        @change=${(event: Event) => {
          const megabytes = numberOf(event);
          if (megabytes !== undefined) change({ sizeLimit: Math.round(megabytes * MEGABYTE) });
        }}
      />
      <span id="limit-unit">${t('accounts.limitUnit')}</span>
    </div>
    ${choice('what', 'headers', what === 'headers', t('accounts.headers'), () =>
      change({ what: 'headers' }),
    )}
  </fieldset>`;
}

function serverFields(
  policy: FetchPolicy,
  { saved, persistent, change }: PolicyForm,
): TemplateResult {
  const { onServer, deleteWithLocal } = policy;
  // What is set already can be left as it is.
  const offered = persistent || saved.onServer.kind !== 'keep';
  const days = onServer.kind === 'days' ? onServer.days : FIRST_DAYS;
  return html`<fieldset>
    <legend>${t('accounts.onServer')}</legend>
    ${choice('on-server', 'keep', onServer.kind === 'keep', t('accounts.keep'), () =>
      change({ onServer: { kind: 'keep' } }),
    )}
    ${choice(
      'on-server',
      'days',
      onServer.kind === 'days',
      t('accounts.deleteAfter'),
      () => change({ onServer: { kind: 'days', days } }),
      !offered,
    )}
    ${
      onServer.kind === 'days'
        ? html`<div class="nested row">
            <label for="days">${t('accounts.days')}</label>
            <input
              type="number"
              id="days"
              min="1"
              max="3650"
              step="1"
              required
              .value=${String(days)}
              @change=${(event: Event) => {
                const given = numberOf(event);
                if (given !== undefined) change({ onServer: { kind: 'days', days: given } });
              }}
            />
          </div>`
        : nothing
    }
    ${choice(
      'on-server',
      'delete',
      onServer.kind === 'delete',
      t('accounts.deleteAtOnce'),
      () => change({ onServer: { kind: 'delete' } }),
      !offered,
    )}
    ${persistent ? nothing : html`<p class="note warning">${t('accounts.notPersistent')}</p>`}
    ${
      persistent && onServer.kind !== 'keep'
        ? html`<p class="note warning">${t('accounts.onlyCopy')}</p>`
        : nothing
    }
    <label class="choice">
      <input
        type="checkbox"
        id="delete-with-local"
        .checked=${deleteWithLocal}
        @change=${(event: Event) =>
          change({ deleteWithLocal: (event.target as HTMLInputElement).checked })}
      />
      <span>${t('accounts.deleteWithLocal')}</span>
    </label>
  </fieldset>`;
}

function intervalField({ intervalMinutes }: FetchPolicy, { change }: PolicyForm): TemplateResult {
  const offered = INTERVALS.includes(intervalMinutes)
    ? INTERVALS
    : [...INTERVALS, intervalMinutes].sort((a, b) => a - b);
  return html`<div class="field">
    <label for="interval">${t('accounts.interval')}</label>
    <select
      id="interval"
      @change=${(event: Event) =>
        change({ intervalMinutes: Number((event.target as HTMLSelectElement).value) })}
    >
      ${offered.map(
        (minutes) =>
          html`<option value=${minutes} ?selected=${minutes === intervalMinutes}>
            ${minutes === 0 ? t('accounts.onDemand') : t('accounts.every', { minutes })}
          </option>`,
      )}
    </select>
  </div>`;
}

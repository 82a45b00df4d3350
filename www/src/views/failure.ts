import { html, nothing, type TemplateResult } from 'lit';
import { isKey, t, type Key } from '../lib/i18n.ts';
import type { Failure } from '../lib/outcome.ts';

/** In words a person can act on: what happened and on whose side. */
export function failureTitle({ code }: Failure): string {
  const key: Key = `failure.${code}.title`;
  return t(isKey(key) ? key : 'failure.internal.title');
}

/** What to do about it. */
export function failureAdvice({ code }: Failure): string {
  const key: Key = `failure.${code}.advice`;
  return t(isKey(key) ? key : 'failure.internal.advice');
}

/** What happened and what to do, with the server's own words where it gave any. */
export function failureText(failure: Failure): TemplateResult {
  const said = failure.serverText?.slice(0, 500);
  return html`
    <strong>${failureTitle(failure)}</strong>
    <p>${failureAdvice(failure)}</p>
    ${said ? html`<blockquote>${t('failure.serverSaid')} ${said}</blockquote>` : nothing}
  `;
}

import { html, nothing, type TemplateResult } from 'lit';
import { wordsFor } from '../failure-words.ts';
import type { Failure } from '../lib/outcome.ts';
import { words } from '../messages.ts';

/** What happened and what to do, with the server's own words where it gave any. */
export function failureText(failure: Failure): TemplateResult {
  const { title, advice } = wordsFor(failure);
  return html`
    <strong>${title}</strong>
    <p>${advice}</p>
    ${
      failure.serverText
        ? html`<blockquote>${words.serverSaid} ${failure.serverText.slice(0, 500)}</blockquote>`
        : nothing
    }
  `;
}

import { LitElement, css, html, nothing } from 'lit';
import type { Recipient, Report } from 'pop3-wasm';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import { shownText } from '../../lib/shown-text.ts';
import { icons } from '../icons.ts';
import { shared } from '../styles.ts';
import { cardStyles } from './card.styles.ts';

const ACTIONS = ['failed', 'delayed', 'delivered', 'relayed', 'expanded'] as const;
/** Fields of a report without recipients that say something to people. */
const TOLD =
  /^(?:disposition|final-recipient|original-recipient|original-message-id|feedback-type|source-ip|reported-domain|reporting-mta|reporting-ua)$/i;
const MOST = 100;

/** What a mail server or another reader reports of a message: a failure, a delay, that it was read. */
export class ReportCard extends LitElement {
  static override styles = [
    shared,
    cardStyles,
    css`
      .failed {
        color: var(--danger);
        font-weight: 600;
      }

      li + li {
        margin-block-start: 0.6rem;
        padding-block-start: 0.6rem;
        border-block-start: 1px solid var(--line);
      }
    `,
  ];
  static override properties = { report: { attribute: false } };

  declare report: Report;

  protected override render(): unknown {
    const { type, recipients, fields } = this.report;
    const failed = recipients.some(({ action }) => action === 'failed');
    const kind =
      type === 'delivery-status'
        ? failed
          ? 'failed'
          : 'delivery'
        : type === 'disposition-notification'
          ? 'receipt'
          : type === 'feedback-report'
            ? 'feedback'
            : 'other';
    const told = fields.filter(({ name }) => TOLD.test(name)).slice(0, MOST);
    return html`<section class="card report">
      <p class=${failed ? 'kind bad' : 'kind'}>${icons.mail} ${t(`reader.report.${kind}`)}</p>
      ${
        recipients.length > 0
          ? html`<ul>
              ${recipients.slice(0, MOST).map(recipient)}
            </ul>`
          : html`<dl>
              ${told.map(
                ({ name, value }) =>
                  html`<dt>${shownText(name)}</dt>
                    <dd><bdi>${shownText(value)}</bdi></dd>`,
              )}
            </dl>`
      }
      ${
        recipients.length > MOST
          ? html`<p class="quiet">
              ${t('reader.envelope.more', { count: recipients.length - MOST })}
            </p>`
          : nothing
      }
    </section>`;
  }
}

function recipient(one: Recipient): unknown {
  const { action, status, diagnostic } = one;
  const address = one.originalRecipient ?? one.finalRecipient ?? '';
  const known = ACTIONS.find((known) => known === action);
  return html`<li>
    <bdi>${shownText(address)}</bdi>:
    <span class=${action === 'failed' ? 'failed' : ''}>
      ${known ? t(`reader.report.action.${known}`) : shownText(action ?? '')}
    </span>
    ${status ? html`<span class="quiet">(${shownText(status)})</span>` : nothing}
    ${diagnostic ? html`<p class="quiet long">${shownText(diagnostic)}</p>` : nothing}
  </li>`;
}

customElements.define('pop3-report-card', ReportCard);

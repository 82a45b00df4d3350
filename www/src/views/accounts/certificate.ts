import { LitElement, css, html, nothing } from 'lit';
import { formatWhen } from '../../lib/format.ts';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import type { Failure } from '../../lib/outcome.ts';
import { shownText } from '../../lib/shown-text.ts';
import { shared } from '../styles.ts';

export type Certificate = NonNullable<Failure['certificate']>;

/** More names than these are no help to anybody. */
const NAMES = 12;

/** What a server's certificate says of itself, for a person to compare. */
export class CertificateView extends LitElement {
  static override styles = [
    shared,
    css`
      dl {
        display: grid;
        grid-template-columns: max-content minmax(0, 1fr);
        gap: 0.35rem 1rem;
        margin: 0.5rem 0;
        font-size: 0.9375rem;
      }

      @media (width < 30rem) {
        dl {
          grid-template-columns: minmax(0, 1fr);
          gap: 0;
        }

        dd {
          margin-bottom: 0.5rem;
        }
      }

      dt {
        color: var(--muted);
      }

      dd {
        margin: 0;
        overflow-wrap: anywhere;
      }

      code {
        font: 0.875rem/1.5 var(--mono);
      }

      .other {
        margin: 0.35rem 0;
        color: var(--danger);
        font-weight: 600;
      }
    `,
  ];
  static override properties = { certificate: { attribute: false } };

  declare certificate: Certificate;

  protected override render(): unknown {
    const { fingerprint, names, subject, issuer, selfSigned, matchesName } = this.certificate;
    const { notBefore, notAfter } = this.certificate;
    const shown = names.slice(0, NAMES).map(shownText).join(', ');
    const rows: [string, unknown][] = [
      [t('trust.fingerprint'), html`<code dir="ltr">${fingerprintWords(fingerprint)}</code>`],
      [t('trust.names'), shown === '' ? t('trust.namesNone') : html`<bdi>${shown}</bdi>`],
      [t('trust.subject'), html`<bdi>${shownText(subject)}</bdi>`],
      [
        t('trust.issuer'),
        selfSigned ? t('trust.selfSigned') : html`<bdi>${shownText(issuer)}</bdi>`,
      ],
      [t('trust.from'), formatWhen(notBefore)],
      [t('trust.until'), formatWhen(notAfter)],
    ];
    return html`
      <dl>
        ${rows.map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd>${value}</dd>`,
        )}
      </dl>
      ${matchesName ? nothing : html`<p class="other">${t('trust.otherName')}</p>`}
    `;
  }
}

/** In pairs, as other programs show it and people read it out. */
export function fingerprintWords(fingerprint: string): string {
  return (fingerprint.toUpperCase().match(/../g) ?? []).join(':');
}

customElements.define('pop3-certificate', CertificateView);

import { LitElement, css, html, nothing } from 'lit';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import { shownText } from '../../lib/shown-text.ts';
import type { Sign } from '../../lib/signs.ts';
import { icons } from '../icons.ts';
import { shared } from '../styles.ts';
import { listed } from './formats.ts';

/** What is odd about a message, in one quiet bar. */
export class SignsBar extends LitElement {
  static override styles = [
    shared,
    css`
      .bar {
        display: flex;
        gap: 0.75rem;
        margin: 0 0 1rem;
        padding: 0.6rem 0.85rem;
        border: 1px solid var(--warning);
        border-radius: var(--radius);
        color: var(--warning);
        font-size: 0.875rem;
      }

      h2 {
        margin: 0;
        font-size: inherit;
        font-weight: 650;
      }

      ul {
        margin: 0.15rem 0 0;
        padding-inline-start: 1.1rem;
        overflow-wrap: anywhere;
      }
    `,
  ];
  static override properties = { signs: { attribute: false } };

  declare signs: readonly Sign[];

  protected override render(): unknown {
    if (this.signs.length === 0) return nothing;
    return html`<section class="bar" aria-labelledby="heading">
      ${icons.warning}
      <div>
        <h2 id="heading">${t('reader.signs.heading')}</h2>
        <ul>
          ${this.signs.map((sign) => html`<li>${wordsOf(sign)}</li>`)}
        </ul>
      </div>
    </section>`;
  }
}

function wordsOf(sign: Sign): string {
  switch (sign.kind) {
    case 'name':
      return t('reader.signs.name', { named: shownText(sign.named), address: sign.address });
    case 'letters':
      return t('reader.signs.letters', { shown: shownText(sign.shown), host: sign.host });
    case 'reply':
      return t('reader.signs.reply', { address: sign.address });
    case 'authentication': {
      const methods = listed(sign.methods.map((method) => method.toUpperCase()));
      return t('reader.signs.authentication', { server: sign.server, methods });
    }
    case 'links': {
      const { count, host, named } = sign;
      if (named === undefined) return t('reader.signs.links', { count, host });
      return t('reader.signs.linksNamed', { count, host, named });
    }
  }
}

customElements.define('pop3-signs-bar', SignsBar);

import { LitElement, css, html, nothing } from 'lit';
import type { Message } from 'pop3-wasm';
import { authenticationOf, type Authentication } from '../../lib/authentication.ts';
import '../../lib/english-later.ts';
import { t } from '../../lib/i18n.ts';
import { receivedPath, type Hop } from '../../lib/received-path.ts';
import { shownText } from '../../lib/shown-text.ts';
import { shared } from '../styles.ts';
import { dates, duration } from './formats.ts';

/** Fields that are shown; more are in the source. */
const MOST = 1_000;
/** A clock may be wrong by this much without anybody minding. */
const CLOCK_MS = 2_000;

/** Where a message came from: who examined it, the way that it took, and every field. */
export class HeadersView extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: block;
        font-size: 0.875rem;
      }

      h3 {
        margin: 1.5rem 0 0.5rem;
        font-size: 0.9375rem;
        font-weight: 600;
      }

      h3:first-child {
        margin-block-start: 0;
      }

      p {
        margin: 0 0 0.5rem;
        color: var(--muted);
      }

      .scroll {
        overflow-x: auto;
      }

      table {
        width: 100%;
        border-collapse: collapse;
      }

      th,
      td {
        padding: 0.4rem 1rem 0.4rem 0;
        border-block-end: 1px solid var(--line);
        text-align: start;
        vertical-align: top;
        overflow-wrap: anywhere;
      }

      th {
        color: var(--muted);
        font-weight: 550;
        white-space: nowrap;
      }

      td {
        min-width: 6rem;
      }

      .slow {
        color: var(--warning);
        font-weight: 600;
      }

      ul {
        display: flex;
        flex-wrap: wrap;
        gap: 0.4rem;
        margin: 0 0 0.5rem;
        padding: 0;
        list-style: none;
      }

      li {
        padding: 0.2rem 0.6rem;
        border: 1px solid var(--line);
        border-radius: 99px;
        overflow-wrap: anywhere;
      }

      li.fail {
        border-color: var(--danger);
        color: var(--danger);
      }

      dl {
        display: grid;
        grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr);
        gap: 0.35rem 1rem;
        margin: 0;
      }

      dt,
      dd {
        /* Marks heaped upon a letter stay in their line. */
        overflow: clip;
        overflow-clip-margin: 0.2rem;
        overflow-wrap: anywhere;
      }

      dt {
        color: var(--muted);
      }

      dd {
        margin: 0;
        font-family: var(--mono);
        font-size: 0.8125rem;
      }

      @media (width < 40rem) {
        dl {
          grid-template-columns: minmax(0, 1fr);
          gap: 0;
        }

        dd {
          margin-block-end: 0.6rem;
        }
      }
    `,
  ];
  static override properties = { message: { attribute: false } };

  declare message: Message;

  protected override render(): unknown {
    const { headers, received } = this.message;
    const authentication = authenticationOf(this.message);
    const path = receivedPath(received);
    return html`
      ${authentication ? examined(authentication) : nothing}
      ${path.length > 0 ? pathTable(path) : nothing}
      <h3>${t('reader.headers.all')}</h3>
      <dl class="headers">
        ${headers.slice(0, MOST).map(
          ({ name, value }) =>
            html`<dt>${shownText(name)}</dt>
              <dd dir="auto">${value}</dd>`,
        )}
      </dl>
      ${headers.length > MOST ? html`<p>${t('reader.headers.cut', { count: MOST })}</p>` : nothing}
    `;
  }
}

function examined({ server, results }: Authentication): unknown {
  return html`
    <h3>${t('reader.authentication.heading')}</h3>
    <ul class="authentication">
      ${results.map(({ method, result, domain }) => {
        const failed = /^(?:fail|softfail|permerror)$/.test(result);
        const words = `${method.toUpperCase()}: ${result}${domain ? ` (${domain})` : ''}`;
        return html`<li class=${failed ? 'fail' : ''} dir="ltr">${shownText(words)}</li>`;
      })}
    </ul>
    <p>${t('reader.authentication.trust', { server })}</p>
  `;
}

function pathTable(path: readonly Hop[]): unknown {
  return html`
    <h3 id="path">${t('reader.path.heading')}</h3>
    <p>${t('reader.path.trust')}</p>
    <div class="scroll" role="region" tabindex="0" aria-labelledby="path">
      <table class="path">
        <thead>
          <tr>
            <th scope="col">${t('reader.path.from')}</th>
            <th scope="col">${t('reader.path.by')}</th>
            <th scope="col">${t('reader.path.when')}</th>
            <th scope="col">${t('reader.path.delay')}</th>
          </tr>
        </thead>
        <tbody>
          ${path.map(hop)}
        </tbody>
      </table>
    </div>
  `;
}

/** Longer than this on the way, and people wonder where a message was. */
const SLOW_MS = 300_000;

function hop({ from, ip, by, protocol, date, delay }: Hop): unknown {
  const source = [from, ip && `[${ip}]`].filter(Boolean).join(' ');
  return html`<tr>
    <td><bdi>${shownText(source)}</bdi></td>
    <td><bdi>${shownText([by, protocol && `(${protocol})`].filter(Boolean).join(' '))}</bdi></td>
    <td>${date === undefined ? nothing : dates().long(date)}</td>
    <td class=${delay !== undefined && delay > SLOW_MS ? 'slow' : ''}>
      ${
        delay === undefined
          ? nothing
          : delay < -CLOCK_MS
            ? t('reader.path.clocks', { time: duration(-delay) })
            : duration(Math.max(0, delay))
      }
    </td>
  </tr>`;
}

customElements.define('pop3-headers-view', HeadersView);

import { LitElement, css, html, nothing } from 'lit';
import { words } from '../messages.ts';
import type { State } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { icons } from './icons.ts';
import { shared } from './styles.ts';

/** Who is signed in where, how well the line is guarded, and what can be done with the session. */
export class TopBar extends LitElement {
  static override styles = [
    shared,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 0.25rem;
        min-height: 3.5rem;
        padding: 0.4rem 1rem;
        background: var(--canvas);
      }

      img {
        width: 1.9rem;
        height: 1.9rem;
        margin-right: 0.6rem;
      }

      .account {
        flex: 1;
        min-width: 0;
        line-height: 1.25;
      }

      p {
        margin: 0;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }

      .user {
        font-weight: 600;
      }

      .line {
        display: flex;
        align-items: center;
        gap: 0.3rem;
        color: var(--muted);
        font-size: 0.8125rem;
      }

      .line svg {
        width: 0.9rem;
        height: 0.9rem;
      }

      .line .open {
        display: inline-flex;
        align-items: center;
        gap: 0.3rem;
        color: var(--warning);
      }

      .line .locked {
        display: inline-flex;
        align-items: center;
        gap: 0.3rem;
        color: var(--good);
      }

      .server {
        overflow: hidden;
        text-overflow: ellipsis;
      }

      @media (width < 40rem) {
        :host {
          padding-inline: 1rem 0.5rem;
        }

        img {
          display: none;
        }

        /* The icons speak for themselves, and the words to screen readers. */
        .words {
          position: absolute;
          width: 1px;
          height: 1px;
          overflow: hidden;
          clip-path: inset(50%);
          white-space: nowrap;
        }

        button:not(.icon) {
          width: 2.75rem;
          padding: 0;
        }

        .help {
          display: none;
        }
      }
    `,
  ];
  static override properties = { store: { attribute: false }, state: { attribute: false } };

  declare store: Store;
  declare state: State;

  protected override render(): unknown {
    const { account, checking } = this.state;
    return html`
      <img src="./favicon.svg" alt="" width="30" height="30" />
      <div class="account">
        <p class="user"><bdi>${account?.user}</bdi></p>
        <p class="line">${this.#transport()}<span class="server">${account?.server.title}</span></p>
      </div>
      <button
        class="check"
        title=${words.inbox.check}
        aria-busy=${checking}
        aria-disabled=${checking}
        @click=${() => this.store.check()}
      >
        ${icons.refresh}
        <span class="words">${checking ? words.inbox.checking : words.inbox.checkShort}</span>
      </button>
      <button
        class="icon help"
        aria-label=${words.inbox.help}
        title=${words.inbox.help}
        @click=${() => this.dispatchEvent(new CustomEvent('help'))}
      >
        ${icons.help}
      </button>
      <button class="sign-out" title=${words.inbox.signOut} @click=${() => this.store.signOut()}>
        ${icons.signOut}
        <span class="words">${words.inbox.signOut}</span>
      </button>
    `;
  }

  /** What the proxy said of its line to the server; a plain tunnel says nothing. */
  #transport(): unknown {
    const { account, connection } = this.state;
    // A demo mailbox is part of the proxy: there is no line that could be encrypted.
    if (connection === undefined || account?.server.hint) return nothing;
    const safe = connection.tls !== 'none';
    return html`<span
        class=${safe ? 'locked' : 'open'}
        title=${words.inbox.transport[connection.tls](connection.version)}
      >
        ${safe ? icons.lock : icons.unlock} ${words.inbox.transportShort[connection.tls]}
      </span>
      <span aria-hidden="true">·</span>`;
  }
}

customElements.define('pop3-top-bar', TopBar);

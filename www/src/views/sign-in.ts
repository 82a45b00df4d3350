import { LitElement, html, nothing, type PropertyValues } from 'lit';
import type { Server } from '../lib/servers.ts';
import { words } from '../messages.ts';
import type { State } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { failureText } from './failure.ts';
import { icons } from './icons.ts';

export class SignInView extends LitElement {
  static override properties = {
    store: { attribute: false },
    state: { attribute: false },
    server: { state: true },
    revealed: { state: true },
  };

  declare store: Store;
  declare state: State;
  /** The chosen server's name. */
  declare server: string | undefined;
  declare revealed: boolean;

  constructor() {
    super();
    this.revealed = false;
  }

  /** In the light DOM: some password managers do not look into shadow trees. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  get #chosen(): Server | undefined {
    const { servers } = this.state;
    return servers?.find(({ name }) => name === this.server) ?? servers?.[0];
  }

  protected override willUpdate(): void {
    if (this.server === undefined) this.server = this.state.account?.server.name;
  }

  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get('state') as State | undefined;
    const { servers, signInFailure } = this.state;
    if (servers !== undefined && (before === undefined || before.servers === undefined)) {
      this.#prefill();
      this.querySelector<HTMLInputElement>(
        this.#field('user').value ? '#password' : '#user',
      )?.focus();
    }
    if (signInFailure && signInFailure !== before?.signInFailure) {
      const wrong = signInFailure.code === 'auth-failed' ? '#password' : '.sign-in-submit';
      const element = this.querySelector<HTMLElement>(wrong);
      element?.focus();
      if (element instanceof HTMLInputElement) element.select();
    }
  }

  #field(name: 'user' | 'password'): HTMLInputElement {
    return this.querySelector<HTMLInputElement>(`#${name}`) ?? document.createElement('input');
  }

  /** Fills in what the server's entry suggests, and takes back what another one suggested. */
  #prefill(): void {
    const { hint } = this.#chosen ?? {};
    const hints = this.state.servers?.flatMap((server) => server.hint ?? []) ?? [];
    const [user, password] = [this.#field('user'), this.#field('password')];
    if (hint) {
      user.value = hint.user;
      password.value = hint.password;
    } else if (hints.some((other) => other.user === user.value)) {
      user.value = password.value = '';
    } else if (user.value === '') {
      user.value = this.state.account?.user ?? '';
    }
  }

  async #choose(event: Event): Promise<void> {
    this.server = (event.target as HTMLSelectElement).value;
    await this.updateComplete;
    this.#prefill();
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const server = this.#chosen;
    if (server === undefined || this.state.phase === 'signing-in') return;
    const [user, password] = [this.#field('user').value, this.#field('password').value];
    this.revealed = false;
    await this.store.signIn({ server: server.name, user, password });
  }

  protected override render(): unknown {
    return html`
      <main class="sign-in">
        <div class="sign-in-brand">
          <img src="./favicon.svg" alt="" width="56" height="56" />
          <h1>${words.signIn.heading}</h1>
          <p>${words.signIn.lead}</p>
        </div>
        ${this.#farewell()}
        <div class="sign-in-card">
          <div role="alert">
            ${
              this.state.signInFailure
                ? html`<div class="panel panel-error">
                    ${failureText(this.state.signInFailure)}
                  </div>`
                : nothing
            }
          </div>
          ${this.#form()}
        </div>
        <p class="sign-in-note">${words.signIn.privacy}</p>
      </main>
    `;
  }

  #farewell(): unknown {
    const { farewell } = this.state;
    if (farewell === undefined) return nothing;
    const { deleted, notDeleted, unsure } = farewell;
    return html`
      <div class="panel" role="status">
        <strong>${words.farewell.heading}</strong>
        <p>${deleted > 0 ? words.farewell.deleted(deleted) : words.farewell.nothing}</p>
        ${notDeleted > 0 ? html`<p>${words.farewell.notDeleted(notDeleted)}</p>` : nothing}
        ${unsure > 0 ? html`<p>${words.farewell.unsure(unsure)}</p>` : nothing}
      </div>
    `;
  }

  #form(): unknown {
    const { servers, serversFailure, phase } = this.state;
    if (serversFailure) {
      return html`<div class="panel panel-error" role="alert">
        ${failureText(serversFailure)}
        <button type="button" @click=${() => this.store.loadServers()}>${words.retry}</button>
      </div>`;
    }
    if (servers === undefined) return html`<p role="status">${words.signIn.loadingServers}</p>`;
    const server = this.#chosen;
    if (server === undefined) {
      return html`<div class="panel panel-error">
        <strong>${words.signIn.noServers}</strong>
        <p>${words.signIn.noServersDetail}</p>
      </div>`;
    }
    const busy = phase === 'signing-in';
    return html`
      <form method="post" @submit=${this.#submit} aria-busy=${busy}>
        ${server.hint ? html`<p class="panel">${words.signIn.demo(server.hint.user)}</p>` : nothing}
        ${this.#serverField(servers, server)}
        <div class="field">
          <label for="user">${words.signIn.user}</label>
          <input
            id="user"
            name="username"
            autocomplete="username"
            autocapitalize="none"
            autocorrect="off"
            spellcheck="false"
            enterkeyhint="next"
            required
            ?readonly=${busy}
          />
        </div>
        <div class="field">
          <label for="password">${words.signIn.password}</label>
          <div class="password">
            <input
              id="password"
              name="password"
              type=${this.revealed ? 'text' : 'password'}
              autocomplete="current-password"
              autocapitalize="none"
              spellcheck="false"
              enterkeyhint="go"
              required
              ?readonly=${busy}
            />
            <button
              type="button"
              aria-label=${words.signIn.showPassword}
              aria-pressed=${this.revealed}
              @click=${() => (this.revealed = !this.revealed)}
            >
              ${this.revealed ? icons.eyeOff : icons.eye}
            </button>
          </div>
        </div>
        <button class="sign-in-submit" aria-disabled=${busy}>
          ${
            busy
              ? html`<span class="spinner" aria-hidden="true"></span>${words.signIn.connecting}`
              : words.signIn.submit
          }
        </button>
        ${
          busy
            ? html`<button
                type="button"
                class="sign-in-cancel"
                @click=${() => this.store.cancelSignIn()}
              >
                ${words.signIn.cancel}
              </button>`
            : nothing
        }
      </form>
    `;
  }

  #serverField(servers: readonly Server[], server: Server): unknown {
    // A demo mailbox is part of the proxy: there is no line that could be encrypted.
    const security = html`<p
      class="hint"
      id="security"
      data-tls=${server.tls}
      ?hidden=${!!server.hint}
    >
      ${words.signIn.security[server.tls]}
    </p>`;
    if (servers.length === 1) {
      return html`<div class="field">
        <span class="label">${words.signIn.server}</span>
        <p class="server-only">${server.title}</p>
        ${security}
      </div>`;
    }
    return html`<div class="field">
      <label for="server">${words.signIn.server}</label>
      <select id="server" name="server" aria-describedby="security" @change=${this.#choose}>
        ${servers.map(
          ({ name, title }) =>
            html`<option value=${name} ?selected=${name === server.name}>${title}</option>`,
        )}
      </select>
      ${security}
    </div>`;
  }
}

customElements.define('pop3-sign-in', SignInView);

import { LitElement, html, nothing, type PropertyValues } from 'lit';
import { t } from '../../lib/i18n.ts';
import {
  TYPED_PORTS,
  typedServer,
  type Mode,
  type Server,
  type ServerList,
} from '../../lib/servers.ts';
import type { Hop } from '../../store/accounts.ts';
import type { Account, MailState } from '../../store/mail-state.ts';
import type { MailStore } from '../../store/mail-store.ts';
import { logDefect } from '../../lib/log.ts';
import { failureText } from '../failure.ts';
import { passwordField } from './password-field.ts';

/** In place of a server's name: a host that is typed. */
const OTHER = '';

/**
 * The form that adds an account or signs in to one again. By itself it is the whole page, as long as
 * there is no account; in a dialog it is `embedded`.
 */
export class SignInView extends LitElement {
  static override properties = {
    store: { attribute: false },
    state: { attribute: false },
    account: { attribute: false },
    embedded: { type: Boolean },
    server: { state: true },
    port: { state: true },
    hostWrong: { state: true },
    revealed: { state: true },
    mode: { state: true },
  };

  declare store: MailStore;
  declare state: MailState;
  /** To sign in again: server and user are as they were. */
  declare account: Account | undefined;
  declare embedded: boolean;
  /** The chosen server's name, or OTHER. */
  declare server: string | undefined;
  declare port: keyof typeof TYPED_PORTS;
  declare hostWrong: boolean;
  declare revealed: boolean;
  /** Who is to do TLS, once that was chosen. */
  declare mode: Mode | undefined;

  /** A certificate that was looked at and trusted, for the server that showed it. */
  #trusted: { server: string; pin: string } | undefined;

  #unsubscribe: (() => void) | undefined;
  #servers: ServerList | undefined;
  #failure: unknown;

  constructor() {
    super();
    this.embedded = false;
    this.revealed = false;
    this.hostWrong = false;
    this.port = 995;
  }

  /** In the light DOM: some password managers do not look into shadow trees. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    const { accounts } = this.store;
    this.#unsubscribe = accounts.subscribe(() => this.requestUpdate());
    accounts.forgetFailure();
    if (accounts.state.servers === undefined) void accounts.loadServers();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe?.();
    void this.store.accounts.cancel();
  }

  get #chosen(): Server | undefined {
    if (this.server === OTHER) return undefined;
    const servers = this.store.accounts.state.servers?.servers ?? [];
    return servers.find(({ name }) => name === this.server) ?? servers[0];
  }

  protected override updated(_changed: PropertyValues<this>): void {
    const { servers, failure } = this.store.accounts.state;
    if (servers !== undefined && this.#servers === undefined) {
      this.#prefill();
      this.focusField();
    }
    this.#servers = servers;
    if (failure && failure !== this.#failure) {
      const wrong = { 'auth-failed': '#password', 'unauthorized': '#token' }[
        failure.code as string
      ];
      const element = this.querySelector<HTMLElement>(wrong ?? '.sign-in-submit');
      element?.focus();
      if (element instanceof HTMLInputElement) element.select();
    }
    // Then `pop3-first-use` asks.
    if (failure?.certificate) {
      import('./first-use.ts').catch((thrown: unknown) => logDefect('first use', thrown));
    }
    this.#failure = failure;
  }

  /** Puts the focus where typing goes on. */
  focusField(): void {
    const fields = this.querySelectorAll<HTMLInputElement>('#host, #user, #password');
    const empty = [...fields].find(({ value, readOnly }) => value === '' && !readOnly);
    (empty ?? this.querySelector<HTMLInputElement>('#password'))?.focus();
  }

  #field(name: string): HTMLInputElement {
    return this.querySelector<HTMLInputElement>(`#${name}`) ?? document.createElement('input');
  }

  /** Fills in what the server's entry suggests, and takes back what another one suggested. */
  #prefill(): void {
    if (this.account) return;
    const { hint } = this.#chosen ?? {};
    const servers = this.store.accounts.state.servers?.servers ?? [];
    const suggested = servers.flatMap((server) => server.hint?.user ?? []);
    const [user, password] = [this.#field('user'), this.#field('password')];
    if (hint) {
      user.value = hint.user;
      password.value = hint.password;
    } else if (suggested.includes(user.value)) {
      user.value = password.value = '';
    }
  }

  async #choose(event: Event): Promise<void> {
    this.server = (event.target as HTMLSelectElement).value;
    this.hostWrong = false;
    await this.updateComplete;
    this.#prefill();
  }

  /** What the proxy is asked for, and who does TLS; nothing where the typed host is none. */
  #target(): { server: string; hop: Hop } | undefined {
    const chosen = this.#chosen;
    const { typed } = this.store.accounts.state.servers ?? {};
    const server = chosen ? chosen.name : typedServer(this.#field('host').value, this.port);
    if (server === undefined) return undefined;
    const mode = this.#modeOf(chosen ? chosen.modes : (typed?.modes ?? []));
    const trusted = this.#trusted;
    const hop: Hop = { mode };
    if (mode === 'end-to-end' && chosen?.host !== undefined) hop.name = chosen.host;
    if (mode === 'end-to-end' && trusted?.server === server) hop.pin = trusted.pin;
    return { server, hop };
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const { accounts } = this.store;
    if (accounts.state.busy) return;
    const entered = {
      password: this.#field('password').value,
      proxyToken: this.#field('token').value,
      keepPassword: this.#field('keep').checked,
    };
    this.revealed = false;
    if (this.account) {
      if (await accounts.signIn(this.account, entered)) this.#done();
      return;
    }
    const target = this.#target();
    this.hostWrong = target === undefined;
    if (target === undefined) {
      this.#field('host').focus();
      return;
    }
    const user = this.#field('user').value;
    if (await accounts.add({ ...target, ...entered, user })) this.#done();
  }

  /** The certificate was looked at: signs in once more, and takes it and no other. */
  async #trust(pin: string): Promise<void> {
    const { account, store } = this;
    const target = this.#target();
    if (account) await store.accounts.update(account.id, { hop: { ...account.hop, pin } });
    else if (target) this.#trusted = { server: target.server, pin };
    this.querySelector('form')?.requestSubmit();
  }

  #done(): void {
    this.dispatchEvent(new CustomEvent('done'));
  }

  async #cancel(): Promise<void> {
    await this.store.accounts.cancel();
    this.store.toasts.announce(t('accounts.cancelled'));
    await this.updateComplete;
    this.querySelector<HTMLElement>('.sign-in-submit')?.focus();
  }

  protected override render(): unknown {
    if (this.embedded) return html`<div class="sign-in">${this.#body()}</div>`;
    return html`
      <main class="sign-in">
        <div class="sign-in-brand">
          <img src="./favicon.svg" alt="" width="56" height="56" />
          <h1>${t('accounts.firstHeading')}</h1>
          <p>${t('accounts.firstLead')}</p>
        </div>
        <div class="sign-in-card">${this.#body()}</div>
      </main>
    `;
  }

  #body(): unknown {
    const { failure, servers, serversFailure } = this.store.accounts.state;
    return html`
      <div role="alert">
        ${failure ? html`<div class="panel panel-error">${failureText(failure)}</div>` : nothing}
      </div>
      <pop3-first-use
        .failure=${failure}
        @trusted=${(event: CustomEvent<string>) => this.#trust(event.detail)}
      ></pop3-first-use>
      ${this.account || servers ? this.#form(servers ?? { servers: [] }) : nothing}
      ${
        serversFailure && !this.account
          ? html`<div class="panel panel-error" role="alert">
              ${failureText(serversFailure)}
              <button type="button" @click=${() => this.store.accounts.loadServers()}>
                ${t('common.retry')}
              </button>
            </div>`
          : nothing
      }
      ${
        servers || serversFailure || this.account
          ? nothing
          : html`<p role="status">${t('accounts.loadingServers')}</p>`
      }
    `;
  }

  #form(list: ServerList): unknown {
    const { account } = this;
    if (!account && list.servers.length === 0 && !list.typed) {
      return html`<div class="panel panel-error">
        <strong>${t('accounts.noServers')}</strong>
        <p>${t('accounts.noServersDetail')}</p>
      </div>`;
    }
    const { busy } = this.store.accounts.state;
    const { hint } = this.#chosen ?? {};
    return html`
      <form method="post" @submit=${this.#submit} aria-busy=${busy}>
        ${
          hint && !account
            ? html`<p class="panel">${t('accounts.demo', { user: hint.user })}</p>`
            : nothing
        }
        ${account ? nothing : this.#serverFields(list)}
        <div class="field">
          <label for="user">${t('accounts.user')}</label>
          <input
            id="user"
            name="username"
            autocomplete="username"
            autocapitalize="none"
            autocorrect="off"
            spellcheck="false"
            enterkeyhint="next"
            dir="auto"
            required
            .value=${account?.user ?? ''}
            ?readonly=${busy || account !== undefined}
          />
        </div>
        ${passwordField({
          id: 'password',
          label: t('accounts.password'),
          autocomplete: 'current-password',
          revealed: this.revealed,
          readonly: busy,
          reveal: (revealed) => (this.revealed = revealed),
        })}
        ${this.#token(busy)} ${this.#keep()}
        <button class="sign-in-submit" aria-disabled=${busy}>
          ${
            busy
              ? html`<span class="spinner" aria-hidden="true"></span>${t('accounts.connecting')}`
              : t('accounts.submit')
          }
        </button>
        ${
          busy
            ? html`<button type="button" class="sign-in-cancel" @click=${this.#cancel}>
                ${t('common.cancel')}
              </button>`
            : nothing
        }
      </form>
      ${account ? nothing : html`<p class="sign-in-note">${t('accounts.privacy')}</p>`}
    `;
  }

  #serverFields(list: ServerList): unknown {
    const { servers, typed } = list;
    const chosen = this.#chosen;
    const [only] = servers;
    if (only && servers.length === 1 && !typed) {
      return html`<div class="field">
        <span class="label">${t('accounts.server')}</span>
        <p class="server-only"><bdi>${only.title}</bdi></p>
        ${this.#modeField(only, list)}
      </div>`;
    }
    return html`
      ${
        servers.length > 0
          ? html`<div class="field">
              <label for="server">${t('accounts.server')}</label>
              <select id="server" name="server" @change=${this.#choose}>
                ${servers.map(
                  ({ name, title }) =>
                    html`<option value=${name} ?selected=${name === chosen?.name}>
                      ${title}
                    </option>`,
                )}
                ${
                  typed
                    ? html`<option value=${OTHER} ?selected=${chosen === undefined}>
                        ${t('accounts.otherServer')}
                      </option>`
                    : nothing
                }
              </select>
            </div>`
          : nothing
      }
      ${chosen ? nothing : this.#typedFields()} ${this.#modeField(chosen, list)}
    `;
  }

  /** Who may do TLS with the server that is chosen; nothing to say of the demo in the proxy itself. */
  #modeField(server: Server | undefined, list: ServerList): unknown {
    if (server?.hint) return nothing;
    const modes = server ? server.modes : (list.typed?.modes ?? []);
    const mode = this.#modeOf(modes);
    if (modes.length < 2) return html`<p class="hint" id="security">${hintOf(mode, server)}</p>`;
    return html`<fieldset class="field">
      <legend class="label">${t('accounts.mode')}</legend>
      ${(['end-to-end', 'proxy'] as const).map(
        (one) =>
          html`<label class="sign-in-check">
            <input
              type="radio"
              name="mode"
              value=${one}
              .checked=${one === mode}
              @change=${() => (this.mode = one)}
            />
            <span>
              ${one === 'proxy' ? t('accounts.byProxy') : t('accounts.endToEnd')}
              <span class="hint">${hintOf(one, server)}</span>
            </span>
          </label>`,
      )}
    </fieldset>`;
  }

  /** End to end, wherever that is allowed and nothing else was chosen. */
  #modeOf(modes: readonly Mode[]): Mode {
    const wanted = this.mode ?? 'end-to-end';
    return modes.includes(wanted) ? wanted : (modes[0] ?? 'proxy');
  }

  #typedFields(): unknown {
    return html`
      <div class="field">
        <label for="host">${t('accounts.host')}</label>
        <input
          id="host"
          name="host"
          dir="ltr"
          autocomplete="off"
          autocapitalize="none"
          autocorrect="off"
          spellcheck="false"
          inputmode="url"
          enterkeyhint="next"
          aria-describedby="host-hint"
          aria-invalid=${this.hostWrong}
          required
          @input=${() => (this.hostWrong = false)}
        />
        <p class="hint ${this.hostWrong ? 'wrong' : ''}" id="host-hint" role="status">
          ${this.hostWrong ? t('accounts.hostWrong') : t('accounts.hostHint')}
        </p>
      </div>
      <div class="field">
        <label for="port">${t('accounts.port')}</label>
        <select
          id="port"
          @change=${(event: Event) => {
            const { value } = event.target as HTMLSelectElement;
            this.port = value === '110' ? 110 : 995;
          }}
        >
          <option value="995" ?selected=${this.port === 995}>${t('accounts.portImplicit')}</option>
          <option value="110" ?selected=${this.port === 110}>${t('accounts.portStarttls')}</option>
        </select>
      </div>
    `;
  }

  /** Only where the proxy has asked for one. */
  #token(busy: boolean): unknown {
    if (!this.store.accounts.state.tokenWanted) return nothing;
    return html`<div class="field">
      <label for="token">${t('accounts.token')}</label>
      <input
        id="token"
        type="password"
        dir="ltr"
        autocomplete="off"
        aria-describedby="token-hint"
        ?readonly=${busy}
      />
      <p class="hint" id="token-hint">${t('accounts.tokenHint')}</p>
    </div>`;
  }

  #keep(): unknown {
    if (!this.state.storage.encrypted) {
      return html`<p class="hint sign-in-kept">${t('accounts.keepNeedsPassphrase')}</p>`;
    }
    return html`<label class="sign-in-check">
      <input id="keep" type="checkbox" .checked=${this.account?.passwordKept ?? false} />
      ${t('accounts.keepPassword')}
    </label>`;
  }
}

function hintOf(mode: Mode, server: Server | undefined): string {
  if (mode === 'end-to-end') {
    const host = server?.host;
    return host === undefined
      ? t('accounts.endToEndHintUnnamed')
      : t('accounts.endToEndHint', { host });
  }
  return server?.tls === 'none' ? t('accounts.byProxyInClear') : t('accounts.byProxyHint');
}

customElements.define('pop3-sign-in', SignInView);

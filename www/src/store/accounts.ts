import type { Failure } from '../lib/outcome.ts';
import { loadServers, type Endpoints, type ServerList } from '../lib/servers.ts';
import type {
  Account,
  AccountChange,
  AccountDraft,
  FetchPolicy,
  Hop,
  MailWorker,
} from '../worker/mail-protocol.ts';
import type { AccountId } from './mail-state.ts';
import { Observable } from './observable.ts';
import type { Toasts } from './toasts.ts';

export type { AccountDraft, FetchPolicy, Hop, PolicyChange } from '../worker/mail-protocol.ts';

export interface AccountsState {
  /** What the proxy offers; `undefined` until it has said so. */
  servers: ServerList | undefined;
  serversFailure: Failure | undefined;
  /** A sign-in is under way. */
  busy: boolean;
  /** Why the last one came to nothing. */
  failure: Failure | undefined;
  /** The proxy has turned somebody away for want of a token. */
  tokenWanted: boolean;
}

/** What was entered to sign in. */
export interface SignIn {
  password: string;
  /** For a proxy that lets in only those who have one. */
  proxyToken: string;
  keepPassword: boolean;
}

export interface NewAccount extends SignIn {
  server: string;
  user: string;
  hop: Hop;
}

/**
 * What a new account begins with: everything is fetched and stays on the server, until it is deleted
 * here.
 */
export const FIRST_POLICY: FetchPolicy = {
  what: 'whole',
  onServer: { kind: 'keep' },
  deleteWithLocal: true,
  intervalMinutes: 10,
};

const IDLE = { busy: false, failure: undefined };

/** Adding accounts, signing in and out, changing and removing them. */
export class Accounts extends Observable<AccountsState> {
  readonly #mail: MailWorker;
  readonly #endpoints: Endpoints;
  readonly #toasts: Toasts;
  /** Counts sign-ins, so that the answer to one that was given up changes nothing. */
  #attempt = 0;

  constructor(mail: MailWorker, endpoints: Endpoints, toasts: Toasts) {
    super({ servers: undefined, serversFailure: undefined, tokenWanted: false, ...IDLE });
    this.#mail = mail;
    this.#endpoints = endpoints;
    this.#toasts = toasts;
  }

  async loadServers(): Promise<void> {
    this.patch({ servers: undefined, serversFailure: undefined });
    const outcome = await loadServers(this.#endpoints.servers);
    this.patch(outcome.ok ? { servers: outcome.value } : { serversFailure: outcome.failure });
  }

  /** Gives the account, or nothing where it failed or was cancelled. */
  async add({ server, user, hop, ...signIn }: NewAccount): Promise<Account | undefined> {
    const draft: AccountDraft = { title: user, server, user, hop, policy: FIRST_POLICY };
    return this.#try(() =>
      this.#mail.addAccount(draft, this.#credentials(signIn), signIn.keepPassword),
    );
  }

  /** Signs in to an account whose password nobody has any more. */
  async signIn(account: Account, signIn: SignIn): Promise<boolean> {
    const done = await this.#try(async () => {
      const credentials = this.#credentials(signIn);
      const outcome = await this.#mail.signIn(account.id, credentials, signIn.keepPassword);
      return outcome.ok ? { ok: true, value: account } : outcome;
    });
    return done !== undefined;
  }

  /** Gives up the sign-in that is under way. */
  async cancel(): Promise<void> {
    if (!this.state.busy) return;
    this.#attempt += 1;
    this.patch(IDLE);
    await this.#mail.cancelAddAccount();
  }

  /** Before another sign-in is begun. */
  forgetFailure(): void {
    if (this.state.failure) this.patch({ failure: undefined });
  }

  /** Gives the failure, for the form that asked. */
  async update(id: AccountId, change: AccountChange): Promise<Failure | undefined> {
    const outcome = await this.#mail.updateAccount(id, change);
    return outcome.ok ? undefined : outcome.failure;
  }

  async signOut(id: AccountId): Promise<void> {
    await this.#mail.signOut(id);
  }

  /** With all of its mail that is stored here. */
  async remove(id: AccountId): Promise<boolean> {
    const outcome = await this.#mail.removeAccount(id);
    if (!outcome.ok) this.#toasts.fail(outcome.failure);
    return outcome.ok;
  }

  async #try(work: () => ReturnType<MailWorker['addAccount']>): Promise<Account | undefined> {
    if (this.state.busy) return undefined;
    const attempt = ++this.#attempt;
    this.patch({ busy: true, failure: undefined });
    const outcome = await work();
    if (attempt !== this.#attempt) return undefined;
    if (outcome.ok) {
      this.patch(IDLE);
      return outcome.value;
    }
    const { failure } = outcome;
    const tokenWanted = this.state.tokenWanted || failure.code === 'unauthorized';
    this.patch({ busy: false, failure, tokenWanted });
    return undefined;
  }

  #credentials({ password, proxyToken }: SignIn): Parameters<MailWorker['signIn']>[1] {
    return {
      url: this.#endpoints.pop3,
      password,
      ...(proxyToken === '' ? {} : { proxyToken }),
    };
  }
}

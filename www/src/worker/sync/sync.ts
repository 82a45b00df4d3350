import { ABORTED, failed, failureOf, success, type Outcome } from '../../lib/outcome.ts';
import type {
  Account,
  AccountDraft,
  AccountId,
  AccountStatus,
  Credentials,
  FetchReport,
  MessageId,
} from '../mail-protocol.ts';
import { AccountSessions } from './account.ts';
import { goodbye, signedIn } from './connect.ts';
import { Schedule } from './schedule.ts';
import { Tabs, type Order, type TabsListener } from './tabs.ts';
import type { Client, MailSync, RestProgress, StatusListener, Surroundings } from './types.ts';

/** What the tab that leads an account has of it. */
interface Led {
  sessions: AccountSessions;
  schedule: Schedule;
}

/** Fetching in one tab: its own accounts' sessions where it leads, and news of them where not. */
export class Sync implements MailSync, TabsListener {
  readonly #surroundings: Surroundings;
  readonly #onStatus: StatusListener;
  readonly #tabs: Tabs;
  readonly #led = new Map<AccountId, Led>();
  /** As they were last known, so that what is under way can end when one is removed. */
  readonly #accounts = new Map<AccountId, Account>();
  readonly #statuses = new Map<AccountId, AccountStatus>();
  /** In memory alone. What is kept besides is the storage's, sealed. */
  readonly #credentials = new Map<AccountId, Credentials>();
  /** Accounts that are about to be stored. */
  readonly #added = new Set<AccountId>();
  #adding: AbortController | undefined;
  /** The account that this tab is signing in to again. */
  #signingIn: AccountId | undefined;

  constructor(surroundings: Surroundings, onStatus: StatusListener) {
    this.#surroundings = surroundings;
    this.#onStatus = onStatus;
    this.#tabs = new Tabs(surroundings, this);
    surroundings.network.onChange(() => {
      for (const { schedule } of this.#led.values()) schedule.networkChanged();
    });
  }

  // For the mail worker

  status(account: AccountId): AccountStatus {
    return this.#statuses.get(account) ?? { kind: 'idle' };
  }

  accountsChanged(): void {
    const accounts = this.#surroundings.storage.accounts();
    const there = new Set(accounts.map(({ id }) => id));
    for (const id of [...this.#accounts.keys()]) {
      if (!there.has(id) && !this.#added.has(id)) this.#drop(id);
    }
    for (const account of accounts) {
      const before = this.#accounts.get(account.id);
      this.#accounts.set(account.id, account);
      void this.#tabs.stand(account.id);
      const interval = before?.policy.intervalMinutes;
      if (before && interval !== account.policy.intervalMinutes) {
        this.#led.get(account.id)?.schedule.changed();
      }
    }
  }

  async addAccount(
    draft: AccountDraft,
    credentials: Credentials,
    keepPassword: boolean,
  ): Promise<Outcome<Account>> {
    this.cancelAddAccount();
    const { storage, connect } = this.#surroundings;
    const { server, user } = draft;
    if (storage.accounts().some((one) => one.server === server && one.user === user)) {
      return failed({ code: 'account-exists', blame: 'caller' });
    }
    const adding = new AbortController();
    this.#adding = adding;
    const account: Account = { id: crypto.randomUUID(), ...draft, passwordKept: false };
    const { id } = account;
    let client: Client | undefined;
    try {
      client = await signedIn(connect, account, credentials, adding.signal);
      this.#accounts.set(id, account);
      this.#added.add(id);
      this.#credentials.set(id, credentials);
      // Before another tab hears of the account, and would lead it without a password.
      await this.#tabs.stand(id);
      await storage.addAccount(account);
    } catch (thrown) {
      client?.close();
      this.#drop(id);
      return failed(adding.signal.aborted ? ABORTED : failureOf(thrown));
    } finally {
      this.#added.delete(id);
      if (this.#adding === adding) this.#adding = undefined;
    }
    this.#tabs.tellCredentials(id, credentials);
    if (keepPassword) await this.#keep(id, credentials);
    // In the session that is open already: some servers want a pause before another.
    void this.#fetch(id, client);
    return success(this.#account(id));
  }

  cancelAddAccount(): void {
    this.#adding?.abort();
    this.#adding = undefined;
    if (this.#signingIn !== undefined) this.#tabs.stop(this.#signingIn);
  }

  async signIn(
    account: AccountId,
    credentials: Credentials,
    keepPassword: boolean,
  ): Promise<Outcome<void>> {
    this.#signingIn = account;
    try {
      return await this.#order(account, { do: 'sign-in', credentials, keepPassword });
    } finally {
      this.#signingIn = undefined;
    }
  }

  async signOut(account: AccountId): Promise<void> {
    this.onCredentials(account, null);
    this.#tabs.tellCredentials(account, null);
    const { storage } = this.#surroundings;
    await storage.forgetPassword(account);
    const stored = storage.accounts().find(({ id }) => id === account);
    if (stored?.passwordKept) await storage.changeAccount(account, { passwordKept: false });
  }

  fetch(account: AccountId): Promise<Outcome<FetchReport>> {
    return this.#order(account, { do: 'fetch' });
  }

  stopFetching(account: AccountId): void {
    this.#tabs.stop(account);
  }

  fetchRest(
    account: AccountId,
    message: MessageId,
    progress: RestProgress,
  ): Promise<Outcome<void>> {
    return this.#order(account, { do: 'rest', message }, progress);
  }

  async stop(): Promise<void> {
    this.cancelAddAccount();
    for (const id of [...this.#accounts.keys()]) this.#drop(id);
    this.#tabs.close();
  }

  // What other tabs say

  onLead(account: AccountId): void {
    const before = this.#statuses.get(account);
    const current = (): Account => this.#account(account);
    const sessions = new AccountSessions(this.#surroundings, {
      account: current,
      credentials: this.#credentials.get(account),
      tell: (status) => this.#tell(account, status),
      ended: (loginDelay) => this.#ended(account, loginDelay),
    });
    const schedule = new Schedule(this.#surroundings, current, {
      ready: () => sessions.credentials !== undefined && !this.#added.has(account),
      fetch: () => void this.#fetch(account),
    });
    this.#led.set(account, { sessions, schedule });
    // The tab that led before has gone in the middle of it.
    const goOn = before?.kind === 'fetching';
    if (!sessions.credentials) void this.#useKept(account, goOn);
    else if (goOn) void this.#fetch(account);
  }

  async onOrder(
    account: AccountId,
    order: Order,
    progress: RestProgress,
  ): Promise<Outcome<unknown>> {
    const led = this.#led.get(account);
    if (led === undefined) return failed(ABORTED);
    if (order.do === 'fetch') return this.#fetch(account);
    if (order.do === 'rest') return led.sessions.rest(order.message, progress);
    const { credentials, keepPassword } = order;
    const outcome = await led.sessions.signIn(credentials);
    if (!outcome.ok) return outcome;
    this.#credentials.set(account, credentials);
    this.#tabs.tellCredentials(account, credentials);
    if (keepPassword) await this.#keep(account, credentials);
    return outcome;
  }

  onStatus(account: AccountId, status: AccountStatus): void {
    if (this.#tabs.leads(account)) return;
    const there = status.kind === 'fetching' ? { ...status, here: false } : status;
    this.#statuses.set(account, there);
    this.#onStatus(account, there);
  }

  onCredentials(account: AccountId, credentials: Credentials | null): void {
    const led = this.#led.get(account);
    if (credentials === null) {
      this.#credentials.delete(account);
      led?.sessions.forget();
      return;
    }
    this.#credentials.set(account, credentials);
    if (led && !led.sessions.credentials) {
      led.sessions.provide(credentials);
      led.schedule.changed();
    }
  }

  onStop(account: AccountId): void {
    this.#led.get(account)?.sessions.stop();
  }

  onHello(): void {
    for (const [account, { sessions }] of this.#led) {
      this.#tabs.tellStatus(account, this.status(account));
      if (sessions.credentials) this.#tabs.tellCredentials(account, sessions.credentials);
    }
  }

  // Here

  #account(id: AccountId): Account {
    const stored = this.#surroundings.storage.accounts().find((one) => one.id === id);
    const account = stored ?? this.#accounts.get(id);
    if (account === undefined) throw new Error('no such account');
    return account;
  }

  /** The account is no longer there, or not for this tab. */
  #drop(id: AccountId): void {
    const led = this.#led.get(id);
    led?.schedule.close();
    led?.sessions.stop();
    this.#led.delete(id);
    this.#tabs.leave(id);
    this.#credentials.delete(id);
    this.#statuses.delete(id);
  }

  async #fetch(account: AccountId, client?: Client): Promise<Outcome<FetchReport>> {
    const led = this.#led.get(account);
    if (led === undefined) {
      if (client) await goodbye(client);
      return failed(ABORTED);
    }
    return led.sessions.fetch(client);
  }

  #ended(account: AccountId, loginDelay: number): void {
    const led = this.#led.get(account);
    if (led === undefined) return;
    // After a refusal another try would be refused as well, and may lock the account.
    if (led.sessions.credentials === undefined && this.#credentials.delete(account)) {
      this.#tabs.tellCredentials(account, null);
    }
    led.schedule.fetched(loginDelay);
  }

  #order<T>(
    account: AccountId,
    order: Order,
    progress: RestProgress = () => undefined,
  ): Promise<Outcome<T>> {
    return this.#tabs.order(account, order, progress) as Promise<Outcome<T>>;
  }

  #tell(account: AccountId, status: AccountStatus): void {
    // Of an account that was removed, what was under way has nothing more to say.
    if (!this.#tabs.leads(account)) return;
    this.#statuses.set(account, status);
    this.#onStatus(account, status);
    this.#tabs.tellStatus(account, status);
  }

  /** Kept only where it can be sealed, and as a whole: where to, with what. */
  async #keep(account: AccountId, credentials: Credentials): Promise<void> {
    const { storage } = this.#surroundings;
    try {
      await storage.keepPassword(account, JSON.stringify(credentials));
      await storage.changeAccount(account, { passwordKept: true });
    } catch {
      // The account shows that its password is not kept.
    }
  }

  async #useKept(account: AccountId, goOn: boolean): Promise<void> {
    const { storage } = this.#surroundings;
    const kept = await storage.keptPassword(account).catch(() => undefined);
    const sessions = this.#led.get(account)?.sessions;
    if (kept === undefined || !sessions || sessions.credentials) return;
    const credentials = JSON.parse(kept) as Credentials;
    this.#credentials.set(account, credentials);
    sessions.provide(credentials);
    this.#tabs.tellCredentials(account, credentials);
    if (goOn) void this.#fetch(account);
    else this.#led.get(account)?.schedule.changed();
  }
}

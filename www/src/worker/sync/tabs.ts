/** How the tabs of one browser agree on who fetches, and keep each other informed. */

import type { Outcome } from '../../lib/outcome.ts';
import type { AccountId, AccountStatus, Credentials, MessageId } from '../mail-protocol.ts';
import type { RestProgress, Surroundings } from './types.ts';

export const CHANNEL = 'pop3-fetch';

/** What the tab that leads an account can be asked to do. */
export type Order =
  | { do: 'fetch' }
  | { do: 'rest'; message: MessageId }
  | { do: 'sign-in'; credentials: Credentials; keepPassword: boolean };

/**
 * What tabs tell each other. Passwords are among it, so that another tab can go on when the one in
 * which a password was typed is closed: a BroadcastChannel reaches the pages and workers of this
 * origin alone, all of which could read what the others show anyway, and nothing of it is stored.
 */
type Message =
  /** A tab was opened: whoever leads may introduce himself. */
  | { kind: 'hello' }
  /** Orders that had no answer as yet are to be given again. */
  | { kind: 'leader'; account: AccountId }
  | { kind: 'status'; account: AccountId; status: AccountStatus }
  | { kind: 'credentials'; account: AccountId; credentials: Credentials | null }
  | { kind: 'order'; id: string; account: AccountId; order: Order }
  | { kind: 'progress'; id: string; received: number; expected: number }
  | { kind: 'answer'; id: string; outcome: Outcome<unknown> }
  | { kind: 'stop'; account: AccountId };

export interface TabsListener {
  /** From now on this tab leads, until `leave` or its end. */
  onLead(account: AccountId): void;
  /** Carries an order out that was given to the account's leader. */
  onOrder(account: AccountId, order: Order, progress: RestProgress): Promise<Outcome<unknown>>;
  onStatus(account: AccountId, status: AccountStatus): void;
  /** A password, or that it is to be forgotten. */
  onCredentials(account: AccountId, credentials: Credentials | null): void;
  onStop(account: AccountId): void;
  /** Another tab wants to know what the accounts are doing that this one leads. */
  onHello(): void;
}

interface Waiting {
  account: AccountId;
  order: Order;
  progress: RestProgress;
  done: (outcome: Outcome<unknown>) => void;
}

export class Tabs {
  readonly #locks: Surroundings['locks'];
  readonly #channel: Surroundings['channel'];
  readonly #listener: TabsListener;
  readonly #name = crypto.randomUUID();
  /** By account: gives up leading it, or waiting to. */
  readonly #candidacies = new Map<AccountId, () => void>();
  readonly #led = new Set<AccountId>();
  /** Orders given to other tabs. */
  readonly #waiting = new Map<string, Waiting>();
  #orders = 0;
  #closed = false;
  /** Orders of other tabs that are being carried out. */
  readonly #obeying = new Set<string>();

  constructor({ locks, channel }: Pick<Surroundings, 'locks' | 'channel'>, listener: TabsListener) {
    this.#locks = locks;
    this.#channel = channel;
    this.#listener = listener;
    channel.onmessage = ({ data }: MessageEvent<Message>) => this.#hear(data);
    this.#post({ kind: 'hello' });
  }

  leads(account: AccountId): boolean {
    return this.#led.has(account);
  }

  /** Leads the account as soon as no other tab does; resolves once it does. */
  stand(account: AccountId): Promise<void> {
    if (this.#candidacies.has(account)) return Promise.resolve();
    const giveUp = new AbortController();
    return new Promise((leading) => {
      const lead = (): Promise<void> =>
        new Promise((leave) => {
          this.#candidacies.set(account, leave);
          this.#led.add(account);
          this.#post({ kind: 'leader', account });
          this.#listener.onLead(account);
          this.#orderAgain(account);
          leading();
        });
      this.#candidacies.set(account, () => giveUp.abort());
      this.#locks
        .request(`${CHANNEL}:${account}`, { signal: giveUp.signal }, lead)
        .catch(() => leading());
    });
  }

  leave(account: AccountId): void {
    this.#led.delete(account);
    this.#candidacies.get(account)?.();
    this.#candidacies.delete(account);
  }

  /** Has the leader do something, whichever tab that is, and whichever comes after it. */
  order(account: AccountId, order: Order, progress: RestProgress): Promise<Outcome<unknown>> {
    if (this.leads(account)) return this.#listener.onOrder(account, order, progress);
    const id = `${this.#name} ${(this.#orders += 1)}`;
    return new Promise((done) => {
      this.#waiting.set(id, { account, order, progress, done });
      this.#post({ kind: 'order', id, account, order });
    });
  }

  stop(account: AccountId): void {
    if (this.leads(account)) this.#listener.onStop(account);
    else this.#post({ kind: 'stop', account });
  }

  tellStatus(account: AccountId, status: AccountStatus): void {
    this.#post({ kind: 'status', account, status });
  }

  tellCredentials(account: AccountId, credentials: Credentials | null): void {
    this.#post({ kind: 'credentials', account, credentials });
  }

  close(): void {
    this.#closed = true;
    for (const account of [...this.#candidacies.keys()]) this.leave(account);
    this.#channel.onmessage = null;
    this.#channel.close();
  }

  #post(message: Message): void {
    // What ends later than the tab's part in all this has nobody to tell.
    if (!this.#closed) this.#channel.postMessage(message);
  }

  /** Of orders that the leader before has not answered, each is carried out once more. */
  #orderAgain(account: AccountId): void {
    for (const [id, waiting] of this.#waiting) {
      if (waiting.account !== account) continue;
      if (!this.leads(account)) {
        this.#post({ kind: 'order', id, account, order: waiting.order });
        continue;
      }
      this.#waiting.delete(id);
      void this.#listener.onOrder(account, waiting.order, waiting.progress).then(waiting.done);
    }
  }

  #hear(message: Message): void {
    const listener = this.#listener;
    if (message.kind === 'hello') return listener.onHello();
    if (message.kind === 'progress' || message.kind === 'answer') return this.#hearAnswer(message);
    const { account } = message;
    switch (message.kind) {
      case 'leader':
        return this.#orderAgain(account);
      case 'status':
        return listener.onStatus(account, message.status);
      case 'credentials':
        return listener.onCredentials(account, message.credentials);
      case 'order':
        if (this.leads(account)) void this.#obey(message.id, account, message.order);
        return;
      case 'stop':
        if (this.leads(account)) listener.onStop(account);
    }
  }

  #hearAnswer(message: Extract<Message, { kind: 'progress' | 'answer' }>): void {
    const waiting = this.#waiting.get(message.id);
    if (message.kind === 'progress') {
      waiting?.progress(message.received, message.expected);
      return;
    }
    this.#waiting.delete(message.id);
    waiting?.done(message.outcome);
  }

  async #obey(id: string, account: AccountId, order: Order): Promise<void> {
    // Given once more by a tab that has just heard of its new leader.
    if (this.#obeying.has(id)) return;
    this.#obeying.add(id);
    const progress: RestProgress = (received, expected) =>
      this.#post({ kind: 'progress', id, received, expected });
    const outcome = await this.#listener.onOrder(account, order, progress);
    this.#obeying.delete(id);
    this.#post({ kind: 'answer', id, outcome });
  }
}

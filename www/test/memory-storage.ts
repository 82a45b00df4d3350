/** What a browser stores, in memory, with the places where a test looks and meddles. */
import type { Account, AccountId, FetchPolicy, MessageId } from '../src/worker/mail-protocol.ts';
import type {
  Digest,
  MailStorage,
  NewMessage,
  SeenId,
  ServerMessage,
} from '../src/worker/storage/types.ts';

export interface Stored {
  id: MessageId;
  account: AccountId;
  octets: string;
  local: 'header' | 'whole';
  size: number;
  digest: Digest;
}

export class MemoryStorage implements MailStorage {
  readonly stored = new Map<MessageId, Stored>();
  readonly servers = new Map<AccountId, ServerMessage[]>();
  readonly passwords = new Map<AccountId, string>();
  /** How many messages each transaction had. */
  readonly writes: number[] = [];
  now = () => 0;
  /** Called before a transaction: what it throws is why that fails, whole. */
  beforeAdd: (messages: NewMessage[]) => void | Promise<void> = () => {};
  #accounts: Account[] = [];
  #ids = 0;

  accounts(): readonly Account[] {
    return this.#accounts;
  }

  async addAccount(account: Account): Promise<void> {
    this.#accounts = [...this.#accounts.filter(({ id }) => id !== account.id), account];
  }

  async changeAccount(
    id: AccountId,
    { policy, ...rest }: Parameters<MailStorage['changeAccount']>[1],
  ): Promise<Account | undefined> {
    const change = (account: Account): Account =>
      account.id === id
        ? { ...account, ...rest, policy: { ...account.policy, ...policy } as FetchPolicy }
        : account;
    this.#accounts = this.#accounts.map(change);
    return this.#accounts.find((account) => account.id === id);
  }

  async removeAccount(id: AccountId): Promise<void> {
    this.#accounts = this.#accounts.filter((account) => account.id !== id);
  }

  async keepPassword(id: AccountId, password: string): Promise<void> {
    this.passwords.set(id, password);
  }

  async keptPassword(id: AccountId): Promise<string | undefined> {
    return this.passwords.get(id);
  }

  async forgetPassword(id: AccountId): Promise<void> {
    this.passwords.delete(id);
  }

  async onServer(account: AccountId): Promise<ServerMessage[]> {
    return structuredClone(this.servers.get(account) ?? []);
  }

  async add(account: AccountId, messages: NewMessage[]): Promise<MessageId[]> {
    await this.beforeAdd(messages);
    this.writes.push(messages.length);
    const server = this.servers.get(account) ?? [];
    this.servers.set(account, server);
    return messages.map(({ seen, octets, local, size, digest }) => {
      const id = (this.#ids += 1);
      const text = Buffer.from(octets).toString('latin1');
      this.stored.set(id, { id, account, octets: text, local, size, digest });
      if (seen !== undefined) {
        server.push({ seen, id, stored: this.now(), local, pending: false });
      }
      return id;
    });
  }

  async complete(id: MessageId, octets: Uint8Array, digest: Digest): Promise<void> {
    const stored = this.stored.get(id);
    if (stored === undefined) return;
    const text = Buffer.from(octets).toString('latin1');
    Object.assign(stored, { octets: text, digest, local: 'whole', size: octets.length });
    for (const server of this.servers.values()) {
      for (const message of server) if (message.id === id) message.local = 'whole';
    }
  }

  async leftServer(account: AccountId, seen: readonly SeenId[]): Promise<void> {
    const gone = new Set(seen);
    const server = this.servers.get(account) ?? [];
    this.servers.set(
      account,
      server.filter((message) => !gone.has(message.seen)),
    );
  }

  async setPending(account: AccountId, seen: readonly SeenId[], pending: boolean): Promise<void> {
    const meant = new Set(seen);
    for (const message of this.servers.get(account) ?? []) {
      if (meant.has(message.seen)) message.pending = pending;
    }
  }

  async octets(id: MessageId): Promise<Uint8Array | undefined> {
    const text = this.stored.get(id)?.octets;
    return text === undefined ? undefined : Buffer.from(text, 'latin1');
  }
}

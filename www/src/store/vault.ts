import type { Failure } from '../lib/outcome.ts';
import type { MailWorker } from '../worker/mail-protocol.ts';
import { Observable } from './observable.ts';

export interface VaultState {
  /** Share of what is stored that has been rewritten, while a passphrase is set or removed. */
  rewriting: number | undefined;
  /** How the browser has answered to being asked to keep what is stored. */
  persistence: 'not-asked' | 'asking' | 'refused' | 'granted';
}

/** What keeps stored mail: the passphrase that encrypts it, the browser's promise, erasing it. */
export class Vault extends Observable<VaultState> {
  readonly #mail: MailWorker;

  constructor(mail: MailWorker) {
    super({ rewriting: undefined, persistence: 'not-asked' });
    this.#mail = mail;
  }

  /**
   * Only from a gesture: some browsers ask the user, and may wait for the answer for ever. What comes
   * of it is in the state of the storage too.
   */
  async askForPersistence(): Promise<void> {
    if (this.state.persistence === 'asking') return;
    this.patch({ persistence: 'asking' });
    const granted = await navigator.storage.persist().catch(() => false);
    this.patch({ persistence: granted ? 'granted' : 'refused' });
    await this.#mail.storageChanged();
  }

  /** `null` for no passphrase. Gives the failure, for the form that asked. */
  async setPassphrase(current: string | null, next: string | null): Promise<Failure | undefined> {
    if (this.state.rewriting !== undefined) return undefined;
    this.patch({ rewriting: 0 });
    const told = (rewriting: number): void => this.patch({ rewriting });
    const outcome = await this.#mail.setPassphrase(current, next, told);
    this.patch({ rewriting: undefined });
    return outcome.ok ? undefined : outcome.failure;
  }

  async eraseEverything(): Promise<Failure | undefined> {
    const outcome = await this.#mail.eraseEverything();
    return outcome.ok ? undefined : outcome.failure;
  }
}

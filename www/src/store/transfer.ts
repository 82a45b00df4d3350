import type { Failure } from '../lib/outcome.ts';
import type { MailWorker } from '../worker/mail-protocol.ts';
import type { AccountId } from './mail-state.ts';
import { Observable } from './observable.ts';

export interface TransferState {
  /** Octets of the file that is being read. */
  importing: { file: string; done: number; all: number } | undefined;
  imported: { added: number; known: number } | undefined;
  /** Octets. */
  exporting: { done: number; all: number } | undefined;
  failure: Failure | undefined;
}

/** Mail from files, and to a file. */
export class Transfer extends Observable<TransferState> {
  readonly #mail: MailWorker;

  constructor(mail: MailWorker) {
    super({ importing: undefined, imported: undefined, exporting: undefined, failure: undefined });
    this.#mail = mail;
  }

  /** One file after the other; what the first ones held stays, whatever the last one is. */
  async import(files: readonly File[], account: AccountId): Promise<void> {
    if (this.state.importing) return;
    let imported = { added: 0, known: 0 };
    let failure: Failure | undefined;
    this.patch({ imported: undefined, failure });
    for (const file of files) {
      const told = (done: number, all: number): void =>
        this.patch({ importing: { file: file.name, done, all } });
      told(0, file.size);
      const outcome = await this.#mail.importFile(file, account, told);
      if (!outcome.ok) {
        failure = outcome.failure;
        break;
      }
      const { added, known } = outcome.value;
      imported = { added: imported.added + added, known: imported.known + known };
    }
    this.patch({ importing: undefined, imported, failure });
  }

  /** All stored mail, or that of one account, as mbox. */
  async export(account?: AccountId): Promise<Blob | undefined> {
    if (this.state.exporting) return undefined;
    this.patch({ exporting: { done: 0, all: 0 }, failure: undefined });
    const query = { sort: 'date', descending: false, conversations: false } as const;
    const outcome = await this.#mail.exportMbox(
      account === undefined ? query : { ...query, account },
      (done, all) => this.patch({ exporting: { done, all } }),
    );
    // What can be read is saved, and that there is more is told.
    const damaged: Failure = { code: 'storage-damaged', blame: 'package' };
    const incomplete = outcome.ok && outcome.value.missing > 0 ? damaged : undefined;
    this.patch({ exporting: undefined, failure: outcome.ok ? incomplete : outcome.failure });
    return outcome.ok ? outcome.value.file : undefined;
  }
}

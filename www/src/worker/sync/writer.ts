import type { MessageId } from '../mail-protocol.ts';
import type { NewMessage } from '../storage/types.ts';
import type { Clock } from './types.ts';

/** What is written in one transaction; more would only hold more in memory. */
const BATCH_OCTETS = 4 * 1024 * 1024;
const BATCH_MESSAGES = 128;

/** A message waits no longer than this for others to be written with. */
const BATCH_MS = 1_000;

type Write = (messages: NewMessage[]) => Promise<MessageId[]>;

/**
 * Puts messages into the storage, many in one transaction, and a large one alone. While one batch is
 * written the next is filled, and then its filler waits, so that memory stays bounded.
 */
export class Writer {
  readonly #write: Write;
  readonly #clock: Clock;
  readonly #onFailure: () => void;
  #batch: NewMessage[] = [];
  #octets = 0;
  #writing: Promise<void> = Promise.resolve();
  #timer: (() => void) | undefined;
  #failure: { thrown: unknown } | undefined;

  /** `onFailure` is called once, as soon as a transaction has failed; nothing is written then. */
  constructor(write: Write, clock: Clock, onFailure: () => void) {
    this.#write = write;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** Why no more is written, if something failed. */
  get failure(): { thrown: unknown } | undefined {
    return this.#failure;
  }

  async add(message: NewMessage): Promise<void> {
    const { length } = message.octets;
    if (this.#octets > 0 && this.#octets + length > BATCH_OCTETS) await this.#flush();
    this.#batch.push(message);
    this.#octets += length;
    if (this.#octets >= BATCH_OCTETS || this.#batch.length >= BATCH_MESSAGES) await this.#flush();
    else this.#timer ??= this.#clock.after(BATCH_MS, () => void this.#flush());
  }

  /** Writes what is left. All that was added is durable when it resolves. */
  async end(): Promise<void> {
    await this.#flush();
    await this.#writing;
    if (this.#failure) throw this.#failure.thrown;
  }

  /** Waits for the batch before, and begins to write this one. */
  async #flush(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#octets = 0;
    const before = this.#writing;
    this.#writing = before.then(() => this.#put(batch));
    await before;
  }

  async #put(batch: NewMessage[]): Promise<void> {
    if (this.#failure) return;
    try {
      await this.#write(batch);
    } catch (thrown) {
      this.#failure = { thrown };
      this.#onFailure();
    }
  }
}

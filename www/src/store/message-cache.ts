import type { Message } from 'pop3-wasm';
import type { MessageKey } from '../worker/protocol.ts';

export interface FetchedMessage {
  octets: Uint8Array;
  message?: Message;
}

/** Octets of mail kept in memory: enough for a morning's reading, little enough for a phone. */
const CAPACITY = 64_000_000;

/** Messages that were opened, so that opening them again asks no server. Oldest use goes first. */
export class MessageCache {
  readonly #messages = new Map<MessageKey, FetchedMessage>();
  #octets = 0;

  take(key: MessageKey): FetchedMessage | undefined {
    const found = this.#messages.get(key);
    if (found === undefined) return undefined;
    this.#messages.delete(key);
    this.#messages.set(key, found);
    return found;
  }

  put(key: MessageKey, fetched: FetchedMessage): void {
    this.delete(key);
    this.#messages.set(key, fetched);
    this.#octets += fetched.octets.length;
    for (const oldest of this.#messages.keys()) {
      if (this.#octets <= CAPACITY || oldest === key) break;
      this.delete(oldest);
    }
  }

  delete(key: MessageKey): void {
    const found = this.#messages.get(key);
    if (found === undefined) return;
    this.#octets -= found.octets.length;
    this.#messages.delete(key);
  }

  clear(): void {
    this.#messages.clear();
    this.#octets = 0;
  }
}

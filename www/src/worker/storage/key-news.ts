import type { HeldKey } from './records.ts';

export const KEY_CHANNEL = 'pop3-keys';

/**
 * What tabs tell each other of the passphrase. The key is among it, so that a passphrase is typed once
 * for all tabs: a BroadcastChannel reaches this origin's own pages and workers alone, and nothing of
 * it is stored.
 */
type Message =
  /** Has anybody the key? */
  | { kind: 'ask' }
  | { kind: 'key'; held: HeldKey }
  | { kind: 'lock' }
  /** The passphrase was set or removed, or all was erased. */
  | { kind: 'replaced'; held: HeldKey | undefined };

export interface KeyListener {
  /** The key, if this tab has it. */
  held(): HeldKey | undefined;
  onKey(held: HeldKey): void;
  onLock(): void;
  onReplaced(held: HeldKey | undefined): void;
}

export class KeyNews {
  readonly #channel: Pick<BroadcastChannel, 'postMessage' | 'onmessage'>;

  constructor(channel: Pick<BroadcastChannel, 'postMessage' | 'onmessage'>, listener: KeyListener) {
    this.#channel = channel;
    channel.onmessage = ({ data }: MessageEvent<Message>) => {
      switch (data.kind) {
        case 'ask': {
          const held = listener.held();
          if (held) this.#post({ kind: 'key', held });
          break;
        }
        case 'key':
          return listener.onKey(data.held);
        case 'lock':
          return listener.onLock();
        case 'replaced':
          return listener.onReplaced(data.held);
      }
    };
  }

  ask(): void {
    this.#post({ kind: 'ask' });
  }

  unlocked(held: HeldKey): void {
    this.#post({ kind: 'key', held });
  }

  locked(): void {
    this.#post({ kind: 'lock' });
  }

  replaced(held: HeldKey | undefined): void {
    this.#post({ kind: 'replaced', held });
  }

  #post(message: Message): void {
    this.#channel.postMessage(message);
  }
}

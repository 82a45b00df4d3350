import type { MessageId } from '../worker/mail-protocol.ts';
import type { Reading } from './reading.ts';

/**
 * Counts messages as read some time after they were opened: the opened one, and those of its
 * conversation that were unfolded. Each once, so that "mark as unread" is not undone.
 */
export class ReadAfter {
  readonly #reading: Reading;
  readonly #seconds: () => number;
  readonly #mark: (ids: MessageId[]) => void;
  #open: MessageId | undefined;
  #counted = new Set<MessageId>();
  #due = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `seconds` below zero: never. */
  constructor(reading: Reading, seconds: () => number, mark: (ids: MessageId[]) => void) {
    this.#reading = reading;
    this.#seconds = seconds;
    this.#mark = mark;
    reading.subscribe(() => this.#changed());
  }

  #changed(): void {
    const { id } = this.#reading.state;
    if (id !== this.#open) {
      this.#open = id;
      this.#counted = new Set();
      this.#due = false;
      clearTimeout(this.#timer);
      const seconds = this.#seconds();
      if (id !== undefined && seconds >= 0) {
        this.#timer = setTimeout(() => {
          this.#due = true;
          this.#sweep();
        }, seconds * 1000);
      }
    }
    if (this.#due) this.#sweep();
  }

  #sweep(): void {
    const { id, members } = this.#reading.state;
    const ids = members
      .filter(({ row, content }) => row.id === id || content?.status === 'ready')
      .filter(({ row }) => !row.read && !this.#counted.has(row.id))
      .map(({ row }) => row.id);
    for (const one of ids) this.#counted.add(one);
    if (ids.length > 0) this.#mark(ids);
  }
}

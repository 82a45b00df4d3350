/**
 * On a phone, the button that goes back closes the message rather than the page: an entry of the
 * browser's history stands for the open message.
 */
export class HistoryOfReading {
  readonly #close: () => void;
  #reading = false;
  /** The history is on its way back, since the message was closed by other means. */
  #unwinding = false;

  constructor(close: () => void) {
    this.#close = close;
  }

  start(): void {
    window.addEventListener('popstate', this.#popState);
  }

  stop(): void {
    window.removeEventListener('popstate', this.#popState);
  }

  /** Is a message open? */
  set reading(reading: boolean) {
    this.#reading = reading;
    if (reading && !isReading(history.state)) history.pushState({ reading: true }, '');
    if (!reading && isReading(history.state) && !this.#unwinding) {
      this.#unwinding = true;
      history.back();
    }
  }

  readonly #popState = (): void => {
    if (this.#unwinding) {
      this.#unwinding = false;
      // Another message may have been opened in the meantime.
      this.reading = this.#reading;
    } else if (this.#reading) {
      this.#close();
    }
  };
}

function isReading(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'reading' in state;
}

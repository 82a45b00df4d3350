/** A state that only its owner changes, and others watch. */
export class Observable<State> {
  #state: State;
  readonly #listeners = new Set<() => void>();

  constructor(initial: State) {
    this.#state = initial;
  }

  get state(): State {
    return this.#state;
  }

  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  protected replace(state: State): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  protected patch(change: Partial<State>): void {
    this.replace({ ...this.#state, ...change });
  }
}

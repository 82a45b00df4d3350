/** How long arrivals are gathered: the list is drawn ten times a second, not once a message. */
const INTERVAL_MS = 80;

/** Gathers what arrives one by one, and hands it on together. */
export class Batch<Key, Value> {
  readonly #deliver: (gathered: ReadonlyMap<Key, Value>) => void;
  #gathered = new Map<Key, Value>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(deliver: (gathered: ReadonlyMap<Key, Value>) => void) {
    this.#deliver = deliver;
  }

  add(key: Key, value: Value): void {
    this.#gathered.set(key, value);
    this.#timer ??= setTimeout(() => this.flush(), INTERVAL_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#gathered.size === 0) return;
    const gathered = this.#gathered;
    this.#gathered = new Map();
    this.#deliver(gathered);
  }

  /** Forgets what was gathered. */
  clear(): void {
    this.#gathered.clear();
    this.flush();
  }
}

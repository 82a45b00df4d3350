/**
 * The order of texts in a language, as numbers: comparing texts is slow, and most of them are known
 * from the last time that a list was sorted.
 */
export class Ranks {
  readonly #collator: Intl.Collator;
  #sorted: string[] = [];
  #ranks = new Map<string, number>();

  constructor(language?: string) {
    this.#collator = new Intl.Collator(language, { numeric: true, sensitivity: 'base' });
  }

  /** The rank of each text; equal where the language makes no difference. */
  of(texts: readonly string[]): Float64Array {
    const fresh = new Set<string>();
    for (const text of texts) if (!this.#ranks.has(text)) fresh.add(text);
    if (fresh.size > 0) this.#insert([...fresh].sort(this.#collator.compare));
    return Float64Array.from(texts, (text) => this.#ranks.get(text) ?? 0);
  }

  #insert(fresh: readonly string[]): void {
    const { compare } = this.#collator;
    const merged: string[] = [];
    let at = 0;
    for (const text of this.#sorted) {
      for (let next = fresh[at]; next !== undefined && compare(next, text) < 0; next = fresh[at]) {
        merged.push(next);
        at += 1;
      }
      merged.push(text);
    }
    while (at < fresh.length) {
      merged.push(fresh[at] ?? '');
      at += 1;
    }
    this.#sorted = merged;
    let rank = 0;
    let before: string | undefined;
    for (const text of merged) {
      if (before !== undefined && compare(before, text) !== 0) rank += 1;
      this.#ranks.set(text, rank);
      before = text;
    }
  }
}

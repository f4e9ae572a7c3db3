/**
 * Strings that may begin at any position of a text. Stored by first code unit and length, which for vocabularies is small, fast, and needs
 * no trie: one lookup per length of the strings that begin with the unit at a position.
 */
export class PrefixTable<V> {
  readonly #values: Map<string, V>;
  /** Lengths of the strings that begin with a code unit, ascending. */
  readonly #lengths = new Map<number, number[]>();

  /** Of equal strings the last is used. Empty ones are ignored. */
  constructor(entries: Iterable<readonly [string, V]>) {
    this.#values = new Map([...entries].filter(([key]) => key !== ''));
    const sets = new Map<number, Set<number>>();
    for (const key of this.#values.keys()) {
      const first = key.charCodeAt(0);
      let set = sets.get(first);
      if (set === undefined) sets.set(first, (set = new Set()));
      set.add(key.length);
    }
    for (const [first, set] of sets)
      this.#lengths.set(
        first,
        [...set].toSorted((a, b) => a - b),
      );
  }

  /** First code units of the strings. */
  get firsts(): readonly number[] {
    return [...this.#lengths.keys()];
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  /** Possible lengths of a string that begins at a position, ascending. */
  lengthsAt(text: string, at: number): readonly number[] {
    return this.#lengths.get(text.charCodeAt(at)) ?? NONE;
  }
}

const NONE: readonly number[] = [];

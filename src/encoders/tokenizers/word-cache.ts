/** Enough for the words that make up nearly all of a dataset; about 10 MB when full. */
const ENTRIES = 1 << 15;
/** Longer words hardly repeat. */
const LONGEST = 64;

/** Cached results for words. When it is full it is emptied, which is cheaper than least-recently-used bookkeeping. */
export class WordCache<V> {
  readonly #values = new Map<string, V>();
  readonly #make: (word: string) => V;

  /** `make` must depend on the word only. */
  constructor(make: (word: string) => V) {
    this.#make = make;
  }

  get(word: string): V {
    const known = this.#values.get(word);
    if (known !== undefined) return known;
    if (word.length > LONGEST) return this.#make(word);
    if (this.#values.size >= ENTRIES) this.#values.clear();
    const kept = detached(word);
    const made = this.#make(kept);
    this.#values.set(kept, made);
    return made;
  }
}

/** From this length on V8 makes a slice refer to the original text. */
const SLICE = 13;

/** A copy of the word: a match or a slice would keep its whole text in memory for as long as the cache. */
function detached(word: string): string {
  return word.length < SLICE ? word : Buffer.from(word, 'utf16le').toString('utf16le');
}

/** Enough for the words that make up nearly all of a corpus; some 10 MB when full. */
const ENTRIES = 1 << 15;
/** Longer words hardly come twice. */
const LONGEST = 64;

/** What was made of the words seen so far. When it is full it is emptied, which costs less than least-recently-used bookkeeping. */
export class WordCache<V> {
  readonly #values = new Map<string, V>();
  readonly #make: (word: string) => V;

  /** `make` must depend on the word alone. */
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

/** From this length on V8 lets a slice point into the text that it was cut from. */
const SLICE = 13;

/** The word by itself: a match, and what is cut from it, would keep its whole text alive for as long as the cache. */
function detached(word: string): string {
  return word.length < SLICE ? word : Buffer.from(word, 'utf16le').toString('utf16le');
}

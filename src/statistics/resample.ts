/**
 * Draws with replacement, for millions of bootstrap draws: xoshiro128** (Blackman and Vigna 2018) in 32-bit integers, so that every machine
 * draws the same. A draw from n is floor(u n / 2^32): its bias towards some numbers is below n / 2^32.
 */
export class Resampler {
  readonly #state = new Uint32Array(4);

  constructor(seed: number) {
    // splitmix32 spreads the seed, so that neighbouring seeds give unrelated streams.
    let at = seed >>> 0;
    this.seed(
      Array.from({ length: 4 }, () => {
        at = (at + 0x9e3779b9) >>> 0;
        let z = at;
        z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
        z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
        return (z ^ (z >>> 16)) >>> 0;
      }),
    );
  }

  /** Sets the state to four words. */
  seed(state: readonly number[]): void {
    this.#state.set(state);
  }

  /** Fills `rows` with numbers from 0 to n - 1. */
  draw(rows: Int32Array, n: number): void {
    for (let i = 0; i < rows.length; i++) rows[i] = Math.floor(this.#next() * (n / 2 ** 32));
  }

  /**
   * Draws n times, and increments the count of each drawn text's kind: `kinds` [n], `counts` [kinds]. One loop, because the look-ups
   * overlap with the generator, whose state stays in registers: `draw` would take at least twice as long.
   */
  count(kinds: Int32Array, counts: Int32Array): void {
    const state = this.#state;
    let [a, b, c, d] = [state[0]! | 0, state[1]! | 0, state[2]! | 0, state[3]! | 0];
    const n = kinds.length;
    const scale = n / 2 ** 32;
    for (let i = 0; i < n; i++) {
      const times5 = Math.imul(b, 5);
      const drawn = Math.imul((times5 << 7) | (times5 >>> 25), 9);
      const shifted = b << 9;
      c ^= a;
      d ^= b;
      b ^= c;
      a ^= d;
      c ^= shifted;
      d = (d << 11) | (d >>> 21);
      // For non-negative numbers `| 0` is the floor, in a quarter less time than Math.floor.
      counts[kinds[((drawn >>> 0) * scale) | 0]!]!++;
    }
    state[0] = a;
    state[1] = b;
    state[2] = c;
    state[3] = d;
  }

  /** A number below 2^32. */
  #next(): number {
    const state = this.#state;
    const times5 = Math.imul(state[1]!, 5);
    const shifted = state[1]! << 9;
    state[2]! ^= state[0]!;
    state[3]! ^= state[1]!;
    state[1]! ^= state[2]!;
    state[0]! ^= state[3]!;
    state[2]! ^= shifted;
    state[3] = (state[3]! << 11) | (state[3]! >>> 21);
    return Math.imul((times5 << 7) | (times5 >>> 25), 9) >>> 0;
  }
}

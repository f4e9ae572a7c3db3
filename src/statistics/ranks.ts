/** Numbers as the indices of their distinct values, ascending: ranks of any resample can be counted from these without sorting again. */
export interface Places {
  /** [n] each from 0 to distinct - 1; equal numbers have the same index. */
  readonly of: Int32Array;
  readonly distinct: number;
}

/** In O(n log n). No number may be NaN. */
export function placesOf(values: ArrayLike<number>): Places {
  const sorted = Float64Array.from(values).toSorted();
  let distinct = 0;
  for (const value of sorted) if (distinct === 0 || value !== sorted[distinct - 1]) sorted[distinct++] = value;
  const of = new Int32Array(values.length);
  for (let i = 0; i < of.length; i++) {
    let [low, high] = [0, distinct - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]! < values[i]!) low = middle + 1;
      else high = middle;
    }
    of[i] = low;
  }
  return { of, distinct };
}

/**
 * Writes the rank, from 1, of each place in a resample: `counts` (how often each is drawn) and `ranks` are [places]. Ties get their mean
 * rank.
 */
export function rankPlaces(counts: Int32Array, ranks: Float64Array): void {
  let below = 0;
  for (let place = 0; place < counts.length; place++) {
    const count = counts[place]!;
    ranks[place] = below + (count + 1) / 2;
    below += count;
  }
}

/** [n] rank of each number, from 1, mean ranks for ties (scipy.stats.rankdata); NaN for all if one is NaN, as in scipy. */
export function averageRanks(values: ArrayLike<number>): Float64Array {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i]!)) return new Float64Array(values.length).fill(NaN);
  const { of, distinct } = placesOf(values);
  const counts = new Int32Array(distinct);
  for (const place of of) counts[place]!++;
  const ranks = new Float64Array(distinct);
  rankPlaces(counts, ranks);
  return Float64Array.from(of, (place) => ranks[place]!);
}

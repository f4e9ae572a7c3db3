import { Candidates } from './candidates.ts';
import { meet, type PlacedTile, type ProductShape } from './mutual.ts';
import type { Products } from './products.ts';
import { padded } from './search-names.ts';

/** A product of one thread, sized so that its data stays in a core's own cache. */
const SHAPE: ProductShape = { queries: 256, rows: 1024 };

/** Rows that are searched for each other, in memory that threads share. */
export interface MutualRows {
  readonly count: number;
  readonly cols: number;
  /** Rows per tile, in whole products. */
  readonly step: number;
  /** Candidates per row. */
  readonly width: number;
  /** [padded(count), cols] centred; zeros beyond `count`. */
  readonly data: Float32Array;
  /** [padded(count)] squared lengths, rounded; infinite beyond `count`. */
  readonly squares: Float32Array;
  /** [count] squared lengths. */
  readonly lengths: Float64Array;
  /** [count] the exclusion group of each, if any. */
  readonly exclusion: Int32Array | undefined;
  /** [count] limits of `Candidates`. */
  readonly limits: Float32Array;
  /** [1] the next pair of tiles that no thread has taken. */
  readonly next: Int32Array;
}

/** Rows per tile of about `bytes`, at most `most`, in whole products. */
export function mutualStep(cols: number, { bytes, most }: { readonly bytes: number; readonly most: number }): number {
  return Math.max(SHAPE.rows, Math.min(most, SHAPE.rows * Math.floor(bytes / (4 * cols * SHAPE.rows))));
}

/**
 * The candidates of all rows from the pairs of tiles that this thread takes. Which ones varies from run to run; the merged result of all
 * threads does not.
 */
export async function candidatesOfPairs(rows: MutualRows, products: Products, onDone: (pairs: number) => void): Promise<Candidates> {
  const { count, cols, step, width, lengths, exclusion, limits, next } = rows;
  const candidates = new Candidates({
    from: 0,
    size: count,
    width,
    exclusion: exclusion && { queries: exclusion, rows: exclusion },
    limits,
  });
  candidates.squares.set(lengths);
  const tiles = Math.ceil(count / step);
  // The runtime cannot read shared memory.
  const [own, other] = [new Float32Array(step * cols), new Float32Array(step * cols)];
  const tileOf = (place: number, room: Float32Array): PlacedTile => {
    const from = place * step;
    const size = Math.min(step, count - from);
    const whole = padded(size);
    room.set(rows.data.subarray(from * cols, (from + whole) * cols));
    return {
      from,
      rows: size,
      cols,
      data: room.subarray(0, whole * cols),
      squares: new Float32Array(rows.squares.subarray(from, from + whole)),
    };
  };
  let block: PlacedTile | undefined;
  for (let pair = Atomics.add(next, 0, 1); pair < (tiles * (tiles + 1)) / 2; pair = Atomics.add(next, 0, 1)) {
    const [a, b] = pairOf(pair, tiles);
    if (block?.from !== a * step) block = tileOf(a, own);
    const tile = a === b ? block : tileOf(b, other);
    await meet({ block, tile, candidates, products, shape: SHAPE, onDone });
  }
  return candidates;
}

/** Pairs of tiles in order: those of the first tile with itself and all later ones, those of the second, … */
function pairOf(pair: number, tiles: number): [number, number] {
  let [a, left] = [0, pair];
  for (; left >= tiles - a; a++) left -= tiles - a;
  return [a, a + left];
}

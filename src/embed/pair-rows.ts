import { matrix, type Matrix } from '../numeric/matrix.ts';
import type { RowSource } from '../numeric/row-source.ts';
import { closeRows, rowSource, type Rows } from '../numeric/rows.ts';
import { writeRows, type RowsPlace } from './cut.ts';

/**
 * Features of a text pair from the vectors a and b of its separately encoded texts: for nearest neighbours (SentEval, Conneau and Kiela
 * 2018), and for fitted models, which can weight a and b themselves (InferSent, Conneau et al. 2017).
 */
export const PAIR_FEATURES = { neighbours: '|a-b|, a*b', fitted: 'a, b, |a-b|, a*b' } as const;
export type PairUse = keyof typeof PAIR_FEATURES;

/** Ratio of the dimensions of a pair's vector to those of a text's. */
export const PAIR_TIMES: Readonly<Record<PairUse, number>> = { neighbours: 2, fitted: 4 };

/** The texts of pairs as one list: all first texts, then all second ones. */
export function textsOfPairs({
  texts,
  seconds,
}: {
  readonly texts: readonly string[];
  readonly seconds?: readonly string[] | undefined;
}): readonly string[] {
  return seconds === undefined ? texts : [...texts, ...seconds];
}

/** Vectors of pairs in memory [n, PAIR_TIMES d], of [2 n, d]: all first texts, then all second ones. */
export function pairMatrix(both: Matrix, use: PairUse): Matrix {
  const pairs = matrix(both.rows / 2, PAIR_TIMES[use] * both.cols);
  eachPair(rowSource(both), use, (i, pair) => pairs.data.set(pair, i * pairs.cols));
  return pairs;
}

export interface PairRowsParams {
  /** [2 n, d] vectors of all first texts, then of all second ones. Closed. */
  readonly both: Rows;
  readonly use: PairUse;
  readonly place: RowsPlace;
}

/** Vectors of pairs [n, PAIR_TIMES d]; the caller closes them. Throws STORE as `loadRows`. */
export async function pairRows({ both, use, place }: PairRowsParams): Promise<Rows> {
  try {
    const source = rowSource(both);
    return await writeRows({ rows: both.rows / 2, cols: PAIR_TIMES[use] * both.cols, ...place }, async (set) => eachPair(source, use, set));
  } finally {
    closeRows(both);
  }
}

/** `take` has the vector of a pair until it returns. */
function eachPair(source: RowSource, use: PairUse, take: (i: number, pair: Float32Array) => void): void {
  const { rows, cols: d } = source;
  const n = rows / 2;
  const a = new Float32Array(d);
  const pair = new Float32Array(PAIR_TIMES[use] * d);
  const from = use === 'fitted' ? 2 * d : 0;
  for (let i = 0; i < n; i++) {
    const first = source.at(i);
    a.set(source.data.subarray(first, first + d));
    const second = source.at(n + i);
    const b = source.data.subarray(second, second + d);
    if (use === 'fitted') {
      pair.set(a);
      pair.set(b, d);
    }
    for (let j = 0; j < d; j++) {
      pair[from + j] = Math.abs(a[j]! - b[j]!);
      pair[from + d + j] = a[j]! * b[j]!;
    }
    take(i, pair);
  }
}

/** [n] cosine of the two vectors of each pair, of [2 n, d] as above; 0 if one of them is 0. */
export function pairCosines({
  rows,
  cols: d,
  data,
}: {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float32Array;
}): Float64Array {
  const n = rows / 2;
  return Float64Array.from({ length: n }, (_, i) => {
    let [both, first, second] = [0, 0, 0];
    for (let j = 0, a = i * d, b = (n + i) * d; j < d; j++, a++, b++) {
      both += data[a]! * data[b]!;
      first += data[a]! * data[a]!;
      second += data[b]! * data[b]!;
    }
    const length = Math.sqrt(first * second);
    return length === 0 ? 0 : both / length;
  });
}

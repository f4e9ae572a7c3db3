import { matrix, type Matrix } from '../../src/numeric/matrix.ts';
import { randomInts } from '../../src/numeric/random.ts';

/** `count` overlapping clouds of `size` points each, in `width` dimensions; the cloud of point i is i % count. Determined by the seed. */
export function clusters({
  count,
  size,
  width,
  seed,
  spread = 1,
}: {
  count: number;
  size: number;
  width: number;
  seed: number;
  spread?: number;
}): Matrix {
  const draw = randomInts(seed);
  // Sum of three uniforms: close enough to a normal, and the same on every machine.
  const noise = () => (draw(-1000, 1000) + draw(-1000, 1000) + draw(-1000, 1000)) / 1000;
  const centres = Array.from({ length: count }, () => Array.from({ length: width }, () => spread * noise()));
  const points = matrix(count * size, width);
  for (let i = 0; i < points.rows; i++) for (let j = 0; j < width; j++) points.data[i * width + j] = centres[i % count]![j]! + noise();
  return points;
}

/**
 * How far the `k` nearest in a layout are near in the vectors, 0 to 1 (Venna and Kaski 2001; scikit-learn's `trustworthiness`).
 * layout [n, 2].
 */
export function trustworthiness(vectors: Matrix, layout: Float64Array, k = 12): number {
  const n = vectors.rows;
  const order = (data: ArrayLike<number>, width: number, i: number): number[] => {
    const distance = (j: number) => {
      let sum = 0;
      for (let d = 0; d < width; d++) sum += (data[i * width + d]! - data[j * width + d]!) ** 2;
      return sum;
    };
    return Array.from({ length: n }, (_, j) => j)
      .filter((j) => j !== i)
      .map((j) => [j, distance(j)] as const)
      .toSorted(([, a], [, b]) => a - b)
      .map(([j]) => j);
  };
  let penalty = 0;
  for (let i = 0; i < n; i++) {
    const rank = new Map(order(vectors.data, vectors.cols, i).map((j, place) => [j, place + 1]));
    for (const j of order(layout, 2, i).slice(0, k)) penalty += Math.max(0, rank.get(j)! - k);
  }
  return 1 - (penalty * 2) / (n * k * (2 * n - 3 * k - 1));
}

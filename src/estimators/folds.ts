import { randomInts, shuffleFront } from '../numeric/random.ts';

/** Fold of each text [n], classes spread evenly over the folds; the seed decides. */
export function stratifiedFolds({ labels, classes, folds, seed }: { readonly labels: Int32Array; readonly classes: number; readonly folds: number; readonly seed: number }): Int32Array {
  const draw = randomInts(seed);
  const fold = new Int32Array(labels.length);
  let next = 0;
  for (let c = 0; c < classes; c++) {
    const rows = shuffleFront([...labels.keys()].filter((row) => labels[row] === c), draw);
    // One class goes on where the last ended: small classes do not all lie in the first folds.
    for (const row of rows) fold[row] = next++ % folds;
  }
  return fold;
}

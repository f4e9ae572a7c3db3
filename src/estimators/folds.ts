import { randomInts, shuffleFront } from '../numeric/random.ts';

/** Fold of each text [n]; texts of a group are in one fold, groups spread evenly; determined by the seed. `groups`: ascending. */
export function groupedFolds({
  groups,
  folds,
  seed,
}: {
  readonly groups: Int32Array;
  readonly folds: number;
  readonly seed: number;
}): Int32Array {
  const names = [...new Set(groups)];
  const order = new Map(shuffleFront([...names.keys()], randomInts(seed)).map((at, place) => [names[at]!, place]));
  return groups.map((group) => order.get(group)! % folds);
}

/** Fold of each text [n], classes spread evenly; determined by the seed. */
export function stratifiedFolds({
  labels,
  classes,
  folds,
  seed,
}: {
  readonly labels: Int32Array;
  readonly classes: number;
  readonly folds: number;
  readonly seed: number;
}): Int32Array {
  const draw = randomInts(seed);
  const fold = new Int32Array(labels.length);
  let next = 0;
  for (let c = 0; c < classes; c++) {
    const rows = shuffleFront(
      [...labels.keys()].filter((row) => labels[row] === c),
      draw,
    );
    // Each class continues where the previous one ended, so that small classes are not all in the first folds.
    for (const row of rows) fold[row] = next++ % folds;
  }
  return fold;
}

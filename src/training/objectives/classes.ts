import type { GraphBuilder, Value } from '../../graph/builder.ts';
import type { Feed, ObjectiveRun } from '../objective.ts';

/** 1 if a text has a class, else 0: [rows, classes]. */
export function targets({
  rows,
  classes,
  classesOf,
}: {
  rows: readonly number[];
  classes: number;
  classesOf: (row: number) => Iterable<number>;
}): Feed {
  const data = new Float32Array(rows.length * classes);
  for (const [i, row] of rows.entries()) for (const own of classesOf(row)) data[i * classes + own] = 1;
  return { type: 'float32', dims: [rows.length, classes], data };
}

/** Cross-entropy of the softmax of `logits` [n, classes] against `wanted` [n, classes], averaged over rows: a scalar. */
export function crossEntropy(builder: GraphBuilder, logits: Value, wanted: Value): Value {
  const likelihoods = builder.op('Mul', [wanted, builder.op('LogSoftmax', [logits], { axis: 1 })]);
  return builder.op('Neg', [
    builder.op('ReduceMean', [builder.op('ReduceSum', [likelihoods, builder.ints([1])], { keepdims: 0 })], { keepdims: 0 }),
  ]);
}

/** Index of the largest column in each row of [n, classes]; the first of equal ones. */
export function likeliest(scores: Float64Array, classes: number): Int32Array {
  return Int32Array.from({ length: scores.length / classes }, (_, row) => {
    let best = 0;
    for (let own = 1; own < classes; own++) if (scores[row * classes + own]! > scores[row * classes + best]!) best = own;
    return best;
  });
}

/** A run without state between steps. */
export function withoutMemory(run: Pick<ObjectiveRun, 'feeds' | 'terms'>): ObjectiveRun {
  return { ...run, companions: () => [], remember: () => undefined, save: () => ({ tensors: {}, numbers: {} }), restore: () => undefined };
}

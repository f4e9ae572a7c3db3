import type { GraphBuilder, Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { Objective } from '../objective.ts';
import { withoutMemory } from './classes.ts';
import { products, sumOfProducts } from './cosines.ts';
import { neighbours } from './neighbours.ts';

/** Larger than any squared distance: excludes a text. */
const OUT_OF_REACH = 1e30;
/** Minimum under the root of a distance, whose derivative at 0 is unbounded. */
const SMALLEST = 1e-16;

/**
 * Batch-hard triplets, Hermans et al. 2017, equation 5: for each text max(0, margin + its Euclidean distance to the farthest text of its
 * class in the batch - that to the nearest of another class). Averaged over the texts that have both. Vectors are not normalised.
 */
export const triplet: Objective = {
  name: 'triplet',
  task: 'classification',
  needs: { positives: true, negatives: true, batch: 2, secondLabels: false, companions: false, apart: false },
  predicts: 'knn',
  parameters: () => [],
  loss: ({ builder, vectors, options }) =>
    builder.within('objective', () => {
      const shares = builder.input('objective.shares', TensorProto_DataType.FLOAT, ['rows']);
      const notPositive = builder.input('objective.not-positive', TensorProto_DataType.FLOAT, ['rows', 'rows']);
      const notNegative = builder.input('objective.not-negative', TensorProto_DataType.FLOAT, ['rows', 'rows']);
      const squared = squaredDistances(builder, vectors);
      const farthest = builder.op('ArgMax', [builder.op('Sub', [squared, notPositive])], { axis: 1, keepdims: 0 });
      const nearest = builder.op('ArgMax', [builder.op('Neg', [builder.op('Add', [squared, notNegative])])], { axis: 1, keepdims: 0 });
      const gap = builder.op('Sub', [distancesTo(builder, vectors, farthest), distancesTo(builder, vectors, nearest)]);
      const hinge = builder.op('Relu', [builder.op('Add', [gap, builder.float(options.margin)])]);
      return sumOfProducts(builder, shares, hinge);
    }),
  start: ({ labels }) =>
    withoutMemory({
      feeds({ rows }) {
        const n = rows.length;
        const shares = new Float32Array(n);
        const [notPositive, notNegative] = [new Float32Array(n * n).fill(OUT_OF_REACH), new Float32Array(n * n).fill(OUT_OF_REACH)];
        const all = neighbours(rows, labels);
        const anchors = all.filter(isAnchor).length;
        for (const [i, each] of all.entries()) {
          if (isAnchor(each)) shares[i] = 1 / anchors;
          for (const j of each.positives) notPositive[i * n + j] = 0;
          for (const j of each.negatives) notNegative[i * n + j] = 0;
        }
        return {
          'objective.shares': { type: 'float32', dims: [n], data: shares },
          'objective.not-positive': { type: 'float32', dims: [n, n], data: notPositive },
          'objective.not-negative': { type: 'float32', dims: [n, n], data: notNegative },
        };
      },
      terms: ({ rows }) => neighbours(rows, labels).filter(isAnchor).length,
    }),
};

function isAnchor({ positives, negatives }: ReturnType<typeof neighbours>[number]): boolean {
  return positives.length > 0 && negatives.length > 0;
}

/** |a|² + |b|² - 2 ab of all pairs of rows: [n, n]. Accurate enough for selection; imprecise if rows are nearly equal. */
function squaredDistances(builder: GraphBuilder, vectors: Value): Value {
  const squares = builder.op('ReduceSum', [builder.op('Mul', [vectors, vectors]), builder.ints([1])], { keepdims: 1 });
  const sums = builder.op('Add', [squares, builder.op('Transpose', [squares], { perm: [1, 0] })]);
  return builder.op('Sub', [sums, builder.op('Mul', [products(builder, vectors, vectors), builder.float(2)])]);
}

/**
 * Distance of each row to the row selected for it: [n]. Rows are selected by a product with a 0/1 matrix, since many rows may select the
 * same one, and the gradient of a lookup would have to be scattered onto it.
 */
function distancesTo(builder: GraphBuilder, vectors: Value, chosen: Value): Value {
  const n = builder.op('Gather', [builder.op('Shape', [vectors]), builder.ints(0)]);
  const picks = builder.op('OneHot', [
    chosen,
    n,
    builder.tensor('objective/zero-one', { dataType: TensorProto_DataType.FLOAT, dims: [2], raw: Float32Array.of(0, 1) }),
  ]);
  const difference = builder.op('Sub', [vectors, builder.op('MatMul', [picks, vectors])]);
  const squares = builder.op('ReduceSum', [builder.op('Mul', [difference, difference]), builder.ints([1])], { keepdims: 0 });
  return builder.op('Sqrt', [builder.op('Max', [squares, builder.float(SMALLEST)])]);
}

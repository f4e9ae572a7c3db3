import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { Objective } from '../objective.ts';
import { withoutMemory } from './classes.ts';
import { products, sumOfProducts, unitRows } from './cosines.ts';
import { neighbours } from './neighbours.ts';

/** Added to the cosine of a text with itself: its share of the softmax becomes 0. */
const NEVER = -1e9;

/**
 * Supervised contrastive learning, Khosla et al. 2020, equation 2 (L_out): for each text the mean over its positives p of
 * -log(exp(cos(i, p) / τ) / Σ exp(cos(i, a) / τ)), a over all other texts of the batch. Mean over the texts that have a positive.
 */
export const supcon: Objective = {
  name: 'supcon',
  task: 'classification',
  needs: { positives: true, negatives: true, batch: 2, secondLabels: false, companions: false, apart: false },
  predicts: 'knn',
  parameters: () => [],
  loss: ({ builder, vectors, options }) =>
    builder.within('objective', () => {
      const shares = builder.input('objective.shares', TensorProto_DataType.FLOAT, ['rows', 'rows']);
      const self = builder.input('objective.self', TensorProto_DataType.FLOAT, ['rows', 'rows']);
      const unit = unitRows(builder, vectors);
      const logits = builder.op('Add', [builder.op('Div', [products(builder, unit, unit), builder.float(options.temperature)]), self]);
      return builder.op('Neg', [sumOfProducts(builder, shares, builder.op('LogSoftmax', [logits], { axis: 1 }))]);
    }),
  start: ({ labels }) =>
    withoutMemory({
      feeds({ rows }) {
        const n = rows.length;
        const [shares, self] = [new Float32Array(n * n), new Float32Array(n * n)];
        const positives = neighbours(rows, labels).map(({ positives: each }) => each);
        const anchors = positives.filter(({ length }) => length > 0).length;
        for (const [i, each] of positives.entries()) {
          for (const p of each) shares[i * n + p] = 1 / (each.length * anchors);
          self[i * n + i] = NEVER;
        }
        const dims = [n, n];
        return { 'objective.shares': { type: 'float32', dims, data: shares }, 'objective.self': { type: 'float32', dims, data: self } };
      },
      terms: ({ rows }) => neighbours(rows, labels).filter(({ positives }) => positives.length > 0).length,
    }),
};

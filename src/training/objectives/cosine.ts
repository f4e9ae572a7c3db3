import { pairCosines } from '../../embed/pair-rows.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { Objective } from '../objective.ts';
import { cosineScale } from '../target-scale.ts';
import { withoutMemory } from './classes.ts';
import { unitRows } from './cosines.ts';

/**
 * Pairs whose texts are encoded separately: the mean over the batch of (cos(a, b) - target)², as in sentence-transformers'
 * CosineSimilarityLoss (Reimers and Gurevych 2019, regression objective). Without a head: it trains an encoder of single texts, whose
 * cosines are the predicted numbers. Targets are cosines, or are scaled to between 0 and 1 first (`cosineScale`).
 */
export const cosine: Objective = {
  name: 'cosine',
  task: 'regression',
  needs: { positives: false, negatives: false, batch: 1, secondLabels: false, companions: false, apart: true },
  predicts: 'head',
  parameters: () => [],
  loss: ({ builder, vectors, width }) =>
    builder.within('objective', () => {
      const wanted = builder.input('objective.targets', TensorProto_DataType.FLOAT, ['pairs']);
      // All first texts, then all second ones.
      const both = builder.op('Reshape', [unitRows(builder, vectors), builder.ints([2, -1, width])]);
      const half = (at: number) => builder.op('Slice', [both, builder.ints([at]), builder.ints([at + 1]), builder.ints([0])]);
      const cosines = builder.op('ReduceSum', [builder.op('Mul', [half(0), half(1)]), builder.ints([2])], { keepdims: 0 });
      const error = builder.op('Sub', [builder.op('Reshape', [cosines, builder.ints([-1])]), wanted]);
      return builder.op('ReduceMean', [builder.op('Mul', [error, error])], { keepdims: 0 });
    }),
  start: ({ targets }) =>
    withoutMemory({
      feeds: ({ rows }) => ({
        'objective.targets': { type: 'float32', dims: [rows.length], data: Float32Array.from(rows, (row) => targets![row]!) },
      }),
      terms: ({ batch }) => batch,
    }),
  scale: cosineScale,
  predictNumbers: ({ vectors, width }) => pairCosines({ rows: vectors.length / width, cols: width, data: vectors }),
};

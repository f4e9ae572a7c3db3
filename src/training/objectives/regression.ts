import { randomNormals } from '../../numeric/normals.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { Feed, Objective } from '../objective.ts';
import { targetScale } from '../target-scale.ts';
import { withoutMemory } from './classes.ts';
import { products } from './cosines.ts';

/** Standard deviation of the initial weights: `initializer_range` of BERT and of most later models. */
const INITIAL_DEVIATION = 0.02;

/**
 * A linear layer from a text's vector to one number; the mean squared error over the batch, with targets standardised on train. As in
 * transformers' AutoModelForSequenceClassification with `num_labels` 1 and `problem_type` regression: initial weights are normally
 * distributed with standard deviation 0.02, the bias is 0, so that an untrained head predicts about the mean of train.
 */
export const regression: Objective = {
  name: 'regression',
  task: 'regression',
  needs: { positives: false, negatives: false, batch: 1, secondLabels: false, companions: false, apart: false },
  predicts: 'head',
  parameters: ({ width }) => [
    {
      name: 'head.weight',
      dims: [1, width],
      initial: (random) => {
        const normal = randomNormals(Math.floor(random() * 2 ** 32));
        return Float32Array.from({ length: width }, () => INITIAL_DEVIATION * normal());
      },
    },
    { name: 'head.bias', dims: [1], initial: () => new Float32Array(1) },
  ],
  loss: ({ builder, vectors, width }) =>
    builder.within('objective', () => {
      const weight = builder.input('head.weight', TensorProto_DataType.FLOAT, [1, width]);
      const bias = builder.input('head.bias', TensorProto_DataType.FLOAT, [1]);
      const wanted = builder.input('objective.targets', TensorProto_DataType.FLOAT, ['rows', 1]);
      const error = builder.op('Sub', [builder.op('Add', [products(builder, vectors, weight), bias]), wanted]);
      return builder.op('ReduceMean', [builder.op('Mul', [error, error])], { keepdims: 0 });
    }),
  start: ({ targets }) =>
    withoutMemory({
      feeds: ({ rows }) => ({ 'objective.targets': column(rows.map((row) => targets![row]!)) }),
      terms: ({ batch }) => batch,
    }),
  scale: targetScale,
  predictNumbers: ({ vectors, parameters, width }) => {
    const [weight, bias] = [parameters['head.weight']!, parameters['head.bias']![0]!];
    return Float64Array.from({ length: vectors.length / width }, (_, text) => {
      let sum = bias;
      for (let i = 0; i < width; i++) sum += vectors[text * width + i]! * weight[i]!;
      return sum;
    });
  },
};

function column(values: readonly number[]): Feed {
  return { type: 'float32', dims: [values.length, 1], data: Float32Array.from(values) };
}

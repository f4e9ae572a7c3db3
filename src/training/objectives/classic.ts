import type { GraphBuilder, Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { Objective, PredictParams, Prediction } from '../objective.ts';
import { crossEntropy, likeliest, targets, withoutMemory } from './classes.ts';
import { products } from './cosines.ts';

/**
 * A linear layer on the vectors. Single-label: cross-entropy of the softmax, averaged over the batch. Multi-label (`multiLabel`): binary
 * cross-entropy of each class's sigmoid, summed over classes, averaged over the batch; a class is predicted above 0.5. Weights are
 * initialised as in flair: Glorot and Bengio 2010, uniform; the bias uniformly within 1 / √width.
 */
export const classic: Objective = {
  name: 'classic',
  task: 'classification',
  needs: { positives: false, negatives: false, batch: 1, secondLabels: false, companions: false, apart: false },
  predicts: 'head',
  parameters: ({ width, classes }) => [
    { name: 'head.weight', dims: [classes, width], initial: (random) => evenly(classes * width, Math.sqrt(6 / (width + classes)), random) },
    { name: 'head.bias', dims: [classes], initial: (random) => evenly(classes, 1 / Math.sqrt(width), random) },
  ],
  loss: ({ builder, vectors, width, classes, options }) =>
    builder.within('objective', () => {
      const weight = builder.input('head.weight', TensorProto_DataType.FLOAT, [classes, width]);
      const bias = builder.input('head.bias', TensorProto_DataType.FLOAT, [classes]);
      const wanted = builder.input('objective.targets', TensorProto_DataType.FLOAT, ['rows', classes]);
      const logits = builder.op('Add', [products(builder, vectors, weight), bias]);
      return options.multiLabel ? binaryCrossEntropy(builder, logits, wanted) : crossEntropy(builder, logits, wanted);
    }),
  start: ({ labels, labelSets, classes, options }) =>
    withoutMemory({
      feeds: ({ rows }) => ({
        'objective.targets': targets({ rows, classes, classesOf: (row) => (options.multiLabel ? labelSets![row]! : [labels[row]!]) }),
      }),
      terms: ({ batch }) => batch,
    }),
  predict,
};

/** max(x, 0) - x y + log(1 + e^-|x|), which does not overflow; summed over classes, averaged over rows. */
function binaryCrossEntropy(builder: GraphBuilder, logits: Value, wanted: Value): Value {
  const above = builder.op('Max', [logits, builder.float(0)]);
  const tail = builder.op('Log', [
    builder.op('Add', [builder.float(1), builder.op('Exp', [builder.op('Neg', [builder.op('Abs', [logits])])])]),
  ]);
  const each = builder.op('Add', [builder.op('Sub', [above, builder.op('Mul', [logits, wanted])]), tail]);
  return builder.op('ReduceMean', [builder.op('ReduceSum', [each, builder.ints([1])], { keepdims: 0 })], { keepdims: 0 });
}

function predict({ vectors, parameters, width, classes, options }: PredictParams): Prediction {
  const [weight, bias] = [parameters['head.weight']!, parameters['head.bias']!];
  const scores = new Float64Array((vectors.length / width) * classes);
  for (let at = 0; at < scores.length; at++) {
    const [row, own] = [Math.floor(at / classes) * width, (at % classes) * width];
    let sum = bias[at % classes]!;
    for (let i = 0; i < width; i++) sum += vectors[row + i]! * weight[own + i]!;
    scores[at] = sum;
  }
  const labels = likeliest(scores, classes);
  if (!options.multiLabel) return { labels };
  // A sigmoid of 0.5 is a logit of 0.
  return {
    labels,
    labelSets: Array.from(labels, (_, row) =>
      Int32Array.from([...Array(classes).keys()].filter((own) => scores[row * classes + own]! > 0)),
    ),
  };
}

function evenly(count: number, bound: number, random: () => number): Float32Array {
  return Float32Array.from({ length: count }, () => (2 * random() - 1) * bound);
}

import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { Objective, PredictParams, Prediction } from '../objective.ts';
import { crossEntropy, likeliest, targets, withoutMemory } from './classes.ts';
import { products, unitRows } from './cosines.ts';

/**
 * Cosine softmax: one trainable prototype per class; cross-entropy of the softmax over `scale` times the cosines of a text with all of
 * them, averaged over the batch (NormFace: Wang et al. 2017, with a fixed scale). Prototypes are initialised uniformly within 1 / √width.
 * The predicted class of a text is that of the prototype with the largest cosine.
 */
export const prototypes: Objective = {
  name: 'prototypes',
  task: 'classification',
  needs: { positives: false, negatives: true, batch: 1, secondLabels: false, companions: false, apart: false },
  predicts: 'head',
  parameters: ({ width, classes }) => [
    {
      name: 'prototypes.weight',
      dims: [classes, width],
      initial: (random) => Float32Array.from({ length: classes * width }, () => (2 * random() - 1) / Math.sqrt(width)),
    },
  ],
  loss: ({ builder, vectors, width, classes, options }) =>
    builder.within('objective', () => {
      const weight = builder.input('prototypes.weight', TensorProto_DataType.FLOAT, [classes, width]);
      const wanted = builder.input('objective.targets', TensorProto_DataType.FLOAT, ['rows', classes]);
      const cosines = products(builder, unitRows(builder, vectors), unitRows(builder, weight));
      return crossEntropy(builder, builder.op('Mul', [cosines, builder.float(options.scale)]), wanted);
    }),
  start: ({ labels, classes }) =>
    withoutMemory({
      feeds: ({ rows }) => ({ 'objective.targets': targets({ rows, classes, classesOf: (row) => [labels[row]!] }) }),
      terms: ({ batch }) => batch,
    }),
  predict,
};

/** The length of a text's vector does not affect which cosine is largest. */
function predict({ vectors, parameters, width, classes }: PredictParams): Prediction {
  const weight = parameters['prototypes.weight']!;
  const lengths = Float64Array.from({ length: classes }, (_, own) =>
    Math.max(Math.hypot(...weight.subarray(own * width, (own + 1) * width)), 1e-8),
  );
  const scores = new Float64Array((vectors.length / width) * classes);
  for (let at = 0; at < scores.length; at++) {
    const [row, own] = [Math.floor(at / classes) * width, (at % classes) * width];
    let sum = 0;
    for (let i = 0; i < width; i++) sum += vectors[row + i]! * weight[own + i]!;
    scores[at] = sum / lengths[at % classes]!;
  }
  return { labels: likeliest(scores, classes) };
}

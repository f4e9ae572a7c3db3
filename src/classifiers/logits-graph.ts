import { tokensOf } from '../embed/vectors.ts';
import { HarnessError } from '../errors.ts';
import { GraphBuilder, type Value } from '../graph/builder.ts';
import { sizesOf } from '../graph/last-output.ts';
import { TensorProto_DataType } from '../graph/onnx_pb.ts';
import type { OnnxModel } from '../graph/read.ts';
import { products, unitRows } from '../training/objectives/cosines.ts';
import { graphSteps } from '../training/published-steps.ts';
import { addVectors } from '../training/vectors.ts';
import { isOfWords, layersTogether, type TrainedSpec } from '../training/word-vectors.ts';
import type { Head } from './head.ts';
import { maskWeights } from './token-weights.ts';

/** Output of classifiers, as loaders of ONNX files expect it. */
export const LOGITS = 'logits';

export interface LogitsParams {
  readonly spec: TrainedSpec;
  readonly head: Head;
  /** Number of leading tokens of every text excluded from pooling. */
  readonly skip: number;
}

/** Whether a graph can compute the vectors from tokens and a mask: that excludes word-mean of texts, but not the tokens of words. */
export function canPool(spec: TrainedSpec): boolean {
  return isOfWords(spec) || !tokensOf(spec).includes('word-mean');
}

/**
 * Adds the output `logits` [batch, classes] to the graph of an encoder: its hidden states pooled as in training, in the graph, then the
 * head. For words they are per token, [batch, tokens, classes], to be pooled by a caller who knows the word positions. Uses only operators
 * of the ONNX standard. Changes `proto`. Throws as `graphSteps` does; GRAPH if the name is taken.
 */
export async function addLogits({ proto }: OnnxModel, states: readonly string[], { spec, head, skip }: LogitsParams): Promise<void> {
  const graph = proto.graph!;
  if (graph.node.some(({ output }) => output.includes(LOGITS))) {
    throw new HarnessError('GRAPH', {
      what: `Its graph already has a tensor "${LOGITS}", the name of the class logits.`,
      hint: 'Export the encoder again.',
    });
  }
  const steps = isOfWords(spec) || spec.published === undefined ? undefined : await graphSteps(spec.published);
  const builder = GraphBuilder.from(proto);
  const hasMask = graph.input.some(({ name }) => name === 'attention_mask');
  builder.within('classifier', () => {
    const weights = maskWeights({ mask: hasMask ? 'attention_mask' : undefined, skip });
    const vectors = isOfWords(spec) ? layersTogether(builder, states, spec) : addVectors(builder, { states, spec, steps, weights });
    const classes = head.bias.length;
    const [batch, tokens] = sizesOf(graph);
    const float = (name: string, dims: readonly number[], raw: Float32Array) =>
      builder.tensor(`classifier/${name}`, { dataType: TensorProto_DataType.FLOAT, dims, raw });
    const weight = float('head.weight', [classes, head.weight.length / classes], head.weight);
    const bias = float('head.bias', [classes], head.bias);
    const ofRows = (rows: Value): Value => builder.op('Add', [products(builder, head.unit ? unitRows(builder, rows) : rows, weight), bias]);
    const logits = isOfWords(spec)
      ? eachToken(builder, vectors, { width: head.weight.length / classes, classes, ofRows })
      : ofRows(vectors);
    builder.output(logits, {
      name: LOGITS,
      type: TensorProto_DataType.FLOAT,
      dims: [batch ?? 'batch_size', ...(isOfWords(spec) ? [tokens ?? 'sequence_length'] : []), classes],
    });
  });
  const { graph: built, opsetImport } = builder.build();
  Object.assign(graph, { node: built!.node, initializer: built!.initializer, output: built!.output });
  // No older opset occurs here: both paths to a saved graph end in the builder's.
  proto.opsetImport = [...opsetImport, ...proto.opsetImport.filter(({ domain }) => !opsetImport.some((own) => own.domain === domain))];
}

interface EachTokenParams {
  readonly width: number;
  readonly classes: number;
  /** Logits [rows, classes] of vectors [rows, width]. */
  readonly ofRows: (rows: Value) => Value;
}

/** Logits [batch, tokens, classes] of vectors [batch, tokens, width]. */
function eachToken(builder: GraphBuilder, vectors: Value, { width, classes, ofRows }: EachTokenParams): Value {
  const logits = ofRows(builder.op('Reshape', [vectors, builder.ints([-1, width])]));
  const sizes = builder.op('Slice', [builder.op('Shape', [vectors]), builder.ints([0]), builder.ints([2])]);
  return builder.op('Reshape', [logits, builder.op('Concat', [sizes, builder.ints([classes])], { axis: 0 })]);
}

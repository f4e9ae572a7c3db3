import { tokensOf, type VectorSpec } from '../embed/vectors.ts';
import { HarnessError } from '../errors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { sizesOf } from '../graph/last-output.ts';
import { TensorProto_DataType } from '../graph/onnx_pb.ts';
import type { OnnxModel } from '../graph/read.ts';
import { products, unitRows } from '../training/objectives/cosines.ts';
import { graphSteps } from '../training/published-steps.ts';
import { addVectors } from '../training/vectors.ts';
import type { Head } from './head.ts';
import { maskWeights } from './token-weights.ts';

/** The output that classifiers have: what loaders of ONNX files ask for. */
export const LOGITS = 'logits';

export interface LogitsParams {
  readonly spec: VectorSpec;
  readonly head: Head;
  /** Leading tokens of every text that no pooling looks at. */
  readonly skip: number;
}

/** Whether a graph can make the vectors from tokens and a mask: the words of a text are in neither. */
export function canPool(spec: Pick<VectorSpec, 'token' | 'published'>): boolean {
  return !tokensOf(spec).includes('word-mean');
}

/**
 * Adds the output `logits` [batch, classes] to the graph of an encoder: its hidden states pooled as in training, in the graph, then the head.
 * Operators are those of the ONNX standard. Changes `proto`. Throws as `graphSteps` does; GRAPH where the name is taken.
 */
export async function addLogits({ proto }: OnnxModel, states: readonly string[], { spec, head, skip }: LogitsParams): Promise<void> {
  const graph = proto.graph!;
  if (graph.node.some(({ output }) => output.includes(LOGITS))) {
    throw new HarnessError('GRAPH', { what: `Its graph has a tensor "${LOGITS}" within, where the classes' logits are to be.`, hint: 'Export the encoder again.' });
  }
  const steps = spec.published && (await graphSteps(spec.published));
  const builder = GraphBuilder.from(proto);
  const hasMask = graph.input.some(({ name }) => name === 'attention_mask');
  builder.within('classifier', () => {
    const weights = maskWeights({ mask: hasMask ? 'attention_mask' : undefined, skip });
    const vectors = addVectors(builder, { states, spec, steps, weights });
    const classes = head.bias.length;
    const float = (name: string, dims: readonly number[], raw: Float32Array) =>
      builder.tensor(`classifier/${name}`, { dataType: TensorProto_DataType.FLOAT, dims, raw });
    const weight = float('head.weight', [classes, head.weight.length / classes], head.weight);
    const bias = float('head.bias', [classes], head.bias);
    const logits = builder.op('Add', [products(builder, head.unit ? unitRows(builder, vectors) : vectors, weight), bias]);
    builder.output(logits, { name: LOGITS, type: TensorProto_DataType.FLOAT, dims: [sizesOf(graph)[0] ?? 'batch_size', classes] });
  });
  const { graph: built, opsetImport } = builder.build();
  Object.assign(graph, { node: built!.node, initializer: built!.initializer, output: built!.output });
  // No older opset comes here: both ways to a saved graph end in the builder's.
  proto.opsetImport = [...opsetImport, ...proto.opsetImport.filter(({ domain }) => !opsetImport.some((own) => own.domain === domain))];
}

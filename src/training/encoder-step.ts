import { create } from '@bufbuild/protobuf';
import type { DropoutSite } from '../encoders/families/training-graph.ts';
import { PACKING, packingInverses } from '../encoders/families/training-graph.ts';
import { GraphBuilder, type Value } from '../graph/builder.ts';
import { differentiate } from '../graph/differentiate.ts';
import { TensorProto_DataType, ValueInfoProtoSchema, type ModelProto } from '../graph/onnx_pb.ts';
import { probe } from '../graph/probe.ts';
import { prune } from '../graph/topology.ts';
import { tensorsOf, zeros } from './tensors.ts';
import { textBatch, type TokenText } from './text-batch.ts';
import { trainedVectors } from './vectors.ts';
import { isOfWords, WORD_INPUTS, wordInverses, type TrainedSpec } from './word-vectors.ts';

/** Gradient of the loss with respect to the vectors, [vectors, width]: an input of the backward pass. */
export const UPSTREAM = 'training.upstream';

/** A forward graph whose weights are inputs. */
export interface ForwardGraph {
  readonly proto: ModelProto;
  /** Folder that its other constants are relative to. */
  readonly folder: string;
  readonly states: readonly Value[];
  readonly sites: readonly DropoutSite[];
  readonly packed: boolean;
}

/** Output with the gradient of a weight. */
export interface WeightGradient {
  readonly weight: string;
  readonly dense: Value | undefined;
  readonly rows: readonly { readonly ids: Value; readonly values: Value }[];
}

export interface EncoderStep {
  readonly forward: ForwardGraph;
  /** Forward pass to `vectors`, then the backward pass from `UPSTREAM`. The caller selects its outputs. */
  readonly proto: ModelProto;
  /** Nodes before this one are the forward pass. */
  readonly backwardFrom: number;
  readonly vectors: Value;
  /** Dimensions of a vector. */
  readonly width: number;
  readonly gradients: readonly WeightGradient[];
}

export interface EncoderStepParams {
  readonly forward: ForwardGraph;
  readonly spec: TrainedSpec;
  /** Weights to train. */
  readonly trained: ReadonlySet<string>;
  readonly weights: ReadonlyMap<string, { readonly dims: readonly number[] }>;
  /**
   * Texts for the probe run that infers shapes: at least two, of at least three tokens each, of different lengths if the graph is packed;
   * if words are trained, with at least two words each.
   */
  readonly texts: readonly TokenText[];
}

/** The graph of a training step up to and from the vectors. Throws GRAPH for an operator without a gradient rule. */
export async function encoderStep({ forward, spec, trained, weights, texts }: EncoderStepParams): Promise<EncoderStep> {
  const { states, folder, sites } = forward;
  const forwardBuilder = GraphBuilder.from(forward.proto);
  const vectors = (await trainedVectors(spec))(forwardBuilder, states);
  const model = forwardBuilder.build();
  const graph = model.graph!;
  graph.output = [create(ValueInfoProtoSchema, { name: vectors })];
  prune(graph);

  const { sizes, inputs } = textBatch(texts, { padId: 0, spec });
  const feeds = tensorsOf(inputs);
  for (const { input, dims } of sites) feeds[input] = zeros(dims(sizes));
  for (const [name, { dims }] of weights) feeds[name] = zeros(dims);
  const probed = await probe(model, { folder, feeds });

  const backwardFrom = graph.node.length;
  const builder = GraphBuilder.from(model);
  if (forward.packed) builder.input(PACKING.unpackOrNone, TensorProto_DataType.INT64, ['places']);
  if (isOfWords(spec)) builder.input(WORD_INPUTS.words, TensorProto_DataType.INT64, ['word_places']);
  builder.input(UPSTREAM, TensorProto_DataType.FLOAT, ['rows', 'vector']);
  const inverses = new Map([...(forward.packed ? packingInverses() : []), ...(isOfWords(spec) ? wordInverses() : [])]);
  const gradients = differentiate({ builder, graph, loss: vectors, upstream: UPSTREAM, wrt: [...trained], ...probed, inverses });
  return {
    forward,
    proto: builder.build(),
    backwardFrom,
    vectors,
    width: probed.shapes.get(vectors)![1]!,
    gradients: [...gradients].map(([weight, { dense, rows }]) => ({ weight, dense, rows })),
  };
}

import { Tensor } from '../graph/runtime.ts';
import { GraphBuilder, type Value } from '../graph/builder.ts';
import { differentiate } from '../graph/differentiate.ts';
import { TensorProto_DataType, type ModelProto } from '../graph/onnx_pb.ts';
import { probe } from '../graph/probe.ts';
import { prune } from '../graph/topology.ts';
import type { Feeds, Objective, ObjectiveShape } from './objective.ts';
import { uniform } from './seeds.ts';
import { tensorOf } from './tensors.ts';

/** A loss with the vectors as an input, and its backward pass: gradient caching runs it between two passes of the encoder. */
export interface LossGraph {
  /**
   * Inputs: `vectors` [rows, width], the objective's parameters and its feeds. Outputs: those named below. For sessions with
   * BACKWARD_SESSION.
   */
  readonly model: ModelProto;
  readonly vectors: Value;
  /** Scalar. */
  readonly loss: Value;
  /** What all gradients are multiplied by; the loss itself is not. */
  readonly scale: number;
  /** [rows, width] */
  readonly vectorGradient: Value;
  /** By parameter name: the output with its gradient, of the parameter's shape. */
  readonly parameterGradients: ReadonlyMap<string, Value>;
}

/** Number of vectors in a probe run; more than two, since an axis of length 1 would be taken for a broadcast one. */
const PROBE_ROWS = 4;

/** `scale`: of the gradients, a power of two. */
export async function lossGraph(objective: Objective, shape: ObjectiveShape, { scale = 1 } = {}): Promise<LossGraph> {
  const { width } = shape;
  const forward = new GraphBuilder();
  const vectors = forward.input('vectors', TensorProto_DataType.FLOAT, ['rows', width]);
  const value = objective.loss({ ...shape, builder: forward, vectors });
  const model = forward.build();
  const parameters = objective.parameters(shape);

  const random = uniform(0);
  const feeds = Object.fromEntries([
    ['vectors', new Tensor('float32', Float32Array.from({ length: PROBE_ROWS * width }, random), [PROBE_ROWS, width])],
    ...parameters.map(({ name, dims, initial }) => [name, new Tensor('float32', initial(random), dims)] as const),
    ...Object.entries(probeFeeds(objective, { ...shape, rows: objective.needs.apart ? PROBE_ROWS / 2 : PROBE_ROWS })).map(
      ([name, feed]) => [name, tensorOf(feed)] as const,
    ),
  ]) as Record<string, Tensor>;
  const builder = GraphBuilder.from(model);
  const wrt = [vectors, ...parameters.map(({ name }) => name)];
  const probed = await probe(model, { folder: '.', feeds });
  const gradients = differentiate({ builder, graph: model.graph!, loss: value, upstream: builder.float(scale), wrt, ...probed });

  const loss = 'loss';
  builder.output(value, { name: loss, type: TensorProto_DataType.FLOAT, dims: [] });
  const give = (name: Value, dims: readonly (string | number)[]) => {
    const output = `gradient.${name}`;
    // Every loss depends on its vectors and parameters, and does not look up rows of them.
    builder.output(gradients.get(name)!.dense!, { name: output, type: TensorProto_DataType.FLOAT, dims });
    return output;
  };
  const vectorGradient = give(vectors, ['rows', width]);
  const parameterGradients = new Map(parameters.map(({ name, dims }) => [name, give(name, dims)]));
  const whole = builder.build();
  prune(whole.graph!);
  return { model: whole, vectors, loss, scale, vectorGradient, parameterGradients };
}

/** Inputs of a loss in their shapes for `rows` texts: the feed of a probe run of a graph with this loss. */
export function probeFeeds(objective: Objective, { rows, ...shape }: ObjectiveShape & { readonly rows: number }): Feeds {
  // Two texts of each class, as far as possible.
  const labels = Int32Array.from({ length: rows }, (_, i) => Math.floor(i / 2) % shape.classes);
  const sets = { labelSets: Array.from(labels, (own) => Int32Array.of(own)), secondLabels: labels };
  const run = objective.start({ ...shape, ...sets, labels, targets: Float64Array.from(labels), seed: 0 });
  return run.feeds({ epoch: 1, step: 0, rows: [...labels.keys()], batch: rows });
}

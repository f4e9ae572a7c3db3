import { toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { BACKWARD_SESSION } from '../../src/graph/differentiate.ts';
import { ModelProtoSchema } from '../../src/graph/onnx_pb.ts';
import { lossGraph } from '../../src/training/loss-graph.ts';
import type { Feeds, Objective, ObjectiveShape, StartParams, Step } from '../../src/training/objective.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { tensorOf } from '../../src/training/tensors.ts';

export interface Evaluated {
  readonly loss: number;
  /** [rows, width] */
  readonly gradient: Float32Array;
  readonly parameters: Readonly<Record<string, Float32Array>>;
}

/** Runs only the loss, forward and backward. */
export async function evaluate(
  objective: Objective,
  {
    shape,
    vectors,
    feeds,
    parameters = {},
  }: { shape: ObjectiveShape; vectors: Float32Array; feeds: Feeds; parameters?: Readonly<Record<string, Float32Array>> },
): Promise<Evaluated> {
  const graph = await lossGraph(objective, shape);
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, graph.model), { extra: BACKWARD_SESSION, logSeverityLevel: 3 });
  const tensors = {
    [graph.vectors]: new Tensor('float32', vectors, [vectors.length / shape.width, shape.width]),
    ...Object.fromEntries(objective.parameters(shape).map(({ name, dims }) => [name, new Tensor('float32', parameters[name]!, dims)])),
    ...Object.fromEntries(Object.entries(feeds).map(([name, feed]) => [name, tensorOf(feed)])),
  };
  const found = await session.run(tensors);
  await session.release();
  const data = (name: string) => found[name]!.data as Float32Array;
  return {
    loss: data(graph.loss)[0]!,
    gradient: data(graph.vectorGradient),
    parameters: Object.fromEntries([...graph.parameterGradients].map(([name, output]) => [name, data(output)])),
  };
}

/** A run over rows of these classes. */
export function start(
  objective: Objective,
  {
    labels,
    classes = Math.max(...labels) + 1,
    width = 2,
    options,
    seed = 1,
    ...rest
  }: Partial<Omit<StartParams, 'labels' | 'options'>> & { labels: readonly number[]; options?: Parameters<typeof objectiveOptions>[0] },
) {
  return objective.start({
    targets: Float64Array.from(labels),
    ...rest,
    labels: Int32Array.from(labels),
    classes,
    width,
    seed,
    options: objectiveOptions(options),
  });
}

/** A step whose batch is `rows`, then companions. */
export function stepOf(
  rows: readonly number[],
  { companions = [], epoch = 1, step = 0 }: { companions?: readonly number[]; epoch?: number; step?: number } = {},
): Step {
  return { epoch, step, rows: [...rows, ...companions], batch: rows.length };
}

/** A fed matrix as rows of numbers. */
export function matrix(feeds: Feeds, name: string): number[][] {
  const { dims, data } = feeds[name]!;
  const [rows, columns] = dims as [number, number];
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * columns, (i + 1) * columns), Number));
}

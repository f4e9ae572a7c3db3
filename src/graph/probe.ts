import { clone, create, toBinary } from '@bufbuild/protobuf';
import { InferenceSession, type Tensor } from './runtime.ts';
import { HarnessError, reason } from '../errors.ts';
import type { Value } from './builder.ts';
import { ModelProtoSchema, TensorProto_DataType, ValueInfoProtoSchema, type ModelProto, type TensorProto } from './onnx_pb.ts';

export interface Probed {
  /** Shape of every tensor of the graph in this run. */
  readonly shapes: ReadonlyMap<Value, readonly number[]>;
  /** Values of integer weights and constants. */
  readonly constants: ReadonlyMap<Value, readonly number[]>;
}

/**
 * Shapes, by running the graph once on small inputs with every tensor as an output, instead of inferring them operator by operator.
 * `folder`: of external weights. Throws GRAPH if the graph does not run.
 */
export async function probe(
  model: ModelProto,
  { folder, feeds }: { folder: string; feeds: Readonly<Record<string, Tensor>> },
): Promise<Probed> {
  const copy = clone(ModelProtoSchema, model);
  const graph = copy.graph!;
  const shapes = new Map<Value, readonly number[]>();
  const constants = new Map<Value, readonly number[]>();
  for (const tensor of graph.initializer) {
    shapes.set(tensor.name, tensor.dims.map(Number));
    const values = wholeNumbers(tensor);
    if (values !== undefined) constants.set(tensor.name, values);
  }
  for (const [name, { dims }] of Object.entries(feeds)) shapes.set(name, dims);
  graph.output = graph.node.flatMap(({ output }) =>
    output.filter((name) => name !== '').map((name) => create(ValueInfoProtoSchema, { name })),
  );
  try {
    const session = await InferenceSession.create(toBinary(ModelProtoSchema, copy), {
      // Names must not change, and a probe is not worth optimising.
      graphOptimizationLevel: 'disabled',
      extra: { session: { model_external_initializers_file_folder_path: folder } },
      logSeverityLevel: 4,
    });
    const outputs = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!])));
    for (const [name, { dims }] of Object.entries(outputs)) shapes.set(name, dims);
    await session.release();
  } catch (error) {
    throw new HarnessError('GRAPH', { what: `The graph does not run: ${reason(error)}.` }, { cause: error });
  }
  return { shapes, constants };
}

function wholeNumbers({ dataType, int64Data, int32Data, rawData }: TensorProto): number[] | undefined {
  if (dataType === TensorProto_DataType.INT64) {
    if (int64Data.length > 0) return int64Data.map(Number);
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
    return Array.from({ length: rawData.length / 8 }, (_, i) => Number(view.getBigInt64(8 * i, true)));
  }
  if (dataType !== TensorProto_DataType.INT32) return undefined;
  if (int32Data.length > 0) return [...int32Data];
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return Array.from({ length: rawData.length / 4 }, (_, i) => view.getInt32(4 * i, true));
}

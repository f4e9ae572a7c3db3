import { clone } from '@bufbuild/protobuf';
import { rowMajor, type StoredType } from '../tensors/stored-tensor.ts';
import { readFloats } from '../tensors/read-floats.ts';
import { HarnessError } from '../errors.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { ModelProtoSchema, TensorProto_DataType, type ModelProto, type TensorProto } from '../graph/onnx_pb.ts';
import type { OnnxModel } from '../graph/read.ts';
import { weightLabel } from '../graph/trainable.ts';
import { placeOf, readFloat32 } from '../graph/weight-bytes.ts';

/** Floating-point types of stored weights; training is in float32. */
const STORED: ReadonlyMap<TensorProto_DataType, StoredType> = new Map([
  [TensorProto_DataType.FLOAT, 'f32'],
  [TensorProto_DataType.FLOAT16, 'f16'],
  [TensorProto_DataType.BFLOAT16, 'bf16'],
  [TensorProto_DataType.DOUBLE, 'f64'],
]);

/** A weight that is fed to the graph. */
export interface WeightInput {
  readonly name: string;
  /** Its name if the exporter gave it none: the node that reads it. */
  readonly label: string;
  readonly dims: readonly number[];
  /** Its values in the file: all elements as float32. */
  initial(): Promise<Float32Array>;
}

/**
 * The model with the weights `names` as float32 inputs of the graph instead of constants, so that a session can be run with changing
 * values. If a weight was stored in another type its cast to float32 remains, without effect. Throws GRAPH for a name that is not a
 * floating-point weight.
 */
export function weightsAsInputs(
  { proto, folder }: OnnxModel,
  names: readonly string[],
): { readonly proto: ModelProto; readonly weights: readonly WeightInput[] } {
  const copy = clone(ModelProtoSchema, proto);
  const graph = copy.graph!;
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const weights = names.map((name): WeightInput => {
    const tensor = initializers.get(name);
    const type = tensor && STORED.get(tensor.dataType);
    if (tensor === undefined || type === undefined)
      throw new HarnessError('GRAPH', { where: name, what: 'The graph has no floating-point weight of this name.' });
    return { name, label: weightLabel(proto.graph!, name), dims: tensor.dims.map(Number), initial: () => read(tensor, { type, folder }) };
  });
  graph.initializer = graph.initializer.filter(({ name }) => !names.includes(name));
  // Only inputs are built: the rest of the model, including its opset, stays as it is.
  const builder = new GraphBuilder();
  for (const { name, dims } of weights) builder.input(name, TensorProto_DataType.FLOAT, dims);
  graph.input.push(...builder.build().graph!.input);
  return { proto: copy, weights };
}

async function read(tensor: TensorProto, { type, folder }: { type: StoredType; folder: string }): Promise<Float32Array> {
  const { name, dims } = tensor;
  const place = placeOf(tensor, folder);
  if (place !== undefined)
    return readFloats({
      name,
      dtype: type,
      shape: dims.map(Number),
      strides: rowMajor(dims.map(Number)),
      file: place.file,
      offset: place.offset,
    });
  if (type !== 'f32')
    throw new HarnessError('GRAPH', { where: name, what: 'A weight in the graph itself is trained only if it is float32.' });
  return tensor.floatData.length > 0 ? Float32Array.from(tensor.floatData) : readFloat32(tensor, folder);
}

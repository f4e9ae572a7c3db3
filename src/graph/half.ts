import { clone, create } from '@bufbuild/protobuf';
import { toHalf } from '../tensors/small-floats.ts';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  type NodeProto,
} from './onnx_pb.ts';
import type { OnnxModel } from './read.ts';
import { isFloatingPoint, readFloat32 } from './weight-bytes.ts';

/**
 * The model with its weights stored as float16, whatever their stored type, and computed with in float32: half the size of float32, and
 * products as accurate as the weights allow. Of the constants in the graph itself only matrices of products and tables change. Throws
 * FORMAT if a weight exceeds the range of float16.
 */
export function storeAsHalf(model: OnnxModel): OnnxModel {
  const proto = clone(ModelProtoSchema, model.proto);
  const graph = proto.graph!;
  const casts: NodeProto[] = [];
  const matrices = new Set(
    graph.node.flatMap(({ opType, input }) => (opType === 'Gemm' ? [input[1]] : opType === 'Gather' ? [input[0]] : [])),
  );
  for (const [i, tensor] of graph.initializer.entries()) {
    const isWeight = tensor.externalData.length > 0 || (tensor.dims.length > 1 && matrices.has(tensor.name));
    if (!isWeight || !isFloatingPoint(tensor) || tensor.dataType === TensorProto_DataType.FLOAT16) continue;
    const rawData = new Uint8Array(toHalf(readFloat32(tensor, model.folder), tensor.name).buffer);
    // Weights of other types than float32 already have a cast.
    const plain = tensor.dataType === TensorProto_DataType.FLOAT;
    const name = plain ? `${tensor.name}.float16` : tensor.name;
    graph.initializer[i] = create(TensorProtoSchema, { name, dataType: TensorProto_DataType.FLOAT16, dims: tensor.dims, rawData });
    if (!plain) continue;
    const to = create(AttributeProtoSchema, { name: 'to', type: AttributeProto_AttributeType.INT, i: BigInt(TensorProto_DataType.FLOAT) });
    casts.push(create(NodeProtoSchema, { name, opType: 'Cast', input: [name], output: [tensor.name], attribute: [to] }));
  }
  graph.node.unshift(...casts);
  return { ...model, proto };
}

import { clone, create } from '@bufbuild/protobuf';
import { HarnessError } from '../errors.ts';
import {
  AttributeProto_AttributeType, AttributeProtoSchema, ModelProtoSchema, NodeProtoSchema, TensorProto_DataType, TensorProtoSchema, type NodeProto,
} from './onnx_pb.ts';
import type { OnnxModel } from './read.ts';
import { isFloatingPoint, readFloat32 } from './weight-bytes.ts';

/** Largest float16. */
const MOST = 65504;

/**
 * The model with its weights stored as float16, whatever they are stored as, and computed with as float32: half the file of
 * float32, and products as exact as the weights allow. Of what the graph itself holds only matrices of products and tables
 * change: other constants stay as they are. Throws FORMAT where a weight is beyond float16.
 */
export function storeAsHalf(model: OnnxModel): OnnxModel {
  const proto = clone(ModelProtoSchema, model.proto);
  const graph = proto.graph!;
  const casts: NodeProto[] = [];
  const matrices = new Set(graph.node.flatMap(({ opType, input }) => (opType === 'Gemm' ? [input[1]] : opType === 'Gather' ? [input[0]] : [])));
  for (const [i, tensor] of graph.initializer.entries()) {
    const isWeight = tensor.externalData.length > 0 || (tensor.dims.length > 1 && matrices.has(tensor.name));
    if (!isWeight || !isFloatingPoint(tensor) || tensor.dataType === TensorProto_DataType.FLOAT16) continue;
    const rawData = new Uint8Array(toHalf(readFloat32(tensor, model.folder), tensor.name).buffer);
    // Weights of other types than float32 are read through a cast already.
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

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** IEEE 754 binary16 of each number, rounded to the nearest, ties to even. */
export function toHalf(values: Float32Array, name: string): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(Math.abs(value) <= MOST)) {
      throw new HarnessError('FORMAT', { where: name, what: `It holds ${value}, which float16 cannot (up to ${MOST}).`, mend: 'Take another --dtype.' });
    }
    out[i] = halfBits(value);
  }
  return out;
}

function halfBits(value: number): number {
  float[0] = value;
  const word = bits[0]!;
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  // Below 2^-14 there is no leading one: the fraction counts in steps of 2^-24.
  if (magnitude < 0x38800000) return sign | roundToEven(Math.abs(value) * 2 ** 24);
  // 13 bits of fraction go, the exponent's bias from 127 to 15; a carry runs into the exponent, as it must.
  const kept = (magnitude - 0x38000000) >>> 13;
  const lost = magnitude & 0x1fff;
  return sign | (kept + (lost > 0x1000 || (lost === 0x1000 && (kept & 1) === 1) ? 1 : 0));
}

function roundToEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return down + (rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? 1 : 0);
}

import { clone, create } from '@bufbuild/protobuf';
import { CONTRIB } from './builder.ts';
import {
  AttributeProto_AttributeType, AttributeProtoSchema, ModelProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema, TensorProto_DataType, TensorProtoSchema,
  type NodeProto,
} from './onnx_pb.ts';
import type { OnnxModel } from './read.ts';
import { readFloat32 } from './weight-bytes.ts';

/**
 * Weights that share a scale, and activations that do, along the inner dimension of a product. With 128 the runtime's results
 * depend on how many rows run together, with 32 and 64 they do not.
 */
export const QUANTISED_BLOCK = 32;
/** The runtime's code for "activations as int8, a scale for each block": nothing is shared between rows, so no vector depends on its batch. */
const ACCURACY_INT8 = 4;
/** Bytes of a quantised weight stand for -128 to 127 about this. */
const ZERO = 128;

/**
 * The model with every product by a weight matrix in 8 bits: weights in blocks of 32 with a scale each, made here,
 * matrix by matrix; activations quantised by the runtime in the same blocks. Embeddings, norms and biases stay float32.
 * Of products it knows Gemm by [out, in] weights, as checkpoints have them.
 */
export function quantise(model: OnnxModel): OnnxModel {
  const proto = clone(ModelProtoSchema, model.proto);
  const graph = proto.graph!;
  const weights = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const done = new Set<string>();
  graph.node = graph.node.map((node) => {
    const weight = weights.get(node.input[1] ?? '');
    if (node.opType !== 'Gemm' || weight === undefined || weight.dims.length !== 2 || weight.dataType !== TensorProto_DataType.FLOAT || !isTransposed(node)) return node;
    const [rows, columns] = weight.dims.map(Number) as [number, number];
    const names = { quantised: `${weight.name}.int8`, scales: `${weight.name}.scales` };
    if (!done.has(weight.name)) {
      done.add(weight.name);
      const { bytes, scales } = quantiseBlocks(readFloat32(weight, model.folder), { rows, columns });
      const blocks = Math.ceil(columns / QUANTISED_BLOCK);
      graph.initializer.push(
        create(TensorProtoSchema, { name: names.quantised, dataType: TensorProto_DataType.UINT8, dims: [rows, blocks, QUANTISED_BLOCK].map(BigInt), rawData: bytes }),
        create(TensorProtoSchema, { name: names.scales, dataType: TensorProto_DataType.FLOAT, dims: [BigInt(rows * blocks)], rawData: new Uint8Array(scales.buffer) }),
      );
    }
    const bias = node.input[2] === undefined ? [] : ['', '', node.input[2]];
    return create(NodeProtoSchema, {
      name: node.name, opType: 'MatMulNBits', domain: CONTRIB, output: node.output, input: [node.input[0]!, names.quantised, names.scales, ...bias],
      attribute: Object.entries({ K: columns, N: rows, bits: 8, block_size: QUANTISED_BLOCK, accuracy_level: ACCURACY_INT8 }).map(([name, value]) =>
        create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) })),
    });
  });
  const read = new Set(graph.node.flatMap(({ input }) => input));
  graph.initializer = graph.initializer.filter(({ name }) => !done.has(name) || read.has(name));
  if (!proto.opsetImport.some(({ domain }) => domain === CONTRIB)) proto.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: CONTRIB, version: 1n }));
  return { ...model, proto };
}

/**
 * Weights [rows, columns] in blocks along each row: bytes [rows, blocks, block] about ZERO, the last block filled up with
 * ZERO, and scales [rows, blocks] in float32. A weight is (byte - ZERO) * scale, off by at most half a scale.
 */
export function quantiseBlocks(weights: Float32Array, { rows, columns }: { rows: number; columns: number }): { bytes: Uint8Array<ArrayBuffer>; scales: Float32Array<ArrayBuffer> } {
  const blocks = Math.ceil(columns / QUANTISED_BLOCK);
  const bytes = new Uint8Array(rows * blocks * QUANTISED_BLOCK).fill(ZERO);
  const scales = new Float32Array(rows * blocks);
  for (let row = 0, block = 0; row < rows; row++) {
    for (let from = 0; from < columns; from += QUANTISED_BLOCK, block++) {
      const to = Math.min(columns, from + QUANTISED_BLOCK);
      let most = 0;
      for (let column = from; column < to; column++) most = Math.max(most, Math.abs(weights[row * columns + column]!));
      const scale = Math.fround(most / 127);
      scales[block] = scale;
      if (scale === 0) continue;
      const at = block * QUANTISED_BLOCK - from;
      for (let column = from; column < to; column++) bytes[at + column] = ZERO + Math.round(weights[row * columns + column]! / scale);
    }
  }
  return { bytes, scales };
}

function isTransposed({ attribute }: NodeProto): boolean {
  return attribute.some(({ name, i }) => name === 'transB' && i === 1n);
}

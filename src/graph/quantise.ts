import { clone, create } from '@bufbuild/protobuf';
import { CONTRIB } from './builder.ts';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from './onnx_pb.ts';
import type { OnnxModel } from './read.ts';
import { readsOf } from './topology.ts';
import { isFloatingPoint, readFloat32 } from './weight-bytes.ts';

/**
 * Number of weights, and of activations, that share a scale along the inner dimension of a product. With 128 the runtime's results depend
 * on the number of rows in a batch, with 32 and 64 they do not.
 */
export const QUANTISED_BLOCK = 32;
/** The runtime's code for "activations as int8, one scale per block": nothing is shared between rows, so no vector depends on its batch. */
const ACCURACY_INT8 = 4;
/** Bytes of a quantised weight represent -128 to 127 around this. */
const ZERO = 128;

/**
 * The model with the weight matrix of every product in 8 bits: weights in blocks of 32 with a scale each, computed here, matrix by matrix,
 * from whatever floating-point type they are stored in; activations quantised by the runtime in the same blocks. Embeddings, norms and
 * biases are kept. Gemm is supported with [out, in] weights, as in checkpoints.
 */
export function quantise(model: OnnxModel): OnnxModel {
  const proto = clone(ModelProtoSchema, model.proto);
  const graph = proto.graph!;
  const weights = matrices(graph);
  const done = new Set<TensorProto>();
  graph.node = graph.node.map((node) => {
    const weight = weights.get(node.input[1] ?? '');
    if (node.opType !== 'Gemm' || weight === undefined || !isTransposed(node)) return node;
    const [rows, columns] = weight.dims.map(Number) as [number, number];
    const names = { quantised: `${weight.name}.int8`, scales: `${weight.name}.scales` };
    if (!done.has(weight)) {
      done.add(weight);
      const { bytes, scales } = quantiseBlocks(readFloat32(weight, model.folder), { rows, columns });
      const blocks = Math.ceil(columns / QUANTISED_BLOCK);
      graph.initializer.push(
        create(TensorProtoSchema, {
          name: names.quantised,
          dataType: TensorProto_DataType.UINT8,
          dims: [rows, blocks, QUANTISED_BLOCK].map(BigInt),
          rawData: bytes,
        }),
        create(TensorProtoSchema, {
          name: names.scales,
          dataType: TensorProto_DataType.FLOAT,
          dims: [BigInt(rows * blocks)],
          rawData: new Uint8Array(scales.buffer),
        }),
      );
    }
    const bias = node.input[2] === undefined ? [] : ['', '', node.input[2]];
    return create(NodeProtoSchema, {
      name: node.name,
      opType: 'MatMulNBits',
      domain: CONTRIB,
      output: node.output,
      input: [node.input[0]!, names.quantised, names.scales, ...bias],
      attribute: Object.entries({ K: columns, N: rows, bits: 8, block_size: QUANTISED_BLOCK, accuracy_level: ACCURACY_INT8 }).map(
        ([name, value]) => create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) }),
      ),
    });
  });
  const wanted = readsOf(graph);
  graph.node = graph.node.filter((node) => !isWeightCast(node, weights) || wanted.has(node.output[0]!));
  const read = readsOf(graph);
  graph.initializer = graph.initializer.filter((tensor) => !done.has(tensor) || read.has(tensor.name));
  if (!proto.opsetImport.some(({ domain }) => domain === CONTRIB))
    proto.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: CONTRIB, version: 1n }));
  return { ...model, proto };
}

/** Two-dimensional floating-point weights, by the names under which products read them: their own, or that of a cast to float32. */
function matrices({ initializer, node }: GraphProto): Map<string, TensorProto> {
  const found = new Map(
    initializer.filter((tensor) => tensor.dims.length === 2 && isFloatingPoint(tensor)).map((tensor) => [tensor.name, tensor]),
  );
  for (const { opType, input, output } of node) {
    const tensor = found.get(input[0] ?? '');
    if (opType === 'Cast' && tensor !== undefined) found.set(output[0]!, tensor);
  }
  return found;
}

function isWeightCast({ opType, input }: NodeProto, weights: ReadonlyMap<string, TensorProto>): boolean {
  return opType === 'Cast' && weights.has(input[0]!);
}

/**
 * Weights [rows, columns] in blocks along each row: bytes [rows, blocks, block] around ZERO, the last block padded with ZERO, and scales
 * [rows, blocks] in float32. A weight is (byte - ZERO) * scale, off by at most half a scale.
 */
export function quantiseBlocks(
  weights: Float32Array,
  { rows, columns }: { rows: number; columns: number },
): { bytes: Uint8Array<ArrayBuffer>; scales: Float32Array<ArrayBuffer> } {
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

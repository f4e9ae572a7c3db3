import { TensorProto_DataType, type GraphProto } from '../graph/onnx_pb.ts';

/** Operators that quantise activations with one scale for the whole batch. */
const BATCH_SCALED: ReadonlySet<string> = new Set(['DynamicQuantizeLinear', 'DynamicQuantizeMatMul', 'DynamicQuantizeLSTM', 'QAttention']);

/** The stored weight precision, by the majority of the weights' bytes. */
export function graphDtype(graph: GraphProto): { dtype: 'fp32' | 'fp16' | 'bf16' | 'q8' | 'q4'; needsSingleTextBatches: boolean } {
  const needsSingleTextBatches = graph.node.some(({ opType }) => BATCH_SCALED.has(opType));
  const blocks = graph.node.filter(({ opType }) => opType === 'MatMulNBits');
  if (blocks.length > 0) {
    const eight = blocks.every(({ attribute }) => attribute.some(({ name, i }) => name === 'bits' && i === 8n));
    return { dtype: eight ? 'q8' : 'q4', needsSingleTextBatches };
  }
  const bytes = new Map<number, number>();
  for (const { dataType, dims } of graph.initializer) {
    const size = dims.reduce((product, dim) => product * Number(dim), 1) * (BYTES[dataType] ?? 0);
    bytes.set(dataType, (bytes.get(dataType) ?? 0) + size);
  }
  const most = [...bytes].toSorted(([, a], [, b]) => b - a)[0]?.[0];
  switch (most) {
    case TensorProto_DataType.FLOAT16:
      return { dtype: 'fp16', needsSingleTextBatches };
    case TensorProto_DataType.BFLOAT16:
      return { dtype: 'bf16', needsSingleTextBatches };
    case TensorProto_DataType.INT8:
    case TensorProto_DataType.UINT8:
      return { dtype: 'q8', needsSingleTextBatches };
    case TensorProto_DataType.INT4:
    case TensorProto_DataType.UINT4:
      return { dtype: 'q4', needsSingleTextBatches };
    default:
      return { dtype: 'fp32', needsSingleTextBatches };
  }
}

const BYTES: Readonly<Record<number, number>> = {
  [TensorProto_DataType.FLOAT]: 4,
  [TensorProto_DataType.FLOAT16]: 2,
  [TensorProto_DataType.BFLOAT16]: 2,
  [TensorProto_DataType.INT8]: 1,
  [TensorProto_DataType.UINT8]: 1,
  [TensorProto_DataType.INT4]: 0.5,
  [TensorProto_DataType.UINT4]: 0.5,
};

import { Tensor } from '../runtime.ts';
import type { Value } from '../builder.ts';
import { TensorProto_DataType, type GraphProto, type ValueInfoProto } from '../onnx_pb.ts';
import { probe } from '../probe.ts';
import type { OnnxModel } from '../read.ts';

/** Texts and tokens of the run that determines shapes. */
const SIZES = [2, 4];

/** Operators whose plain form depends on the rank of a tensor. */
const WANT_SHAPES: ReadonlySet<string> = new Set(['Attention', 'QAttention', 'MultiHeadAttention', 'FusedMatMul']);

/** Shapes of a graph's tensors if its plain form depends on them: it is run once, for two texts of four tokens. */
export async function shapesWanted({ proto, folder }: OnnxModel): Promise<ReadonlyMap<Value, readonly number[]> | undefined> {
  const graph = proto.graph!;
  const version = proto.opsetImport.find(({ domain }) => domain === '')?.version ?? 0n;
  const softmax = version > 0n && version < 13n;
  if (!graph.node.some(({ opType }) => WANT_SHAPES.has(opType) || (softmax && opType.endsWith('Softmax')))) return undefined;
  const { shapes } = await probe(proto, { folder, feeds: feedsOf(graph) });
  return shapes;
}

function feedsOf({ input, initializer }: GraphProto): Record<string, Tensor> {
  const weights = new Set(initializer.map(({ name }) => name));
  return Object.fromEntries(input.filter(({ name }) => !weights.has(name)).map((each) => [each.name, feedOf(each)]));
}

function feedOf({ type }: ValueInfoProto): Tensor {
  const tensor = type?.value.case === 'tensorType' ? type.value.value : undefined;
  const dims = (tensor?.shape?.dim ?? []).map(({ value }, i) =>
    value.case === 'dimValue' && value.value > 0n ? Number(value.value) : (SIZES[i] ?? 1),
  );
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (tensor?.elemType === TensorProto_DataType.INT32) return new Tensor('int32', new Int32Array(size).fill(1), dims);
  if (tensor?.elemType === TensorProto_DataType.FLOAT) return new Tensor('float32', new Float32Array(size).fill(1), dims);
  return new Tensor('int64', new BigInt64Array(size).fill(1n), dims);
}

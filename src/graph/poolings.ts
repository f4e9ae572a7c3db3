import { clone, create } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type ValueInfoProto,
} from './onnx_pb.ts';
import { prune } from './topology.ts';

/** Increased when an edited graph may give other numbers than before for the same file: stored vectors are keyed by it. */
export const GRAPH_EDIT_VERSION = 2;

/** Names of added nodes. The prefix avoids clashes with those of exporters. */
export const POOL = { weights: 'bench.pool_weights', pooled: 'bench.pooled', max: 'bench.max' } as const;

export interface PoolingEdit {
  readonly proto: ModelProto;
  /** Tensors [batch, tokens, width] to pool, in order. */
  readonly states: readonly string[];
  /** Also the maximum over tokens. */
  readonly max: boolean;
  /** Number of leading tokens excluded from the maximum; sums exclude them by `bench.pool_weights`. */
  readonly skip?: number | undefined;
  /** Rows of the outputs that are wanted. Default: all. */
  readonly rows?: PooledRows | undefined;
}

/** Rows of the pooled hidden states, along the second axis, ascending. */
export interface PooledRows {
  readonly pooled: readonly number[];
  readonly max: readonly number[];
}

/**
 * A copy of the model whose only outputs are pooled hidden states: `bench.pooled` [batch, states * poolings, width], and `bench.max`
 * [batch, states, width] if requested; or `rows` of these. Every pooling but the maximum is a weighted sum of token vectors, so all of them
 * are one matrix product with the new input `bench.pool_weights` [batch, poolings, tokens]: a first-token vector has weight 1 for the first
 * token, a mean 1 / tokens for each. What the outputs do not need (later layers, heads) is removed, and token vectors never leave the
 * runtime.
 */
export function addPoolings({ proto, states, max, skip = 0, rows }: PoolingEdit): ModelProto {
  const edited = editable(proto);
  const graph = edited.graph!;
  const opset = edited.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 1n;
  const float = states.map((state, i) => append(graph, 'Cast', [state], `bench.state.${i}`, { to: BigInt(TensorProto_DataType.FLOAT) }));
  graph.input.push(floatTensor(POOL.weights, ['batch_size', 'bench.poolings', 'sequence_length']));
  const sums = float.map((state, i) => append(graph, 'MatMul', [POOL.weights, state], `bench.sum.${i}`, {}));
  joined(graph, sums, POOL.pooled, rows?.pooled);
  graph.output = [floatTensor(POOL.pooled, ['batch_size', undefined, undefined])];
  if (max) {
    const maxima = float.map((state, i) => maximumOverTokens(graph, withoutFirst(graph, { state, skip, opset }), `bench.max.${i}`, opset));
    joined(graph, maxima, POOL.max, rows?.max);
    graph.output.push(floatTensor(POOL.max, ['batch_size', undefined, undefined]));
  }
  prune(graph);
  return edited;
}

/** `parts` along the second axis, or `rows` of that: picked from the whole, so that each part is computed whatever is wanted. */
function joined(graph: GraphProto, parts: readonly string[], output: string, rows: readonly number[] | undefined): void {
  if (rows === undefined) append(graph, 'Concat', parts, output, { axis: 1n });
  else {
    const name = `${output}.rows`;
    const int64Data = rows.map(BigInt);
    graph.initializer.push(
      create(TensorProtoSchema, { name, dataType: TensorProto_DataType.INT64, dims: [BigInt(rows.length)], int64Data }),
    );
    append(graph, 'Gather', [append(graph, 'Concat', parts, `${output}.all`, { axis: 1n }), name], output, { axis: 1n });
  }
}

/** A copy of a model that can be edited. Weights, which may be most of a gigabyte, are shared and not changed. */
export function editable(proto: ModelProto): ModelProto {
  const { initializer } = proto.graph!;
  const edited = clone(ModelProtoSchema, { ...proto, graph: { ...proto.graph!, initializer: [] } });
  edited.graph!.initializer = [...initializer];
  return edited;
}

/** A state [batch, tokens, width] from token `skip` on. The slice bounds became inputs with opset 10. */
function withoutFirst(graph: GraphProto, { state, skip, opset }: { state: string; skip: number; opset: bigint }): string {
  if (skip === 0) return state;
  const end = 2n ** 31n - 1n;
  const output = `${state}.cut`;
  if (opset < 10n) return append(graph, 'Slice', [state], output, { starts: [BigInt(skip)], ends: [end], axes: [1n] });
  const bounds = { 'bench.first': BigInt(skip), 'bench.end': end, 'bench.token_axis': 1n };
  for (const [name, value] of Object.entries(bounds)) constant(graph, name, value);
  return append(graph, 'Slice', [state, ...Object.keys(bounds)], output, {});
}

/** An integer constant, in a list, added to the graph once. */
function constant(graph: GraphProto, name: string, value: bigint): string {
  if (!graph.initializer.some((tensor) => tensor.name === name)) {
    graph.initializer.push(create(TensorProtoSchema, { name, dataType: TensorProto_DataType.INT64, dims: [1n], int64Data: [value] }));
  }
  return name;
}

/** The axes became an input with opset 18. */
function maximumOverTokens(graph: GraphProto, state: string, output: string, opset: bigint): string {
  if (opset < 18n) return append(graph, 'ReduceMax', [state], output, { axes: [1n], keepdims: 1n });
  return append(graph, 'ReduceMax', [state, constant(graph, 'bench.token_axis', 1n)], output, { keepdims: 1n });
}

/** Appends a node with one output to the graph; returns the output's name. */
export function append(
  graph: GraphProto,
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Record<string, bigint | bigint[]>,
): string {
  const node: NodeProto = create(NodeProtoSchema, {
    name: output,
    opType,
    input: [...input],
    output: [output],
    attribute: Object.entries(attributes).map(([name, value]) =>
      create(
        AttributeProtoSchema,
        Array.isArray(value)
          ? { name, type: AttributeProto_AttributeType.INTS, ints: value }
          : { name, type: AttributeProto_AttributeType.INT, i: value },
      ),
    ),
  });
  graph.node.push(node);
  return output;
}

/** Description of a float32 tensor; an unnamed dimension is dynamic. */
export function floatTensor(name: string, dims: readonly (string | number | undefined)[]): ValueInfoProto {
  return tensorOf(TensorProto_DataType.FLOAT, name, dims);
}

/** Description of a tensor of any type. */
export function tensorOf(elemType: TensorProto_DataType, name: string, dims: readonly (string | number | undefined)[]): ValueInfoProto {
  const shape = create(TensorShapeProtoSchema, {
    dim: dims.map((dim) => {
      if (dim === undefined) return create(TensorShapeProto_DimensionSchema, {});
      const value =
        typeof dim === 'number' ? ({ case: 'dimValue', value: BigInt(dim) } as const) : ({ case: 'dimParam', value: dim } as const);
      return create(TensorShapeProto_DimensionSchema, { value });
    }),
  });
  const tensorType = create(TypeProto_TensorSchema, { elemType, shape });
  return create(ValueInfoProtoSchema, { name, type: create(TypeProtoSchema, { value: { case: 'tensorType', value: tensorType } }) });
}

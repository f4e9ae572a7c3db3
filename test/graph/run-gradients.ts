import { clone, create, toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { GraphBuilder, type Value } from '../../src/graph/builder.ts';
import { conditionsOf, takeBranches } from '../../src/graph/branches.ts';
import { BACKWARD_SESSION, differentiate } from '../../src/graph/differentiate.ts';
import { ModelProtoSchema, TensorProto_DataType, ValueInfoProtoSchema, type ModelProto } from '../../src/graph/onnx_pb.ts';
import { probe } from '../../src/graph/probe.ts';
import { prune } from '../../src/graph/topology.ts';

/** int64 [rows, columns] */
export function integers(rows: readonly (readonly number[])[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]!.length]);
}

interface RunParams {
  readonly folder: string;
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Whether the runtime may rewrite the graph. */
  readonly optimised?: boolean;
}

/** Runs a graph for some of its tensors. Modifies `model`. */
export async function run(
  model: ModelProto,
  outputs: readonly Value[],
  { folder, feeds, optimised = true }: RunParams,
): Promise<Record<string, Tensor>> {
  model.graph!.output = [...new Set(outputs)].map((name) => create(ValueInfoProtoSchema, { name }));
  prune(model.graph!);
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, model), {
    extra: { ...BACKWARD_SESSION, session: { model_external_initializers_file_folder_path: folder } },
    graphOptimizationLevel: optimised ? 'all' : 'disabled',
    logSeverityLevel: 3,
  });
  const found = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!])));
  await session.release();
  return found as Record<string, Tensor>;
}

/** Whether the conditions of a graph's If nodes hold for these inputs. */
export async function heldConditions(model: ModelProto, given: RunParams): Promise<Map<Value, boolean>> {
  const conditions = conditionsOf(model.graph!);
  if (conditions.length === 0) return new Map();
  const found = await run(clone(ModelProtoSchema, model), conditions, given);
  return new Map(conditions.map((name) => [name, Boolean(found[name]!.data[0])]));
}

interface GradientParams {
  readonly folder: string;
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Inputs of the run that determines the shapes, if other than these. */
  readonly probing?: Readonly<Record<string, Tensor>>;
  readonly weights: readonly Value[];
  /** Adds the loss to the graph. */
  readonly loss: (builder: GraphBuilder) => Value;
}

/** Gradients of a loss in each weight that it depends on, rows of tables accumulated. */
export async function gradientsOf(
  encoder: ModelProto,
  { folder, feeds, probing = feeds, weights, loss }: GradientParams,
): Promise<Map<Value, Float64Array>> {
  const forward = GraphBuilder.from(takeBranches(encoder, await heldConditions(encoder, { folder, feeds })));
  const value = loss(forward);
  const model = forward.build();
  const probed = await probe(model, { folder, feeds: probing });
  const builder = GraphBuilder.from(model);
  const gradients = differentiate({ builder, graph: model.graph!, loss: value, wrt: weights, ...probed });
  const wanted = [...gradients.values()].flatMap(({ dense, rows }) => [
    ...(dense === undefined ? [] : [dense]),
    ...rows.flatMap(({ ids, values }) => [ids, values]),
  ]);
  const found = await run(builder.build(), wanted, { folder, feeds });
  return new Map(
    [...gradients].map(([name, { dense, rows }]) => {
      const shape = probed.shapes.get(name)!;
      const sum = new Float64Array(shape.reduce((product, dim) => product * dim, 1));
      if (dense !== undefined) sum.set(found[dense]!.data as Float32Array);
      for (const { ids, values } of rows)
        addRows(sum, { ids: found[ids]!, values: found[values]!.data as Float32Array, width: sum.length / shape[0]! });
      return [name, sum];
    }),
  );
}

function addRows(sum: Float64Array, { ids, values, width }: { ids: Tensor; values: Float32Array; width: number }): void {
  const numbers = Array.from(ids.data as BigInt64Array, Number);
  for (let i = 0; i < values.length; i++) sum[numbers[Math.floor(i / width) % numbers.length]! * width + (i % width)]! += values[i]!;
}

/** Sum of mean-pooled token vectors times the numbers of the input `fixed` [batch, width]. */
export function meanLoss(builder: GraphBuilder, { state, width }: { state: Value; width: number }): Value {
  const mask = builder.op('Unsqueeze', [builder.op('Cast', ['attention_mask'], { to: TensorProto_DataType.FLOAT }), builder.ints([-1])]);
  const sum = builder.op('ReduceSum', [builder.op('Mul', [state, mask]), builder.ints([1])], { keepdims: 0 });
  const pooled = builder.op('Div', [sum, builder.op('ReduceSum', [mask, builder.ints([1])], { keepdims: 0 })]);
  const numbers = builder.input('fixed', TensorProto_DataType.FLOAT, ['batch', width]);
  return builder.op('ReduceSum', [builder.op('Mul', [pooled, numbers])], { keepdims: 0 });
}

/** Numbers between -1 and 1 that any language can compute. */
export function fixed(count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 31 - 1);
}

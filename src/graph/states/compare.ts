import { create, toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../runtime.ts';
import { HarnessError, reason } from '../../errors.ts';
import type { Value } from '../builder.ts';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  ValueInfoProtoSchema,
  type ModelProto,
  type ValueInfoProto,
} from '../onnx_pb.ts';
import { attributeProto } from '../builder.ts';
import type { OnnxModel } from '../read.ts';
import { prune } from '../topology.ts';

/** Texts and tokens of the run; the ids are small numbers, which every vocabulary has. */
const TEXTS = 2;
const TOKENS = 4;

export interface Difference {
  /** Largest elementwise difference; infinite if shapes differ, NaN if a number is NaN. */
  readonly most: number;
  /** Largest absolute number of the second. */
  readonly largest: number;
}

/**
 * Differences between tensors of a graph, pair by pair, when it runs on two texts of four tokens. Weights are read by the runtime from
 * their location, and not kept. Throws GRAPH if it does not run.
 */
export async function largestDifference({ proto, folder }: OnnxModel, pairs: readonly (readonly [Value, Value])[]): Promise<Difference[]> {
  const names = [...new Set(pairs.flat())];
  const outputs = await run(withOutputs(proto, names), { folder, names });
  return pairs.map(([a, b]) => {
    const [x, y] = [outputs.get(a)!, outputs.get(b)!];
    const [first, second] = [x.data as Float32Array, y.data as Float32Array];
    const largest = second.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (x.dims.join() !== y.dims.join()) return { most: Infinity, largest };
    // NaN must count as a large difference.
    const most = first.reduce((worst, value, i) => Math.max(worst, Math.abs(value - second[i]!)), 0);
    return { most, largest };
  });
}

/** The model with only these tensors as float32 outputs. */
function withOutputs(proto: ModelProto, names: readonly Value[]): ModelProto {
  const casts = names.map((name, i) =>
    create(NodeProtoSchema, {
      name: outputName(i),
      opType: 'Cast',
      input: [name],
      output: [outputName(i)],
      attribute: [attributeProto('to', TensorProto_DataType.FLOAT)],
    }),
  );
  const graph = create(GraphProtoSchema, {
    ...proto.graph!,
    node: [...proto.graph!.node, ...casts],
    output: names.map((_, i) => create(ValueInfoProtoSchema, { name: outputName(i) })),
  });
  prune(graph);
  return create(ModelProtoSchema, { ...proto, graph });
}

function outputName(i: number): string {
  return `bench.compared.${i}`;
}

async function run(model: ModelProto, { folder, names }: { folder: string; names: readonly Value[] }): Promise<ReadonlyMap<Value, Tensor>> {
  try {
    const session = await InferenceSession.create(toBinary(ModelProtoSchema, model), {
      // A single run is not worth further optimisation.
      graphOptimizationLevel: 'basic',
      intraOpNumThreads: 1,
      extra: { session: { model_external_initializers_file_folder_path: folder } },
      logSeverityLevel: 4,
    });
    const weights = new Set(model.graph!.initializer.map(({ name }) => name));
    const feeds = Object.fromEntries(
      model.graph!.input.filter(({ name }) => !weights.has(name)).map((input) => [input.name, feedOf(input)]),
    );
    try {
      const outputs = await session.run(feeds, { logSeverityLevel: 4 });
      return new Map(names.map((name, i) => [name, outputs[outputName(i)]!]));
    } finally {
      await session.release();
    }
  } catch (error) {
    throw new HarnessError('GRAPH', { what: `The graph does not run: ${reason(error)}.` }, { cause: error });
  }
}

function feedOf({ name, type }: ValueInfoProto): Tensor {
  const elem = type?.value.case === 'tensorType' ? type.value.value.elemType : TensorProto_DataType.INT64;
  const of = (i: number): number => {
    if (name === 'input_ids') return i + 1;
    if (name === 'position_ids') return i % TOKENS;
    return name === 'token_type_ids' ? 0 : 1;
  };
  const values = Array.from({ length: TEXTS * TOKENS }, (_, i) => of(i));
  if (elem === TensorProto_DataType.INT32) return new Tensor('int32', Int32Array.from(values), [TEXTS, TOKENS]);
  return new Tensor('int64', BigInt64Array.from(values, BigInt), [TEXTS, TOKENS]);
}

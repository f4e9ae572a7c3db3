import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../src/graph/runtime.ts';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { buildEncoder, type BuildParams } from '../src/encoders/families/build.ts';
import { CONTRIB } from '../src/graph/builder.ts';
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  type GraphProto,
  type NodeProto,
} from '../src/graph/onnx_pb.ts';
import type { OnnxModel } from '../src/graph/read.ts';
import { readFloat32 } from '../src/graph/weight-bytes.ts';
import { randomCheckpoint } from './checkpoints.ts';

/** How the runtime optimises a graph written in other ways, and how fast that is: which forms are worth writing. */
const BATCHES = [
  { texts: 8, tokens: 512 },
  { texts: 64, tokens: 16 },
  { texts: 1, tokens: 16 },
] as const;
const FIRST_ID = 1000;

interface Variant {
  readonly name: string;
  readonly build?: Omit<BuildParams, 'folder'>;
  readonly level?: 'basic' | 'all';
  /** Modifies the graph. */
  readonly edit?: (model: OnnxModel) => void;
}

const VARIANTS: readonly Variant[] = [
  { name: 'standard operators', build: { form: 'standard' } },
  { name: 'fast form: MultiHeadAttention' },
  { name: 'fast form, nothing fused by the runtime', level: 'basic' },
  { name: 'with SkipLayerNormalization', edit: (model) => skipLayerNorms(model.proto.graph!) },
  { name: 'with BiasGelu', edit: (model) => biasGelus(model.proto.graph!) },
  { name: 'with packed QKV (Attention)', edit: packProjections },
  { name: 'q8', build: { dtype: 'q8' } },
];

/** Argument: rounds. PYTHON names an interpreter with torch, which makes the weights once. */
export async function bench([rounds = '3']: readonly string[]): Promise<void> {
  const folder = randomCheckpoint('bert-base-cased', process.env['PYTHON'] ?? 'python3');
  const scratch = mkdtempSync(path.join(tmpdir(), 'perf-fusions-'));
  const optimised = path.join(scratch, 'optimised.onnx');
  const sessions: { readonly name: string; readonly session: InferenceSession; readonly best: number[] }[] = [];
  for (const { name, build, level = 'all', edit } of VARIANTS) {
    const { model } = await buildEncoder({ folder, ...build });
    edit?.(model);
    const session = await InferenceSession.create(toBinary(ModelProtoSchema, model.proto), {
      intraOpNumThreads: availableParallelism(),
      graphOptimizationLevel: level,
      enableMemPattern: false,
      optimizedModelFilePath: optimised,
      extra: { session: { model_external_initializers_file_folder_path: model.folder } },
      logSeverityLevel: 4,
    });
    console.log(`${name}: ${operators(optimised)}`);
    rmSync(optimised);
    sessions.push({ name, session, best: BATCHES.map(() => Infinity) });
  }
  const expected: Float32Array[] = [];
  const worst = new Map<string, number>();
  for (let round = 0; round < Number(rounds); round++) {
    for (const { name, session, best } of sessions) {
      for (const [i, { texts, tokens }] of BATCHES.entries()) {
        const feeds = feedsOf(session, texts, tokens);
        const started = performance.now();
        const { last_hidden_state: last } = await session.run(feeds);
        best[i] = Math.min(best[i]!, (performance.now() - started) / 1000);
        const state = last!.data as Float32Array;
        expected[i] ??= state;
        worst.set(
          name,
          Math.max(
            worst.get(name) ?? 0,
            state.reduce((most, value, at) => Math.max(most, Math.abs(value - expected[i]![at]!)), 0),
          ),
        );
      }
    }
  }
  for (const { name, best, session } of sessions) {
    console.log(
      `${name.padEnd(42)} ${BATCHES.map(({ texts, tokens }, i) => `${texts} x ${tokens} ${best[i]!.toFixed(3)} s`).join(', ')}, differs by ${worst.get(name)!.toExponential(1)}`,
    );
    await session.release();
  }
  rmSync(scratch, { recursive: true });
}

function feedsOf({ inputNames }: InferenceSession, texts: number, tokens: number): Record<string, Tensor> {
  const random = xoroshiro128plus(1);
  const ids = BigInt64Array.from({ length: texts * tokens }, () => BigInt(FIRST_ID + ((random.next() >>> 0) % 20_000)));
  const mask = new BigInt64Array(ids.length).fill(1n);
  return Object.fromEntries(inputNames.map((name) => [name, new Tensor('int64', name === 'input_ids' ? ids : mask, [texts, tokens])]));
}

/** Operators of a model with their counts, most frequent first. */
function operators(file: string): string {
  const counts = new Map<string, number>();
  for (const { opType } of fromBinary(ModelProtoSchema, readFileSync(file)).graph!.node) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

function contrib(
  opType: string,
  from: NodeProto,
  input: readonly string[],
  numbers: Readonly<Record<string, number>> = {},
  floats: Readonly<Record<string, number>> = {},
): NodeProto {
  return create(NodeProtoSchema, {
    name: from.name,
    opType,
    domain: CONTRIB,
    input: [...input],
    output: [...from.output],
    attribute: [
      ...Object.entries(numbers).map(([name, value]) =>
        create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) }),
      ),
      ...Object.entries(floats).map(([name, value]) =>
        create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value }),
      ),
    ],
  });
}

function makers(graph: GraphProto): Map<string, NodeProto> {
  return new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
}

/** Fuses Add and LayerNormalization. */
function skipLayerNorms(graph: GraphProto): void {
  const made = makers(graph);
  const gone = new Set<NodeProto>();
  graph.node = graph.node.map((node) => {
    const sum = made.get(node.input[0]!);
    if (node.opType !== 'LayerNormalization' || sum?.opType !== 'Add' || !sum.name.includes('layer.')) return node;
    gone.add(sum);
    return contrib(
      'SkipLayerNormalization',
      node,
      [...sum.input, ...node.input.slice(1)],
      {},
      { epsilon: node.attribute.find(({ name }) => name === 'epsilon')!.f },
    );
  });
  graph.node = graph.node.filter((node) => !gone.has(node));
}

/** Fuses the bias of the first feed-forward product with its activation. */
function biasGelus(graph: GraphProto): void {
  const made = makers(graph);
  graph.node = graph.node.map((node) => {
    const product = made.get(node.input[0]!);
    if (node.opType !== 'Gelu' || product?.opType !== 'Gemm') return node;
    return contrib('BiasGelu', node, [product.output[0]!, product.input.splice(2, 1)[0]!]);
  });
}

/** Three projections and MultiHeadAttention as one Attention, whose weights [width, 3 * width] are made here. */
function packProjections({ proto, folder }: OnnxModel): void {
  const graph = proto.graph!;
  const made = makers(graph);
  const weights = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const gone = new Set<NodeProto>();
  graph.node = graph.node.map((node) => {
    if (node.opType !== 'MultiHeadAttention') return node;
    const reshapes = node.input.slice(0, 3).map((name) => made.get(name)!);
    const products = reshapes.map(({ input }) => made.get(input[0]!)!);
    for (const each of [...reshapes.slice(1), ...products]) gone.add(each);
    const [matrices, biases] = [1, 2].map((i) => products.map(({ input }) => readFloat32(weights.get(input[i]!)!, folder))) as [
      Float32Array[],
      Float32Array[],
    ];
    const width = biases[0]!.length;
    const packed = new Float32Array(3 * width * width);
    for (const [part, matrix] of matrices.entries()) {
      for (let to = 0; to < width; to++)
        for (let from = 0; from < width; from++) packed[from * 3 * width + part * width + to] = matrix[to * width + from]!;
    }
    const bias = new Float32Array(3 * width);
    biases.forEach((each, part) => bias.set(each, part * width));
    const names = { weight: `${node.name}.weight`, bias: `${node.name}.bias` };
    graph.initializer.push(
      create(TensorProtoSchema, {
        name: names.weight,
        dataType: TensorProto_DataType.FLOAT,
        dims: [width, 3 * width].map(BigInt),
        rawData: new Uint8Array(packed.buffer),
      }),
      create(TensorProtoSchema, {
        name: names.bias,
        dataType: TensorProto_DataType.FLOAT,
        dims: [BigInt(3 * width)],
        rawData: new Uint8Array(bias.buffer),
      }),
    );
    reshapes[0]!.input[0] = products[0]!.input[0]!;
    const heads = Number(node.attribute.find(({ name }) => name === 'num_heads')!.i);
    return contrib('Attention', node, [reshapes[0]!.output[0]!, names.weight, names.bias], { num_heads: heads });
  });
  graph.node = graph.node.filter((node) => !gone.has(node));
}

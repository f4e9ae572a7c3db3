import { toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder, type Value } from '../graph/builder.ts';
import { ModelProtoSchema, TensorProto_DataType } from '../graph/onnx_pb.ts';
import type { Matrix } from '../numeric/matrix.ts';

const DOUBLE = TensorProto_DataType.DOUBLE;

/** A fitted or to be fitted logistic regression. */
export interface LogisticProblem {
  /** Sum over the masked texts; weights [width, classes]; writes its gradient. */
  loss(weights: Float64Array, gradient: Float64Array): Promise<number>;
  /** [n, classes] */
  posteriors(weights: Float64Array): Promise<Float64Array>;
}

export interface LogisticParams {
  /** [n, width] */
  readonly inputs: Float64Array;
  readonly width: number;
  /** [n] */
  readonly labels: Int32Array;
  readonly classes: number;
  /** [n] 1 for a text that counts. */
  readonly mask: Float64Array;
}

export interface DistanceSumParams {
  /** [n, width] */
  readonly rows: Float64Array;
  readonly width: number;
  /** [n, classes] */
  readonly membership: Float64Array;
  readonly classes: number;
  /** Rows at a time. */
  readonly tile: number;
}

/** Matrix products of the estimators in float64, on the runtime. Each call blocks its thread. */
export class EstimatorRuntime {
  readonly #threads: number;
  readonly #sessions = new Map<string, Promise<InferenceSession>>();

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** xᵀ x, [d, d]. */
  async gram({ rows, cols, data }: Matrix): Promise<Float64Array> {
    const x = new Tensor('float64', Float64Array.from(data), [rows, cols]);
    const { out } = await this.#run('gram', { x });
    return out!.data as Float64Array;
  }

  async logistic({ inputs, width, labels, classes, mask }: LogisticParams): Promise<LogisticProblem> {
    const n = labels.length;
    const truth = new Float64Array(n * classes);
    for (let i = 0; i < n; i++) truth[i * classes + labels[i]!] = 1;
    const x = new Tensor('float64', inputs, [n, width]);
    const y = new Tensor('float64', truth, [n, classes]);
    const m = new Tensor('float64', mask, [n, 1]);
    const w = (weights: Float64Array) => new Tensor('float64', weights, [width, classes]);
    return {
      loss: async (weights, gradient) => {
        const { loss, slope } = await this.#run('logistic', { x, y, m, w: w(weights) });
        gradient.set(slope!.data as Float64Array);
        return (loss!.data as Float64Array)[0]!;
      },
      posteriors: async (weights) => (await this.#run('posteriors', { x, w: w(weights) }))['out']!.data as Float64Array,
    };
  }

  /** [n, classes] sum of the distances of each row to the rows of each class. */
  async distanceSums({ rows, width, membership, classes, tile }: DistanceSumParams): Promise<Float64Array> {
    const n = rows.length / width;
    const sums = new Float64Array(n * classes);
    const all = new Tensor('float64', rows, [n, width]);
    const members = new Tensor('float64', membership, [n, classes]);
    for (let from = 0; from < n; from += tile) {
      const count = Math.min(tile, n - from);
      const q = new Tensor('float64', rows.subarray(from * width, (from + count) * width), [count, width]);
      const { out } = await this.#run('distances', { q, all, members });
      sums.set(out!.data as Float64Array, from * classes);
    }
    return sums;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release();
    this.#sessions.clear();
  }

  async #run(name: keyof typeof GRAPHS, feeds: Record<string, Tensor>): Promise<Readonly<Record<string, Tensor>>> {
    let session = this.#sessions.get(name);
    if (session === undefined) {
      session = InferenceSession.create(GRAPHS[name](), { intraOpNumThreads: this.#threads, interOpNumThreads: 1, executionMode: 'sequential', enableMemPattern: false, logSeverityLevel: 3 });
      this.#sessions.set(name, session);
    }
    return (await session).run(feeds) as Promise<Readonly<Record<string, Tensor>>>;
  }
}

const GRAPHS = { gram, logistic, posteriors, distances } as const;

function gram(): Uint8Array {
  return model((b, input) => {
    const x = input('x', ['n', 'd']);
    return { out: [b.op('Gemm', [x, x], { transA: 1 }), ['d', 'd']] };
  });
}

function logistic(): Uint8Array {
  return model((b, input) => {
    const [x, y, m, w] = [input('x', ['n', 'd']), input('y', ['n', 'c']), input('m', ['n', 1]), input('w', ['d', 'c'])];
    const logs = b.op('LogSoftmax', [b.op('MatMul', [x, w])], { axis: 1 });
    const masked = b.op('Mul', [y, m]);
    const loss = b.op('Neg', [b.op('ReduceSum', [b.op('Mul', [logs, masked])], { keepdims: 0 })]);
    const off = b.op('Sub', [b.op('Mul', [b.op('Exp', [logs]), m]), masked]);
    return { loss: [loss, []], slope: [b.op('Gemm', [x, off], { transA: 1 }), ['d', 'c']] };
  });
}

function posteriors(): Uint8Array {
  return model((b, input) => {
    const [x, w] = [input('x', ['n', 'd']), input('w', ['d', 'c'])];
    return { out: [b.op('Softmax', [b.op('MatMul', [x, w])], { axis: 1 }), ['n', 'c']] };
  });
}

function distances(): Uint8Array {
  return model((b, input) => {
    const [q, all, members] = [input('q', ['m', 'd']), input('all', ['n', 'd']), input('members', ['n', 'c'])];
    const square = (value: Value) => b.op('ReduceSum', [b.op('Mul', [value, value]), b.ints([1])], { keepdims: 1 });
    const products = b.op('Gemm', [q, all], { transB: 1, alpha: { float: -2 } });
    const squares = b.op('Add', [b.op('Add', [products, square(q)]), b.op('Transpose', [square(all)], { perm: [1, 0] })]);
    const zero = b.tensor('zero', { dataType: DOUBLE, dims: [], raw: Float64Array.of(0) });
    return { out: [b.op('MatMul', [b.op('Sqrt', [b.op('Max', [squares, zero])]), members]), ['m', 'c']] };
  });
}

type Outputs = Readonly<Record<string, readonly [Value, readonly (string | number)[]]>>;

function model(make: (builder: GraphBuilder, input: (name: string, dims: readonly (string | number)[]) => Value) => Outputs): Uint8Array {
  const builder = new GraphBuilder();
  const outputs = make(builder, (name, dims) => builder.input(name, DOUBLE, dims));
  for (const [name, [value, dims]] of Object.entries(outputs)) builder.output(value, { name, type: DOUBLE, dims });
  return toBinary(ModelProtoSchema, builder.build());
}

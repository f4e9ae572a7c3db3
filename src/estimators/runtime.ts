import { toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../graph/runtime.ts';
import { GraphBuilder, type Value } from '../graph/builder.ts';
import { ModelProtoSchema, TensorProto_DataType } from '../graph/onnx_pb.ts';

const { DOUBLE, FLOAT, INT64 } = TensorProto_DataType;

/** Numbers per product: bounds memory for a large corpus. */
const TILE_NUMBERS = 4 << 20;

export interface LogisticParams {
  /** [n, width] */
  readonly inputs: Float32Array;
  readonly width: number;
  /** [n] */
  readonly labels: Int32Array;
  readonly classes: number;
}

/** Several logistic regressions on the same texts. */
export interface Fits {
  readonly fits: number;
  /** [width, fits, classes] */
  readonly weights: Float32Array;
}

/** Logistic regressions, fitted or to be fitted, in float32. */
export interface LogisticProblem {
  /**
   * For each fit the sum of the losses [fits] of the texts selected by mask [n, fits] (1, else 0), and its gradient [width, fits, classes].
   */
  loss(params: Fits & { readonly mask: Float32Array }): Promise<{ readonly losses: Float64Array; readonly slope: Float64Array }>;
  /** Calls back with scores [rows, fits, classes] before the softmax, for tiles of rows. */
  scores(params: Fits, take: (scores: Float32Array, from: number) => void): Promise<void>;
}

export interface DistanceSumParams {
  /** [n, width] */
  readonly rows: Float64Array;
  readonly width: number;
  /** [n, classes] */
  readonly membership: Float64Array;
  readonly classes: number;
  /** Rows per tile. */
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
  async gram({
    rows,
    cols,
    data,
  }: {
    readonly rows: number;
    readonly cols: number;
    readonly data: Float32Array | Float64Array;
  }): Promise<Float64Array> {
    const sum = new Float64Array(cols * cols);
    for (const [from, count] of tilesOf(rows, Math.max(1, Math.floor(TILE_NUMBERS / cols)))) {
      const x = new Tensor('float64', Float64Array.from(data.subarray(from * cols, (from + count) * cols)), [count, cols]);
      const { out } = await this.#run('gram', { x });
      for (const [i, each] of (out!.data as Float64Array).entries()) sum[i]! += each;
    }
    return sum;
  }

  logistic({ inputs, width, labels, classes }: LogisticParams): LogisticProblem {
    const n = labels.length;
    const truth = new Float32Array(n * classes);
    for (let i = 0; i < n; i++) truth[i * classes + labels[i]!] = 1;
    const tiles = (fits: number) => tilesOf(n, Math.max(1, Math.floor(TILE_NUMBERS / (fits * classes))));
    const w = ({ fits, weights }: Fits) => new Tensor('float32', weights, [width, fits * classes]);
    const x = (from: number, count: number) => new Tensor('float32', inputs.subarray(from * width, (from + count) * width), [count, width]);
    return {
      loss: async ({ fits, weights, mask }) => {
        const losses = new Float64Array(fits);
        const slope = new Float64Array(width * fits * classes);
        for (const [from, count] of tiles(fits)) {
          const { loss, slope: part } = await this.#run('logistic', {
            x: x(from, count),
            w: w({ fits, weights }),
            shape: new Tensor('int64', BigInt64Array.of(0n, BigInt(fits), BigInt(classes))),
            y: new Tensor('float32', truth.subarray(from * classes, (from + count) * classes), [count, 1, classes]),
            m: new Tensor('float32', mask.subarray(from * fits, (from + count) * fits), [count, fits, 1]),
          });
          for (const [i, each] of (loss!.data as Float32Array).entries()) losses[i % fits]! += each;
          for (const [i, each] of (part!.data as Float32Array).entries()) slope[i]! += each;
        }
        return { losses, slope };
      },
      scores: async (params, take) => {
        for (const [from, count] of tiles(params.fits))
          take((await this.#run('product', { x: x(from, count), w: w(params) }))['out']!.data as Float32Array, from);
      },
    };
  }

  /** a b, [rows, k], of a [rows, d] and b [d, k]. */
  async product({ a, b, d }: { readonly a: Float64Array; readonly b: Float64Array; readonly d: number }): Promise<Float64Array> {
    const { out } = await this.#run('doubleProduct', {
      x: new Tensor('float64', a, [a.length / d, d]),
      w: new Tensor('float64', b, [d, b.length / d]),
    });
    return out!.data as Float64Array;
  }

  /** [n, classes] sum of the distances of each row to the rows of each class. Each pair of tiles is computed once, for both. */
  async distanceSums({ rows, width, membership, classes, tile }: DistanceSumParams): Promise<Float64Array> {
    const n = rows.length / width;
    const sums = new Float64Array(n * classes);
    const part = (name: string, [from, count]: readonly [number, number]) => ({
      [name]: new Tensor('float64', rows.subarray(from * width, (from + count) * width), [count, width]),
      [`${name}Members`]: new Tensor('float64', membership.subarray(from * classes, (from + count) * classes), [count, classes]),
    });
    const add = (from: number, values: Float64Array) => {
      for (const [i, value] of values.entries()) sums[from * classes + i]! += value;
    };
    for (const a of tilesOf(n, tile)) {
      for (const b of tilesOf(n, tile)) {
        if (b[0] < a[0]) continue;
        const { toA, toB } = await this.#run('distances', { ...part('a', a), ...part('b', b) });
        add(a[0], toA!.data as Float64Array);
        if (b[0] > a[0]) add(b[0], toB!.data as Float64Array);
      }
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
      session = InferenceSession.create(GRAPHS[name](), {
        intraOpNumThreads: this.#threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        enableMemPattern: false,
        logSeverityLevel: 3,
      });
      this.#sessions.set(name, session);
    }
    return (await session).run(feeds) as Promise<Readonly<Record<string, Tensor>>>;
  }
}

function* tilesOf(n: number, tile: number): Generator<[from: number, count: number]> {
  for (let from = 0; from < n; from += tile) yield [from, Math.min(tile, n - from)];
}

const GRAPHS = { gram, logistic, product: () => product(FLOAT), doubleProduct: () => product(DOUBLE), distances } as const;

function gram(): Uint8Array {
  return model((b, input) => {
    const x = input('x', ['n', 'd']);
    return { out: [b.op('Gemm', [x, x], { transA: 1 }), ['d', 'd']] };
  });
}

function logistic(): Uint8Array {
  return model((b, input) => {
    const [x, w, shape] = [input('x', ['n', 'd'], FLOAT), input('w', ['d', 'f c'], FLOAT), input('shape', [3], INT64)];
    const [y, m] = [input('y', ['n', 1, 'c'], FLOAT), input('m', ['n', 'f', 1], FLOAT)];
    const logs = b.op('LogSoftmax', [b.op('Reshape', [b.op('MatMul', [x, w]), shape])], { axis: 2 });
    const right = b.op('ReduceSum', [b.op('Mul', [logs, y]), b.ints([2])], { keepdims: 1 });
    const off = b.op('Mul', [b.op('Sub', [b.op('Exp', [logs]), y]), m]);
    return {
      loss: [b.op('Neg', [b.op('Mul', [right, m])]), ['n', 'f', 1], FLOAT],
      slope: [b.op('Gemm', [x, b.op('Flatten', [off], { axis: 1 })], { transA: 1 }), ['d', 'f c'], FLOAT],
    };
  });
}

function product(type: TensorProto_DataType): Uint8Array {
  return model((b, input) => ({ out: [b.op('MatMul', [input('x', ['n', 'd'], type), input('w', ['d', 'c'], type)]), ['n', 'c'], type] }));
}

function distances(): Uint8Array {
  return model((build, input) => {
    const [a, b] = [input('a', ['m', 'd']), input('b', ['n', 'd'])];
    const [aMembers, bMembers] = [input('aMembers', ['m', 'c']), input('bMembers', ['n', 'c'])];
    const square = (value: Value) => build.op('ReduceSum', [build.op('Mul', [value, value]), build.ints([1])], { keepdims: 1 });
    const products = build.op('Gemm', [a, b], { transB: 1, alpha: { float: -2 } });
    const squares = build.op('Add', [build.op('Add', [products, square(a)]), build.op('Transpose', [square(b)], { perm: [1, 0] })]);
    const zero = build.tensor('zero', { dataType: DOUBLE, dims: [], raw: Float64Array.of(0) });
    const found = build.op('Sqrt', [build.op('Max', [squares, zero])]);
    return {
      toA: [build.op('MatMul', [found, bMembers]), ['m', 'c']],
      toB: [build.op('Gemm', [found, aMembers], { transA: 1 }), ['n', 'c']],
    };
  });
}

type Dims = readonly (string | number)[];
type Outputs = Readonly<Record<string, readonly [Value, Dims, TensorProto_DataType?]>>;

/** Inputs and outputs are float64 unless stated otherwise. */
function model(
  make: (builder: GraphBuilder, input: (name: string, dims: Dims, type?: TensorProto_DataType) => Value) => Outputs,
): Uint8Array {
  const builder = new GraphBuilder();
  const outputs = make(builder, (name, dims, type = DOUBLE) => builder.input(name, type, dims));
  for (const [name, [value, dims, type = DOUBLE]] of Object.entries(outputs)) builder.output(value, { name, type, dims });
  return toBinary(ModelProtoSchema, builder.build());
}

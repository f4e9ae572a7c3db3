import { GraphBuilder, type Value } from '../../graph/builder.ts';
import { TensorProto_DataType, type ModelProto } from '../../graph/onnx_pb.ts';
import { rowsOf } from '../optimiser/parameter-buffer.ts';
import type { AdamWSettings } from '../optimiser/adamw.ts';

/**
 * Small graphs over tensors on a card. Each adds in an order that is in the graph, so that results do not change from run to run: no
 * ScatterND, whose sums on a card are in the order in which its threads come. Operators without a kernel in the provider are avoided (see
 * device-graph.ts), as are kernels with many inputs: a card promises eight buffers.
 */

const { FLOAT, INT32 } = TensorProto_DataType;

type Dims = readonly (string | number)[];

/** Inputs of a tensor besides its weight, which has its name. */
export const INPUTS = {
  gradient: (name: string): Value => `gradient.${name}`,
  added: (name: string): Value => `added.${name}`,
  first: (name: string): Value => `first.${name}`,
  second: (name: string): Value => `second.${name}`,
  /** [rows] row numbers of a table, int32. */
  ids: (name: string): Value => `ids.${name}`,
  /** [table rows] place of each row among those of the gradient, int32; any for a row that has none. */
  places: (name: string): Value => `places.${name}`,
  /** [table rows, 1] whether a row has a gradient: 1 or 0. */
  touched: (name: string): Value => `touched.${name}`,
} as const;

/** Scalars of a step that all its tensors have in common. */
export const SCALARS = ['factor', 'keep', 'stride', 'correction'] as const;
export const scalarInput = (name: (typeof SCALARS)[number]): Value => `adamw.${name}`;

/** Outputs: a tensor's weight, moments, or gradient after the run. */
export const OUTPUTS = {
  weight: (name: string): Value => `next.${name}`,
  first: (name: string): Value => `next.first.${name}`,
  second: (name: string): Value => `next.second.${name}`,
  gradient: (name: string): Value => `next.gradient.${name}`,
} as const;

/** Output of `productGraph`, `sumRowsGraph` and `joinRowsGraph`. */
export const RESULT = 'result';

/** Sums of squares, in the order of the tensors, [tensors]. */
export const SQUARES = 'squares';

/** `values` [rows, rows] times itself. */
export function productGraph(): ModelProto {
  const builder = new GraphBuilder();
  const values = builder.input('values', FLOAT, ['rows', 'rows']);
  builder.output(builder.op('MatMul', [values, values]), { name: RESULT, type: FLOAT, dims: ['rows', 'rows'] });
  return builder.build();
}

/**
 * Sums of rows. `values`: rows of `width`, in any shape of this rank; `index` [rows, most]: those to be summed; `share` [rows, most, 1]: 0
 * for entries that only fill it up, else 1. Result [rows, width].
 */
export function sumRowsGraph({ rank, width }: { readonly rank: number; readonly width: number }): ModelProto {
  const builder = new GraphBuilder();
  const values = flat(builder, builder.input('values', FLOAT, anyShape(rank)), width);
  const index = builder.input('index', INT32, ['rows', 'most']);
  const share = builder.input('share', FLOAT, ['rows', 'most', 1]);
  const terms = builder.op('Mul', [builder.op('Gather', [values, index], { axis: 0 }), share]);
  const sums = builder.op('ReduceSum', [terms, builder.ints([1])], { keepdims: 0 });
  builder.output(sums, { name: RESULT, type: FLOAT, dims: ['rows', width] });
  return builder.build();
}

/** Rows `values` [n, width], then those of `more`, in any shape of this rank. */
export function joinRowsGraph({ rank, width }: { readonly rank: number; readonly width: number }): ModelProto {
  const builder = new GraphBuilder();
  const values = builder.input('values', FLOAT, ['rows', width]);
  const more = flat(builder, builder.input('more', FLOAT, anyShape(rank)), width);
  builder.output(builder.op('Concat', [values, more], { axis: 0 }), { name: RESULT, type: FLOAT, dims: ['all rows', width] });
  return builder.build();
}

export interface NamedTensor {
  readonly name: string;
  readonly dims: readonly number[];
}

/** gradient + added, of each tensor. */
export function addGraph(tensors: readonly NamedTensor[]): ModelProto {
  const builder = new GraphBuilder();
  for (const { name, dims } of tensors) {
    const sum = builder.op('Add', [builder.input(INPUTS.gradient(name), FLOAT, dims), builder.input(INPUTS.added(name), FLOAT, dims)]);
    builder.output(sum, { name: OUTPUTS.gradient(name), type: FLOAT, dims });
  }
  return builder.build();
}

/** The gradient of a whole table from that of its rows, and from its dense one if it has one. */
export function spreadRowsGraph({ name, dims }: NamedTensor, { dense }: { readonly dense: boolean }): ModelProto {
  const builder = new GraphBuilder();
  const { rows, width } = rowsOf(dims);
  const own = builder.input(INPUTS.added(name), FLOAT, [rowsWithGradient(name), width]);
  const spread = whereOf(builder, { name, rows })(own, builder.float(0));
  const shaped = reshaped(builder, spread, { from: [rows, width], to: dims });
  const gradient = dense ? builder.op('Add', [builder.input(INPUTS.gradient(name), FLOAT, dims), shaped]) : shaped;
  builder.output(gradient, { name: OUTPUTS.gradient(name), type: FLOAT, dims });
  return builder.build();
}

/** A gradient, as norm and update read it: of a whole tensor, or of `rows`: of some rows of a table. */
export interface UpdatedTensor extends NamedTensor {
  readonly rows: boolean;
}

/** Sum of squares of each gradient. In float32, along the last axis first: sums of many numbers are made of sums of few. */
export function squaresGraph(tensors: readonly UpdatedTensor[]): ModelProto {
  const builder = new GraphBuilder();
  let parts = tensors.map((tensor) => {
    const dims = gradientDims(tensor);
    const gradient = builder.input(INPUTS.gradient(tensor.name), FLOAT, dims);
    const last = dims.length > 1 ? [builder.ints([dims.length - 1])] : [];
    const squares = builder.op('ReduceSumSquare', [gradient, ...last], { keepdims: 0 });
    const sum = dims.length > 1 ? builder.op('ReduceSum', [squares], { keepdims: 0 }) : squares;
    return builder.op('Reshape', [sum, builder.ints([1])]);
  });
  while (parts.length > 1) parts = inGroups(parts, 4).map((few) => (few.length === 1 ? few[0]! : builder.op('Concat', few, { axis: 0 })));
  builder.output(parts[0]!, { name: SQUARES, type: FLOAT, dims: [tensors.length] });
  return builder.build();
}

/**
 * A step of AdamW on each tensor, in the order of operations of kernels/assembly.ts. Of a table only the rows that have a gradient change:
 * they are taken out, stepped, and put in place again by a Gather over the whole table, which costs a copy of it on the card.
 */
export function updateGraph(tensors: readonly UpdatedTensor[], settings: Pick<AdamWSettings, 'betas' | 'eps'>): ModelProto {
  const builder = new GraphBuilder();
  for (const scalar of SCALARS) builder.input(scalarInput(scalar), FLOAT, []);
  for (const tensor of tensors) {
    const { name, dims } = tensor;
    const now = {
      weight: builder.input(name, FLOAT, dims),
      first: builder.input(INPUTS.first(name), FLOAT, dims),
      second: builder.input(INPUTS.second(name), FLOAT, dims),
    };
    const gradient = builder.input(INPUTS.gradient(name), FLOAT, gradientDims(tensor));
    const next = tensor.rows ? steppedRows(builder, tensor, { now, gradient, settings }) : stepped(builder, { now, gradient, settings });
    for (const part of ['weight', 'first', 'second'] as const) {
      builder.output(next[part], { name: OUTPUTS[part](name), type: FLOAT, dims });
    }
  }
  return builder.build();
}

interface State {
  readonly weight: Value;
  readonly first: Value;
  readonly second: Value;
}

interface SteppedParams {
  readonly now: State;
  readonly gradient: Value;
  readonly settings: Pick<AdamWSettings, 'betas' | 'eps'>;
}

function stepped(
  builder: GraphBuilder,
  {
    now,
    gradient,
    settings: {
      betas: [beta1, beta2],
      eps,
    },
  }: SteppedParams,
): State {
  const [mul, add] = [(a: Value, b: Value) => builder.op('Mul', [a, b]), (a: Value, b: Value) => builder.op('Add', [a, b])];
  const [factor, keep, stride, correction] = SCALARS.map(scalarInput) as [Value, Value, Value, Value];
  const g = mul(gradient, factor);
  const first = add(now.first, mul(builder.op('Sub', [g, now.first]), builder.float(1 - beta1)));
  const second = add(mul(now.second, builder.float(beta2)), mul(mul(builder.float(1 - beta2), g), g));
  const denominator = add(builder.op('Div', [builder.op('Sqrt', [second]), correction]), builder.float(eps));
  const weight = add(mul(now.weight, keep), builder.op('Div', [mul(stride, first), denominator]));
  return { weight, first, second };
}

function steppedRows(builder: GraphBuilder, { name, dims }: NamedTensor, { now, gradient, settings }: SteppedParams): State {
  const { rows, width } = rowsOf(dims);
  const ids = builder.input(INPUTS.ids(name), INT32, [rowsWithGradient(name)]);
  const tables = mapState(now, (table) => reshaped(builder, table, { from: dims, to: [rows, width] }));
  const taken = mapState(tables, (table) => builder.op('Gather', [table, ids], { axis: 0 }));
  const next = stepped(builder, { now: taken, gradient, settings });
  const put = whereOf(builder, { name, rows });
  const whole: State = {
    weight: put(next.weight, tables.weight),
    first: put(next.first, tables.first),
    second: put(next.second, tables.second),
  };
  return mapState(whole, (table) => reshaped(builder, table, { from: [rows, width], to: dims }));
}

function mapState({ weight, first, second }: State, change: (value: Value) => Value): State {
  return { weight: change(weight), first: change(first), second: change(second) };
}

/** Puts rows into a table: where a row was touched its new value, else what the table has. */
function whereOf(
  builder: GraphBuilder,
  { name, rows }: { readonly name: string; readonly rows: number },
): (given: Value, otherwise: Value) => Value {
  const places = builder.input(INPUTS.places(name), INT32, [rows]);
  const touched = builder.op('Greater', [builder.input(INPUTS.touched(name), FLOAT, [rows, 1]), builder.float(0)]);
  return (given, otherwise) => builder.op('Where', [touched, builder.op('Gather', [given, places], { axis: 0 }), otherwise]);
}

function gradientDims({ name, dims, rows }: UpdatedTensor): Dims {
  return rows ? [rowsWithGradient(name), rowsOf(dims).width] : dims;
}

/** A length of its own: the runtime takes equal names of lengths for equal lengths. */
function rowsWithGradient(name: string): string {
  return `rows of ${name}`;
}

function anyShape(rank: number): Dims {
  return Array.from({ length: rank }, (_, axis) => `axis ${axis}`);
}

/** [...] -> [rows, width] */
function flat(builder: GraphBuilder, values: Value, width: number): Value {
  return builder.op('Reshape', [values, builder.ints([-1, width])]);
}

function reshaped(
  builder: GraphBuilder,
  value: Value,
  { from, to }: { readonly from: readonly number[]; readonly to: readonly number[] },
): Value {
  return from.length === to.length ? value : builder.op('Reshape', [value, builder.ints(to)]);
}

function inGroups<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

import type { Attribute } from '../../src/graph/builder.ts';
import { TensorProto_DataType } from '../../src/graph/onnx_pb.ts';

/** A float input, drawn between `from` and `to`; or a constant: integers, floats, booleans. */
export type Input =
  | { readonly dims: readonly number[]; readonly from?: number; readonly to?: number }
  | {
      readonly ints: readonly number[];
      readonly dims?: readonly number[];
      readonly type?: TensorProto_DataType.INT64 | TensorProto_DataType.INT32 | TensorProto_DataType.FLOAT | TensorProto_DataType.BOOL;
    }
  | '';

export interface Case {
  readonly about?: string;
  readonly inputs: readonly Input[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly outputs?: number;
  /** Element type of the output, if not float. */
  readonly gives?: 'other';
  /** Values and gradients by hand, where finite differences fail: at a kink. One for each float input; the result's gradient is 1. */
  readonly at?: { readonly x: readonly (readonly number[])[]; readonly gradient: readonly (readonly number[])[] };
}

export const x = (...dims: number[]): Input => ({ dims });
const between = (from: number, to: number, ...dims: number[]): Input => ({ dims, from, to });
const ints = (...values: number[]): Input => ({ ints: values });
const scalar = (value: number): Input => ({ ints: [value], dims: [] });
const matrix = (dims: readonly number[], ...values: number[]): Input => ({ ints: values, dims });
export const bools = (dims: readonly number[], ...values: number[]): Input => ({ ints: values, dims, type: TensorProto_DataType.BOOL });
export const floats = (dims: readonly number[], ...values: number[]): Input => ({ ints: values, dims, type: TensorProto_DataType.FLOAT });

/** Both operands alike, and each broadcast against the other. */
const broadcasts = (make: (...dims: number[]) => Input = x): Case[] => [
  { inputs: [make(2, 3), make(2, 3)] },
  { about: 'the second is stretched', inputs: [make(2, 2, 3), make(1, 3)] },
  { about: 'the first is stretched', inputs: [make(3), make(2, 1, 3)] },
  { about: 'both are stretched', inputs: [make(2, 1, 3), make(4, 1)] },
  { about: 'one number', inputs: [make(), make(2, 3)] },
];
const one = (...range: [number, number] | []): Case[] => [{ inputs: [range.length === 0 ? x(2, 3) : between(...range, 2, 3)] }];
const away = (...dims: number[]): Input => between(0.5, 2, ...dims);
const wide = (...dims: number[]): Input => between(-4, 4, ...dims);
const flat = (...inputs: Input[]): Case[] => [{ inputs, gives: 'other' }];
const reductions = (input: (...dims: number[]) => Input = x): Case[] => [
  { about: 'over all axes', inputs: [input(2, 3)], attributes: { keepdims: 0 } },
  { about: 'over all axes, kept', inputs: [input(2, 3)] },
  { about: 'over one axis', inputs: [input(2, 3, 2), ints(1)], attributes: { keepdims: 0 } },
  { about: 'over axes from the end, kept', inputs: [input(2, 3, 2), ints(-1, -3)], attributes: { keepdims: 1 } },
  { about: 'over axes from the end', inputs: [input(2, 3, 2), ints(-1, 0)], attributes: { keepdims: 0 } },
];
const PAIR = {
  x: [
    [1, 2, 3],
    [1, 4, 0],
  ],
};

/** Cases of each operator that has a rule. */
export const CASES: Readonly<Record<string, readonly Case[]>> = {
  Add: broadcasts(),
  Sub: broadcasts(),
  Mul: broadcasts(),
  Div: broadcasts(away),
  Sum: [...broadcasts(), { about: 'three', inputs: [x(2, 3), x(3), x(2, 1)] }, { about: 'one', inputs: [x(2)] }],
  Mean: [...broadcasts(), { about: 'three', inputs: [x(2, 3), x(3), x(2, 1)] }],
  Pow: [
    ...broadcasts(away),
    { about: 'a whole exponent', inputs: [x(2, 3), scalar(3)] },
    { about: 'an exponent of floats, of negative numbers', inputs: [x(2, 3), floats([], 2)] },
    { about: '0 squared and to the power 1', inputs: [{ dims: [2] }, floats([2], 2, 1)], at: { x: [[0, 0]], gradient: [[0, 1]] } },
    { about: '0 to the power 0', inputs: [{ dims: [1] }, { dims: [1] }], at: { x: [[0], [0]], gradient: [[0], [0]] } },
    { about: '0 to a power', inputs: [{ dims: [1] }, { dims: [1] }], at: { x: [[0], [2]], gradient: [[0], [0]] } },
  ],
  Max: [
    ...broadcasts(wide),
    { about: 'three', inputs: [wide(2, 3), wide(3), wide(2, 1)] },
    {
      about: 'equal numbers share',
      inputs: [x(3), x(3)],
      at: {
        ...PAIR,
        gradient: [
          [0.5, 0, 1],
          [0.5, 1, 0],
        ],
      },
    },
  ],
  Min: [
    ...broadcasts(wide),
    { about: 'one', inputs: [x(3)] },
    {
      about: 'equal numbers share',
      inputs: [x(3), x(3)],
      at: {
        ...PAIR,
        gradient: [
          [0.5, 1, 0],
          [0.5, 0, 1],
        ],
      },
    },
  ],
  Where: [
    { inputs: [bools([2, 3], 1, 0, 1, 0, 0, 1), x(2, 3), x(2, 3)] },
    { about: 'all are stretched', inputs: [bools([3], 1, 0, 1), x(2, 1), x(4, 1, 1)] },
    { about: 'one number', inputs: [bools([2, 3], 1, 0, 1, 0, 0, 1), x(2, 3), x()] },
  ],
  Clip: [
    { inputs: [x(3, 4), floats([], -0.42), floats([], 0.5)] },
    { about: 'below alone', inputs: [x(3, 4), floats([], 0.2)] },
    { about: 'above alone', inputs: [x(3, 4), '', floats([], 0.2)] },
    { about: 'no bound', inputs: [x(3, 4)] },
    { about: 'trained bounds', inputs: [x(3, 4), between(-0.6, -0.4), between(0.4, 0.6)] },
    {
      about: 'at a bound all passes',
      inputs: [x(4), floats([], -1), floats([], 1)],
      at: { x: [[-1, 1, 2, -3]], gradient: [[1, 1, 0, 0]] },
    },
  ],
  Neg: one(),
  Abs: [...one(), { about: 'at 0', inputs: [x(1)], at: { x: [[0]], gradient: [[0]] } }],
  Exp: one(),
  Log: one(0.5, 2),
  Sqrt: [...one(0.5, 2), { about: 'at 0 it is upright', inputs: [x(1)], at: { x: [[0]], gradient: [[Infinity]] } }],
  Reciprocal: one(0.5, 2),
  Sin: one(),
  Cos: one(),
  Tanh: one(),
  Sigmoid: one(),
  Softplus: one(),
  Relu: [...one(), { about: 'at 0', inputs: [x(1)], at: { x: [[0]], gradient: [[0]] } }],
  LeakyRelu: [...one(), { about: 'a slope of its own', inputs: [x(2, 3)], attributes: { alpha: { float: 0.3 } } }],
  Elu: [...one(), { about: 'a depth of its own', inputs: [x(2, 3)], attributes: { alpha: { float: 0.3 } } }],
  Erf: one(),
  Gelu: [...one(-4, 4), { about: 'by tanh', inputs: [between(-4, 4, 2, 3)], attributes: { approximate: 'tanh' } }],
  Identity: one(),
  Cast: [
    { inputs: [x(2, 3)], attributes: { to: TensorProto_DataType.FLOAT } },
    { about: 'to whole numbers', inputs: [x(2, 3)], attributes: { to: TensorProto_DataType.INT64 }, gives: 'other' },
  ],
  Dropout: [
    { about: 'in training, all numbers kept', inputs: [x(2, 3), floats([], 0), bools([], 1)] },
    { about: 'not in training', inputs: [x(2, 3), floats([], 0.5), bools([], 0)] },
    { about: 'without a word about training', inputs: [x(2, 3)] },
  ],

  MatMul: [
    { inputs: [x(2, 3), x(3, 4)] },
    { about: 'a batch by a weight', inputs: [x(2, 2, 3), x(3, 2)] },
    { about: 'a matrix by a batch', inputs: [x(2, 3), x(2, 3, 2)] },
    { about: 'batches', inputs: [x(2, 2, 2, 3), x(2, 2, 3, 2)] },
    { about: 'batches, both stretched', inputs: [x(2, 1, 2, 3), x(3, 3, 2)] },
    { about: 'a batch of one by a weight', inputs: [x(1, 2, 3), x(3, 2)] },
    { about: 'vectors', inputs: [x(3), x(3)] },
    { about: 'a matrix by a vector', inputs: [x(2, 3), x(3)] },
    { about: 'a batch by a vector', inputs: [x(2, 2, 3), x(3)] },
    { about: 'a vector by a matrix', inputs: [x(3), x(3, 2)] },
    { about: 'a vector by a batch', inputs: [x(3), x(2, 3, 2)] },
  ],
  Gemm: [0, 1].flatMap((transA) =>
    [0, 1].flatMap((transB): Case[] => {
      const [a, b] = [transA === 0 ? x(2, 3) : x(3, 2), transB === 0 ? x(3, 4) : x(4, 3)];
      const about = `transA ${transA}, transB ${transB}`;
      return [
        { about, inputs: [a, b], attributes: { transA, transB } },
        {
          about: `${about}, alpha, beta, a row`,
          inputs: [a, b, x(4)],
          attributes: { transA, transB, alpha: { float: 0.5 }, beta: { float: 2 } },
        },
        { about: `${about}, a column`, inputs: [a, b, x(2, 1)], attributes: { transA, transB } },
        { about: `${about}, one number`, inputs: [a, b, x()], attributes: { transA, transB } },
      ];
    }),
  ),
  Einsum: [
    { inputs: [x(2, 3), x(3, 2)], attributes: { equation: 'ij,jk->ik' } },
    { about: 'heads', inputs: [x(2, 2, 2, 3), x(2, 2, 3, 3)], attributes: { equation: 'bhid, bhjd -> bhij' } },
    { about: 'an index of one operand alone', inputs: [x(2, 3), x(3, 2)], attributes: { equation: 'ij,jk->i' } },
    { about: 'one operand', inputs: [x(2, 3)], attributes: { equation: 'ij->j' } },
    { about: 'no operand in common', inputs: [x(2), x(3)], attributes: { equation: 'i,j->ij' } },
  ],
  Conv: [
    { inputs: [x(2, 3, 4), x(2, 3, 3)], attributes: { kernel_shape: [3] } },
    { about: 'padded, with a bias', inputs: [x(2, 2, 4), x(3, 2, 3), x(3)], attributes: { kernel_shape: [3], pads: [1, 1] } },
    { about: 'in groups', inputs: [x(2, 4, 3), x(6, 2, 3), x(6)], attributes: { group: 2, pads: [1, 1] } },
    { about: 'padded unevenly', inputs: [x(1, 2, 4), x(2, 2, 2)], attributes: { pads: [1, 0] } },
    { about: 'of pictures', inputs: [x(2, 2, 3, 4), x(2, 2, 2, 3)], attributes: { pads: [1, 1, 1, 1] } },
  ],

  ReduceSum: [...reductions(), { about: 'over no axis', inputs: [x(2, 3)], attributes: { noop_with_empty_axes: 1 } }],
  ReduceMean: [...reductions(), { about: 'over no axis', inputs: [x(2, 3)], attributes: { noop_with_empty_axes: 1 } }],
  ReduceSumSquare: reductions(),
  ReduceL2: [...reductions(), { about: 'of zeros', inputs: [x(2)], attributes: { keepdims: 0 }, at: { x: [[0, 0]], gradient: [[0, 0]] } }],
  ReduceL1: reductions(away),
  ReduceLogSumExp: reductions(),
  ReduceMax: [
    ...reductions(),
    { about: 'the largest share', inputs: [x(4)], attributes: { keepdims: 0 }, at: { x: [[2, 1, 2, 0]], gradient: [[0.5, 0, 0.5, 0]] } },
  ],
  ReduceMin: [
    ...reductions(),
    { about: 'the smallest share', inputs: [x(4)], attributes: { keepdims: 0 }, at: { x: [[0, 1, 2, 0]], gradient: [[0.5, 0, 0, 0.5]] } },
  ],
  Softmax: [
    { inputs: [x(2, 3)] },
    { about: 'over an axis before', inputs: [x(2, 3, 2)], attributes: { axis: 1 } },
    { about: 'over an axis from the end', inputs: [x(2, 3, 2)], attributes: { axis: -2 } },
  ],
  LogSoftmax: [{ inputs: [x(2, 3)] }, { about: 'over an axis before', inputs: [x(2, 3, 2)], attributes: { axis: 1 } }],
  LayerNormalization: [
    { inputs: [x(2, 2, 4), x(4), x(4)] },
    { about: 'without a bias', inputs: [x(2, 4), x(4)] },
    { about: 'over two axes', inputs: [x(2, 2, 3), x(2, 3), x(2, 3)], attributes: { axis: 1, epsilon: { float: 0.1 } } },
    { about: 'over two axes from the end', inputs: [x(2, 2, 3), x(2, 3)], attributes: { axis: -2 } },
  ],
  CumSum: [0, 1].flatMap((exclusive) =>
    [0, 1].map((reverse) => ({
      about: `exclusive ${exclusive}, reverse ${reverse}`,
      inputs: [x(2, 3), scalar(1)],
      attributes: { exclusive, reverse },
    })),
  ),

  Reshape: [{ inputs: [x(2, 3), ints(3, -1)] }],
  Flatten: [{ inputs: [x(2, 3, 2)], attributes: { axis: 2 } }],
  Squeeze: [{ inputs: [x(2, 1, 3), ints(-2)] }, { about: 'all axes', inputs: [x(1, 3)] }],
  Unsqueeze: [{ inputs: [x(2, 3), ints(0, -1)] }],
  Transpose: [{ inputs: [x(2, 3, 2)] }, { about: 'in an order', inputs: [x(2, 3, 4)], attributes: { perm: [1, 2, 0] } }],
  Expand: [
    { inputs: [x(2, 1), ints(2, 3)] },
    { about: 'into more axes', inputs: [x(3, 1), ints(2, 1, 4)] },
    { about: 'by nothing', inputs: [x(2, 3), ints(1)] },
    { about: 'one number', inputs: [x(), ints(2, 2)] },
  ],
  Tile: [{ inputs: [x(2, 3), ints(2, 3)] }, { about: 'one axis', inputs: [x(2, 1, 3), ints(1, 2, 1)] }],
  Concat: [
    { inputs: [x(2, 3), x(1, 3)], attributes: { axis: 0 } },
    { about: 'by the last axis', inputs: [x(2, 1), x(2, 3), x(2, 2)], attributes: { axis: -1 } },
    { about: 'one', inputs: [x(2, 3)], attributes: { axis: 0 } },
  ],
  Split: [
    { inputs: [x(4, 2)], attributes: { num_outputs: 2 }, outputs: 2 },
    { about: 'in uneven parts', inputs: [x(2, 5), ints(1, 3, 1)], attributes: { axis: -1 }, outputs: 3 },
    { about: 'in one', inputs: [x(4, 2)], attributes: { num_outputs: 1 }, outputs: 1 },
  ],
  Slice: [
    { inputs: [x(4, 3), ints(1), ints(3)] },
    { about: 'from a start before the end', inputs: [x(2, 4), ints(-3), ints(-1), ints(-1)] },
    { about: 'beyond both ends', inputs: [x(2, 4), ints(-9, 1), ints(9, 99), ints(1, 0)] },
    { about: 'in steps', inputs: [x(5, 2), ints(0), ints(5), ints(0), ints(2)] },
    { about: 'in steps of 1', inputs: [x(5, 2), ints(1), ints(5), ints(0), ints(1)] },
    { about: 'backwards', inputs: [x(5, 2), ints(-1), ints(-9), ints(0), ints(-2)] },
    { about: 'of two axes, in steps', inputs: [x(4, 5), ints(1, 0), ints(4, 5), ints(0, 1), ints(2, 3)] },
    { about: 'by int32', inputs: [x(4, 3), ...[1, 3, 0].map((value): Input => ({ ints: [value], type: TensorProto_DataType.INT32 }))] },
    { about: 'of nothing', inputs: [x(4, 3), ints(2), ints(2)] },
  ],
  Pad: [
    { inputs: [x(2, 3), ints(1, 0, 2, 1)] },
    { about: 'along an axis', inputs: [x(2, 3), ints(1, 2), '', ints(-1)] },
    { about: 'by another number', inputs: [x(2, 3), ints(1, 0, 2, 1), floats([], 7)] },
    { about: 'by less than nothing', inputs: [x(4, 3), ints(-1, 1, -1, 0)] },
  ],
  Trilu: [{ inputs: [x(3, 3)] }, { about: 'the lower, and above the diagonal', inputs: [x(2, 3, 4), scalar(1)], attributes: { upper: 0 } }],

  Gather: [
    { about: 'rows, some more than once', inputs: [x(4, 2), matrix([2, 2], 1, 3, 1, 0)] },
    { about: 'rows from the end', inputs: [x(4, 2), ints(-1, 0, -4)] },
    { about: 'one row', inputs: [x(4, 2), scalar(2)] },
    { about: 'one row from the end', inputs: [x(4, 2), scalar(-1)] },
    { about: 'by int32', inputs: [x(4, 2), { ints: [1, 1, -2], type: TensorProto_DataType.INT32 }] },
    { about: 'columns, some more than once', inputs: [x(2, 4, 2), matrix([2, 2], 1, 3, 1, -1)], attributes: { axis: 1 } },
    { about: 'the last axis', inputs: [x(2, 2, 3), ints(2, 0, 2, 1)], attributes: { axis: -1 } },
    { about: 'one column', inputs: [x(2, 3, 2), scalar(0)], attributes: { axis: 1 } },
  ],
  GatherElements: [
    { inputs: [x(2, 3), matrix([2, 2], 0, 0, 2, -1)], attributes: { axis: 1 } },
    { about: 'rows', inputs: [x(3, 2), matrix([2, 2], 0, 2, 0, 1)] },
  ],
  GatherND: [
    { inputs: [x(3, 2, 2), matrix([2, 2], 0, 1, 0, 1)] },
    { about: 'in a batch', inputs: [x(2, 3, 2), matrix([2, 1], 2, 0)], attributes: { batch_dims: 1 } },
  ],
  ScatterND: [
    { inputs: [x(4, 2), matrix([2, 1], 2, 0), x(2, 2)] },
    { about: 'added', inputs: [x(4, 2), matrix([3, 1], 2, 0, 2), x(3, 2)], attributes: { reduction: 'add' } },
  ],
  ScatterElements: [
    { inputs: [x(2, 3), matrix([2, 1], 1, 2), x(2, 1)], attributes: { axis: 1 } },
    { about: 'added', inputs: [x(2, 3), matrix([2, 2], 1, 1, 2, 0), x(2, 2)], attributes: { axis: 1, reduction: 'add' } },
  ],

  Equal: flat(x(2, 3), x(3)),
  Greater: flat(x(2, 3), x(3)),
  GreaterOrEqual: flat(x(2, 3), x(3)),
  Less: flat(x(2, 3), x(3)),
  LessOrEqual: flat(x(2, 3), x(3)),
  Not: flat(bools([2], 1, 0)),
  And: flat(bools([2], 1, 0), bools([2], 1, 1)),
  Or: flat(bools([2], 1, 0), bools([2], 1, 1)),
  Sign: one(0.5, 2),
  Floor: one(0.2, 0.8),
  Ceil: one(0.2, 0.8),
  Round: one(0.1, 0.4),
  IsNaN: flat(x(2)),
  IsInf: flat(x(2)),
  ArgMax: flat(x(2, 3)),
  ArgMin: flat(x(2, 3)),
  Shape: flat(x(2, 3)),
  Size: flat(x(2, 3)),
  Range: flat(scalar(0), scalar(3), scalar(1)),
  ConstantOfShape: [{ inputs: [ints(2, 3)] }],
  NonZero: flat(x(2)),
  OneHot: [{ inputs: [ints(1, 0), scalar(3), floats([2], 0, 1)] }],
};

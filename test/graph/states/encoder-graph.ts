import { GraphBuilder, type Value } from '../../../src/graph/builder.ts';
import { TensorProto_DataType, type ModelProto } from '../../../src/graph/onnx_pb.ts';

const WIDTH = 8;
const EPSILON = 1e-6;

/** x of [batch, tokens, width] to x of length √width, as exporters spell it, without its weight. */
export const RMS_SPELLINGS: Readonly<Record<string, (b: GraphBuilder, x: Value) => Value>> = {
  'x / sqrt(mean(x^2))': (b, x) => b.op('Div', [x, b.op('Sqrt', [meanSquare(b, x, 'Pow')])]),
  'x * 1 / sqrt(mean(x^2))': (b, x) => b.op('Mul', [x, b.op('Div', [b.float(1), b.op('Sqrt', [meanSquare(b, x, 'Pow')])])]),
  'x * reciprocal(sqrt(mean(x * x)))': (b, x) => b.op('Mul', [x, b.op('Reciprocal', [b.op('Sqrt', [meanSquare(b, x, 'Mul')])])]),
  'x * mean(x^2)^-0.5': (b, x) => b.op('Mul', [x, b.op('Pow', [meanSquare(b, x, 'Pow'), b.float(-0.5)])]),
  'x / sqrt(sum of squares / n)': (b, x) =>
    b.op('Div', [x, b.op('Sqrt', [b.op('Div', [b.op('ReduceSumSquare', [x, b.ints([-1])]), b.float(WIDTH)])])]),
  'x / max(l2, eps) * sqrt(n)': (b, x) =>
    b.op('Mul', [b.op('Div', [x, b.op('Max', [b.op('ReduceL2', [x, b.ints([-1])]), b.float(EPSILON)])]), b.float(Math.sqrt(WIDTH))]),
  'unit length * sqrt(n)': (b, x) => b.op('Mul', [b.op('LpNormalization', [x], { axis: -1, p: 2 }), b.float(Math.sqrt(WIDTH))]),
  'in float32 between casts': (b, x) => {
    const wide = b.op('Cast', [x], { to: TensorProto_DataType.FLOAT });
    const normed = b.op('Mul', [wide, b.op('Reciprocal', [b.op('Sqrt', [meanSquare(b, wide, 'Pow')])])]);
    return b.op('Cast', [normed], { to: TensorProto_DataType.FLOAT });
  },
  SimplifiedLayerNormalization: (b, x) => b.op('SimplifiedLayerNormalization', [x, ones(b)], { axis: -1, epsilon: { float: EPSILON } }),
  RMSNormalization: (b, x) => b.op('RMSNormalization', [x, ones(b)], { axis: -1, epsilon: { float: EPSILON } }),
  LayerNormalization: (b, x) => b.op('LayerNormalization', [x, ones(b)], { axis: -1, epsilon: { float: EPSILON } }),
  '(x - mean) / sqrt(variance)': (b, x) => {
    const centred = b.op('Sub', [x, b.op('ReduceMean', [x, b.ints([-1])])]);
    return b.op('Div', [centred, b.op('Sqrt', [meanSquare(b, centred, 'Pow')])]);
  },
};

/** Placement of the norms of a layer. */
export const PLACEMENTS = ['pre', 'post', 'sandwich', 'branch', 'parallel'] as const;

export interface GraphOptions {
  readonly spelling?: string;
  readonly placement?: (typeof PLACEMENTS)[number];
  /** How the weight of a norm is applied: x * w, x * (1 + w), or no weight. */
  readonly weight?: 'plain' | 'one-plus' | 'none';
  readonly output?: 'tokens' | 'unnamed' | 'logits' | 'mean';
  readonly layers?: number;
  /** Applied to the last hidden state before it is output. */
  readonly last?: (b: GraphBuilder, x: Value) => Value;
  /** Queries and keys have their own norms. */
  readonly queryNorm?: boolean;
  /** A feed-forward block before the attention, too. */
  readonly before?: boolean;
  /** Layers, from 1, that have a product with weights in place of attention. */
  readonly without?: readonly number[];
  /** The last norm is spelled differently from the others. */
  readonly lastSpelling?: string;
  /** Additional outputs "hidden_states.N", by number. */
  readonly numbered?: Readonly<Record<number, Value>>;
}

/** An encoder whose hidden state i is the tensor `h<i>`, the last one's before its norm `sum<L>`. */
export function encoderGraph({
  spelling = 'x * 1 / sqrt(mean(x^2))',
  placement = 'pre',
  weight = 'plain',
  output = 'tokens',
  layers = 3,
  last,
  queryNorm = false,
  before = false,
  without = [],
  lastSpelling = spelling,
  numbered = {},
}: GraphOptions = {}): ModelProto {
  const b = new GraphBuilder();
  let seed = 1;
  const matrix = (name: string, dims: readonly number[]): Value => {
    const raw = Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, () => Math.sin(seed++ * 12.9898) * 0.5);
    return b.tensor(name, { dataType: TensorProto_DataType.FLOAT, dims, raw });
  };
  const name = (base: string): string => `${base}.${seed++}`;
  const linear = (x: Value): Value => b.op('MatMul', [x, matrix(name('w'), [WIDTH, WIDTH])]);
  const weighted = (x: Value, as?: string): Value => {
    const w = matrix(name('norm'), [WIDTH]);
    const factor = weight === 'one-plus' ? b.op('Add', [w, b.float(1)]) : w;
    if (weight === 'none') return as === undefined ? x : b.node('Identity', [x], {}, { name: as });
    return b.node('Mul', [x, factor], {}, as === undefined ? {} : { name: as });
  };
  const norm = (x: Value, as?: string, how = spelling): Value => weighted(RMS_SPELLINGS[how]!(b, x), as);
  const attend = (x: Value): Value => {
    const [q, k] = [linear(x), linear(x)].map((each) => (queryNorm ? norm(each) : each));
    const scores = b.op('Softmax', [b.op('MatMul', [q!, b.op('Transpose', [k!], { perm: [0, 2, 1] })])], { axis: -1 });
    return linear(b.op('MatMul', [scores, linear(x)]));
  };
  const feed = (x: Value): Value => linear(b.op('Tanh', [linear(x)]));
  const add = (x: Value, y: Value, as?: string): Value => b.node('Add', [x, y], {}, as === undefined ? {} : { name: as });

  b.input('input_ids', TensorProto_DataType.INT64, ['batch_size', 'sequence_length']);
  let x = b.node('Gather', [matrix('embeddings', [20, WIDTH]), 'input_ids'], {}, { name: placement === 'post' ? 'embedded' : 'h0' });
  if (placement === 'post') x = norm(x, 'h0');
  for (let layer = 1; layer <= layers; layer++) {
    const mix = without.includes(layer) ? feed : attend;
    const as = placement !== 'post' && layer === layers ? `sum${layer}` : `h${layer}`;
    if (before) x = add(x, feed(norm(x)));
    switch (placement) {
      case 'pre':
        x = add(x, mix(norm(x)));
        x = add(x, feed(norm(x)), as);
        break;
      case 'sandwich':
        x = add(x, norm(mix(norm(x))));
        x = add(x, norm(feed(norm(x))), as);
        break;
      case 'branch':
        x = add(x, norm(mix(x)));
        x = add(x, norm(feed(x)), as);
        break;
      case 'post':
        x = norm(add(x, mix(x)));
        x = norm(add(x, feed(x)), as);
        break;
      case 'parallel': {
        const read = norm(x);
        x = add(add(x, mix(read)), feed(read), as);
        break;
      }
    }
  }
  if (placement !== 'post') x = norm(x, `h${layers}`, lastSpelling);
  if (last !== undefined) x = last(b, x);
  const out = { type: TensorProto_DataType.FLOAT, dims: ['batch_size', 'sequence_length', WIDTH] };
  if (output === 'tokens') b.output(x, { name: 'last_hidden_state', ...out });
  else if (output === 'unnamed') b.output(x, { name: 'output', ...out });
  else if (output === 'logits') {
    const dims = ['batch_size', 'sequence_length', 20];
    b.output(b.op('MatMul', [x, matrix('head', [WIDTH, 20])]), { name: 'logits', type: TensorProto_DataType.FLOAT, dims });
  } else {
    const mean = b.op('ReduceMean', [x, b.ints([1])], { keepdims: 0 });
    b.output(mean, { name: 'sentence_embedding', type: TensorProto_DataType.FLOAT, dims: ['batch_size', WIDTH] });
  }
  for (const [at, value] of Object.entries(numbered)) b.output(value, { name: `hidden_states.${at}`, ...out });
  return b.build();
}

function ones(b: GraphBuilder): Value {
  return b.tensor('ones', { dataType: TensorProto_DataType.FLOAT, dims: [WIDTH], raw: new Float32Array(WIDTH).fill(1) });
}

function meanSquare(b: GraphBuilder, x: Value, how: 'Pow' | 'Mul'): Value {
  const square = how === 'Pow' ? b.op('Pow', [x, b.float(2)]) : b.op('Mul', [x, x]);
  return b.op('Add', [b.op('ReduceMean', [square, b.ints([-1])]), b.float(EPSILON)]);
}

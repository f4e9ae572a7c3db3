import { CONTRIB, type Value } from '../builder.ts';
import { TensorProto_DataType, type NodeProto } from '../onnx_pb.ts';
import { attributeOf, changed, float, inputOf, int, refuse, type NodeRule, type Rewrite } from './rewrite.ts';
import { own } from '../../own.ts';

/** Operators that combine several standard ones, except for attention (attention.ts). */
export const decomposeContrib: NodeRule = (node, r) => {
  if (node.domain !== CONTRIB && !BY_NAME.has(node.opType)) return false;
  const spell = own(SPELLINGS, node.opType);
  if (spell === undefined) return false;
  spell(node, r);
  return true;
};

/** The runtime's own operators, although in the standard's domain. */
const BY_NAME: ReadonlySet<string> = new Set(['SimplifiedLayerNormalization', 'FusedMatMul']);

const SPELLINGS: Readonly<Record<string, (node: NodeProto, r: Rewrite) => void>> = {
  Gelu: (node, r) => r.as(node.output[0]!, 'Gelu', [node.input[0]!]),
  BiasGelu: (node, r) => r.as(node.output[0]!, 'Gelu', [r.op('Add', [node.input[0]!, node.input[1]!])]),
  FastGelu: (node, r) => {
    const bias = inputOf(node, 1);
    r.as(node.output[0]!, 'Gelu', [bias === undefined ? node.input[0]! : r.op('Add', [node.input[0]!, bias])], { approximate: 'tanh' });
  },
  QuickGelu: (node, r) =>
    r.as(node.output[0]!, 'Mul', [node.input[0]!, r.op('Sigmoid', [r.op('Mul', [node.input[0]!, r.float(float(node, 'alpha', 1.702))])])]),
  SkipLayerNormalization: (node, r) => {
    const [, , scale, shift = ''] = node.input as [Value, Value, Value, Value?];
    norm(r, node, { sum: skipped(node, r, 4), scale, shift, y: node.output[0]! });
  },
  SkipSimplifiedLayerNormalization: (node, r) =>
    rootMeanSquare(r, node, { x: skipped(node, r, 3), scale: node.input[2]!, y: node.output[0]! }),
  SimplifiedLayerNormalization: (node, r) => rootMeanSquare(r, node, { x: node.input[0]!, scale: node.input[1]!, y: node.output[0]! }),
  EmbedLayerNormalization: embedded,
  FusedGemm: (node, r) => {
    const activation = new TextDecoder().decode(attributeOf(node, 'activation')?.s);
    if (!ACTIVATIONS.has(activation)) throw refuse(node, `with the activation "${activation}"`);
    const made = `${node.output[0]!}.${activation}`;
    r.builder.add(
      changed(node, {
        name: made,
        opType: 'Gemm',
        domain: '',
        output: [made],
        attribute: node.attribute.filter(({ name }) => !name.startsWith('activation')),
      }),
    );
    r.as(node.output[0]!, activation, [made]);
  },
  FusedMatMul: (node, r) => {
    const [a, b] = node.input as [Value, Value];
    if (int(node, 'transBatchA', 0) === 1 || int(node, 'transBatchB', 0) === 1) throw refuse(node, 'with its batch turned');
    const alpha = float(node, 'alpha', 1);
    const inputs = [turned(node, r, a, int(node, 'transA', 0)), turned(node, r, b, int(node, 'transB', 0))];
    if (alpha === 1) r.as(node.output[0]!, 'MatMul', inputs);
    else r.as(node.output[0]!, 'Mul', [r.op('MatMul', inputs), r.float(alpha)]);
  },
};

/** Activations that may be fused with a product, without parameters. */
const ACTIVATIONS: ReadonlySet<string> = new Set(['Relu', 'Sigmoid', 'Tanh']);

/** The sum that is normalised, also available as the fourth output. */
function skipped(node: NodeProto, r: Rewrite, biasAt: number): Value {
  const [x, skip] = node.input as [Value, Value];
  const bias = inputOf(node, biasAt);
  const terms = [bias === undefined ? x : r.op('Add', [x, bias]), skip];
  const sum = node.output[3];
  if (sum === undefined || sum === '') return r.op('Add', terms);
  r.as(sum, 'Add', terms);
  return sum;
}

function norm(r: Rewrite, node: NodeProto, { sum, scale, shift, y }: { sum: Value; scale: Value; shift: Value; y: Value }): void {
  r.as(y, 'LayerNormalization', shift === '' ? [sum, scale] : [sum, scale, shift], {
    axis: -1,
    epsilon: { float: float(node, 'epsilon', 1e-12) },
  });
}

/** x / sqrt(mean(x²) + epsilon) * scale (Zhang and Sennrich 2019). */
function rootMeanSquare(r: Rewrite, node: NodeProto, { x, scale, y }: { x: Value; scale: Value; y: Value }): void {
  const square = r.op('ReduceMean', [r.op('Mul', [x, x]), r.ints([-1])], { keepdims: 1 });
  const root = r.op('Sqrt', [r.op('Add', [square, r.float(float(node, 'epsilon', 1e-5))])]);
  r.as(y, 'Mul', [r.op('Div', [x, root]), scale]);
}

/** Word, position and token type embeddings, summed and normalised. */
function embedded(node: NodeProto, r: Rewrite): void {
  const [ids, , words, positions, , scale, shift] = node.input as [Value, Value, Value, Value, Value, Value, Value];
  const [types, typeTable, mask, positionIds] = [inputOf(node, 1), inputOf(node, 4), inputOf(node, 7), inputOf(node, 8)];
  const tokens = r.op('Shape', [ids], { start: 1, end: 2 });
  const places = positionIds ?? r.op('Range', [r.ints(0), r.op('Squeeze', [tokens]), r.ints(1)]);
  let sum = r.op('Gather', [words, ids]);
  sum = r.op('Add', [sum, r.op('Gather', [positions, places])]);
  const [y, maskIndex, kept] = node.output as [Value, Value?, Value?];
  const typed = types !== undefined && typeTable !== undefined ? [sum, r.op('Gather', [typeTable, types])] : undefined;
  if (kept !== undefined && kept !== '') {
    r.as(kept, typed === undefined ? 'Identity' : 'Add', typed ?? [sum]);
    sum = kept;
  } else if (typed !== undefined) {
    sum = r.op('Add', typed);
  }
  norm(r, node, { sum, scale, shift, y });
  if (maskIndex === undefined || maskIndex === '') return;
  // Number of tokens of each text; 0 for all without a mask.
  const to = { to: TensorProto_DataType.INT32 };
  if (mask === undefined) r.as(maskIndex, 'Cast', [r.op('Mul', [r.op('Shape', [ids], { start: 0, end: 1 }), r.ints([0])])], to);
  else
    r.as(
      maskIndex,
      'Cast',
      [r.op('ReduceSum', [r.op('Cast', [mask], { to: TensorProto_DataType.INT64 }), r.ints([1])], { keepdims: 0 })],
      to,
    );
}

/** With its last two axes swapped. */
function turned(node: NodeProto, r: Rewrite, value: Value, turn: number): Value {
  if (turn === 0) return value;
  const rank = r.dims(value)?.length;
  if (rank === undefined) throw refuse(node, 'of an operand of unknown shape');
  const perm = Array.from({ length: rank }, (_, i) => i);
  [perm[rank - 2], perm[rank - 1]] = [rank - 1, rank - 2];
  return r.op('Transpose', [value], { perm });
}

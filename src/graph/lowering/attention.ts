import type { Value } from '../builder.ts';
import { CONTRIB } from '../builder.ts';
import { TensorProto_DataType, type NodeProto } from '../onnx_pb.ts';
import { attributeOf, float, inputOf, int, refuse, type NodeRule, type Rewrite } from './rewrite.ts';

/** The runtime's fused attention as products, a softmax and additive masks. */
export const attention: NodeRule = (node, r) => {
  if (node.domain !== CONTRIB) return false;
  if (node.opType === 'Attention') packedWeights(node, r);
  else if (node.opType === 'MultiHeadAttention') multiHead(node, r);
  else return false;
  return true;
};

/** com.microsoft Attention: x [batch, tokens, in] times one weight [in, 3 * width] for queries, keys and values. */
function packedWeights(node: NodeProto, r: Rewrite): void {
  const [x, weight] = node.input as [Value, Value];
  const bias = inputOf(node, 2);
  if (inputOf(node, 4) !== undefined || int(node, 'unidirectional', 0) === 1 || int(node, 'do_rotary', 0) === 1) {
    throw refuse(node, 'with a past, an order or rotation');
  }
  const product = r.op('MatMul', [x, weight]);
  const projected = bias === undefined ? product : r.op('Add', [product, bias]);
  const sizes = attributeOf(node, 'qkv_hidden_sizes')?.ints.map(Number);
  const width = r.dims(weight)?.[1];
  const split = sizes ?? (width === undefined ? undefined : [width / 3, width / 3, width / 3]);
  if (split === undefined) throw refuse(node, 'by a weight that is computed');
  const [query, key, value] = r.builder.ops('Split', [projected, r.ints(split)], { axis: -1 }, 3) as [Value, Value, Value];
  attend(node, r, { query, key, value, width: split[0]!, masks: [maskOf(node, r, inputOf(node, 3), x), inputOf(node, 5)] });
}

/** com.microsoft MultiHeadAttention: query, key and value [batch, tokens, width]. */
function multiHead(node: NodeProto, r: Rewrite): void {
  const [query] = node.input as [Value];
  const [key, value, bias] = [inputOf(node, 1), inputOf(node, 2), inputOf(node, 3)];
  if (key === undefined || value === undefined || r.dims(query)?.length !== 3 || r.dims(key)?.length !== 3 || r.dims(value)?.length !== 3) {
    throw refuse(node, 'with packed or parted operands');
  }
  if (inputOf(node, 6) !== undefined || int(node, 'unidirectional', 0) === 1) throw refuse(node, 'with a past or an order');
  const operands = [query, key, value];
  const width = r.dims(query)![2]!;
  if (bias !== undefined) {
    const all = r.dims(bias)?.[0] ?? 0;
    const parts = r.builder.ops('Split', [bias, r.ints([width, width, all - 2 * width])], { axis: 0 }, 3);
    for (const [i, part] of parts.entries()) operands[i] = r.op('Add', [operands[i]!, part]);
  }
  attend(node, r, {
    query: operands[0]!,
    key: operands[1]!,
    value: operands[2]!,
    width,
    masks: [maskOf(node, r, inputOf(node, 4), key), inputOf(node, 5)],
  });
}

interface AttendParams {
  /** [batch, tokens, width] each. */
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  /** Of queries and keys. */
  readonly width: number;
  /** Added to the scores [batch, heads, queries, keys]. */
  readonly masks: readonly (Value | undefined)[];
}

/** Vaswani et al. 2017, with additive masks. */
function attend(node: NodeProto, r: Rewrite, { query, key, value, width, masks }: AttendParams): void {
  const heads = int(node, 'num_heads', 1);
  const parted = (sequence: Value, perm: readonly number[]) =>
    r.op('Transpose', [r.op('Reshape', [sequence, r.ints([0, 0, heads, -1])])], { perm });
  const scale = float(node, 'scale', 0) || 1 / Math.sqrt(width / heads);
  let scores = r.op('Mul', [r.op('MatMul', [parted(query, [0, 2, 1, 3]), parted(key, [0, 2, 3, 1])]), r.float(scale)]);
  for (const mask of masks) if (mask !== undefined) scores = r.op('Add', [scores, mask]);
  const mixed = r.op('MatMul', [r.op('Softmax', [scores], { axis: -1 }), parted(value, [0, 2, 1, 3])]);
  r.as(node.output[0]!, 'Reshape', [r.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }), r.ints([0, 0, -1])]);
}

/** A mask as values added to the scores. It is [batch, keys] of 0 and 1, [batch, queries, keys] of them, or each text's length [batch]. */
function maskOf(node: NodeProto, r: Rewrite, mask: Value | undefined, keys: Value): Value | undefined {
  if (mask === undefined) return undefined;
  const filter = r.float(float(node, 'mask_filter_value', -10000));
  const asInt = (value: Value) => r.op('Cast', [value], { to: TensorProto_DataType.INT64 });
  const hidden = (absent: Value) => r.op('Mul', [r.op('Cast', [absent], { to: TensorProto_DataType.FLOAT }), filter]);
  switch (r.dims(mask)?.length) {
    case 1: {
      const count = r.op('Squeeze', [r.op('Shape', [keys], { start: 1, end: 2 })]);
      const place = r.op('Range', [r.ints(0), count, r.ints(1)]);
      return r.op('Unsqueeze', [hidden(r.op('GreaterOrEqual', [place, r.op('Unsqueeze', [asInt(mask), r.ints([1])])])), r.ints([1, 2])]);
    }
    case 2:
      return r.op('Unsqueeze', [hidden(r.op('Equal', [asInt(mask), r.ints(0)])), r.ints([1, 2])]);
    case 3:
      return r.op('Unsqueeze', [hidden(r.op('Equal', [asInt(mask), r.ints(0)])), r.ints([1])]);
    default:
      throw refuse(node, 'with a mask of unknown shape');
  }
}

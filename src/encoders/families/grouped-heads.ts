import { CONTRIB, type Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { TextGraph } from './text-graph.ts';

export interface GroupedHeads {
  /** Heads of the queries. */
  readonly heads: number;
  /** Heads of keys and values; divides `heads`. */
  readonly keyHeads: number;
  /** Width of a head. */
  readonly size: number;
}

/**
 * Grouped-query attention (Ainslie et al. 2023): several heads of queries share one head of keys and values. Rows
 * [batch * tokens, keyHeads * size] of keys or values, each head as often as queries use it: rows [batch * tokens, heads * size].
 */
export function sharedHeads(graph: TextGraph, rows: Value, { heads, keyHeads, size }: GroupedHeads): Value {
  if (heads === keyHeads) return rows;
  const apart = graph.reshape(rows, -1, keyHeads, 1, size);
  const repeated = graph.op('Expand', [apart, graph.shapeOf(1, 1, heads / keyHeads, size)]);
  return graph.reshape(repeated, -1, heads * size);
}

export interface CausalParams extends GroupedHeads {
  /** Rows [batch * tokens, heads * size]. */
  readonly query: Value;
  /** Rows [batch * tokens, keyHeads * size]. */
  readonly key: Value;
  readonly value: Value;
  readonly scale?: number | undefined;
}

/** Whether the runtime has it for heads of that width. */
export function hasCausalAttention({ form }: TextGraph, { size }: GroupedHeads): boolean {
  return form === 'fast' && size % 8 === 0;
}

/**
 * Attention of a decoder in the fast form: a token sees itself and those before it. The runtime hides what comes later exactly, and neither
 * repeats heads nor adds a bias of all pairs. Returns rows [batch * tokens, heads * size].
 */
export function causalAttention(graph: TextGraph, { query, key, value, heads, keyHeads, size, scale = 1 / Math.sqrt(size) }: CausalParams): Value {
  const inputs = [graph.sequence(query, heads * size), graph.sequence(key, keyHeads * size), graph.sequence(value, keyHeads * size)];
  const attributes = { kv_num_heads: keyHeads, scale: { float: scale } };
  const atOnce = () => graph.op('Attention', inputs, { ...attributes, q_num_heads: heads, is_causal: 1 });
  const inBlocks = () => {
    const { batch, tokens } = graph.sizes;
    const total = graph.op('Cast', [tokens], { to: TensorProto_DataType.INT32 });
    const before = graph.op('Cast', [graph.op('Sub', [tokens, graph.builder.ints([1])])], { to: TensorProto_DataType.INT32 });
    const last = graph.op('Expand', [before, batch]);
    // Its other outputs are keys and values for texts that go on.
    const [mixed] = graph.builder.ops('GroupQueryAttention', [...inputs, '', '', last, total], { ...attributes, num_heads: heads }, 3, CONTRIB);
    return mixed!;
  };
  return graph.rows(graph.either(graph.short!, { yes: atOnce, no: inBlocks }), heads * size);
}

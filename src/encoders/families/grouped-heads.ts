import { CONTRIB, type Attribute, type Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { TextGraph } from './text-graph.ts';

export interface GroupedHeads {
  /** Number of query heads. */
  readonly heads: number;
  /** Number of key and value heads; divides `heads`. */
  readonly keyHeads: number;
  /** Width of a head. */
  readonly size: number;
}

/**
 * Grouped-query attention (Ainslie et al. 2023): several query heads share one head of keys and values. Rows [batch * tokens, keyHeads *
 * size] of keys or values, with each head repeated for its queries: rows [batch * tokens, heads * size].
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

/**
 * Number of parts of a text's queries, each with only the keys that it can attend to: fewer scores, which fit into the processor's caches.
 * For Qwen3-0.6B a batch of texts of 512 tokens is 8 to 10% faster (4, 6 and 8 parts alike), 2 to 6% with 256, no faster with 128.
 */
const PARTS = 4;
/** Texts of up to this many tokens are not split: they have few scores. */
const WITHOUT_PARTS = 128;

/** Whether the runtime supports it for heads of that width. */
export function hasCausalAttention({ form }: TextGraph, { size }: GroupedHeads): boolean {
  return form === 'fast' && size % 8 === 0;
}

/**
 * Causal attention in the fast form. The runtime masks later tokens exactly, and needs neither repeated heads nor a bias for all pairs.
 * Returns rows [batch * tokens, heads * size].
 */
export function causalAttention(
  graph: TextGraph,
  { query, key, value, heads, keyHeads, size, scale = 1 / Math.sqrt(size) }: CausalParams,
): Value {
  const inputs: CausalSequences = [
    graph.sequence(query, heads * size),
    graph.sequence(key, keyHeads * size),
    graph.sequence(value, keyHeads * size),
  ];
  const attributes = { kv_num_heads: keyHeads, scale: { float: scale } };
  const few = () => graph.op('LessOrEqual', [graph.sizes.tokens, graph.builder.ints([WITHOUT_PARTS])]);
  const whole = () => graph.op('Attention', inputs, { ...attributes, q_num_heads: heads, is_causal: 1 });
  const parted = () => inParts(graph, inputs, { ...attributes, q_num_heads: heads });
  const inParallel = () => graph.either(few(), { yes: whole, no: parted });
  const inBlocks = () => {
    const { batch, tokens } = graph.sizes;
    const total = graph.op('Cast', [tokens], { to: TensorProto_DataType.INT32 });
    const before = graph.op('Cast', [graph.op('Sub', [tokens, graph.builder.ints([1])])], { to: TensorProto_DataType.INT32 });
    const last = graph.op('Expand', [before, batch]);
    // Its other outputs are keys and values for continuing a text.
    const [mixed] = graph.builder.ops(
      'GroupQueryAttention',
      [...inputs, '', '', last, total],
      { ...attributes, num_heads: heads },
      3,
      CONTRIB,
    );
    return mixed!;
  };
  return graph.rows(graph.either(graph.short!, { yes: inParallel, no: inBlocks }), heads * size);
}

/** Causal attention of sequences [batch, tokens, heads * size] in parts of the queries: each with keys and values up to its own end. */
function inParts(graph: TextGraph, [query, key, value]: CausalSequences, attributes: Readonly<Record<string, Attribute>>): Value {
  const ints = (...numbers: number[]): Value => graph.builder.ints(numbers);
  const { tokens } = graph.sizes;
  const all = graph.range();
  const upTo = (rows: Value, end: Value, start = ints(0), axis = 1): Value => graph.op('Slice', [rows, start, end, ints(axis)]);
  let start = ints(0);
  const parts = Array.from({ length: PARTS }, (_, part) => {
    const end = graph.op('Div', [graph.op('Mul', [tokens, ints(part + 1)]), ints(PARTS)]);
    const at = graph.op('Unsqueeze', [upTo(all, end, start, 0), ints(1)]);
    const seen = graph.op('GreaterOrEqual', [at, upTo(all, end, ints(0), 0)]);
    const inputs = [upTo(query, end, start), upTo(key, end), upTo(value, end), seen];
    start = end;
    return graph.op('Attention', inputs, attributes);
  });
  return graph.op('Concat', parts, { axis: 1 });
}

/** Queries, keys, values. */
type CausalSequences = readonly [Value, Value, Value];

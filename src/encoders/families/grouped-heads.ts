import type { Value } from '../../graph/builder.ts';
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

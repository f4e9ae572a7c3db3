import type { Value } from '../../graph/builder.ts';
import type { Activation, TextGraph } from './text-graph.ts';

export interface GatedFeedParams {
  /** Rows [n, width]. */
  readonly rows: Value;
  readonly width: number;
  /** Width between the products. */
  readonly inner: number;
  readonly activation: Activation;
  /** Weights of the gate, which is activated, of what it is multiplied with, and of the way back, by their full names. */
  readonly gate: string;
  readonly up: string;
  readonly down: string;
  /** Whether the two products before, and the one behind, have a bias; false where left out. */
  readonly bias?: boolean;
  readonly downBias?: boolean;
  /** Whether training drops entries of what goes into `down`; false where left out. */
  readonly innerDropout?: boolean;
}

/** Gated feed-forward (Shazeer 2020): down(activation(gate(x)) * up(x)). Returns rows [n, width]. */
export function gatedFeed(
  graph: TextGraph,
  { rows, width, inner, activation, gate, up, down, bias = false, downBias = bias, innerDropout = false }: GatedFeedParams,
): Value {
  const wide = (name: string) => graph.linear(rows, name, { from: width, to: inner, bias });
  const gated = graph.op('Mul', [graph.activation(wide(gate), activation), wide(up)]);
  const kept = innerDropout ? graph.dropout(gated, 'hidden', ({ rows: count }) => [count, inner]) : gated;
  return graph.linear(kept, down, { from: inner, to: width, bias: downBias });
}

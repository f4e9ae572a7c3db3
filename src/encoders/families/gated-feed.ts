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
  /** Whether training drops what the product behind reads; false where left out. */
  readonly dropped?: boolean;
}

/** Gated feed-forward (Shazeer 2020): down(activation(gate(x)) * up(x)). Returns rows [n, width]. */
export function gatedFeed(
  graph: TextGraph,
  { rows, width, inner, activation, gate, up, down, bias = false, downBias = bias, dropped = false }: GatedFeedParams,
): Value {
  const wide = (name: string) => graph.linear(rows, name, { from: width, to: inner, bias });
  const gated = graph.op('Mul', [graph.activation(wide(gate), activation), wide(up)]);
  return graph.linear(dropped ? graph.dropout(gated, 'hidden', ({ rows: count }) => [count, inner]) : gated, down, {
    from: inner,
    to: width,
    bias: downBias,
  });
}

export interface PackedGateParams extends Omit<GatedFeedParams, 'gate' | 'up' | 'downBias' | 'dropped'> {
  /** Weight [2 * inner, width] of both products before. */
  readonly both: string;
  /** Which half of it is activated. */
  readonly gate: 'first' | 'second';
}

/** The same where one weight has both products before; the one behind has a bias, and training drops what it reads. */
export function packedGatedFeed(
  graph: TextGraph,
  { rows, width, inner, activation, both, gate, down, bias = false }: PackedGateParams,
): Value {
  const [first, second] = graph.linears(rows, both, { from: width, to: inner, parts: 2, bias }) as [Value, Value];
  const gated =
    gate === 'first'
      ? graph.op('Mul', [graph.activation(first, activation), second])
      : graph.op('Mul', [graph.activation(second, activation), first]);
  const kept = graph.dropout(gated, 'hidden', ({ rows: count }) => [count, inner]);
  return graph.linear(kept, down, { from: inner, to: width });
}

import type { Value } from '../../graph/builder.ts';
import type { Activation, TextGraph } from './text-graph.ts';

export interface GatedFeedParams {
  /** Rows [n, width]. */
  readonly rows: Value;
  readonly width: number;
  /** Width between the products. */
  readonly inner: number;
  readonly activation: Activation;
  /**
   * Weights of the gate, to which the activation is applied, of the other input product, and of the output product, by their full names.
   */
  readonly gate: string;
  readonly up: string;
  readonly down: string;
  /** Whether the two input products, and the output product, have a bias. Default: false. */
  readonly bias?: boolean;
  readonly downBias?: boolean;
  /** Whether dropout is applied to the input of the output product. Default: false. */
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
  /** Weight [2 * inner, width] of both input products. */
  readonly both: string;
  /** Which half of it is the gate. */
  readonly gate: 'first' | 'second';
}

/** The same with a single weight for both input products; the output product has a bias, and dropout on its input. */
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

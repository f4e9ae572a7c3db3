import { CONTRIB, type Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { TextGraph } from './text-graph.ts';

export interface RotaryParams {
  /** The slowest pair of columns turns by about 1 / theta a token. */
  readonly theta: number;
  /** Width of a head; even. */
  readonly size: number;
}

/**
 * Rotary position embedding (Su et al. 2021) in the layout of GPT-NeoX: column i of a head turns with column i + size / 2,
 * by theta^(-2i / size) a token. One object serves all layers of a theta: they share the angles.
 */
export class Rotary {
  readonly #graph: TextGraph;
  /** [tokens, size / 2] each. */
  readonly #cos: Value;
  readonly #sin: Value;

  constructor(graph: TextGraph, { theta, size }: RotaryParams) {
    this.#graph = graph;
    const angles = graph.within(`rotary.${theta}`, () => {
      const speeds = graph.builder.tensor(`rotary.${theta}.speeds`, { dataType: TensorProto_DataType.FLOAT, dims: [size / 2], raw: turnsOf({ theta, size }) });
      const tokens = graph.op('Cast', [graph.range()], { to: TensorProto_DataType.FLOAT });
      return graph.op('Mul', [graph.op('Unsqueeze', [tokens, graph.builder.ints([1])]), speeds]);
    });
    this.#cos = graph.op('Cos', [angles]);
    this.#sin = graph.op('Sin', [angles]);
  }

  /** Turns every head of rows [batch * tokens, heads * size] by its token's place. Returns rows. */
  turn(rows: Value, { heads, size }: { heads: number; size: number }): Value {
    const graph = this.#graph;
    const width = heads * size;
    if (graph.form === 'fast') {
      const inputs = [graph.sequence(rows, width), graph.builder.ints([0]), this.#cos, this.#sin];
      return graph.rows(graph.op('RotaryEmbedding', inputs, {}, CONTRIB), width);
    }
    const [left, right] = graph.builder.ops('Split', [graph.perHead(rows, heads, size)], { axis: -1, num_outputs: 2 }, 2) as [Value, Value];
    const [cos, sin] = [this.#cos, this.#sin].map((table) => graph.op('Unsqueeze', [table, graph.builder.ints([1])])) as [Value, Value];
    const times = (a: Value, b: Value) => graph.op('Mul', [a, b]);
    const turned = [graph.op('Sub', [times(left, cos), times(right, sin)]), graph.add(times(right, cos), times(left, sin))];
    return graph.rows(graph.op('Concat', turned, { axis: -1 }), width);
  }
}

/** Angle a token for each pair of columns [size / 2], each step rounded to float32 as the reference has it. */
function turnsOf({ theta, size }: RotaryParams): Float32Array {
  return Float32Array.from({ length: size / 2 }, (_, i) => 1 / Math.fround(theta ** Math.fround((2 * i) / size)));
}

import { CONTRIB, type Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { Rope } from './rope.ts';
import type { TextGraph } from './text-graph.ts';

/**
 * Rotary position embedding (Su et al. 2021) in the layout of GPT-NeoX: column i of a head rotates with column i + size / 2. One object
 * serves all layers with the same angles: they share cosines and sines.
 */
export class Rotary {
  readonly #graph: TextGraph;
  /** [tokens, size / 2] each; [batch, tokens, size / 2] if the length of a text determines the angles, and texts are padded. */
  readonly #cos: Value;
  readonly #sin: Value;

  constructor(graph: TextGraph, rope: Rope) {
    this.#graph = graph;
    const [cos, sin] = graph.within(`rotary.${rope.name}`, () => {
      const tokens = graph.op('Cast', [graph.range()], { to: TensorProto_DataType.FLOAT });
      const angles = graph.op('Mul', [graph.op('Unsqueeze', [tokens, graph.builder.ints([1])]), speedsOf(graph, rope)]);
      const scaled = (value: Value) => (rope.scale === 1 ? value : graph.op('Mul', [value, graph.builder.float(rope.scale)]));
      return [scaled(graph.op('Cos', [angles])), scaled(graph.op('Sin', [angles]))] as const;
    });
    this.#cos = cos;
    this.#sin = sin;
  }

  /** Rotates every head of rows [batch * tokens, heads * size] by its token's position. Returns rows. */
  turn(rows: Value, { heads, size }: { heads: number; size: number }): Value {
    const graph = this.#graph;
    const width = heads * size;
    if (graph.fused) {
      const inputs = [graph.sequence(rows, width), graph.builder.ints([0]), this.#cos, this.#sin];
      return graph.rows(graph.op('RotaryEmbedding', inputs, {}, CONTRIB), width);
    }
    const [left, right] = graph.builder.ops('Split', [graph.perHead(rows, heads, size)], { axis: -1, num_outputs: 2 }, 2) as [Value, Value];
    const [cos, sin] = [this.#cos, this.#sin].map((table) => graph.op('Unsqueeze', [table, graph.builder.ints([-2])])) as [Value, Value];
    const times = (a: Value, b: Value) => graph.op('Mul', [a, b]);
    const turned = [graph.op('Sub', [times(left, cos), times(right, sin)]), graph.add(times(right, cos), times(left, sin))];
    return graph.rows(graph.op('Concat', turned, { axis: -1 }), width);
  }
}

/** Radians per token, [size / 2]; [batch, 1, size / 2] if they differ by text. */
function speedsOf(graph: TextGraph, { name, speeds, dynamic }: Rope): Value {
  const vector = (part: string, raw: Float32Array) =>
    graph.builder.tensor(`rotary.${name}.${part}`, { dataType: TensorProto_DataType.FLOAT, dims: [raw.length], raw });
  if (dynamic === undefined) return vector('speeds', speeds);
  const { theta, factor, from } = dynamic;
  const size = 2 * speeds.length;
  const float = (value: number) => graph.builder.float(value);
  // A text's own tokens count, without padding.
  const count =
    graph.mask === undefined ? graph.sizes.tokens : graph.op('ReduceSum', [graph.mask, graph.builder.ints([1])], { keepdims: 1 });
  const each = graph.mask === undefined ? count : graph.op('Unsqueeze', [count, graph.builder.ints([1])]);
  const tokens = graph.op('Max', [graph.op('Cast', [each], { to: TensorProto_DataType.FLOAT }), float(from)]);
  const longer = graph.op('Sub', [graph.op('Mul', [tokens, float(factor / from)]), float(factor - 1)]);
  const base = graph.op('Mul', [graph.op('Pow', [longer, float(size / (size - 2))]), float(theta)]);
  return graph.op('Pow', [
    base,
    vector(
      'exponents',
      speeds.map((_, i) => (-2 * i) / size),
    ),
  ]);
}

import type { Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { TextGraph } from './text-graph.ts';

/**
 * Slope of each head, by which scores decrease per token of distance (Press et al. 2022): 2^-8/h, 2^-16/h, … for h heads if h is a power of
 * two; else those of the power below, then every other one of the power above.
 */
export function alibiSlopes(heads: number): number[] {
  const power = 2 ** Math.floor(Math.log2(heads));
  const between = falling(2 * power).filter((_, head) => head % 2 === 0);
  return [...falling(power), ...between.slice(0, heads - power)];
}

function falling(heads: number): number[] {
  return Array.from({ length: heads }, (_, head) => 2 ** ((-8 * (head + 1)) / heads));
}

/** Bias added to scores: minus slope times distance, symmetric; [1, heads, tokens, tokens]. */
export function alibiBias(graph: TextGraph, heads: number): Value {
  return graph.within('alibi', () => {
    const at = graph.op('Cast', [graph.range()], { to: TensorProto_DataType.FLOAT });
    const along = (axis: number) => graph.op('Unsqueeze', [at, graph.builder.ints([axis])]);
    const distance = graph.op('Abs', [graph.op('Sub', [along(1), along(0)])]);
    const raw = Float32Array.from(alibiSlopes(heads), (slope) => -slope);
    return graph.op('Mul', [
      distance,
      graph.builder.tensor('alibi.slopes', { dataType: TensorProto_DataType.FLOAT, dims: [1, heads, 1, 1], raw }),
    ]);
  });
}

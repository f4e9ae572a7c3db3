import type { WeightedPooling } from '../embed/pool-weights.ts';
import { tokensOf, type VectorSpec } from '../embed/vectors.ts';
import type { GraphBuilder, Value } from '../graph/builder.ts';
import { TensorProto_DataType } from '../graph/onnx_pb.ts';
import { graphSteps, type GraphSteps } from './published-steps.ts';
import { unit } from './unit.ts';
import { addWordVectors, isOfWords, type TrainedSpec } from './word-vectors.ts';

/** Weight of each token in each pooling but the maximum, [batch, poolings, tokens]: a graph input. 0 for padding. */
export const POOL_INPUT = 'training.pool';
/** Added to each token before the maximum is taken, [batch, tokens]: 0, or LOWEST for padding and excluded tokens. A graph input. */
export const ABSENT_INPUT = 'training.absent';
/** Added to what must not be the maximum. */
export const LOWEST = -3.4028234663852886e38;

export interface VectorsParams {
  /** Hidden states 0 to L, [batch, tokens, width] each. */
  readonly states: readonly Value[];
  readonly spec: VectorSpec;
  /** The published modules after the pooling, if the spec has them. */
  readonly steps?: GraphSteps | undefined;
  /** Token weights, if the graph computes them. Default: an input. */
  readonly weights?: TokenWeights | undefined;
}

/** Weights of tokens in poolings, like `POOL_INPUT` and `ABSENT_INPUT`. */
export interface TokenWeights {
  /** Of the poolings but the maximum, in order. */
  readonly pool: (builder: GraphBuilder, poolings: readonly WeightedPooling[]) => Value;
  readonly absent: (builder: GraphBuilder) => Value;
}

const AS_INPUTS: TokenWeights = {
  pool: (builder, { length }) => builder.input(POOL_INPUT, TensorProto_DataType.FLOAT, ['batch_size', length, 'sequence_length']),
  absent: (builder) => builder.input(ABSENT_INPUT, TensorProto_DataType.FLOAT, ['batch_size', 'sequence_length']),
};

/** Adds the trained vectors to a graph, given its hidden states. */
export type VectorGraph = (builder: GraphBuilder, states: readonly Value[]) => Value;

/** A vector of each text, [batch, width], or of each word of all sentences, [words, width]. Throws as `graphSteps`. */
export async function trainedVectors(spec: TrainedSpec): Promise<VectorGraph> {
  if (isOfWords(spec)) return (builder, states) => addWordVectors(builder, { states, spec });
  const steps = spec.published && (await graphSteps(spec.published));
  return (builder, states) => addVectors(builder, { states, spec, steps });
}

/** Adds the vector of each text to a graph, [batch, width of the spec], with operators that have gradient rules. */
export function addVectors(builder: GraphBuilder, { states, spec, steps, weights = AS_INPUTS }: VectorsParams): Value {
  return builder.within('vectors', () => {
    const tokens = tokensOf(spec);
    const weighted = tokens.filter((pooling) => pooling !== 'max');
    const pool = weighted.length === 0 ? '' : weights.pool(builder, weighted);
    const absent = weighted.length === tokens.length ? '' : weights.absent(builder);
    const pooled = spec.layers.flatMap((layer) => {
      let row = 0;
      return tokens.map((pooling) => {
        if (pooling === 'max') return maximum(builder, states[layer]!, absent);
        return builder.op('MatMul', [weighted.length === 1 ? pool : poolingRow(builder, pool, row++), states[layer]!]);
      });
    });
    const vectors = builder.op('Squeeze', [combined(builder, pooled, spec), builder.ints([1])]);
    if (steps !== undefined) return steps(builder, vectors);
    return spec.unit === true ? unit(builder, vectors) : vectors;
  });
}

/** The weights of one of several poolings, [batch, 1, tokens]. */
function poolingRow(builder: GraphBuilder, pool: Value, row: number): Value {
  return builder.op('Slice', [pool, builder.ints([row]), builder.ints([row + 1]), builder.ints([1])]);
}

/** [batch, 1, width]; 0 for a text without any included token, as in embedding. */
function maximum(builder: GraphBuilder, state: Value, absentTokens: Value): Value {
  const absent = builder.op('Unsqueeze', [absentTokens, builder.ints([2])]);
  const most = builder.op('ReduceMax', [builder.op('Add', [state, absent]), builder.ints([1])], { keepdims: 1 });
  // 1, or 0 if every token is excluded.
  const counts = builder.op('Add', [
    builder.op('Div', [builder.op('ReduceMax', [absent, builder.ints([1])], { keepdims: 1 }), builder.float(-LOWEST)]),
    builder.float(1),
  ]);
  return builder.op('Mul', [most, counts]);
}

function combined(builder: GraphBuilder, pooled: readonly Value[], { combine }: VectorSpec): Value {
  switch (combine) {
    case 'one':
      return pooled.length === 1 ? pooled[0]! : builder.op('Concat', pooled, { axis: 2 });
    case 'mean':
      return builder.op('Mul', [builder.op('Sum', pooled), builder.float(1 / pooled.length)]);
    case 'concat':
      return builder.op('Concat', pooled, { axis: 2 });
    default:
      return combine satisfies never;
  }
}

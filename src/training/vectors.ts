import type { VectorSpec } from '../embed/vectors.ts';
import type { GraphBuilder, Value } from '../graph/builder.ts';
import { TensorProto_DataType } from '../graph/onnx_pb.ts';

/** Weight of each token in the pooling, [batch, 1, tokens]: a graph input. Padding has none. */
export const POOL_INPUT = 'training.pool';
/** Shorter vectors are scaled as if they were so long, as torch's normalize does. */
const SHORTEST = 1e-12;
/** Added to what must not be the maximum. */
const LOWEST = -3.4028234663852886e38;

export interface VectorsParams {
  /** Hidden states 0 to L, [batch, tokens, width] each. */
  readonly states: readonly Value[];
  readonly spec: VectorSpec;
  /** [batch, tokens] int64; undefined where texts are of one length. */
  readonly mask?: Value | undefined;
}

/** Adds the vector of each text to a graph, [batch, width of the spec], with operators that have gradients. */
export function addVectors(builder: GraphBuilder, { states, spec, mask }: VectorsParams): Value {
  return builder.within('vectors', () => {
    if (spec.token !== 'max') builder.input(POOL_INPUT, TensorProto_DataType.FLOAT, ['batch_size', 1, 'sequence_length']);
    const pooled = spec.layers.map((layer) => (spec.token === 'max' ? maximum(builder, states[layer]!, mask) : builder.op('MatMul', [POOL_INPUT, states[layer]!])));
    const vectors = builder.op('Squeeze', [combined(builder, pooled, spec), builder.ints([1])]);
    return spec.unit === true ? unit(builder, vectors) : vectors;
  });
}

/** [batch, 1, width] */
function maximum(builder: GraphBuilder, state: Value, mask: Value | undefined): Value {
  let seen = state;
  if (mask !== undefined) {
    const absent = builder.op('Cast', [builder.op('Sub', [builder.ints(1), mask])], { to: TensorProto_DataType.FLOAT });
    seen = builder.op('Add', [state, builder.op('Unsqueeze', [builder.op('Mul', [absent, builder.float(LOWEST)]), builder.ints([2])])]);
  }
  return builder.op('ReduceMax', [seen, builder.ints([1])], { keepdims: 1 });
}

function combined(builder: GraphBuilder, pooled: readonly Value[], { combine }: VectorSpec): Value {
  switch (combine) {
    case 'one':
      return pooled[0]!;
    case 'mean':
      return builder.op('Mul', [builder.op('Sum', pooled), builder.float(1 / pooled.length)]);
    case 'concat':
      return builder.op('Concat', pooled, { axis: 2 });
    default:
      return combine satisfies never;
  }
}

function unit(builder: GraphBuilder, vectors: Value): Value {
  const squares = builder.op('ReduceSum', [builder.op('Mul', [vectors, vectors]), builder.ints([1])], { keepdims: 1 });
  return builder.op('Div', [vectors, builder.op('Max', [builder.op('Sqrt', [squares]), builder.float(SHORTEST)])]);
}

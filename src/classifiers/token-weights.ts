import type { WeightedPooling } from '../embed/pool-weights.ts';
import { HarnessError } from '../errors.ts';
import type { GraphBuilder, Value } from '../graph/builder.ts';
import { TensorProto_DataType } from '../graph/onnx_pb.ts';
import { LOWEST, type TokenWeights } from '../training/vectors.ts';

export interface MaskParams {
  /** `attention_mask` of the graph, integers [batch, tokens]; undefined if it has none: every token counts. */
  readonly mask: Value | undefined;
  /** Number of leading tokens of every text excluded from pooling: those of a prompt that is not pooled. */
  readonly skip: number;
}

/**
 * Token weights of poolings, computed in the graph from its attention mask, so that a text has the same vector with any amount of padding,
 * on either side: equal to `poolWeights` for texts without padding.
 */
export function maskWeights(params: MaskParams): TokenWeights {
  let made: Masked | undefined;
  const masked = (builder: GraphBuilder): Masked => (made ??= maskedTokens(builder, params));
  return {
    pool: (builder, poolings) => {
      const rows = poolings.map((pooling) =>
        builder.op('Unsqueeze', [weightsOf(builder, pooling, masked(builder), params), builder.ints([1])]),
      );
      return rows.length === 1 ? rows[0]! : builder.op('Concat', rows, { axis: 1 });
    },
    absent: (builder) => {
      const { counted } = masked(builder);
      return builder.op('Mul', [builder.op('Sub', [builder.float(1), counted]), builder.float(LOWEST)]);
    },
  };
}

interface Masked {
  /** [batch, tokens] 1 for a real token, else 0. */
  readonly own: Value;
  /** [batch, tokens] The same without excluded tokens. */
  readonly counted: Value;
  /** [batch, tokens] Position of a token among the real ones, counted from 1. */
  readonly places: Value;
}

function maskedTokens(builder: GraphBuilder, { mask, skip }: MaskParams): Masked {
  const own =
    mask === undefined
      ? builder.op('Expand', [builder.float(1), builder.op('Shape', ['input_ids'])])
      : builder.op('Cast', [mask], { to: TensorProto_DataType.FLOAT });
  const places = builder.op('CumSum', [own, builder.ints(1)]);
  if (skip === 0) return { own, counted: own, places };
  const behind = float(builder, builder.op('Greater', [places, builder.float(skip)]));
  return { own, counted: builder.op('Mul', [own, behind]), places };
}

/** [batch, tokens] */
function weightsOf(builder: GraphBuilder, pooling: WeightedPooling, { own, counted, places }: Masked, { skip }: MaskParams): Value {
  const total = (values: Value): Value => builder.op('ReduceSum', [values, builder.ints([1])], { keepdims: 1 });
  // For a text without included tokens every sum is 0, and so is its vector.
  const least1 = (values: Value): Value => builder.op('Max', [values, builder.float(1)]);
  switch (pooling) {
    case 'mean':
      return builder.op('Div', [counted, least1(total(counted))]);
    case 'mean-sqrt':
      return builder.op('Div', [counted, builder.op('Sqrt', [least1(total(counted))])]);
    case 'weighted-mean': {
      const weighed = builder.op('Mul', [counted, places]);
      return builder.op('Div', [weighed, least1(total(weighed))]);
    }
    case 'last':
      return builder.op('Mul', [counted, float(builder, builder.op('Equal', [places, total(own)]))]);
    case 'cls': {
      const first = builder.float(skip + 1);
      const wanted =
        skip === 0 ? first : builder.op('Where', [builder.op('Greater', [total(counted), builder.float(0)]), first, builder.float(1)]);
      return builder.op('Mul', [own, float(builder, builder.op('Equal', [places, wanted]))]);
    }
    case 'word-mean':
      throw new HarnessError('INTERNAL', { what: 'Where words begin is not in a mask.' });
    default:
      return pooling satisfies never;
  }
}

function float(builder: GraphBuilder, condition: Value): Value {
  return builder.op('Cast', [condition], { to: TensorProto_DataType.FLOAT });
}

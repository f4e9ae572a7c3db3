import type { Value } from '../../graph/builder.ts';
import type { Inverse } from '../../graph/gradients/rule.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import { TextGraph, type BatchSizes, type DropoutKind } from './text-graph.ts';
import type { WeightSource } from './weights.ts';

/** Dropout probabilities, 0 to below 1. */
export type DropoutRates = Readonly<Record<DropoutKind, number>>;

export interface TrainingOptions {
  /** Rows are only the real tokens; else texts are of one length. */
  readonly packed: boolean;
  /** Texts are long enough for a family's alternative attention pattern. */
  readonly long: boolean;
  readonly dropout: DropoutRates;
}

/** An input of factors that values are multiplied with: 0 or 1 / (1 - rate). */
export interface DropoutSite {
  readonly input: Value;
  readonly rate: number;
  dims(sizes: BatchSizes): readonly number[];
}

/** Inverse index tensors, for the backward pass. */
export function packingInverses(): Map<Value, Inverse> {
  return new Map([
    [PACKING.pack, { ids: PACKING.unpackOrNone, zeroRow: true }],
    // No gradient comes from positions without a token: attention ignores them, and its result there is not used.
    [PACKING.unpack, { ids: PACKING.pack, zeroRow: false }],
  ]);
}

/** Inputs with the positions of the real tokens. */
export const PACKING = {
  /** [rows]: position of each real token among batch * tokens. */
  pack: 'training.pack',
  /** [batch * tokens]: row of each position; 0 without a token. */
  unpack: 'training.unpack',
  /** [batch * tokens]: the same, with `rows` without a token. Only used by the backward pass. */
  unpackOrNone: 'training.unpack_or_none',
} as const;

/**
 * A graph for differentiation: plain operators, dropout, and fed weights. If packed, texts of different lengths run together without
 * padding rows in products: rows are the real tokens, and only attention, whose products are small, uses the padded batch.
 */
export class TrainingGraph extends TextGraph {
  readonly sites: DropoutSite[] = [];
  readonly #options: TrainingOptions;

  /** `pairs`: see `TextGraph`. */
  constructor(weights: WeightSource, options: TrainingOptions, pairs?: boolean) {
    super({ weights, form: options.packed ? 'standard' : 'even', pairs });
    this.#options = options;
    if (!options.packed) return;
    this.builder.input(PACKING.pack, TensorProto_DataType.INT64, ['rows']);
    this.builder.input(PACKING.unpack, TensorProto_DataType.INT64, ['places']);
  }

  override get packed(): boolean {
    return this.#options.packed;
  }

  override tokenwise(values: Value): Value {
    if (!this.packed) return values;
    const { batch, tokens } = this.sizes;
    const every = this.op('Expand', [values, this.shapeOf(batch, tokens)]);
    return this.op('Gather', [this.reshape(every, -1), PACKING.pack]);
  }

  override embedded(value: Value, width: number): Value {
    return this.packed ? value : super.embedded(value, width);
  }

  override rows(value: Value, width: number): Value {
    const places = super.rows(value, width);
    return this.packed ? this.op('Gather', [places, PACKING.pack]) : places;
  }

  override sequence(rows: Value, width: number): Value {
    return super.sequence(this.packed ? this.op('Gather', [rows, PACKING.unpack]) : rows, width);
  }

  override perHead(rows: Value, heads: number, size: number): Value {
    return this.reshape(this.sequence(rows, heads * size), 0, 0, heads, size);
  }

  override dropout(value: Value, kind: DropoutKind, dims: (sizes: BatchSizes) => readonly number[]): Value {
    const rate = this.#options.dropout[kind];
    if (rate === 0) return value;
    const input = this.builder.input(
      `dropout.${this.sites.length}`,
      TensorProto_DataType.FLOAT,
      dims({ batch: 1, tokens: 1, rows: 1 }).map((_, axis) => `dropout.${this.sites.length}.${axis}`),
    );
    this.sites.push({ input, rate, dims });
    return this.op('Mul', [value, input]);
  }

  override either(_condition: Value, ways: { readonly yes: () => Value; readonly no: () => Value }): Value {
    return this.#options.long ? ways.yes() : ways.no();
  }
}

import type { Value } from '../../graph/builder.ts';
import type { Inverse } from '../../graph/gradients/rule.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import { TextGraph, type BatchSizes, type DropoutKind } from './text-graph.ts';
import type { WeightSource } from './weights.ts';

/** Shares of entries that training drops, 0 to below 1. */
export type DropoutRates = Readonly<Record<DropoutKind, number>>;

export interface TrainingOptions {
  /** Rows are the real tokens alone; else texts are of one length. */
  readonly packed: boolean;
  /** Texts are so long that a family which attends otherwise to long ones does so. */
  readonly long: boolean;
  readonly dropout: DropoutRates;
}

/** An input of factors that values are multiplied with: 0 or 1 / (1 - rate). */
export interface DropoutSite {
  readonly input: Value;
  readonly rate: number;
  dims(sizes: BatchSizes): readonly number[];
}

/** What undoes what, for the walk of the gradients. */
export function packingInverses(): Map<Value, Inverse> {
  return new Map([
    [PACKING.pack, { ids: PACKING.unpackOrNone, zeroRow: true }],
    // Nothing flows back from places without a token: attention neither looks at them nor is its result taken there.
    [PACKING.unpack, { ids: PACKING.pack, zeroRow: false }],
  ]);
}

/** Inputs that say where the real tokens are. */
export const PACKING = {
  /** [rows]: place of each real token among the batch * tokens places. */
  pack: 'training.pack',
  /** [batch * tokens]: row of each place; 0 where there is no token. */
  unpack: 'training.unpack',
  /** [batch * tokens]: the same, and `rows` where there is no token. The backward pass alone has it. */
  unpackOrNone: 'training.unpack_or_none',
} as const;

/**
 * A graph to be differentiated: plain operators, dropout, and weights that are fed. Where it is packed, texts of different
 * lengths run together and yet no product has a row of padding: rows are the real tokens, and only attention, whose products
 * are small, sees the padded batch.
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

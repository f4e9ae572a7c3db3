import { CONTRIB, GraphBuilder, OPSET, type Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { WeightSource } from './weights.ts';

/**
 * How a graph is written. `fast`: for our own runs, whose batches have texts of one length: no mask, and the runtime's fused operators
 * where they are faster. `standard`: only operators of the ONNX standard, and an input `attention_mask` for texts padded on the right.
 * `even`: operators of the standard, texts of one length. `device`: the same with the runtime's norms and rotations, for our own runs on
 * graphics cards. It has no branches and no loops, whose inputs and results would be copied to the CPU and back, and attention is plain
 * products: onnxruntime 1.30's fused one for WebGPU is wrong for texts of 32 tokens and more, depending on the card (device-graph.ts).
 */
export type GraphForm = 'fast' | 'standard' | 'even' | 'device';

/** Sizes of a batch, as numbers: texts, tokens of the longest one, rows. */
export interface BatchSizes {
  readonly batch: number;
  readonly tokens: number;
  readonly rows: number;
}

/** Where dropout is applied: to token vectors, or to attention weights. */
export type DropoutKind = 'hidden' | 'attention';

/** First opset with Attention as one operator, relevant for our own runs only. */
const ATTENTION_OPSET = 23n;

/**
 * Texts of up to this many tokens compute all scores of a head at once, which is 1 to 4% faster for the whole encoder (`npm run perf --
 * checkpoints`); longer ones in blocks, as their scores would take more memory than everything else, and more time.
 */
const SCORES_AT_ONCE = 512;

/** Masked scores: far below any other, and finite, as in the reference. */
export const LOWEST = -3.4028234663852886e38;

/**
 * A graph from token ids to hidden states. Token vectors are kept as rows [batch * tokens, width], the input of Gemm: it reads weights in
 * the layout of checkpoints, [out, in], so that they stay in their file.
 */
export class TextGraph {
  readonly builder: GraphBuilder;
  readonly weights: WeightSource;
  readonly form: GraphForm;
  /** [batch, tokens] int64 */
  readonly ids: Value;
  /** [batch, tokens] int64, 1 for a real token; undefined without padding. */
  readonly mask: Value | undefined;
  /** Rows of the token type table that was used; 0: none. */
  typeRows = 0;
  readonly #pairs: boolean;
  #types: Value | undefined;
  #sizes: { batch: Value; tokens: Value } | undefined;
  #maskBias: Value | undefined;
  /** Whether the batch's texts are short, boolean [1]; only in the fast form. Created before all branches, which read it. */
  readonly short: Value | undefined;
  readonly #causal = new Map<string, Value>();

  /** `pairs`: token types come from an input `token_type_ids`; else all are 0, without such an input. */
  constructor({ weights, form, pairs = false }: { weights: WeightSource; form: GraphForm; pairs?: boolean | undefined }) {
    this.weights = weights;
    this.form = form;
    this.#pairs = pairs;
    this.builder = new GraphBuilder({ opset: form === 'fast' ? ATTENTION_OPSET : OPSET });
    const input = (name: string) => this.builder.input(name, TensorProto_DataType.INT64, ['batch_size', 'sequence_length']);
    this.ids = input('input_ids');
    this.mask = form === 'standard' ? input('attention_mask') : undefined;
    if (form === 'fast') {
      this.short = this.builder.within('sizes', () => this.op('LessOrEqual', [this.sizes.tokens, this.builder.ints([SCORES_AT_ONCE])]));
    }
  }

  /** Whether the runtime's own norms and rotations may be used. */
  get fused(): boolean {
    return this.form === 'fast' || this.form === 'device';
  }

  /** Names everything created inside `make` below `part`. */
  within<T>(part: string, make: () => T): T {
    return this.builder.within(part, make);
  }

  op(...args: Parameters<GraphBuilder['op']>): Value {
    return this.builder.op(...args);
  }

  add(a: Value, b: Value): Value {
    return this.op('Add', [a, b]);
  }

  weight(name: string, shape: readonly number[]): Value {
    return this.weights.add(this.builder, name, shape);
  }

  /** Sizes of the batch as int64 [1]. */
  get sizes(): { readonly batch: Value; readonly tokens: Value } {
    return (this.#sizes ??= this.builder.within('sizes', () => {
      const shape = this.op('Shape', [this.ids]);
      return { batch: this.op('Gather', [shape, this.builder.ints([0])]), tokens: this.op('Gather', [shape, this.builder.ints([1])]) };
    }));
  }

  /** `parts` as one int64 shape: numbers and values of shape [1]. */
  shapeOf(...parts: readonly (number | Value)[]): Value {
    if (parts.every((part) => typeof part === 'number')) return this.builder.ints(parts);
    return this.op(
      'Concat',
      parts.map((part) => (typeof part === 'number' ? this.builder.ints([part]) : part)),
      { axis: 0 },
    );
  }

  reshape(value: Value, ...parts: readonly (number | Value)[]): Value {
    return this.op('Reshape', [value, this.shapeOf(...parts)]);
  }

  /** Whether rows are only the real tokens, without padding. */
  get packed(): boolean {
    return false;
  }

  /** Integers per token, broadcast to [batch, tokens], in the shape for table lookups. */
  tokenwise(values: Value): Value {
    return values;
  }

  /** The result of a lookup with `tokenwise` numbers -> rows. */
  embedded(value: Value, width: number): Value {
    return this.rows(value, width);
  }

  /** Dropout (Srivastava et al. 2014) in training, the identity elsewhere. `dims`: shape of `value` in a batch. */
  dropout(value: Value, _kind: DropoutKind, _dims: (sizes: BatchSizes) => readonly number[]): Value {
    return value;
  }

  /** One of two alternatives, depending on the batch. */
  either(condition: Value, ways: { readonly yes: () => Value; readonly no: () => Value }): Value {
    return this.builder.branch(condition, { yes: () => [ways.yes()], no: () => [ways.no()] })[0]!;
  }

  /** [batch * tokens, width] -> [batch, tokens, width] */
  sequence(rows: Value, width: number): Value {
    const { batch, tokens } = this.sizes;
    return this.reshape(rows, batch, tokens, width);
  }

  /** [..., width] -> [rows, width] */
  rows(value: Value, width: number): Value {
    return this.reshape(value, -1, width);
  }

  /** Rows [n, from] times the weight [to, from] of `name`, plus its bias, if any. */
  linear(rows: Value, name: string, { from, to, bias = true }: { from: number; to: number; bias?: boolean }): Value {
    const inputs = [rows, this.weight(`${name}.weight`, [to, from])];
    if (bias) inputs.push(this.weight(`${name}.bias`, [to]));
    return this.op('Gemm', inputs, { transB: 1 });
  }

  /**
   * Several products with one weight [parts * to, from], the concatenation of theirs: rows [n, to] each. The fast form reads each part's
   * rows of the weight separately, so that no product has to be split afterwards.
   */
  linears(
    rows: Value,
    name: string,
    { from, to, parts, bias = true }: { from: number; to: number; parts: number; bias?: boolean },
  ): Value[] {
    const own = this.form === 'fast' ? this.#partedWeights(name, { from, to, parts, bias }) : undefined;
    if (own !== undefined) return own.map((inputs) => this.op('Gemm', [rows, ...inputs], { transB: 1 }));
    return this.builder.ops('Split', [this.linear(rows, name, { from, to: parts * to, bias })], { axis: -1, num_outputs: parts }, parts);
  }

  /** Weight and bias of each part; undefined if parts cannot be read separately. */
  #partedWeights(
    name: string,
    { from, to, parts, bias }: { from: number; to: number; parts: number; bias: boolean },
  ): Value[][] | undefined {
    const found: Value[][] = [];
    for (let part = 0; part < parts; part++) {
      const rows = { from: part * to, count: to };
      const added = bias ? this.weights.addRows(this.builder, `${name}.bias`, [parts * to], rows) : undefined;
      if (bias && added === undefined) return undefined;
      const weight = this.weights.addRows(this.builder, `${name}.weight`, [parts * to, from], rows);
      if (weight === undefined) return undefined;
      found.push(added === undefined ? [weight] : [weight, added]);
    }
    return found;
  }

  layerNorm(value: Value, name: string, { width, epsilon, bias = true }: { width: number; epsilon: number; bias?: boolean }): Value {
    const inputs = [value, this.weight(`${name}.weight`, [width])];
    if (bias) inputs.push(this.weight(`${name}.bias`, [width]));
    return this.op('LayerNormalization', inputs, { axis: -1, epsilon: { float: epsilon } });
  }

  /** RMS norm over the last axis (Zhang and Sennrich 2019): x / sqrt(mean(x²) + epsilon) * (offset + weight). */
  rmsNorm(value: Value, name: string, { width, epsilon, offset = 0 }: { width: number; epsilon: number; offset?: number }): Value {
    const stored = this.weight(`${name}.weight`, [width]);
    const weight = offset === 0 ? stored : this.add(stored, this.builder.float(offset));
    if (this.fused) return this.op('SimplifiedLayerNormalization', [value, weight], { axis: -1, epsilon: { float: epsilon } });
    const square = this.op('ReduceMean', [this.op('Mul', [value, value]), this.builder.ints([-1])], { keepdims: 1 });
    const root = this.op('Sqrt', [this.add(square, this.builder.float(epsilon))]);
    return this.op('Mul', [this.op('Div', [value, root]), weight]);
  }

  /** The same for each head of rows [n, heads * size], with a shared weight [size]. Returns rows. */
  rmsNormHeads(
    rows: Value,
    name: string,
    { heads, size, ...norm }: { heads: number; size: number; epsilon: number; offset?: number },
  ): Value {
    return this.reshape(this.rmsNorm(this.reshape(rows, -1, heads, size), name, { ...norm, width: size }), -1, heads * size);
  }

  /** Activation by its name in config.json (transformers' ACT2FN). */
  activation(value: Value, name: Activation): Value {
    switch (name) {
      case 'gelu':
        return this.op('Gelu', [value]);
      case 'gelu_new':
      case 'gelu_pytorch_tanh':
      case 'gelu_fast':
        return this.op('Gelu', [value], { approximate: 'tanh' });
      case 'relu':
        return this.op('Relu', [value]);
      case 'tanh':
        return this.op('Tanh', [value]);
      case 'silu':
      case 'swish':
        return this.op('Mul', [value, this.op('Sigmoid', [value])]);
      default:
        return name satisfies never;
    }
  }

  /** Rows of the embedding table `name` [rows, width] for ids of any shape. */
  lookUp(ids: Value, name: string, { rows, width }: { rows: number; width: number }): Value {
    return this.op('Gather', [this.weight(name, [rows, width]), ids]);
  }

  /**
   * The same for a table that is most of the weights: one of another type than float32 is kept, and the looked-up rows are widened. Only in
   * the fast form, as readers of exported graphs expect plain tables.
   */
  lookUpLarge(ids: Value, name: string, { rows, width }: { rows: number; width: number }): Value {
    if (this.form !== 'fast') return this.lookUp(ids, name, { rows, width });
    const { value, narrow } = this.weights.addStored(this.builder, name, [rows, width]);
    const found = this.op('Gather', [value, ids]);
    return narrow ? this.op('Cast', [found], { to: TensorProto_DataType.FLOAT }) : found;
  }

  /**
   * Rows of the token type table: of type 0, to be broadcast; for pairs, of each token's type. A table of one row only has type 0
   * (RoBERTa's), whatever the tokenizer says.
   */
  lookUpTypes(name: string, table: { rows: number; width: number }): Value {
    this.typeRows = table.rows;
    if (!this.#pairs || table.rows < 2) return this.lookUp(this.builder.ints(0), name, table);
    this.#types ??= this.builder.input('token_type_ids', TensorProto_DataType.INT64, ['batch_size', 'sequence_length']);
    return this.lookUp(this.tokenwise(this.#types), name, table);
  }

  /** 0, 1, … tokens - 1 as int64 [tokens]. */
  range(): Value {
    const count = this.op('Squeeze', [this.sizes.tokens]);
    return this.op('Range', [this.builder.ints(0), count, this.builder.ints(1)]);
  }

  /** Added to attention scores: 0 for real tokens, the lowest number for padding; [batch, 1, 1, tokens]. */
  maskBias(): Value | undefined {
    const { mask } = this;
    if (mask === undefined) return undefined;
    return (this.#maskBias ??= this.builder.within('mask', () => {
      const absent = this.op('Cast', [this.op('Sub', [this.builder.ints(1), mask])], { to: TensorProto_DataType.FLOAT });
      return this.op('Unsqueeze', [this.op('Mul', [absent, this.builder.float(LOWEST)]), this.builder.ints([1, 2])]);
    }));
  }

  /**
   * Added to the scores of a decoder: 0 for a token itself and earlier ones, up to `reach` tokens back, the lowest number for others and
   * for padding; [batch (1 without padding), 1, tokens, tokens]. To be passed to `attention` as a bias that is `masked`.
   */
  causalBias(reach?: number): Value {
    const key = `causal.${reach ?? 'all'}`;
    const known = this.#causal.get(key);
    if (known !== undefined) return known;
    const made = this.builder.within(key, () => {
      const at = this.range();
      const along = (axis: number) => this.op('Unsqueeze', [at, this.builder.ints([axis])]);
      const back = this.op('Sub', [along(1), along(0)]);
      let seen = this.op('GreaterOrEqual', [back, this.builder.ints(0)]);
      if (reach !== undefined) seen = this.op('And', [seen, this.op('LessOrEqual', [back, this.builder.ints(reach)])]);
      seen = this.op('Unsqueeze', [seen, this.builder.ints([0, 1])]);
      if (this.mask !== undefined) {
        const real = this.op('Cast', [this.mask], { to: TensorProto_DataType.BOOL });
        seen = this.op('And', [seen, this.op('Unsqueeze', [real, this.builder.ints([1, 2])])]);
      }
      return this.op('Where', [seen, this.builder.float(0), this.builder.float(LOWEST)]);
    });
    this.#causal.set(key, made);
    return made;
  }

  /**
   * Scaled dot-product attention over all tokens of each text (Vaswani et al. 2017). query, key, value: rows
   * [batch * tokens, heads * size]; `bias` is added to the scores, broadcast to [batch, heads, tokens, tokens].
   */
  attention({ query, key, value, heads, size, bias, masked = false, scale }: AttentionParams): Value {
    const width = heads * size;
    const mask = masked ? undefined : this.maskBias();
    const both = mask === undefined || bias === undefined ? (bias ?? mask) : this.add(bias, mask);
    const [queries, keys, values] = [query, key, value].map((rows) => this.sequence(rows, width)) as [Value, Value, Value];
    const inBlocks = () => this.dotProductAttention({ query: queries, key: keys, value: values, heads, size, bias: both, scale });
    if (this.short === undefined || both !== undefined) return this.rows(inBlocks(), width);
    const attributes = { q_num_heads: heads, kv_num_heads: heads, scale: { float: scale ?? 1 / Math.sqrt(size) } };
    const inParallel = () => this.op('Attention', [queries, keys, values], attributes);
    return this.rows(this.either(this.short, { yes: inParallel, no: inBlocks }), width);
  }

  /**
   * The same over arbitrary sequences: query [n, queries, heads * size], key and value [n, keys, heads * size]; `bias` is 4-D and
   * broadcasts to [n, heads, queries, keys]. Returns [n, queries, heads * size].
   */
  dotProductAttention({ query, key, value, heads, size, bias, ...rest }: AttentionParams): Value {
    const { scale = 1 / Math.sqrt(size), weightDims = wholeText(heads) } = rest;
    if (this.form === 'fast') {
      const inputs = [query, key, value];
      if (bias !== undefined) inputs.push('', '', bias);
      return this.op('MultiHeadAttention', inputs, { num_heads: heads, scale: { float: scale } }, CONTRIB);
    }
    const parted = (sequence: Value, perm: readonly number[]) =>
      this.op('Transpose', [this.reshape(sequence, 0, 0, heads, size)], { perm });
    const scaled = this.op('Mul', [parted(query, [0, 2, 1, 3]), this.builder.float(scale)]);
    let scores = this.op('MatMul', [scaled, parted(key, [0, 2, 3, 1])]);
    if (bias !== undefined) scores = this.add(scores, bias);
    const weights = this.dropout(this.op('Softmax', [scores], { axis: -1 }), 'attention', weightDims);
    const mixed = this.op('MatMul', [weights, parted(value, [0, 2, 1, 3])]);
    return this.reshape(this.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }), 0, 0, heads * size);
  }

  /** Rows [batch * tokens, heads * size] -> [batch, tokens, heads, size] */
  perHead(rows: Value, heads: number, size: number): Value {
    const { batch, tokens } = this.sizes;
    return this.reshape(rows, batch, tokens, heads, size);
  }

  /** Rows [batch * tokens, heads * size] -> [batch, heads, tokens, size] */
  heads(rows: Value, heads: number, size: number): Value {
    return this.op('Transpose', [this.perHead(rows, heads, size)], { perm: [0, 2, 1, 3] });
  }
}

function wholeText(heads: number): (sizes: BatchSizes) => readonly number[] {
  return ({ batch, tokens }) => [batch, heads, tokens, tokens];
}

export interface AttentionParams {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  readonly heads: number;
  /** Width of a head. */
  readonly size: number;
  readonly bias?: Value | undefined;
  readonly scale?: number | undefined;
  /** `bias` includes the padding mask: masked twice, a token without any other to attend to would have scores of minus infinity. */
  readonly masked?: boolean | undefined;
  /** Shape of the attention weights in a batch. Default: full attention. */
  readonly weightDims?: ((sizes: BatchSizes) => readonly number[]) | undefined;
}

export const ACTIVATIONS = ['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'gelu_fast', 'relu', 'tanh', 'silu', 'swish'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

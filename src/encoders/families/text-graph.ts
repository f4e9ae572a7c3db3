import { CONTRIB, GraphBuilder, OPSET, type Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { WeightSource } from './weights.ts';

/**
 * How a graph is written. `fast`: for this harness's own runs, whose batches have texts of one length: no mask, and the
 * runtime's fused operators where they are faster. `standard`: operators of the ONNX standard alone, and an input
 * `attention_mask` for texts that are padded on the right. `even`: operators of the standard, texts of one length.
 */
export type GraphForm = 'fast' | 'standard' | 'even';

/** Sizes of a batch, as numbers: of texts, of the longest one's tokens, of rows. */
export interface BatchSizes {
  readonly batch: number;
  readonly tokens: number;
  readonly rows: number;
}

/** Where training drops entries: inside the stream of token vectors, or among attention's weights. */
export type DropoutKind = 'hidden' | 'attention';

/** First opset with Attention as one operator, which only the harness's own runs need to know. */
const ATTENTION_OPSET = 23n;

/**
 * Texts up to so many tokens attend with all scores of a head at once, which is 1 to 4 % faster for the whole encoder (`npm run perf --
 * checkpoints`); longer ones block by block, as their scores would take more memory than all else, and more time.
 */
const SCORES_AT_ONCE = 512;

/** Masked scores: far below any other, and finite, as the reference has it. */
export const LOWEST = -3.4028234663852886e38;

/**
 * A graph from token ids to hidden states. The stream of token vectors is kept as rows [batch * tokens, width], which is
 * what Gemm takes: it reads weights as checkpoints store them, [out, in], so that they stay in their file.
 */
export class TextGraph {
  readonly builder: GraphBuilder;
  readonly weights: WeightSource;
  readonly form: GraphForm;
  /** [batch, tokens] int64 */
  readonly ids: Value;
  /** [batch, tokens] int64, 1 for a real token; undefined where there is no padding. */
  readonly mask: Value | undefined;
  /** Rows of the table of token types that was looked up; 0: none was. */
  typeRows = 0;
  readonly #pairs: boolean;
  #types: Value | undefined;
  #sizes: { batch: Value; tokens: Value } | undefined;
  #maskBias: Value | undefined;
  /** Whether the batch's texts have few tokens, boolean [1]; the fast form's alone. Stands before all branches, which read it. */
  readonly short: Value | undefined;
  readonly #causal = new Map<string, Value>();

  /** `pairs`: each token is of the type that an input `token_type_ids` says; else all are of type 0, and there is no such input. */
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

  /** Everything made inside `make` is named below `part`. */
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

  /** Whether rows are the real tokens alone: the stream has no padding. */
  get packed(): boolean {
    return false;
  }

  /** Whole numbers of each token, broadcast to [batch, tokens], in the shape in which tables are looked up. */
  tokenwise(values: Value): Value {
    return values;
  }

  /** What was looked up for `tokenwise` numbers -> rows. */
  embedded(value: Value, width: number): Value {
    return this.rows(value, width);
  }

  /** Dropout (Srivastava et al. 2014) where training has it, nothing elsewhere. `dims`: shape of `value` in a batch. */
  dropout(value: Value, _kind: DropoutKind, _dims: (sizes: BatchSizes) => readonly number[]): Value {
    return value;
  }

  /** One of two ways, as the batch is. */
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

  /** Rows [n, from] times the weight [to, from] of `name`, and its bias where there is one. */
  linear(rows: Value, name: string, { from, to, bias = true }: { from: number; to: number; bias?: boolean }): Value {
    const inputs = [rows, this.weight(`${name}.weight`, [to, from])];
    if (bias) inputs.push(this.weight(`${name}.bias`, [to]));
    return this.op('Gemm', inputs, { transB: 1 });
  }

  /**
   * So many products by one weight [parts * to, from], which has theirs one below the other: rows [n, to] each. The fast form reads each
   * part's rows of the weight by themselves, so that no product is copied apart afterwards.
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

  /** Weight and bias of each part; undefined where parts cannot be had by themselves. */
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

  /**
   * Norm by the root mean square over the last axis (Zhang and Sennrich 2019): x / sqrt(mean(x²) + epsilon) * (offset + weight).
   */
  rmsNorm(value: Value, name: string, { width, epsilon, offset = 0 }: { width: number; epsilon: number; offset?: number }): Value {
    const stored = this.weight(`${name}.weight`, [width]);
    const weight = offset === 0 ? stored : this.add(stored, this.builder.float(offset));
    if (this.form === 'fast') return this.op('SimplifiedLayerNormalization', [value, weight], { axis: -1, epsilon: { float: epsilon } });
    const square = this.op('ReduceMean', [this.op('Mul', [value, value]), this.builder.ints([-1])], { keepdims: 1 });
    const root = this.op('Sqrt', [this.add(square, this.builder.float(epsilon))]);
    return this.op('Mul', [this.op('Div', [value, root]), weight]);
  }

  /** The same of each head of rows [n, heads * size], whose weight [size] all heads share. Returns rows. */
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
   * The same where the table is most of the weights: one of another type than float32 stays as it is, and what was looked up is widened.
   * The fast form alone has it, as graphs that are written are read by whoever looks for tables.
   */
  lookUpLarge(ids: Value, name: string, { rows, width }: { rows: number; width: number }): Value {
    if (this.form !== 'fast') return this.lookUp(ids, name, { rows, width });
    const { value, narrow } = this.weights.addStored(this.builder, name, [rows, width]);
    const found = this.op('Gather', [value, ids]);
    return narrow ? this.op('Cast', [found], { to: TensorProto_DataType.FLOAT }) : found;
  }

  /**
   * Rows of the table of token types: of type 0, to be broadcast; where pairs are read, of each token's own. A table of one row has no
   * type but 0 (RoBERTa's), whatever the tokenizer says.
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

  /** What is added to attention scores: 0 for real tokens, the lowest number for padding; [batch, 1, 1, tokens]. */
  maskBias(): Value | undefined {
    const { mask } = this;
    if (mask === undefined) return undefined;
    return (this.#maskBias ??= this.builder.within('mask', () => {
      const absent = this.op('Cast', [this.op('Sub', [this.builder.ints(1), mask])], { to: TensorProto_DataType.FLOAT });
      return this.op('Unsqueeze', [this.op('Mul', [absent, this.builder.float(LOWEST)]), this.builder.ints([1, 2])]);
    }));
  }

  /**
   * What is added to the scores of a decoder: 0 for a token itself and those before it, as far as `reach` tokens back, the lowest number
   * for others and for padding; [batch (1 without padding), 1, tokens, tokens]. To be given to `attention` as a bias that is `masked`.
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
    const atOnce = () => this.op('Attention', [queries, keys, values], attributes);
    return this.rows(this.either(this.short, { yes: atOnce, no: inBlocks }), width);
  }

  /**
   * The same over sequences of one's own: query [n, queries, heads * size], key and value [n, keys, heads * size]; `bias`
   * is 4-D and broadcasts to [n, heads, queries, keys]. Returns [n, queries, heads * size].
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
  /** `bias` hides the padding too: a token that sees nothing else would have scores of minus infinity if it were hidden twice. */
  readonly masked?: boolean | undefined;
  /** Shape of the attention's weights in a batch; where all tokens see all, left out. */
  readonly weightDims?: ((sizes: BatchSizes) => readonly number[]) | undefined;
}

export const ACTIVATIONS = ['gelu', 'gelu_new', 'gelu_pytorch_tanh', 'gelu_fast', 'relu', 'tanh', 'silu', 'swish'] as const;
export type Activation = (typeof ACTIVATIONS)[number];

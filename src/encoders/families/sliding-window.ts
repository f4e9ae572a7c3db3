import { CONTRIB, GraphBuilder, type Value } from '../../graph/builder.ts';
import { TensorProto_DataType, type GraphProto } from '../../graph/onnx_pb.ts';
import { LOWEST, type AttentionParams, type BatchSizes, type TextGraph } from './text-graph.ts';

/** Maximum queries per block. With more, more and more scores are computed and masked; with fewer, products are too small to be fast. */
const BLOCK = 128;

export interface SlidingWindowParams {
  /** A token attends to those at most this far away, on either side. */
  readonly reach: number;
  /** Reach ahead. Default: the same as back. 0: a causal window. */
  readonly ahead?: number;
  /** All tokens also attend to the first one, however far it is. (What the first one attends to is not changed.) */
  readonly first?: boolean;
}

/** How a text is split into blocks of queries, each with a range of keys; blocks may overlap at the end of the text. */
interface Cut {
  /** int64 [1] each: number of blocks, queries per block, keys per block. */
  readonly blocks: Value;
  readonly queries: Value;
  readonly keys: Value;
  /** Their first tokens, [blocks, 1]. */
  readonly queryStarts: Value;
  readonly keyStarts: Value;
  /** Their tokens, [blocks, queries] and [blocks, keys]. */
  readonly queryAt: Value;
  readonly keyAt: Value;
}

/** Rows [batch * tokens, heads * size] each. */
type Projected = Omit<AttentionParams, 'bias'>;

/** Reach of a token back and ahead. */
type Reach = Required<Pick<SlidingWindowParams, 'reach' | 'ahead'>>;

/**
 * Sliding-window attention (Beltagy et al. 2020, section 3), linear in the length of the text. The text is split into blocks of queries;
 * those of a block meet the keys of the range of text that contains all their windows, and the rest is masked. A text no longer than such a
 * range is one block, so that windows cost nothing for short texts. One object serves all layers with the same reach: they share the mask.
 */
export class SlidingWindow {
  readonly #graph: TextGraph;
  readonly #first: boolean;
  readonly #reach: Reach;
  readonly #cut: Cut;
  /** Added to the scores, [batch (1 without padding), blocks, 1, queries, keys]. */
  readonly #bias: Value;
  /** Index of each token among the queries of all blocks, [tokens]. */
  readonly #rowAt: Value;

  constructor(graph: TextGraph, { reach, ahead = reach, first = false }: SlidingWindowParams) {
    this.#graph = graph;
    this.#first = first;
    this.#reach = { reach, ahead };
    const name = ahead === reach ? `window.${reach}` : `window.${reach}.${ahead}`;
    this.#cut = graph.within(`${name}/cut`, () => cutText(graph, this.#reach));
    this.#bias = graph.within(`${name}/bias`, () => windowBias(graph, { cut: this.#cut, ...this.#reach, first }));
    this.#rowAt = graph.within(`${name}/rows`, () => rowsAfter(graph, this.#cut));
  }

  /** Returns rows [batch * tokens, heads * size]. */
  attention(projected: Projected): Value {
    const graph = this.#graph;
    const width = projected.heads * projected.size;
    if (graph.form !== 'fast') return graph.rows(this.#together(projected), width);
    const oneBlock = graph.op('Equal', [this.#cut.blocks, graph.builder.ints([1])]);
    const [attended] = graph.builder.branch(oneBlock, { yes: () => [this.#whole(projected)], no: () => [this.#oneByOne(projected)] });
    return graph.rows(attended!, width);
  }

  /** All blocks at once. Returns [batch, tokens, width]. */
  #together({ query, key, value, heads, size, scale }: Projected): Value {
    const graph = this.#graph;
    const { queryAt, keyAt, queries } = this.#cut;
    const width = heads * size;
    const seen = this.#first ? graph.op('Pad', [keyAt, graph.builder.ints([0, 1, 0, 0])]) : keyAt;
    /** Rows -> [batch * blocks, rows of a block, width] */
    const parted = (rows: Value, at: Value, count: Value) =>
      graph.reshape(graph.op('Gather', [graph.sequence(rows, width), at], { axis: 1 }), -1, count, width);
    const count = graph.op('Shape', [seen], { start: 1 });
    // Texts of one length share it, and the blocks of all texts are in one dimension here.
    const own = graph.mask === undefined ? graph.op('Expand', [this.#bias, graph.shapeOf(graph.sizes.batch, 1, 1, 1, 1)]) : this.#bias;
    const bias = graph.reshape(own, -1, 1, queries, count);
    const [queryRows, keyRows, valueRows] = [parted(query, queryAt, queries), parted(key, seen, count), parted(value, seen, count)];
    const weightDims = (sizes: BatchSizes) => this.#weightDims(sizes, heads);
    const attended = graph.dotProductAttention({ query: queryRows, key: keyRows, value: valueRows, heads, size, scale, bias, weightDims });
    return this.#inOrder(attended, width);
  }

  /** Shape of the attention weights of all blocks at once; `cutText` in numbers. */
  #weightDims({ batch, tokens }: BatchSizes, heads: number): number[] {
    const most = blockOf(this.#reach);
    const seen = this.#reach.reach + this.#reach.ahead;
    const blocks = tokens <= most + seen ? 1 : Math.ceil(tokens / most);
    const queries = Math.ceil(tokens / blocks);
    return [batch * blocks, heads, queries, Math.min(tokens, queries + seen) + (this.#first ? 1 : 0)];
  }

  /** A text that is one block. Returns [batch, tokens, width]. */
  #whole({ query, key, value, heads, size, scale }: Projected): Value {
    const graph = this.#graph;
    const [queries, keys, values] = [query, key, value].map((rows) => graph.sequence(rows, heads * size)) as [Value, Value, Value];
    const bias = graph.op('Gather', [this.#bias, graph.builder.ints(0)], { axis: 1 });
    const seen = (all: Value) => this.#withFirst(graph.builder, { all, seen: all, axis: 1 });
    return graph.dotProductAttention({ query: queries, key: seen(keys), value: seen(values), heads, size, scale, bias });
  }

  /** One block after the other, so that intermediate results stay in the processor's caches. Returns [batch, tokens, width]. */
  #oneByOne({ query, key, value, heads, size, scale }: Projected): Value {
    const graph = this.#graph;
    const width = heads * size;
    const [keys, values] = [graph.heads(key, heads, size), graph.heads(value, heads, size)];
    const body = this.#block({ query: graph.sequence(query, width), key: keys, value: values, heads, size, scale });
    const attended = graph.op('Loop', [graph.op('Squeeze', [this.#cut.blocks]), ''], { body });
    return this.#inOrder(graph.op('Transpose', [attended], { perm: [1, 0, 2, 3] }), width);
  }

  /**
   * Body of the loop: query [batch, tokens, width], key and value [batch, heads, tokens, size] -> [batch, queries, width]. Values and
   * constants of the outer graph are read by name; it imports the runtime's operators, which `#whole` uses too.
   */
  #block({ query, key, value, heads, size, scale = 1 / Math.sqrt(size) }: Projected): GraphProto {
    const { queries, keys, queryStarts, keyStarts } = this.#cut;
    const body = new GraphBuilder();
    const block = body.input('block', TensorProto_DataType.INT64, []);
    const going = body.input('going', TensorProto_DataType.BOOL, []);
    body.output(going, { name: 'going_on', type: TensorProto_DataType.BOOL, dims: [] });
    const attended = body.within('block', () => {
      const part = (all: Value, { starts, count, axis }: { starts: Value; count: Value; axis: number }) => {
        const start = body.op('Gather', [starts, block]);
        return body.op('Slice', [all, start, body.op('Add', [start, count]), this.#graph.builder.ints([axis])]);
      };
      const seen = (all: Value) => this.#withFirst(body, { all, seen: part(all, { starts: keyStarts, count: keys, axis: 2 }), axis: 2 });
      const bias = body.op('Gather', [this.#bias, block], { axis: 1 });
      const inputs = [part(query, { starts: queryStarts, count: queries, axis: 1 }), seen(key), seen(value), '', '', bias];
      return body.op('MultiHeadAttention', inputs, { num_heads: heads, scale: { float: scale } }, CONTRIB);
    });
    body.output(attended, { name: 'attended', type: TensorProto_DataType.FLOAT, dims: ['batch_size', 'queries', heads * size] });
    return body.build().graph!;
  }

  /** The keys or values of a block, preceded by the first of all if every token attends to it. */
  #withFirst(builder: GraphBuilder, { all, seen, axis }: { all: Value; seen: Value; axis: number }): Value {
    if (!this.#first) return seen;
    const ints = (value: number) => this.#graph.builder.ints([value]);
    return builder.op('Concat', [builder.op('Slice', [all, ints(0), ints(1), ints(axis)]), seen], { axis });
  }

  /** Queries of the blocks, of any shape that ends in [batch, blocks, queries, width], as [batch, tokens, width]. */
  #inOrder(attended: Value, width: number): Value {
    const graph = this.#graph;
    return graph.op('Gather', [graph.reshape(attended, graph.sizes.batch, -1, width), this.#rowAt], { axis: 1 });
  }
}

/** Maximum queries per block. */
function blockOf({ reach, ahead }: Reach): number {
  return Math.max(1, Math.min(Math.max(reach, ahead), BLOCK));
}

/** Splits a text into blocks of one length. */
function cutText(graph: TextGraph, { reach, ahead }: Reach): Cut {
  const { tokens } = graph.sizes;
  const most = blockOf({ reach, ahead });
  const ints = (value: number) => graph.builder.ints([value]);
  const op = (type: string, ...inputs: Value[]) => graph.op(type, inputs);
  const parts = (whole: Value, size: Value) => op('Div', op('Sub', op('Add', whole, size), ints(1)), size);
  const from = (starts: Value, count: Value) => op('Add', starts, range(graph, count));

  const blocks = op('Where', op('LessOrEqual', tokens, ints(most + reach + ahead)), ints(1), parts(tokens, ints(most)));
  const queries = parts(tokens, blocks);
  const keys = op('Min', tokens, op('Add', queries, ints(reach + ahead)));
  const starts = op('Unsqueeze', op('Mul', range(graph, blocks), queries), ints(1));
  const queryStarts = op('Min', starts, op('Sub', tokens, queries));
  // A range that would exceed the text is moved into it, and still contains what its block may attend to.
  const keyStarts = op('Min', op('Max', op('Sub', queryStarts, ints(reach)), ints(0)), op('Sub', tokens, keys));
  return { blocks, queries, keys, queryStarts, keyStarts, queryAt: from(queryStarts, queries), keyAt: from(keyStarts, keys) };
}

/** 0, 1, … count - 1 for a count of shape [1]. */
function range(graph: TextGraph, count: Value): Value {
  return graph.op('Range', [graph.builder.ints(0), graph.op('Squeeze', [count]), graph.builder.ints(1)]);
}

/** 0 if a query may attend to a key, else the lowest number: [batch or 1, blocks, 1, queries, keys]. */
function windowBias(graph: TextGraph, { cut: { queryAt, keyAt }, reach, ahead, first }: Reach & { cut: Cut; first: boolean }): Value {
  const ints = (...values: number[]) => graph.builder.ints(values);
  const seen = graph.op('Unsqueeze', [keyAt, ints(1)]);
  const back = graph.op('Sub', [graph.op('Unsqueeze', [queryAt, ints(2)]), seen]);
  let allowed =
    ahead === reach
      ? graph.op('LessOrEqual', [graph.op('Abs', [back]), ints(reach)])
      : graph.op('And', [graph.op('LessOrEqual', [back, ints(reach)]), graph.op('GreaterOrEqual', [back, ints(-ahead)])]);
  // The first token has a position before the others, and counts once.
  if (first) allowed = graph.op('And', [allowed, graph.op('Greater', [seen, ints(0)])]);
  allowed = graph.op('Unsqueeze', [allowed, ints(0, 2)]);
  if (graph.mask !== undefined) {
    const real = graph.op('Gather', [graph.op('Cast', [graph.mask], { to: TensorProto_DataType.BOOL }), keyAt], { axis: 1 });
    allowed = graph.op('And', [allowed, graph.op('Unsqueeze', [real, ints(2, 3)])]);
  }
  const bias = graph.op('Where', [allowed, graph.builder.float(0), graph.builder.float(LOWEST)]);
  return first ? graph.op('Pad', [bias, ints(0, 0, 0, 0, 1, 0, 0, 0, 0, 0)]) : bias;
}

/** Index of each token among the queries of all blocks, [tokens]: the last block starts early if it would exceed the text. */
function rowsAfter(graph: TextGraph, { blocks, queries }: Cut): Value {
  const { tokens } = graph.sizes;
  const each = range(graph, tokens);
  const rows = graph.op('Mul', [blocks, queries]);
  const before = graph.op('Less', [each, graph.op('Sub', [rows, queries])]);
  return graph.op('Where', [before, each, graph.op('Add', [each, graph.op('Sub', [rows, tokens])])]);
}

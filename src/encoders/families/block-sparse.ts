import { CONTRIB, type Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { Projected } from './layer.ts';
import { PAPER_LENGTHS } from './random-blocks.ts';
import { LOWEST, type BatchSizes, type TextGraph } from './text-graph.ts';

export interface BlockSparseShape {
  readonly heads: number;
  /** Width of a head. */
  readonly size: number;
  /** Tokens per block. */
  readonly block: number;
  /** Number of random blocks that a block attends to. */
  readonly random: number;
}

/** Blocks that a block attends to in addition to random ones: the first, the previous, itself, the next, the last. */
const STEADY = 5;

/** Layout of the blocks of a batch. */
interface Layout {
  /** Number of blocks, [1]; the last may be shorter than the others. */
  readonly blocks: Value;
  /** First token of the last block, [1]. */
  readonly lastFrom: Value;
  /** Token at each position of the blocks, [blocks * block]; after the end of the text its last token is repeated. */
  readonly tokenAt: Value;
  /** Whether there is a token that may be attended to, bool [batch, blocks, block]. */
  readonly present: Value;
  /** Tokens of the first and of the last block, [block + length of the last]. */
  readonly endsAt: Value;
}

/** What the blocks between the first and the last attend to. */
interface Sight {
  /** Number of blocks that each attends to. */
  readonly count: number;
  /** Indices of these, among a text's keys split into blocks and heads: block * heads + head; [blocks - 2, heads, count]. */
  readonly keysAt: Value;
  /** Added to scores, broadcast to [batch * (blocks - 2), heads, block, count * block]. */
  readonly bias: Value;
  /** Whether the runtime's fused attention accepts the bias. */
  readonly fused: boolean;
}

/**
 * Block-sparse attention (Zaheer et al. 2020, "Big Bird", section 2; transformers' BigBirdBlockSparseAttention), linear in the length of
 * the text. The first and the last block attend to, and are attended to by, all. Every other block attends to the first, its neighbours,
 * itself and the last, each once; and to random blocks, each counted once more. One object serves all layers.
 *
 * The reference draws random blocks only in training. Otherwise all are the first block, whose keys so count 1 + random times: adding log(1
 * + random) to their scores is equivalent, without copies of them.
 */
export class BlockSparseAttention {
  /** Whether texts are so long that the reference uses block attention, bool [1]. */
  readonly applies: Value;
  readonly #graph: TextGraph;
  readonly #shape: BlockSparseShape;
  readonly #layout: Layout;
  /** What is attended to without random blocks. */
  readonly #sight: Sight;

  constructor(graph: TextGraph, shape: BlockSparseShape) {
    this.#graph = graph;
    this.#shape = shape;
    const { tokens } = graph.sizes;
    // Shared by the layers, whose branches cannot read each other's values: it must be created before the first of them.
    graph.maskBias();
    const { applies, layout, sight } = graph.within('blocks', () => {
      const made = layoutOf(graph, shape);
      return {
        applies: graph.op('Greater', [tokens, graph.builder.ints([mostInFull(shape)])]),
        layout: made,
        sight: steadySight(graph, made, shape),
      };
    });
    this.applies = applies;
    this.#layout = layout;
    this.#sight = sight;
  }

  /**
   * Rows to rows [batch * tokens, heads * size], for texts to which it applies. `random`: the random blocks of this layer, a constant [2,
   * maximum blocks - 2, heads, random] as from `trainedRandomBlocks`. Default: the first block.
   */
  attention({ query, key, value }: Projected, random?: Value): Value {
    const graph = this.#graph;
    const { block, heads, size } = this.#shape;
    const { lastFrom, endsAt } = this.#layout;
    const width = heads * size;
    const at = (place: number) => graph.builder.ints([place]);
    const [queries, keys, values] = [query, key, value].map((rows) => graph.sequence(rows, width)) as [Value, Value, Value];

    const endQueries = graph.op('Gather', [queries, endsAt], { axis: 1 });
    const weightDims = ({ batch, tokens }: BatchSizes) => [batch, heads, block + lastLength(tokens, block), tokens];
    const ends = graph.dotProductAttention({
      query: endQueries,
      key: keys,
      value: values,
      heads,
      size,
      bias: graph.maskBias(),
      weightDims,
    });

    const sight = random === undefined ? this.#sight : drawnSight(graph, this.#layout, { ...this.#shape, table: random });
    const betweenQueries = graph.reshape(slice(graph, queries, { from: at(block), to: lastFrom }), -1, block, width);
    const between = this.#mix({ query: betweenQueries, key: this.#seen(keys, sight), value: this.#seen(values, sight) }, sight);

    const parts = [
      slice(graph, ends, { from: at(0), to: at(block) }),
      graph.reshape(between, graph.sizes.batch, -1, width),
      slice(graph, ends, { from: at(block), to: at(2 * block) }),
    ];
    return graph.rows(graph.op('Concat', parts, { axis: 1 }), width);
  }

  /** What each block attends to in a sequence [batch, tokens, heads * size]: [batch * (blocks - 2), heads, count * block, size]. */
  #seen(sequence: Value, { keysAt, count }: Sight): Value {
    const graph = this.#graph;
    const { block, heads, size } = this.#shape;
    const whole = graph.op('Gather', [sequence, this.#layout.tokenAt], { axis: 1 });
    const parted = graph.op('Transpose', [graph.reshape(whole, -1, block, heads, size)], { perm: [0, 2, 1, 3] });
    const seen = graph.op('Gather', [graph.reshape(parted, graph.sizes.batch, -1, block, size), keysAt], { axis: 1 });
    return graph.reshape(seen, -1, heads, count * block, size);
  }

  /** query [n, block, heads * size], key and value [n, heads, keys, size] -> [n, block, heads * size] */
  #mix({ query, key, value }: Projected, { bias, fused, count }: Sight): Value {
    const graph = this.#graph;
    const { block, heads, size } = this.#shape;
    const scale = 1 / Math.sqrt(size);
    if (fused)
      return graph.op('MultiHeadAttention', [query, key, value, '', '', bias], { num_heads: heads, scale: { float: scale } }, CONTRIB);
    const scaled = graph.op('Mul', [
      graph.op('Transpose', [graph.reshape(query, 0, 0, heads, size)], { perm: [0, 2, 1, 3] }),
      graph.builder.float(scale),
    ]);
    const scores = graph.op('MatMul', [scaled, graph.op('Transpose', [key], { perm: [0, 1, 3, 2] })]);
    const weights = graph.dropout(graph.op('Softmax', [graph.add(scores, bias)], { axis: -1 }), 'attention', ({ batch, tokens }) => [
      batch * (Math.ceil(tokens / block) - 2),
      heads,
      block,
      count * block,
    ]);
    const mixed = graph.op('MatMul', [weights, value]);
    return graph.reshape(graph.op('Transpose', [mixed], { perm: [0, 2, 1, 3] }), 0, 0, heads * size);
  }
}

/** Texts of up to this many tokens use full attention. */
export function mostInFull({ block, random }: Pick<BlockSparseShape, 'block' | 'random'>): number {
  return (STEADY + 2 * random) * block;
}

function lastLength(tokens: number, block: number): number {
  return ((tokens - 1) % block) + 1;
}

function layoutOf(graph: TextGraph, { block }: BlockSparseShape): Layout {
  const { batch, tokens } = graph.sizes;
  const int = (value: number) => graph.builder.ints([value]);
  const blocks = graph.op('Div', [graph.add(tokens, int(block - 1)), int(block)]);
  const lastFrom = graph.op('Mul', [graph.op('Sub', [blocks, int(1)]), int(block)]);
  const place = range(graph, int(0), graph.op('Mul', [blocks, int(block)]));
  const tokenAt = graph.op('Min', [place, graph.op('Sub', [tokens, int(1)])]);
  let present = graph.op('Less', [place, tokens]);
  if (graph.mask !== undefined) {
    const real = graph.op('Gather', [graph.op('Cast', [graph.mask], { to: TensorProto_DataType.BOOL }), tokenAt], { axis: 1 });
    present = graph.op('And', [present, real]);
  }
  const ofEach = graph.op('Expand', [present, graph.shapeOf(batch, 1)]);
  return {
    blocks,
    lastFrom,
    tokenAt,
    present: graph.reshape(ofEach, batch, -1, block),
    endsAt: graph.op('Concat', [range(graph, int(0), int(block)), range(graph, lastFrom, tokens)], { axis: 0 }),
  };
}

/** Only the fixed blocks, the first of which represents all random ones. */
function steadySight(graph: TextGraph, layout: Layout, shape: BlockSparseShape): Sight {
  const { block, random } = shape;
  const sight = sightOf(graph, layout, {
    ...shape,
    seen: steadyBlocks(graph, layout),
    perHead: false,
    count: STEADY,
    firstCounts: 1 + random,
  });
  if (graph.form !== 'fast') return sight;
  // The runtime's fused attention needs it for every query.
  return { ...sight, fused: true, bias: graph.op('Expand', [sight.bias, graph.builder.ints([1, 1, block, 1])]) };
}

/** The fixed blocks and those of a layer's table. */
function drawnSight(graph: TextGraph, layout: Layout, { table, ...shape }: BlockSparseShape & { readonly table: Value }): Sight {
  const { block, heads } = shape;
  const { blocks } = layout;
  const int = (value: number) => graph.builder.ints([value]);
  const isPaperLength = graph.op('Equal', [graph.op('Mul', [blocks, int(block)]), graph.builder.ints(PAPER_LENGTHS)]);
  const plan = graph.op('ReduceMax', [graph.op('Cast', [isPaperLength], { to: TensorProto_DataType.INT64 })], { keepdims: 0 });
  const drawn = slice(graph, graph.op('Gather', [table, plan]), { from: int(0), to: graph.op('Sub', [blocks, int(2)]), axis: 0 });
  const steady = graph.op('Expand', [steadyBlocks(graph, layout), graph.shapeOf(1, heads, 1)]);
  return sightOf(graph, layout, {
    ...shape,
    seen: graph.op('Concat', [steady, drawn], { axis: 2 }),
    perHead: true,
    count: STEADY + shape.random,
    firstCounts: 1,
  });
}

/** [blocks - 2, 1, STEADY]; includes the neighbour of a block even if it is the first or the last one. */
function steadyBlocks(graph: TextGraph, { blocks }: Layout): Value {
  const { builder } = graph;
  const last = graph.op('Sub', [blocks, builder.ints([1])]);
  const own = graph.op('Unsqueeze', [range(graph, builder.ints([1]), last), builder.ints([1, 2])]);
  const near = graph.add(graph.op('Mul', [own, builder.ints([0, 1, 1, 1, 0])]), builder.ints([0, -1, 0, 1, 0]));
  return graph.add(near, graph.op('Mul', [last, builder.ints([0, 0, 0, 0, 1])]));
}

interface SightParams extends BlockSparseShape {
  /** Blocks attended to, [blocks - 2, 1 or heads, count]; the fixed ones come first. */
  readonly seen: Value;
  /** Whether they differ between heads. */
  readonly perHead: boolean;
  readonly count: number;
  /** How often the keys of the first block count. */
  readonly firstCounts: number;
}

function sightOf(graph: TextGraph, { blocks, present }: Layout, { seen, perHead, count, firstCounts, heads, block }: SightParams): Sight {
  const { builder } = graph;
  const columns = (values: readonly number[], filler: number) => Array.from({ length: count }, (_, i) => values[i] ?? filler);
  // If a neighbour is the first or the last block, it occurs twice among the five, and must count once.
  const last = graph.op('Sub', [blocks, builder.ints([1])]);
  const none = -1;
  const twin = graph.add(
    graph.op('Mul', [last, builder.ints(columns([0, 0, 0, 1, 0], 0))]),
    builder.ints(columns([none, 0, none, 0, none], none)),
  );
  const once = graph.op('Unsqueeze', [graph.op('Not', [graph.op('Equal', [seen, twin])]), builder.ints([3])]);
  const visible = graph.op('And', [graph.op('Gather', [present, seen], { axis: 1 }), once]);
  const weight = builder.tensor(`blocks.first_counts_${firstCounts}.${count}`, {
    dataType: TensorProto_DataType.FLOAT,
    dims: [count, 1],
    raw: Float32Array.from(columns([Math.log(firstCounts)], 0)),
  });
  const bias = graph.op('Where', [visible, weight, builder.float(LOWEST)]);
  const head = builder.tensor('blocks.head', {
    dataType: TensorProto_DataType.INT64,
    dims: [heads, 1],
    raw: BigInt64Array.from({ length: heads }, (_, i) => BigInt(i)),
  });
  return {
    count,
    keysAt: graph.add(graph.op('Mul', [seen, builder.ints(heads)]), head),
    bias: graph.reshape(bias, -1, perHead ? heads : 1, 1, count * block),
    fused: false,
  };
}

/** from, from + 1, … to - 1 of int64 [1] each; empty if to is not above from. */
function range(graph: TextGraph, from: Value, to: Value): Value {
  return graph.op('Range', [graph.op('Squeeze', [from]), graph.op('Squeeze', [to]), graph.builder.ints(1)]);
}

function slice(
  graph: TextGraph,
  value: Value,
  { from, to, axis = 1 }: { readonly from: Value; readonly to: Value; readonly axis?: number },
): Value {
  return graph.op('Slice', [value, from, to, graph.builder.ints([axis])]);
}

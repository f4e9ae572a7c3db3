import { HarnessError } from '../../errors.ts';
import type { Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import { bertShape } from './bert.ts';
import type { Config } from './config.ts';
import { countedPositions, embeddings } from './embeddings.ts';
import type { Family } from './family.ts';
import { postNormLayer, type LayerShape } from './layer.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { TextGraph } from './text-graph.ts';

/**
 * Longformer (Beltagy et al. 2020): RoBERTa whose tokens attend to half a window on either side. With `globalAttention: 'first'` the first
 * token attends to all and is attended to by all, as in LongformerForSequenceClassification of the transformers library; without, no token
 * does, as in LongformerModel.
 */
export const longformer: Family = {
  title: 'Longformer',
  types: ['longformer'],
  of: ['longformer-base-4096'],
  prefixes: ['longformer.'],
  landmark: 'embeddings.word_embeddings.weight',
  positions: (config) => config.size('max_position_embeddings') - padId(config) - 1,
  build(graph, config, { globalAttention }) {
    const shape = bertShape(config);
    const { width, epsilon } = shape;
    const first = globalAttention === 'first';
    let rows = graph.within('embeddings', () =>
      embeddings(graph, {
        vocabulary: config.size('vocab_size'),
        width,
        epsilon,
        positions: { rows: config.size('max_position_embeddings'), at: countedPositions(graph, padId(config)) },
        types: config.size('type_vocab_size', { fallback: 2 }),
      }),
    );
    const states = [rows];
    const windows = new Map<number, SlidingWindow>();
    for (const [layer, reach] of reaches(config, shape.layers).entries()) {
      const name = `encoder.layer.${layer}`;
      const window = windows.get(reach) ?? new SlidingWindow(graph, { reach, first });
      windows.set(reach, window);
      const input = rows;
      rows = postNormLayer(graph, {
        rows,
        name,
        shape,
        attend(projected) {
          const local = window.attention({ ...projected, ...shape });
          return first ? withFirstRow(graph, { local, row: firstRow(graph, { rows: input, name, shape }), width }) : local;
        },
      });
      states.push(rows);
    }
    return { states, width };
  },
  attention: ({ globalAttention }) => (globalAttention === 'first' ? 'local+first' : 'local'),
};

function padId(config: Config): number {
  return config.size('pad_token_id', { fallback: 1, min: 0 });
}

/** Reach of a token in each layer: half the window. Throws FORMAT for an odd window. */
function reaches(config: Config, layers: number): number[] {
  const windows = config.sizes('attention_window', layers, 512);
  const odd = windows.find((window) => window % 2 === 1);
  if (odd === undefined) return windows.map((window) => window / 2);
  throw new HarnessError('FORMAT', {
    where: `${config.file}: attention_window`,
    what: `Window size ${odd} is odd.`,
    hint: 'Check the checkpoint.',
  });
}

interface FirstRowParams {
  /** Input of the layer, [batch * tokens, width]. */
  readonly rows: Value;
  /** Name prefix of the layer's weights. */
  readonly name: string;
  readonly shape: LayerShape;
}

/**
 * Attention of the first token to its whole text, with separate projections. Returns [batch, 1, width].
 *
 * One query per head needs no projected keys and values: its score for a token x is q · (K x + b) = (Kᵀ q) · x + q · b, where the last term
 * is the same for all tokens and has no effect; and the weighted mean of V x + c is V times that of x, + c.
 */
function firstRow(graph: TextGraph, { rows, name, shape: { width, heads, size } }: FirstRowParams): Value {
  const part = (projection: string) => `${name}.attention.self.${projection}_global`;
  const ints = (...values: number[]) => graph.builder.ints(values);
  return graph.within('first', () => {
    const text = graph.sequence(rows, width);
    const own = headColumns(graph, { heads, size });
    const query = graph.linear(graph.op('Gather', [text, graph.builder.ints(0)], { axis: 1 }), part('query'), { from: width, to: width });
    const scaled = graph.op('Mul', [query, graph.builder.float(1 / Math.sqrt(size))]);
    const parted = graph.reshape(graph.op('Mul', [graph.op('Unsqueeze', [scaled, ints(1)]), own]), -1, width);
    const probes = graph.op('Gemm', [parted, graph.weight(`${part('key')}.weight`, [width, width])]);
    let scores = graph.op('MatMul', [text, graph.op('Transpose', [graph.reshape(probes, -1, heads, width)], { perm: [0, 2, 1] })]);
    const mask = graph.maskBias();
    if (mask !== undefined) scores = graph.add(scores, graph.reshape(mask, graph.sizes.batch, graph.sizes.tokens, 1));
    const kept = graph.dropout(graph.op('Softmax', [scores], { axis: 1 }), 'attention', ({ batch, tokens }) => [batch, tokens, heads]);
    const weights = graph.op('Transpose', [kept], { perm: [0, 2, 1] });
    const means = graph.linear(graph.reshape(graph.op('MatMul', [weights, text]), -1, width), part('value'), { from: width, to: width });
    return graph.op('ReduceSum', [graph.op('Mul', [graph.reshape(means, -1, heads, width), own]), ints(1)], { keepdims: 1 });
  });
}

/** 1 in the columns of each head, [heads, heads * size]. */
function headColumns(graph: TextGraph, { heads, size }: { heads: number; size: number }): Value {
  const raw = Float32Array.from({ length: heads * heads * size }, (_, i) =>
    Math.floor(i / (heads * size)) === Math.floor((i % (heads * size)) / size) ? 1 : 0,
  );
  return graph.builder.tensor('head_columns', { dataType: TensorProto_DataType.FLOAT, dims: [heads, heads * size], raw });
}

/** Replaces the first row of each text by `row` [batch, 1, width]. Returns rows. */
function withFirstRow(graph: TextGraph, { local, row, width }: { local: Value; row: Value; width: number }): Value {
  const ints = (value: number) => graph.builder.ints([value]);
  const others = graph.op('Slice', [graph.sequence(local, width), ints(1), graph.sizes.tokens, ints(1)]);
  return graph.rows(graph.op('Concat', [row, others], { axis: 1 }), width);
}

import type { Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import { bertShape } from './bert.ts';
import { BlockSparseAttention, mostInFull } from './block-sparse.ts';
import type { Config } from './config.ts';
import { embeddings } from './embeddings.ts';
import type { Family, FamilyOptions } from './family.ts';
import { postNormLayer, type LayerShape, type Projected } from './layer.ts';
import { trainedRandomBlocks } from './random-blocks.ts';
import { ACTIVATIONS, type TextGraph } from './text-graph.ts';

/**
 * BigBird (Zaheer et al. 2020): BERT with block-sparse attention for longer texts. Shorter ones, of at most 5 + 2 * num_random_blocks
 * blocks, use full attention, as in the reference; there, a batch's padded length decides.
 */
export const bigbird: Family = {
  title: 'BigBird',
  types: ['big_bird'],
  of: ['bigbird-roberta-base'],
  prefixes: ['bert.'],
  landmark: 'embeddings.word_embeddings.weight',
  positions: (config) => config.size('max_position_embeddings'),
  build(graph, config, options) {
    const shape = { ...bertShape(config), activation: config.choice('hidden_act', ACTIVATIONS, 'gelu_new') };
    const { width, epsilon } = shape;
    let rows = graph.within('embeddings', () =>
      embeddings(graph, {
        vocabulary: config.size('vocab_size'),
        width,
        epsilon,
        positions: { rows: config.size('max_position_embeddings'), at: graph.range() },
        types: config.size('type_vocab_size', { fallback: 2 }),
        scale: config.flag('rescale_embeddings', false) ? Math.sqrt(width) : 1,
      }),
    );
    const attend = attentionOf(graph, { config, shape, options });
    const states = [rows];
    for (let layer = 0; layer < shape.layers; layer++) {
      rows = postNormLayer(graph, {
        rows,
        name: `encoder.layer.${layer}`,
        shape,
        projectionBias: config.flag('use_bias', true),
        attend: (projected) => attend(projected, layer),
      });
      states.push(rows);
    }
    return { states, width };
  },
  longAbove(config) {
    return attentionType(config) === 'original_full' ? undefined : mostInFull(blocksOf(config));
  },
  attention({ randomBlocks }, config) {
    if (attentionType(config) === 'original_full') return '';
    return randomBlocks === 'published' ? 'blocks+random' : 'blocks';
  },
};

interface AttentionParams {
  readonly config: Config;
  readonly shape: LayerShape;
  readonly options: FamilyOptions;
}

/** Attention of the layers, given their projections. */
function attentionOf(
  graph: TextGraph,
  { config, shape: { heads, size }, options: { randomBlocks } }: AttentionParams,
): (projected: Projected, layer: number) => Value {
  const inFull = (projected: Projected) => graph.attention({ ...projected, heads, size });
  if (attentionType(config) === 'original_full') return inFull;

  const { block, random } = blocksOf(config);
  const positions = config.size('max_position_embeddings');
  const sparse = new BlockSparseAttention(graph, { heads, size, block, random });
  const draws = randomBlocks === 'published' && random > 0 && positions > mostInFull({ block, random });
  return (projected, layer) => {
    const table = draws ? randomTable(graph, { seed: layer, heads, block, random, positions }) : undefined;
    return graph.either(sparse.applies, { yes: () => sparse.attention(projected, table), no: () => inFull(projected) });
  };
}

/** The random blocks of a layer, [2, maximum blocks - 2, heads, random]. */
function randomTable(graph: TextGraph, params: Parameters<typeof trainedRandomBlocks>[0]): Value {
  const { seed, heads, random } = params;
  const raw = BigInt64Array.from(trainedRandomBlocks(params), BigInt);
  return graph.builder.tensor(`random_blocks.${seed}`, {
    dataType: TensorProto_DataType.INT64,
    dims: [2, raw.length / (2 * heads * random), heads, random],
    raw,
  });
}

function blocksOf(config: Config): { block: number; random: number } {
  return { block: config.size('block_size', { fallback: 64 }), random: config.size('num_random_blocks', { fallback: 3, min: 0 }) };
}

function attentionType(config: Config): 'block_sparse' | 'original_full' {
  return config.choice('attention_type', ['block_sparse', 'original_full'], 'block_sparse');
}

import { HarnessError } from '../../errors.ts';
import { ACTIVATIONS } from './text-graph.ts';
import type { Config } from './config.ts';
import { countedEmbeddings } from './embeddings.ts';
import type { Family } from './family.ts';
import { postNormLayer, type LayerShape } from './layer.ts';

/**
 * BERT (Devlin et al. 2019) and encoders of the same architecture, such as MiniLM (Wang et al. 2020); and ELECTRA (Clark et al. 2020),
 * whose embeddings may be narrower than its layers.
 */
export const bert: Family = {
  title: 'BERT, ELECTRA',
  types: ['bert', 'electra'],
  of: ['bert-base-uncased', 'MiniLM', 'bge', 'e5', 'gte', 'mxbai-embed', 'snowflake-arctic-embed', 'LaBSE', 'electra-base'],
  prefixes: ['bert.', 'electra.'],
  landmark: 'embeddings.word_embeddings.weight',
  positions: (config) => config.size('max_position_embeddings'),
  build(graph, config) {
    const shape = bertShape(config);
    const { width, epsilon } = shape;
    const narrow = config.size('embedding_size', { fallback: width });
    let rows = graph.within('embeddings', () => {
      const embedded = countedEmbeddings(graph, config, { width: narrow, epsilon });
      return narrow === width ? embedded : graph.linear(embedded, 'embeddings_project', { from: narrow, to: width });
    });
    const states = [rows];
    for (let layer = 0; layer < shape.layers; layer++) {
      rows = postNormLayer(graph, { rows, name: `encoder.layer.${layer}`, shape });
      states.push(rows);
    }
    return { states, width };
  },
};

/** Sizes of an encoder whose config.json uses BERT's field names. Throws FORMAT for other kinds of positions than the family's. */
export function bertShape(config: Config, positions: readonly string[] = ['absolute']): LayerShape & { readonly layers: number } {
  const width = config.size('hidden_size');
  const heads = config.size('num_attention_heads');
  if (!positions.includes(config.word('position_embedding_type', 'absolute'))) {
    throw new HarnessError('FORMAT', {
      where: `${config.file}: position_embedding_type`,
      what: `Unsupported position embeddings "${config.word('position_embedding_type')}".`,
      hint: 'Use an ONNX file of the encoder.',
    });
  }
  return {
    layers: config.size('num_hidden_layers'),
    width,
    heads,
    size: headSize(config, width, heads),
    inner: config.size('intermediate_size'),
    epsilon: config.number('layer_norm_eps', 1e-12),
    activation: config.choice('hidden_act', ACTIVATIONS, 'gelu'),
  };
}

/** Width of a head. Throws FORMAT if the width is not divisible by the number of heads. */
export function headSize(config: Config, width: number, heads: number): number {
  if (width % heads === 0) return width / heads;
  throw new HarnessError('FORMAT', {
    where: config.file,
    what: `Width ${width} is not divisible by ${heads} heads.`,
    hint: 'Check the checkpoint.',
  });
}

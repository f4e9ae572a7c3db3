import type { Value } from '../../graph/builder.ts';
import { TensorProto_DataType } from '../../graph/onnx_pb.ts';
import type { Config } from './config.ts';
import type { TextGraph } from './text-graph.ts';

export interface EmbeddingsParams {
  /** Rows of the token table. */
  readonly vocabulary: number;
  readonly width: number;
  readonly epsilon: number;
  /** Rows of the position table and those that a text's tokens take, [tokens] or [batch, tokens]. Default: no position embeddings. */
  readonly positions?: { readonly rows: number; readonly at: Value };
  /** Rows of the token type table; 0: none. */
  readonly types: number;
  /** Scale of token embeddings. Default: 1. */
  readonly scale?: number;
  /** The norm's name. Default: `embeddings.LayerNorm`. */
  readonly norm?: string | undefined;
}

/** Sum of token, token type and position embeddings, normalised (Devlin et al. 2019, section 3). Returns rows [batch * tokens, width]. */
export function embeddings(graph: TextGraph, { epsilon, norm = 'embeddings.LayerNorm', ...params }: EmbeddingsParams): Value {
  const { width } = params;
  const normed = graph.layerNorm(embeddingSum(graph, params), norm, { width, epsilon });
  return graph.dropout(graph.embedded(normed, width), 'hidden', ({ rows }) => [rows, width]);
}

/** The same with the tables of a config.json with BERT's fields, positions counted from 0. */
export function countedEmbeddings(
  graph: TextGraph,
  config: Config,
  { width, epsilon }: Pick<EmbeddingsParams, 'width' | 'epsilon'>,
): Value {
  return embeddings(graph, {
    vocabulary: config.size('vocab_size'),
    width,
    epsilon,
    positions: { rows: config.size('max_position_embeddings'), at: graph.range() },
    types: config.size('type_vocab_size', { fallback: 2 }),
  });
}

/** The sum before its norm; `TextGraph.embedded` makes rows of it. */
export function embeddingSum(
  graph: TextGraph,
  { vocabulary, width, positions, types, scale = 1 }: Omit<EmbeddingsParams, 'epsilon' | 'norm'>,
): Value {
  let sum = graph.lookUp(graph.tokenwise(graph.ids), tableName('word'), { rows: vocabulary, width });
  if (scale !== 1) sum = graph.op('Mul', [sum, graph.builder.float(scale)]);
  if (types > 0) sum = graph.add(sum, graph.lookUpTypes(tableName('token_type'), { rows: types, width }));
  if (positions !== undefined)
    sum = graph.add(sum, graph.lookUp(graph.tokenwise(positions.at), tableName('position'), { rows: positions.rows, width }));
  return sum;
}

/**
 * Positions as RoBERTa counts them: from the padding id + 1 on, over the tokens that are not padding; a padding token spelled out in a text
 * takes the padding id's own position and is not counted. Returns [batch, tokens].
 */
export function countedPositions(graph: TextGraph, padId: number): Value {
  return graph.within('positions', () => {
    const pad = graph.builder.ints(padId);
    const real = graph.op('Cast', [graph.op('Not', [graph.op('Equal', [graph.ids, pad])])], { to: TensorProto_DataType.INT64 });
    const count = graph.op('Mul', [graph.op('CumSum', [real, graph.builder.ints(1)]), real]);
    return graph.add(count, pad);
  });
}

function tableName(kind: 'word' | 'token_type' | 'position'): string {
  return `embeddings.${kind}_embeddings.weight`;
}

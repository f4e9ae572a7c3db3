import type { Value } from '../../graph/builder.ts';
import type { Config } from './config.ts';
import { causalAttention, hasCausalAttention, sharedHeads } from './grouped-heads.ts';
import type { LayerType } from './layer-types.ts';
import { preNormLayer, type GroupedRows, type PreNormShape } from './pre-norm.ts';
import type { Rope } from './rope.ts';
import { Rotary } from './rotary.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { TextGraph } from './text-graph.ts';

/** What tokens of a layer see, and how they are turned. */
export interface LayerSight {
  readonly rope: Rope;
  /** A token sees itself and those before it. */
  readonly causal: boolean;
  /** It sees so many back, and where it is not causal so many ahead; the whole text where left out. */
  readonly reach?: number | undefined;
}

export interface DecoderParams {
  readonly shape: PreNormShape;
  readonly layers: readonly LayerType[];
  /** Of each type of layers, asked for where there is one. */
  readonly sight: (type: LayerType) => LayerSight;
  /** What token embeddings are multiplied by; 1 where left out. */
  readonly embeddingScale?: number;
  /** What scores are multiplied by; 1 / √size where left out. */
  readonly scale?: number;
}

/**
 * What all families have that keep Llama's names: prefix and landmark, a last norm, dropout, and which row of the table is not trained:
 * many write padding as the token that ends every text, and unless config.json says so itself it is a token like any other.
 */
export const LLAMA_NAMES = {
  prefixes: ['model.'],
  landmark: 'embed_tokens.weight',
  lastNorm: true,
  // Their own code drops among attention's weights alone.
  dropout: { hidden: [], attention: ['attention_dropout'] },
  paddingRow: (config: Config) => namedPadding(config),
} as const;

/** `pad_token_id`, or where the word is missing what the reference takes. */
export function namedPadding({ values }: Config, unsaid?: number): number | undefined {
  const said = values['pad_token_id'] === undefined ? unsaid : values['pad_token_id'];
  return typeof said === 'number' ? said : undefined;
}

/**
 * Token embeddings, layers that norm first, a norm behind the last: the network of Llama (Touvron et al. 2023) and of those that kept it.
 * The last hidden state is the normed one, those before are not.
 */
export function buildDecoder(graph: TextGraph, config: Config, params: DecoderParams): { states: Value[]; width: number } {
  const { shape, layers, embeddingScale = 1 } = params;
  const { width } = shape;
  let rows = graph.within('embeddings', () => {
    const found = graph.lookUpLarge(graph.tokenwise(graph.ids), 'embed_tokens.weight', { rows: config.size('vocab_size'), width });
    const embedded = graph.embedded(found, width);
    return embeddingScale === 1 ? embedded : graph.op('Mul', [embedded, graph.builder.float(embeddingScale)]);
  });
  const states = [rows];
  const attentions = new Map<LayerType, Attention>();
  for (const [layer, type] of layers.entries()) {
    const attend = attentions.get(type) ?? attentionOf(graph, params, type);
    attentions.set(type, attend);
    rows = preNormLayer(graph, { rows, name: `layers.${layer}`, shape, attend });
    states.push(rows);
  }
  states[states.length - 1] = graph.rmsNorm(rows, 'norm', { width, ...shape.norm });
  return { states, width };
}

type Attention = (projected: GroupedRows) => Value;

/** The attention of all layers of a type: they share angles and masks. */
function attentionOf(graph: TextGraph, { shape, sight, scale }: DecoderParams, type: LayerType): Attention {
  const { heads, keyHeads, size } = shape;
  const { rope, causal, reach } = sight(type);
  const rotary = new Rotary(graph, rope);
  const window = reach === undefined ? undefined : new SlidingWindow(graph, { reach, ahead: causal ? 0 : reach });
  return ({ query, key, value }) => {
    const turned = { query: rotary.turn(query, { heads, size }), key: rotary.turn(key, { heads: keyHeads, size }), value };
    if (causal && window === undefined && hasCausalAttention(graph, shape)) return causalAttention(graph, { ...turned, ...shape, scale });
    const every = { ...turned, key: sharedHeads(graph, turned.key, shape), value: sharedHeads(graph, value, shape), heads, size, scale };
    if (window !== undefined) return window.attention(every);
    return causal ? graph.attention({ ...every, bias: graph.causalBias(), masked: true }) : graph.attention(every);
  };
}

import type { Value } from '../../graph/builder.ts';
import type { Config } from './config.ts';
import { causalAttention, hasCausalAttention, sharedHeads } from './grouped-heads.ts';
import type { LayerType } from './layer-types.ts';
import { preNormLayer, type GroupedRows, type PreNormShape } from './pre-norm.ts';
import type { Rope } from './rope.ts';
import { Rotary } from './rotary.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { TextGraph } from './text-graph.ts';

/** Attention pattern of a layer, and its rotary angles. */
export interface LayerSight {
  readonly rope: Rope;
  /** Causal attention. */
  readonly causal: boolean;
  /** Window: tokens back, and, if not causal, ahead. Default: the whole text. */
  readonly reach?: number | undefined;
}

export interface DecoderParams {
  readonly shape: PreNormShape;
  readonly layers: readonly LayerType[];
  /** For each type of layer, called if there is one. */
  readonly sight: (type: LayerType) => LayerSight;
  /** Scale of token embeddings. Default: 1. */
  readonly embeddingScale?: number;
  /** Scale of attention scores. Default: 1 / √size. */
  readonly scale?: number;
}

/**
 * Common to families with Llama's names: prefix and landmark, a final norm, dropout, and the untrained row of the token table: many use the
 * end-of-text token as padding, and unless config.json declares it, it is a token like any other.
 */
export const LLAMA_NAMES = {
  prefixes: ['model.'],
  landmark: 'embed_tokens.weight',
  lastNorm: true,
  // Their own code only applies dropout to attention weights.
  dropout: { hidden: [], attention: ['attention_dropout'] },
  paddingRow: (config: Config) => namedPadding(config),
} as const;

/** `pad_token_id`, or the reference's default. */
export function namedPadding({ values }: Config, unsaid?: number): number | undefined {
  const said = values['pad_token_id'] === undefined ? unsaid : values['pad_token_id'];
  return typeof said === 'number' ? said : undefined;
}

/**
 * Token embeddings, pre-norm layers, a final norm: the network of Llama (Touvron et al. 2023) and its derivatives. The last hidden state is
 * normalised, earlier ones are not.
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

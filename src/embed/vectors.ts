import type { PublishedPooling } from '../encoders/published-pooling.ts';
import { HarnessError, option } from '../errors.ts';

/** How the tokens of one hidden state become a vector. */
export const TOKEN_POOLINGS = ['cls', 'mean', 'max', 'last', 'weighted-mean', 'word-mean'] as const;
export type TokenPooling = (typeof TOKEN_POOLINGS)[number];

/** What --pooling takes, besides `all` and `concat`. */
export const POOLINGS = [...TOKEN_POOLINGS, 'cls-layermean', 'layermean', 'cls-last4', 'mean-last4', 'as-published'] as const;
export type Pooling = (typeof POOLINGS)[number];

/** What `--pooling all` stands for. */
export const ALL_POOLINGS = ['cls', 'mean', 'cls-layermean', 'layermean'] as const satisfies readonly Pooling[];

export const LAYER_MEANS = ['0..L', '1..L'] as const;
export type LayerMean = (typeof LAYER_MEANS)[number];

/**
 * One vector of a text: a token pooling of one hidden state, the mean of it over several, or several side by side.
 * Layers are positions among the hidden states: 0 is the embedding output, L the last layer's.
 */
export interface VectorSpec {
  readonly token: TokenPooling;
  readonly layers: readonly number[];
  readonly combine: 'one' | 'mean' | 'concat';
  /** Scaled to length 1. */
  readonly unit?: true;
}

/** A pooling of an encoder as a row of the table says it. */
export interface PooledVector {
  readonly pooling: Pooling;
  /** Column `layers`: `last`, a layer's number, `0..L`, `1..L`, `last4`. */
  readonly layers: string;
  /** Only so many of its first numbers are kept; undefined: all. */
  readonly dim?: number | undefined;
  readonly spec: VectorSpec;
}

/** How much of vectors is kept: so many of their first numbers, or all. */
export type Dim = number | 'full';

/** Each vector once for each length: `full` is the vector itself. */
export function withDims(vectors: readonly PooledVector[], dims: readonly Dim[] = ['full']): PooledVector[] {
  return vectors.flatMap((vector) => dims.map((dim) => (dim === 'full' ? vector : { ...vector, dim })));
}

/** Whether a vector has the length 1. */
export function isUnit({ unit }: VectorSpec): boolean {
  return unit === true;
}

/** `all`, or the layers themselves; `last` is the layer that the encoder ends with. */
export type LayerChoice = 'last' | 'all' | readonly number[];

export interface PoolingsParams {
  readonly poolings: readonly Pooling[];
  readonly layers: LayerChoice;
  readonly layerMeans: readonly LayerMean[];
  /** L: layers of the encoder, or the layer that it is cut after. */
  readonly depth: number;
  /** How the encoder was published to be pooled: `as-published` has no vector without. */
  readonly published?: PublishedPooling | undefined;
  /** For the message. */
  readonly encoder: string;
}

/** The vectors that poolings mean for an encoder of `depth` layers. Throws OPTION for a layer that it does not have. */
export function pooledVectors({ poolings, layers, layerMeans, depth, published, encoder }: PoolingsParams): PooledVector[] {
  return poolings.flatMap((pooling): PooledVector[] => {
    switch (pooling) {
      case 'cls-layermean':
        return layerMeans.map((mean) => layerMean('cls', pooling, mean, depth));
      case 'layermean':
        return layerMeans.map((mean) => layerMean('mean', pooling, mean, depth));
      case 'cls-last4':
        return [lastFour('cls', pooling, depth, encoder)];
      case 'mean-last4':
        return [lastFour('mean', pooling, depth, encoder)];
      case 'as-published':
        return published === undefined ? [] : [asPublished(published, depth)];
      case 'cls':
      case 'mean':
      case 'max':
      case 'last':
      case 'weighted-mean':
      case 'word-mean':
        return chosenLayers(layers, depth, encoder).map((layer) => ({
          pooling,
          layers: layers === 'last' ? 'last' : String(layer),
          spec: { token: pooling, layers: [layer], combine: 'one' },
        }));
      default:
        return pooling satisfies never;
    }
  });
}

function chosenLayers(layers: LayerChoice, depth: number, encoder: string): readonly number[] {
  if (layers === 'last') return [depth];
  if (layers === 'all') return range(0, depth);
  const wrong = layers.find((layer) => layer > depth);
  if (wrong !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('layers'),
      what: `${encoder} has no layer ${wrong}.`,
      hint: `It has layers 0 (embeddings) to ${depth}.`,
    });
  }
  return layers;
}

function layerMean(token: TokenPooling, pooling: Pooling, mean: LayerMean, depth: number): PooledVector {
  const layers = range(mean === '0..L' ? 0 : 1, depth);
  return { pooling, layers: mean, spec: { token, layers, combine: 'mean' } };
}

/** The last four layers side by side (Devlin et al. 2019, table 7). */
function lastFour(token: TokenPooling, pooling: Pooling, depth: number, encoder: string): PooledVector {
  if (depth < 3)
    throw new HarnessError('OPTION', {
      where: option('pooling'),
      what: `${pooling} needs four hidden states, ${encoder} has ${depth + 1}.`,
      hint: 'Leave it out for this encoder.',
    });
  return { pooling, layers: 'last4', spec: { token, layers: range(depth - 3, depth), combine: 'concat' } };
}

function asPublished({ token, normalize }: PublishedPooling, depth: number): PooledVector {
  return { pooling: 'as-published', layers: 'last', spec: { token, layers: [depth], combine: 'one', ...(normalize && { unit: true }) } };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Name of a vector, one for each way to make it: `mean@6`, `mean@6-unit`, `cls@mean(0-6)`, `mean@concat(3-6)`. Names stored vectors. */
export function specName({ token, layers, combine, unit }: VectorSpec): string {
  const scaled = unit === true ? '-unit' : '';
  if (combine === 'one') return `${token}@${layers[0]}${scaled}`;
  return `${token}@${combine}(${layers[0]}-${layers.at(-1)})${scaled}`;
}

/** Numbers in a vector, from the width of a hidden state. */
export function specWidth({ layers, combine }: VectorSpec, width: number): number {
  return combine === 'concat' ? layers.length * width : width;
}

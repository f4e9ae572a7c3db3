import { isPlain, type PublishedModules } from '../encoders/published/modules.ts';
import type { PublishedToken } from '../encoders/published/pooling.ts';
import { HarnessError, option } from '../errors.ts';

/** How the token vectors of one hidden state become one vector. */
export const TOKEN_POOLINGS = ['cls', 'mean', 'max', 'last', 'weighted-mean', 'word-mean'] as const;
export type TokenPooling = (typeof TOKEN_POOLINGS)[number];

/** Values of --pooling, in addition to `all` and `concat`. */
export const POOLINGS = [...TOKEN_POOLINGS, 'cls-layermean', 'layermean', 'cls-last4', 'mean-last4', 'as-published'] as const;
export type Pooling = (typeof POOLINGS)[number];

/** The poolings that `--pooling all` means. */
export const ALL_POOLINGS = ['cls', 'mean', 'cls-layermean', 'layermean'] as const satisfies readonly Pooling[];

/** Poolings that a table of token vectors does not support: it has no CLS token and no layers. */
const OF_LAYERS: readonly Pooling[] = ['cls', 'cls-layermean', 'layermean', 'cls-last4', 'mean-last4'];

export interface Depth {
  /** Layers of the encoder; 0: a static one, whose single hidden state is its table. */
  readonly depth: number;
}

/** Whether an encoder supports the pooling at all. */
export function hasPooling(pooling: Pooling, { depth }: Depth): boolean {
  return depth > 0 || !OF_LAYERS.includes(pooling);
}

export const LAYER_MEANS = ['0..L', '1..L'] as const;
export type LayerMean = (typeof LAYER_MEANS)[number];

/**
 * One vector of a text: a token pooling of one hidden state, the mean of it over several, or several concatenated. Layers are indices of
 * the hidden states: 0 is the embedding output, L the last layer's.
 */
export interface VectorSpec {
  readonly token: TokenPooling;
  readonly layers: readonly number[];
  readonly combine: 'one' | 'mean' | 'concat';
  /** Normalised to length 1. */
  readonly unit?: true;
  /** The published modules, if they do more than pooling and normalisation: `token` and `unit` are then ignored. */
  readonly published?: PublishedModules;
}

/** A pooling of an encoder as described by a row of the table. */
export interface PooledVector {
  readonly pooling: Pooling;
  /** Column `layers`: `last`, a layer number, `0..L`, `1..L`, `last4`. */
  readonly layers: string;
  /** Dimensions kept; undefined: all. */
  readonly dim?: number | undefined;
  readonly spec: VectorSpec;
}

/** Dimensions kept of a vector, or all. */
export type Dim = number | 'full';

/** Each vector once for each number of dimensions: `full` is the vector itself. */
export function withDims(vectors: readonly PooledVector[], dims: readonly Dim[] = ['full']): PooledVector[] {
  return vectors.flatMap((vector) => dims.map((dim) => (dim === 'full' ? vector : { ...vector, dim })));
}

/** Whether a vector is normalised to length 1. */
export function isUnit({ unit, published }: VectorSpec): boolean {
  if (published === undefined) return unit === true;
  return published.truncateDim === undefined && published.steps.at(-1)?.kind === 'normalize';
}

/** `all`, or layer numbers; `last` is the last layer of the encoder. */
export type LayerChoice = 'last' | 'all' | readonly number[];

export interface PoolingsParams {
  readonly poolings: readonly Pooling[];
  readonly layers: LayerChoice;
  readonly layerMeans: readonly LayerMean[];
  /** L: number of layers of the encoder, after truncation. */
  readonly depth: number;
  /** The encoder's published modules: without them `as-published` has no vector. */
  readonly published?: PublishedModules | undefined;
  /** For the message. */
  readonly encoder: string;
}

/**
 * The vectors of poolings for an encoder of `depth` layers, without those that a static one does not support (see `poolingsLeftOut`).
 * Throws OPTION for a layer that it does not have.
 */
export function pooledVectors({ poolings, layers, layerMeans, depth, published, encoder }: PoolingsParams): PooledVector[] {
  return poolings
    .filter((pooling) => hasPooling(pooling, { depth }))
    .flatMap((pooling): PooledVector[] => {
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

/** The layers of a choice for an encoder. Throws OPTION for one that it does not have. */
export function chosenLayers(layers: LayerChoice, depth: number, encoder: string): readonly number[] {
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

/** The last four layers, concatenated (Devlin et al. 2019, table 7). */
function lastFour(token: TokenPooling, pooling: Pooling, depth: number, encoder: string): PooledVector {
  if (depth < 3)
    throw new HarnessError('OPTION', {
      where: option('pooling'),
      what: `${pooling} needs four hidden states, ${encoder} has ${depth + 1}.`,
      hint: 'Omit it for this encoder.',
    });
  return { pooling, layers: 'last4', spec: { token, layers: range(depth - 3, depth), combine: 'concat' } };
}

function asPublished(published: PublishedModules, depth: number): PooledVector {
  const {
    poolings: [pooling],
    steps,
  } = published;
  const token = pooling === undefined || pooling === 'mean-sqrt' ? 'mean' : pooling;
  const spec: VectorSpec = { token, layers: [depth], combine: 'one' };
  const more = isPlain(published) ? { ...(steps.length > 0 && { unit: true as const }) } : { published };
  return { pooling: 'as-published', layers: 'last', spec: { ...spec, ...more } };
}

/** The integers from one to another, inclusive. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The token poolings that are concatenated in a vector. */
export function tokensOf({ token, published }: Pick<VectorSpec, 'token' | 'published'>): readonly (TokenPooling | PublishedToken)[] {
  return published?.poolings ?? [token];
}

/** Hex digits of the modules' hash in a name. */
const HASH_DIGITS = 16;

/**
 * Name of a vector, one for each way to compute it: `mean@6`, `mean@6-unit`, `cls@mean(0-6)`, `mean@concat(3-6)`, `published-HASH@6`, with
 * a hash of the modules' settings and weights. Names stored vectors.
 */
export function specName({ token, layers, combine, unit, published }: VectorSpec): string {
  if (published !== undefined) {
    const kept = published.truncateDim === undefined ? '' : `-first${published.truncateDim}`;
    return `published-${published.hash.slice(0, HASH_DIGITS)}@${layers[0]}${kept}`;
  }
  const scaled = unit === true ? '-unit' : '';
  if (combine === 'one') return `${token}@${layers[0]}${scaled}`;
  return `${token}@${combine}(${layers[0]}-${layers.at(-1)})${scaled}`;
}

/** Dimensions of a vector, given the width of a hidden state. */
export function specWidth({ layers, combine, published }: VectorSpec, width: number): number {
  if (published === undefined) return combine === 'concat' ? layers.length * width : width;
  const { poolings, steps, truncateDim = Infinity } = published;
  const last = steps.findLast((step) => step.kind === 'dense');
  return Math.min(last?.out ?? poolings.length * width, truncateDim);
}

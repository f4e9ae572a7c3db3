import { HarnessError, option } from '../errors.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { Layout, LayoutParams, OnStep } from './layout.ts';
import { principalComponents } from './principal-components.ts';
import { tsne } from './tsne.ts';
import { procrustes } from './procrustes.ts';
import { umap } from './umap.ts';

export const METHODS = ['tsne', 'umap'] as const;
export type Method = (typeof METHODS)[number];
export const METHOD_TITLES: Readonly<Record<Method, string>> = { tsne: 't-SNE', umap: 'UMAP' };

export interface ProjectionParams {
  /** [n, width] */
  readonly vectors: Matrix;
  readonly method: Method;
  readonly seed: number;
  /**
   * Layout of the same texts to start from and to align with (Procrustes), so that a text stays near its earlier position; default: the
   * first two principal components.
   */
  readonly start?: Layout | undefined;
}

/** Fewer texts than this have no shape. */
export const FEWEST_TEXTS = 5;
/** Maximum number of texts for t-SNE: it visits every pair in each of a thousand steps, and keeps 8 bytes of each pair, 0.4 GB. */
export const MOST_TSNE_TEXTS = 10_000;
/**
 * Vectors are first reduced to this many components, against noise and for speed, as the authors of t-SNE do and scikit-learn's
 * documentation advises.
 */
const COMPONENTS = 50;

/**
 * Projects vectors to 2D. Same seed, same bytes. Throws DATA for too few or too many texts, for vectors that are not finite, and if the
 * method gives no coordinates.
 */
export function project({ vectors, method, seed, start }: ProjectionParams, onStep: OnStep = () => undefined): Layout {
  const { rows, cols, data } = vectors;
  if (rows < FEWEST_TEXTS) throw new HarnessError('DATA', { what: `A map needs at least ${FEWEST_TEXTS} texts, got ${rows}.` });
  if (method === 'tsne' && rows > MOST_TSNE_TEXTS)
    throw new HarnessError('DATA', {
      what: `t-SNE takes at most ${MOST_TSNE_TEXTS} texts, got ${rows}.`,
      hint: `Give a smaller ${option('sample')}, or ${option('method')} umap.`,
    });
  if (start !== undefined && start.length !== 2 * rows)
    throw new HarnessError('SHAPE', { what: `A layout of ${rows} texts begins with ${2 * rows} numbers, got ${start.length}.` });
  if (!data.every(Number.isFinite))
    throw new HarnessError('DATA', {
      what: 'Some vectors contain NaN or infinities.',
      hint: `Training diverged: use a smaller ${option('lr')}.`,
    });
  const components = principalComponents({ vectors, count: Math.min(COMPONENTS, cols, rows - 1) });
  const none = () =>
    new HarnessError('DATA', {
      what: `${METHOD_TITLES[method]} failed for some of these ${rows} texts: their vectors are nearly identical, or too far apart.`,
      hint: `Use other texts or another ${option('pooling')}.`,
    });
  if (!components.every((each) => each.every(Number.isFinite))) throw none();
  const layout = placed(method, { components, seed, start, onStep });
  if (!layout.every(Number.isFinite)) throw none();
  return start === undefined ? layout : procrustes(layout, start);
}

function placed(method: Method, params: LayoutParams): Layout {
  switch (method) {
    case 'tsne':
      return tsne(params);
    case 'umap':
      return umap(params);
    default:
      return method satisfies never;
  }
}

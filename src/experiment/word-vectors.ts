import { pooledWords, type WordSpec } from '../embed/word-specs.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { HarnessError, option } from '../errors.ts';
import type { RowVector } from './rows.ts';
import type { Settings } from './settings.ts';

/** A word vector as a row describes it. */
export interface WordVector extends RowVector {
  readonly wordPooling: string;
  readonly spec: WordSpec;
}

/** The vectors of a request that words have: a layer for single-layer poolings, and the means over layers. */
type AskedVectors = Pick<Settings, 'poolings' | 'layers' | 'layerMeans' | 'wordPoolings' | 'dims'>;

/** Throws OPTION for layers that the encoder does not have, and for truncated dimensions, which words do not support. */
export function wordVectors(
  { depth }: Pick<Encoder, 'depth'>,
  name: string,
  { poolings, layers, layerMeans, wordPoolings = ['first'], dims }: AskedVectors,
): WordVector[] {
  if (dims !== undefined) {
    throw new HarnessError('OPTION', { where: option('dim'), what: 'Word vectors cannot be truncated.', hint: 'Omit it.' });
  }
  const means = depth > 0 && poolings.some(isMean) ? layerMeans : [];
  const single = depth === 0 || poolings.some((pooling) => !isMean(pooling));
  return pooledWords({ words: wordPoolings, layers, layerMeans: means, depth, encoder: name })
    .filter(({ spec }) => single || spec.combine !== 'one')
    .map(({ word, layers: said, spec }) => ({
      pooling: spec.combine === 'one' ? 'word' : 'word-layermean',
      layers: said,
      wordPooling: word,
      spec,
    }));
}

function isMean(pooling: string): boolean {
  return pooling.endsWith('layermean');
}

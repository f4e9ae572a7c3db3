import type { Dataset } from '../datasets/dataset.ts';
import { NestedSamples } from '../datasets/nested.ts';
import type { SourceLabels } from '../estimators/estimators.ts';
import type { RankSettings } from './settings.ts';

/** Texts with their labels, and the source labels for LEEP. */
export interface RankedTexts {
  readonly dataset: Dataset;
  readonly source?: SourceLabels | undefined;
}

/** A sample; samples of the same seed are nested. */
export function rankedSample(
  { dataset, source, settings: { seed } }: RankedTexts & { readonly settings: Pick<RankSettings, 'seed'> },
  size: number,
): RankedTexts {
  const { dataset: taken, rows } = new NestedSamples(dataset, seed).take(size);
  return { dataset: taken, source: source && { classes: source.classes, labels: Int32Array.from(rows, (row) => source.labels[row]!) } };
}

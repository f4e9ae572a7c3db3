import { buildDataset } from './build.ts';
import { SPLITS, type Dataset, type Example } from './dataset.ts';
import { numberLabel } from './labels.ts';

/** Rows of a dataset as examples again, of several labels the first. */
function rowExamples(dataset: Dataset, rows: readonly number[]): Example[] {
  const label = dataset.task === 'classification'
    ? (row: number) => dataset.classes[dataset.labels[row]!]!
    : (row: number) => numberLabel(dataset.targets[row]!);
  return rows.map((row) => ({
    text: dataset.texts[row]!,
    ...(dataset.seconds !== undefined && { second: dataset.seconds[row]! }),
    labels: [label(row)],
    split: SPLITS[dataset.split[row]!]!,
  }));
}

/** Some rows of a dataset alone, with the classes that they have, of several labels the first. `sample`: how they were chosen. */
export function rebuilt<D extends Dataset>(dataset: D, rows: readonly number[], sample: string): D {
  const { task, key, labelField } = dataset;
  const built = buildDataset({ task, key, labelField, labels: 'first', examples: rowExamples(dataset, rows), sample });
  const several = dataset.task === 'classification' ? { severalLabels: dataset.severalLabels } : {};
  // Built for the same task.
  return { ...built, ...several } as unknown as D;
}

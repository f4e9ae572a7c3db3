import { buildDataset } from './build.ts';
import { SPLITS, type Dataset, type Example } from './dataset.ts';
import { numberLabel } from './labels.ts';

/** Rows of a dataset as examples again; of several labels only the first. */
function rowExamples(dataset: Dataset, rows: readonly number[]): Example[] {
  const labels = labelsOf(dataset);
  return rows.map((row) => ({
    text: dataset.texts[row]!,
    ...(dataset.seconds !== undefined && { second: dataset.seconds[row]! }),
    ...(dataset.task === 'token-classification' && { words: dataset.words[row]! }),
    labels: labels(row),
    split: SPLITS[dataset.split[row]!]!,
  }));
}

function labelsOf(dataset: Dataset): (row: number) => string[] {
  switch (dataset.task) {
    case 'classification':
      return (row) => [dataset.classes[dataset.labels[row]!]!];
    case 'regression':
      return (row) => [numberLabel(dataset.targets[row]!)];
    case 'token-classification': {
      const { tags, starts, classes } = dataset;
      return (row) => Array.from(tags.subarray(starts[row]!, starts[row + 1]!), (tag) => classes[tag]!);
    }
    default:
      return dataset satisfies never;
  }
}

/** Some rows of a dataset only, with the classes that occur; of several labels only the first. `sample`: how they were sampled. */
export function rebuilt<D extends Dataset>(dataset: D, rows: readonly number[], sample: string): D {
  const { task, key, labelField } = dataset;
  const built = buildDataset({ task, key, labelField, labels: 'first', examples: rowExamples(dataset, rows), sample });
  const several = dataset.task === 'classification' ? { severalLabels: dataset.severalLabels } : {};
  // Built for the same task.
  return { ...built, ...several } as unknown as D;
}

import { SPLITS, type ClassificationDataset, type Split } from '../../src/datasets/dataset.ts';

/** A dataset of `labels`, all in train unless `splits` says otherwise. Classes are a, b, c, …. */
export function toy({
  labels,
  splits,
  labelSets,
}: {
  labels: readonly number[];
  splits?: readonly Split[] | undefined;
  labelSets?: readonly (readonly number[])[] | undefined;
}): ClassificationDataset {
  const classes = Math.max(...labels, ...(labelSets?.flat() ?? [])) + 1;
  return {
    task: 'classification',
    key: 'toy',
    labelField: 'class',
    texts: labels.map((_, i) => `text ${i}`),
    labels: Int32Array.from(labels),
    labelSets: labelSets?.map((set) => Int32Array.from(set)),
    classes: Array.from({ length: Math.max(0, classes) }, (_, i) => String.fromCodePoint(97 + i)),
    split: Uint8Array.from(labels, (_, i) => SPLITS.indexOf(splits?.[i] ?? 'train')),
    hash: '',
    sample: '',
  };
}

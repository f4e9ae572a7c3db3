import { createHash } from 'node:crypto';
import { sortedClasses } from './class-order.ts';
import { SPLITS, type Dataset, type Example } from './dataset.ts';

export interface BuildParams {
  readonly key: string;
  readonly labelField: string;
  /** In the order of the rows. */
  readonly examples: readonly Example[];
  /** first: a text's other labels are left out. */
  readonly labels: 'first' | 'multi';
  readonly sample: string;
  readonly notes?: readonly string[] | undefined;
}

/** Examples in columns. Classes are those that the rows have, sorted. */
export function buildDataset({ key, labelField, examples, labels, sample, notes }: BuildParams): Dataset {
  const severalLabels = examples.some((example) => example.labels.length > 1);
  const multi = labels === 'multi' && severalLabels;
  const kept = multi ? examples.map((example) => example.labels) : examples.map((example) => example.labels.slice(0, 1));
  const classes = sortedClasses(kept.flat());
  const indexOf = new Map(classes.map((name, i) => [name, i]));
  return {
    key,
    labelField,
    texts: examples.map((example) => example.text),
    labels: Int32Array.from(kept, (names) => indexOf.get(names[0]!)!),
    labelSets: multi ? kept.map((names) => Int32Array.from(new Set(names.map((name) => indexOf.get(name)!))).toSorted()) : undefined,
    severalLabels,
    classes,
    split: Uint8Array.from(examples, (example) => SPLITS.indexOf(example.split)),
    hash: hashOf(examples, kept),
    sample,
    notes,
  };
}

/** A JSON line a row, [split, labels, text]: nothing that a text holds can be taken for the next row. */
function hashOf(examples: readonly Example[], kept: readonly (readonly string[])[]): string {
  const hash = createHash('sha256');
  for (const [i, { text, split }] of examples.entries()) hash.update(`${JSON.stringify([split, kept[i], text])}\n`);
  return hash.digest('hex');
}

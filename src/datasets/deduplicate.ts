import { option } from '../errors.ts';
import { SPLITS, type Example } from './dataset.ts';
import { firstEqual, rowTexts } from './equal-texts.ts';

export interface Deduplicated {
  /** Rows that stay, ascending. */
  readonly rows: readonly number[];
  /** What a result says of it: `deduplicated 60 of 75`; empty where all stay. */
  readonly sample: string;
  /** What was left out, a sentence; undefined where all stay. */
  readonly note: string | undefined;
}

/**
 * One row of each text, after trimming, and labels: the first in test, else in dev, else in train, so that what is scored stays whole and
 * train gives way. Texts whose labels differ stay. `labels`: whether the first of a text's labels counts, or all in any
 * order. Of words all tags count, in their order.
 */
export function deduplicatedRows(examples: readonly Example[], labels: 'first' | 'multi'): Deduplicated {
  const first = firstEqual(
    rowTexts(
      examples.map(({ text }) => text),
      examples.map(({ second }) => second),
    ),
  );
  const kept = new Map<string, number>();
  for (const [row, example] of examples.entries()) {
    const key = JSON.stringify([first[row], ...labelsThatCount(example, labels)]);
    const other = kept.get(key);
    if (other === undefined || SPLITS.indexOf(example.split) > SPLITS.indexOf(examples[other]!.split)) kept.set(key, row);
  }
  const rows = [...kept.values()].toSorted((a, b) => a - b);
  if (rows.length === examples.length) return { rows, sample: '', note: undefined };
  const stay = new Set(rows);
  const counts = SPLITS.flatMap((split) => {
    const gone = examples.filter((example, row) => example.split === split && !stay.has(row)).length;
    return gone === 0 ? [] : [`${gone} of ${split}`];
  });
  return {
    rows,
    sample: `deduplicated ${rows.length} of ${examples.length}`,
    note: `${option('deduplicate')} removed ${examples.length - rows.length} of ${examples.length} texts (${counts.join(', ')}).`,
  };
}

function labelsThatCount({ words, labels: own }: Example, labels: 'first' | 'multi'): readonly string[] {
  if (words !== undefined) return own;
  return labels === 'multi' ? [...new Set(own)].toSorted() : own.slice(0, 1);
}

/** Whether what is said of a sample tells of duplicates that were left out. */
export function deduplicationSaid(sample: string): boolean {
  return /^deduplicated \d+ of \d+(?:;|$)/.test(sample);
}

import { option } from '../errors.ts';
import { SPLITS, type Example } from './dataset.ts';
import { firstEqual, rowTexts } from './equal-texts.ts';

export interface Deduplicated {
  /** Rows that are kept, ascending. */
  readonly rows: readonly number[];
  /** Description in results: `deduplicated 60 of 75`; empty if all are kept. */
  readonly sample: string;
  /** What was dropped, as a sentence; undefined if all are kept. */
  readonly note: string | undefined;
}

/**
 * One row for each combination of trimmed text and labels: the first in test, else in dev, else in train, so that evaluation sets stay
 * complete. Texts with different labels are kept. `labels`: whether only the first of a text's labels counts, or all in any order. For
 * words all tags count, in order.
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

/** Whether the description of a sample mentions dropped duplicates. */
export function wasDeduplicated(sample: string): boolean {
  return /^deduplicated \d+ of \d+(?:;|$)/.test(sample);
}

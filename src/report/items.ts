import type { Row } from '../results/row.ts';

type OfTask = Pick<Row, 'task'>;

export function isOfTags({ task }: OfTask): boolean {
  return task === 'token-classification';
}

/** What intervals are resampled over: texts, sentences of tagged words, or both. */
export function drawnItems(rows: readonly OfTask[]): string {
  if (!rows.some(isOfTags)) return 'the texts';
  return rows.every(isOfTags) ? 'the sentences' : 'the texts, of tags over the sentences';
}

import type { EstimateRow } from '../../results/estimates.ts';
import type { RecordedRun } from '../../results/recorded-run.ts';
import { printable } from '../text.ts';
import { wrapped } from '../wrapped.ts';
import { headlines } from './headlines.ts';
import { estimatedLists } from './ranked-record.ts';
import { summaryNotes, summarySentences, summaryTables, type SummaryParams } from './summary.ts';

export interface EstimatesAnswerParams extends Omit<SummaryParams, 'lists'> {
  readonly estimates: readonly EstimateRow[];
  /** What run.json says about the ranking: the estimator it was ordered by, and its tests. */
  readonly recorded: Pick<RecordedRun, 'by' | 'ranked'>;
}

/**
 * The answer of a stored ranking for a terminal: best pooling per encoder, its notes, and the answer last. Text that ends with a line end.
 */
export function estimatesAnswer({ estimates, recorded, ...style }: EstimatesAnswerParams): string {
  const { lists: all, answers } = estimatedLists(estimates, recorded.ranked);
  const lists = headlines(all, { by: recorded.by, answers });
  const { titles, width } = style;
  const lines = (texts: readonly string[]): string => texts.map((line) => wrapped(printable(line), width)).join('\n');
  const blocks = [summaryTables({ ...style, lists }), lines(summaryNotes(lists)), lines(summarySentences({ lists, titles }))];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

import { printable } from '../../printable.ts';
import type { Row } from '../../results/row.ts';
import type { Outcomes } from '../../statistics/outcomes.ts';
import type { Verdict } from '../page/data.ts';
import type { Titles } from '../titles.ts';
import type { RankedList } from '../verdict/ranked-list.ts';
import { targetOf } from '../verdict/ranked-lists.ts';
import { verdictSentence } from '../verdict/sentence.ts';
import { majorityOf, type Majority } from './majority.ts';

/** The answer for each dataset, as in the terminal, with the facts to judge it by. */

export interface VerdictsParams {
  /** The list that answers for each dataset. */
  readonly heads: readonly RankedList[];
  readonly rankings: readonly RankedList[];
  readonly titles: Titles;
  readonly rows: readonly Row[];
  /** Truth and predictions for the texts of a row, if known. */
  readonly outcomes: (row: Row) => Outcomes | undefined;
  /** Majority class of a list whose texts are in no row. */
  readonly known: (list: RankedList) => Majority | undefined;
}

export function verdictsOf({ heads, rankings, titles, rows, outcomes, known }: VerdictsParams): Verdict[] {
  return heads.map((list): Verdict => {
    const { count, sample } = list.corpus;
    const own = firstOf(
      rows.filter((row) => isOf(row, list)),
      outcomes,
    );
    const words = own?.kind === 'tags';
    const found = own === undefined ? known(list) : majorityOf(own);
    return {
      list: rankings.indexOf(list),
      // Names come from files: their bidirectional formatting must not affect the sentence.
      sentence: printable(verdictSentence(list, titles)),
      items: Number.isFinite(count) && count > 0 ? count : undefined,
      unit: words ? 'word' : 'text',
      sample,
      classes: words ? own.tags.length : found?.classes,
      baseline: isShare(list) ? found?.baseline : undefined,
    };
  });
}

function firstOf<T>(rows: readonly Row[], of: (row: Row) => T | undefined): T | undefined {
  for (const row of rows) {
    const found = of(row);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether a row scores the texts that a list compares. */
function isOf(row: Row, { dataset, target, corpus, split }: RankedList): boolean {
  return (
    row.dataset === dataset &&
    row.data_hash === corpus.hash &&
    row.sample === corpus.sample &&
    targetOf(row) === target &&
    row.split === (split === '' ? 'all' : split)
  );
}

/** Whether predicting the majority class for all is scored by its share. */
function isShare({ score, percent, by }: RankedList): boolean {
  return score === 'micro_f1' || score === 'accuracy' || (score === undefined && percent && by !== 'consistency');
}

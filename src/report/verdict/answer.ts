import { importantNotes } from '../notes.ts';
import { numberReasons } from '../reasons.ts';
import type { TablesParams } from '../tables.ts';
import { printable } from '../text.ts';
import { wrapped } from '../wrapped.ts';
import { comparisonOf } from '../ties.ts';
import { NO_TITLES } from '../titles.ts';
import { headlines } from './headlines.ts';
import type { RankedList } from './ranked-list.ts';
import { rankedResults } from './ranked-lists.ts';
import { summarySentences, summaryTables } from './summary.ts';

export interface AnswerParams extends Pick<TablesParams, 'rows' | 'failures' | 'titles' | 'predictions'> {
  readonly tty: boolean;
  readonly width: number;
  readonly bold?: ((text: string) => string) | undefined;
}

/** What a run has come to, for a terminal: the table that answers, what has to be known about it, why results are missing, and the answer last. */
export function answerOf({ rows, failures = [], titles = NO_TITLES, predictions = new Map(), tty, width, bold }: AnswerParams): string {
  const lists = answeringLists({ rows, predictions });
  const reasons = numberReasons({ failures, titles }).lines;
  const blocks = [
    lists.length === 0 ? 'No result could be computed.' : summaryTables({ lists, titles, tty, width, bold }),
    [...importantNotes({ rows, titles }), ...reasons.map((reason) => `Failed: ${reason}`)].map((line) => wrapped(printable(line), width)).join('\n'),
    summarySentences({ lists, titles }).map((line) => wrapped(printable(line), width)).join('\n'),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** The answer alone, as it follows tables. */
export function answerLines({ rows, titles = NO_TITLES, predictions = new Map() }: Pick<TablesParams, 'rows' | 'titles' | 'predictions'>): string[] {
  return summarySentences({ lists: answeringLists({ rows, predictions }), titles }).map(printable);
}

/** One list for each dataset. */
export function answeringLists({ rows, predictions = new Map() }: Pick<TablesParams, 'rows' | 'predictions'>): RankedList[] {
  return headlines(rankedResults(rows, (all) => comparisonOf({ all, score: 'micro_f1', predictions })));
}

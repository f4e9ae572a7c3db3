import { importantNotes } from '../notes.ts';
import { numberReasons } from '../reasons.ts';
import type { TablesParams } from '../tables.ts';
import { CONCAT_ALL } from '../../results/encoder-names.ts';
import type { Row } from '../../results/row.ts';
import { listed, printable } from '../text.ts';
import { wrapped } from '../wrapped.ts';
import { comparisonOf } from '../ties.ts';
import { datasetTitle, encoderTitle, NO_TITLES, type Titles } from '../titles.ts';
import { headlines, otherSettings } from './headlines.ts';
import type { RankedList } from './ranked-list.ts';
import { rankedResults } from './ranked-lists.ts';
import { summaryNotes, summarySentences, summaryTables } from './summary.ts';

export interface AnswerParams extends Pick<TablesParams, 'rows' | 'failures' | 'titles' | 'predictions'> {
  readonly tty: boolean;
  readonly width: number;
  readonly bold?: ((text: string) => string) | undefined;
}

/**
 * The answer of a run for a terminal: the table that answers, the notes that matter for it, why results are missing, and the answer last.
 */
export function answerOf({ rows, failures = [], titles = NO_TITLES, predictions = new Map(), tty, width, bold }: AnswerParams): string {
  const all = rankedResults(rows, (each) => comparisonOf({ all: each, score: 'micro_f1', predictions }));
  const lists = headlines(all);
  const reasons = numberReasons({ failures, titles }).lines;
  const blocks = [
    lists.length === 0 ? 'No result could be computed.' : summaryTables({ lists, titles, tty, width, bold }),
    [
      ...summaryNotes(lists),
      ...settingsNotes(lists, all, titles),
      ...concatNotes(rows, titles),
      ...importantNotes({ rows, titles }),
      ...reasons.map((reason) => `Failed: ${reason}`),
    ]
      .map((line) => wrapped(printable(line), width))
      .join('\n'),
    summarySentences({ lists, titles })
      .map((line) => wrapped(printable(line), width))
      .join('\n'),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** Whether other search settings give the same best encoders. */
function settingsNotes(lists: readonly RankedList[], all: readonly RankedList[], titles: Titles): string[] {
  return lists.flatMap((list) => {
    const others = otherSettings(list, all);
    if (others.all.length === 0 || list.lines.length < 2) return [];
    const said =
      others.differing.length === 0
        ? `the same encoders come first with ${settingsOf(others.all)}`
        : `with ${settingsOf(others.differing)} the answer differs`;
    return [`${datasetTitle(titles, list.dataset)}: answered for ${list.settings}; ${said}.`];
  });
}

/** Maximum settings listed; more are counted. */
const MOST_NAMED = 4;

function settingsOf(lists: readonly RankedList[]): string {
  return lists.length > MOST_NAMED ? `${lists.length} other settings` : listed(lists.map(({ settings }) => settings));
}

function concatNotes(rows: readonly Row[], titles: Titles): string[] {
  return rows.some(({ encoder }) => encoder === CONCAT_ALL)
    ? [`Not ranked here: ${encoderTitle(titles, CONCAT_ALL)}; its results are among all results.`]
    : [];
}

/** Only the answer, as it follows tables. */
export function answerLines({
  rows,
  titles = NO_TITLES,
  predictions = new Map(),
}: Pick<TablesParams, 'rows' | 'titles' | 'predictions'>): string[] {
  return summarySentences({ lists: answeringLists({ rows, predictions }), titles }).map(printable);
}

/** One list per dataset. */
export function answeringLists({ rows, predictions = new Map() }: Pick<TablesParams, 'rows' | 'predictions'>): RankedList[] {
  return headlines(rankedResults(rows, (all) => comparisonOf({ all, score: 'micro_f1', predictions })));
}

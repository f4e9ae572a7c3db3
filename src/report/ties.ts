import { outcomesOf, type Predictions } from '../results/predictions.ts';
import { resultKey } from '../results/merge.ts';
import { correctTexts } from '../results/correct-texts.ts';
import type { Row } from '../results/row.ts';
import { agrees } from '../results/scored.ts';
import { againstBest, isTied, type ColumnOfScores } from '../statistics/against-best.ts';
import { bootstrapAgainst } from '../statistics/bootstrap-against.ts';
import { mcnemarAgainst } from '../statistics/mcnemar-against.ts';
import { isClassScore, scoreColumn } from '../results/task-scores.ts';
import { mainTagScore, tagCounts } from '../tags/tag-outcomes.ts';
import type { TagOutcomes } from '../statistics/outcomes.ts';
import type { ScoreName } from '../statistics/resampled-score.ts';
import type { Cell, TableRow } from './pivot.ts';
import type { Score } from './words.ts';

/** Which scores of a table are not significantly different from the best of their column, and how that was tested. */

/**
 * `mcnemar`: accuracy; `bootstrap`: F1 over classes or labels; `numbers`: scores of numbers; `sentences`: scores of tags; `seeds`: means
 * over seeds, for any score.
 */
export type TieTest = 'mcnemar' | 'bootstrap' | 'numbers' | 'sentences' | 'seeds';
/** Why a column is not tested: predictions are missing for some score, or there are too few seeds. */
export type Untested = 'no predictions' | 'few seeds';

export interface Ties {
  /** For each tested column, the number of comparisons that its p-values are corrected for. */
  readonly comparisons: readonly number[];
  readonly tests: ReadonlySet<TieTest>;
  /** Whether encoders with one seed each were compared. */
  readonly oneSeed: boolean;
  /** Titles of the columns that were not tested. */
  readonly untested: Readonly<Record<Untested, readonly string[]>>;
}

export interface TiesParams {
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
  readonly score: Score;
  /** Predictions by dataset. */
  readonly predictions: ReadonlyMap<string, Predictions>;
}

/** The rows, with those marked that are not significantly different from the best, and how that was tested. */
export function markTies({ columns, rows, score, predictions }: TiesParams): { readonly rows: TableRow[]; readonly ties: Ties } {
  const contests = columns.map((_, at) => {
    const cells = rows.flatMap((row) => scoreOf(row.cells[at]!) ?? []);
    return { cells, found: cells.length < 2 ? undefined : comparisonOf({ all: cells.map((cell) => cell.rows), score, predictions }) };
  });
  const tested = contests.flatMap(({ cells, found }) => {
    if (typeof found !== 'object') return [];
    const compared = againstBest({ scores: cells.map((cell) => cell.value), test: found.against });
    return compared === undefined ? [] : [{ cells, test: found.test, ...compared }];
  });
  const ps = new Map(tested.flatMap(({ cells, ps: of }) => cells.map((cell, at) => [cell, of[at]!] as const)));
  const titles = (why: Untested): string[] => columns.filter((_, at) => contests[at]!.found === why);
  return {
    rows: rows.map((row) => ({ ...row, cells: row.cells.map((cell) => marked(cell, ps)) })),
    ties: {
      comparisons: tested.map(({ comparisons }) => comparisons),
      tests: new Set(tested.map(({ test }) => test)),
      oneSeed: tested.some(({ test, cells }) => test !== 'seeds' && cells.some((cell) => isTrained(cell.rows))),
      untested: { 'no predictions': titles('no predictions'), 'few seeds': titles('few seeds') },
    },
  };
}

function marked(cell: Cell, ps: ReadonlyMap<Cell, number>): Cell {
  const p = ps.get(cell);
  return cell.kind !== 'score' || p === undefined ? cell : { ...cell, p, tied: isTied(p) && !cell.best };
}

type ScoreCell = Extract<Cell, { readonly kind: 'score' }>;

export interface ComparisonParams {
  /** [k] the rows of each result: one, or one per seed. */
  readonly all: readonly (readonly Row[])[];
  readonly score: Score;
  readonly predictions: ReadonlyMap<string, Predictions>;
}

/** With fewer, the variation between seeds cannot be estimated. */
const FEWEST_SEEDS = 3;

export interface Comparison {
  readonly test: TieTest;
  readonly against: ColumnOfScores['test'];
}

/** How results of one dataset are compared, text by text; or why they cannot be. */
export function comparisonOf({ all: results, score, predictions }: ComparisonParams): Comparison | Untested {
  const seeds = results.filter(isTrained).map((rows) => rows.length);
  const several = seeds.some((count) => count > 1);
  if (several && Math.min(...seeds) < FEWEST_SEEDS) return 'few seeds';
  const texts = new Set(results.flatMap((rows) => rows.map((row) => predictions.get(row.dataset)?.cells.get(resultKey(row))?.truth)));
  const [truth] = texts;
  if (texts.size !== 1 || truth === undefined) return 'no predictions';
  const own = scoreColumn(results[0]![0]!, score);
  const multi = results[0]!.some((row) => predictions.get(row.dataset)!.truths.get(truth)?.multi);
  const tags = results[0]![0]!.task === 'token-classification';
  if (!several && !tags && (own === 'accuracy' || (own === 'micro_f1' && !multi))) {
    const right = results.map(([row]) => correctTexts(predictions.get(row!.dataset)!, row!));
    return right.every((each) => each !== undefined)
      ? { test: 'mcnemar', against: (best) => mcnemarAgainst(right, best) }
      : 'no predictions';
  }
  const all = results.map((rows) => rows.map((row) => outcomes(row, predictions)));
  if (!all.every((each) => each.every((one) => one !== undefined))) return 'no predictions';
  if (tags) {
    const counts = all.map((runs) => runs.map((one) => countsOf(one as TagOutcomes, own)));
    return { test: several ? 'seeds' : 'sentences', against: (best) => bootstrapAgainst({ all: counts, best, score: 'f1' }) };
  }
  return {
    test: several ? 'seeds' : isClassScore(own) ? 'bootstrap' : 'numbers',
    against: (best) => bootstrapAgainst({ all, best, score: TALLIED[own as keyof typeof TALLIED] }),
  };
}

const TALLIED = {
  micro_f1: 'microF1',
  macro_f1: 'macroF1',
  accuracy: 'accuracy',
  spearman: 'spearman',
  pearson: 'pearson',
  rmse: 'rmse',
  mae: 'mae',
  r2: 'r2',
} as const satisfies Partial<Record<Score, ScoreName>>;

/** Counts per sentence for a score of tags; for macro-F1, which they do not give, those of the score by which tags are compared. */
function countsOf(given: TagOutcomes, score: Score) {
  const of =
    score === 'span_f1' ? 'spanF1' : score === 'micro_f1_no_o' ? 'microF1NoO' : score === 'accuracy' ? 'accuracy' : mainTagScore(given);
  return tagCounts(given, of);
}

/** Undefined if predictions are missing, or do not give the row's scores. */
function outcomes(row: Row, predictions: ReadonlyMap<string, Predictions>) {
  const found = outcomesOf(predictions.get(row.dataset)!, resultKey(row), `predictions of ${row.dataset}`);
  return found !== undefined && agrees(row, found) ? found : undefined;
}

function isTrained([row]: readonly Row[]): boolean {
  return row!.objective !== '';
}

function scoreOf(cell: Cell): ScoreCell | undefined {
  return cell.kind === 'score' ? cell : undefined;
}

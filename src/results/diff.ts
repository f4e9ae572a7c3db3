import { HarnessError } from '../errors.ts';
import { ALPHA, holm } from '../statistics/holm.ts';
import { mcnemarExact, pairedShare } from '../statistics/mcnemar.ts';
import { isCorrect, ofClasses, type ClassOutcomes, type NumberOutcomes, type Outcomes, type TagOutcomes } from '../statistics/outcomes.ts';
import { countPairedBootstrap } from '../statistics/count-interval.ts';
import { mainTagScore, tagCounts, type TagScore as TagCount } from '../tags/tag-outcomes.ts';
import { regressionPairedBootstrap } from '../statistics/regression-bootstrap.ts';
import { pairedBootstrap, type Difference } from '../statistics/paired-bootstrap.ts';
import { unpairedDifference, wilson, type ScoreInterval } from '../statistics/unpaired.ts';
import { outcomesOf } from './predictions.ts';
import { resultKey } from './merge.ts';
import { sortRows } from './order.ts';
import type { Row } from './row.ts';
import { agrees } from './scored.ts';
import type { ResultsSource } from './source.ts';
import { goodness, isClassScore, NUMBER_SCORES, scoreColumn, type NumberScore, type TagScore } from './task-scores.ts';

/** Score to compare: for a result whose task does not have it, the first of its task. */
export const DIFF_SCORES = ['micro_f1', 'accuracy', 'macro_f1', 'span_f1', 'micro_f1_no_o', ...NUMBER_SCORES] as const;
export type DiffScore = (typeof DIFF_SCORES)[number];

export type Change = 'better' | 'worse' | 'unchanged' | 'new' | 'gone';
/**
 * How a difference was tested: text by text (exact McNemar test for shares of correct texts, else a paired bootstrap), or from two
 * intervals.
 */
export type Test = 'mcnemar' | 'paired bootstrap' | 'unpaired';

export interface CellDiff {
  readonly row: Row;
  /** The score that is compared. */
  readonly score: DiffScore;
  readonly change: Change;
  /** As in results.csv: '' if the result is missing. */
  readonly before: string;
  readonly after: string;
  /**
   * In percentage points, for numbers in the score's unit, with its 95% interval; undefined if there are not two scores, or no interval.
   */
  readonly points?: { readonly difference: number; readonly low: number; readonly high: number } | undefined;
  readonly test?: Test | undefined;
  readonly p?: number | undefined;
  /** p-value, corrected for the number of tests in the table. */
  readonly adjusted?: number | undefined;
  readonly significant: boolean;
  /** Texts that only one of them predicts correctly: [before, after]. */
  readonly discordant?: readonly [number, number] | undefined;
  /** Why it could not be compared text by text. */
  readonly note?: string | undefined;
}

export interface ResultsDiff {
  readonly before: string;
  readonly after: string;
  readonly score: DiffScore;
  /** In the order of a results file. */
  readonly cells: readonly CellDiff[];
}

export interface DiffParams {
  readonly before: ResultsSource;
  readonly after: ResultsSource;
  readonly score?: DiffScore | undefined;
}

/** Compares two sets of results, result by result. Throws FORMAT if predictions are broken. */
export async function diffResults({ before, after, score = 'micro_f1' }: DiffParams): Promise<ResultsDiff> {
  const old = new Map(before.rows.map((row) => [resultKey(row), row]));
  const now = new Map(after.rows.map((row) => [resultKey(row), row]));
  const rows = sortRows([...new Map([...old, ...now]).values()]);
  const cells: CellDiff[] = [];
  for (const row of rows) {
    const [from, to] = [old.get(resultKey(row)), now.get(resultKey(row))];
    const own = scoreColumn(row, score);
    if (from === undefined || to === undefined) {
      cells.push({
        row,
        score: own,
        change: from === undefined ? 'new' : 'gone',
        before: from?.[own] ?? '',
        after: to?.[own] ?? '',
        significant: false,
      });
    } else {
      cells.push(await compare({ from, to, score: own, before, after }));
    }
  }
  return { before: before.name, after: after.name, score, cells: adjust(cells) };
}

/** Holm correction over all results in which the prediction for some text changed; if none did, nothing is tested. */
function adjust(cells: readonly CellDiff[]): CellDiff[] {
  const tested = cells.filter(({ p }) => p !== undefined);
  const adjusted = new Map(holm(tested.map(({ p }) => p!)).map((p, i) => [tested[i]!, p]));
  return cells.map((cell) => {
    const p = adjusted.get(cell);
    return p === undefined ? cell : { ...cell, adjusted: p, significant: p < ALPHA };
  });
}

interface CompareParams {
  readonly from: Row;
  readonly to: Row;
  readonly score: DiffScore;
  readonly before: ResultsSource;
  readonly after: ResultsSource;
}

async function compare({ from, to, score, before, after }: CompareParams): Promise<CellDiff> {
  const [first, second] = [await outcomes(before, from), await outcomes(after, to)];
  const about = { row: to, score, before: from[score], after: to[score] };
  const difference = goodness(score, Number(to[score])) - goodness(score, Number(from[score]));
  const change: Change = difference > 0 ? 'better' : difference < 0 ? 'worse' : 'unchanged';
  const note = unpairedReason({ from, to, first, second, before, after });
  if (note !== undefined || first === undefined || second === undefined) {
    const same = from[score] === to[score] && from.n === to.n && from.data_hash === to.data_hash;
    const found = same ? undefined : unpaired(from, to, score);
    return {
      ...about,
      change,
      significant: false,
      ...(found !== undefined && { points: inPoints(found, isClassScore(score) ? 100 : 1), p: found.p, test: 'unpaired' as const }),
      note: same ? undefined : note,
    };
  }
  if (samePredictions(first, second)) return { ...about, change, significant: false };
  if (first.kind === 'tags' && second.kind === 'tags') {
    const found = bootTags(first, second, score as TagScore);
    return { ...about, change, significant: false, points: inPoints(found), test: 'paired bootstrap', p: found.p };
  }
  if (first.kind === 'numbers' || second.kind === 'numbers') {
    const found = bootNumbers(first as NumberOutcomes, second as NumberOutcomes, score as NumberScore);
    if (Number.isNaN(found.p)) return { ...about, change, significant: false, note: 'one of the two lacks this score' };
    return {
      ...about,
      change,
      significant: false,
      points: { difference: found.difference, low: found.low, high: found.high },
      test: 'paired bootstrap',
      p: found.p,
    };
  }
  const [one, other] = [ofClasses(first), ofClasses(second)];
  const discordant = discordantTexts(one, other);
  if (score === 'accuracy' || (score === 'micro_f1' && first.kind === 'single')) {
    const [onlyFirst, onlySecond] = discordant;
    const share = pairedShare({ onlyFirst, onlySecond, n: first.truth.length });
    return {
      ...about,
      change,
      significant: false,
      points: inPoints(share),
      test: 'mcnemar',
      p: mcnemarExact({ onlyFirst, onlySecond }),
      discordant,
    };
  }
  const found = boot(one, other, score === 'micro_f1' ? 'microF1' : 'macroF1');
  return { ...about, change, significant: false, points: inPoints(found), test: 'paired bootstrap', p: found.p, discordant };
}

/** Few resamples are enough if the difference is clearly noise. */
const FIRST_LOOK = 1000;

/** As `boot`, over sentences; for macro-F1, which counts of sentences do not give, the F1 of words. */
function bootTags(first: TagOutcomes, second: TagOutcomes, score: TagScore): Difference {
  const of = TAG_COUNTS[score] ?? mainTagScore(first);
  const [a, b] = [tagCounts(first, of), tagCounts(second, of)];
  const look = countPairedBootstrap(a, b, { resamples: FIRST_LOOK });
  return look.p > 2 * ALPHA ? look : countPairedBootstrap(a, b);
}

const TAG_COUNTS: Readonly<Partial<Record<TagScore, TagCount>>> = { span_f1: 'spanF1', micro_f1_no_o: 'microF1NoO', accuracy: 'accuracy' };

/** As `boot`. */
function bootNumbers(first: NumberOutcomes, second: NumberOutcomes, score: NumberScore): Difference {
  const look = regressionPairedBootstrap({ first, second, score }, { resamples: FIRST_LOOK });
  return look.p > 2 * ALPHA ? look : regressionPairedBootstrap({ first, second, score });
}

function boot(first: ClassOutcomes, second: ClassOutcomes, score: 'microF1' | 'macroF1'): Difference {
  const look = pairedBootstrap({ first, second, score }, { resamples: FIRST_LOOK });
  return look.p > 2 * ALPHA ? look : pairedBootstrap({ first, second, score });
}

async function outcomes(source: ResultsSource, row: Row): Promise<Outcomes | undefined> {
  const found = outcomesOf(await source.predictions(row.dataset), resultKey(row), `${source.name}: predictions of ${row.dataset}`);
  // A row that was edited by hand is compared as it is, without its predictions.
  return found !== undefined && agrees(row, found) ? found : undefined;
}

interface Pair {
  readonly from: Row;
  readonly to: Row;
  readonly first: Outcomes | undefined;
  readonly second: Outcomes | undefined;
  readonly before: ResultsSource;
  readonly after: ResultsSource;
}

function unpairedReason({ from, to, first, second, before, after }: Pair): string | undefined {
  if (first === undefined) return `${before.name} has no predictions that match its score`;
  if (second === undefined) return `${after.name} has no predictions that match its score`;
  if (from.data_hash !== to.data_hash || String(first.truth) !== String(second.truth)) return 'texts or classes differ';
  return undefined;
}

/** Undefined if one has no interval. */
function unpaired(from: Row, to: Row, score: DiffScore): Difference | undefined {
  const [first, second] = [intervalOf(from, score), intervalOf(to, score)];
  return first === undefined || second === undefined ? undefined : unpairedDifference({ first, second });
}

function intervalOf(row: Row, score: DiffScore): ScoreInterval | undefined {
  if (row[score] === '') return undefined;
  const unit = isClassScore(score) ? 100 : 1;
  const value = Number(row[score]) / unit;
  // Shares of correct texts have a binomial interval; only F1 over classes or labels needs the bootstrap's.
  if (row.correct !== '' && row.accuracy === row[score]) return { value, ...wilson({ correct: Number(row.correct), n: Number(row.n) }) };
  const [low, high] = [row[`${score}_low`], row[`${score}_high`]];
  return low === '' || high === '' ? undefined : { value, low: Number(low) / unit, high: Number(high) / unit };
}

function inPoints({ difference, low, high }: Omit<Difference, 'p'>, unit = 100): CellDiff['points'] {
  return { difference: unit * difference, low: unit * low, high: unit * high };
}

function discordantTexts(first: ClassOutcomes, second: ClassOutcomes): [number, number] {
  let [onlyFirst, onlySecond] = [0, 0];
  for (let i = 0; i < first.truth.length; i++) {
    const [a, b] = [isCorrect(first, i), isCorrect(second, i)];
    if (a && !b) onlyFirst++;
    if (b && !a) onlySecond++;
  }
  return [onlyFirst, onlySecond];
}

function samePredictions(first: Outcomes, second: Outcomes): boolean {
  return Array.from(first.predicted as ArrayLike<unknown>).every((given, i) => String(given) === String(second.predicted[i]));
}

/** Values of `--fail-on`. */
export const FAIL_ON = ['worse', 'significantly-worse', 'any'] as const;
export type FailOn = (typeof FAIL_ON)[number];

/** Results that make a comparison fail. A missing result is worse than a low score: it fails `worse`, and `any`. */
export function failing({ cells }: ResultsDiff, on: FailOn): CellDiff[] {
  switch (on) {
    case 'worse':
      return cells.filter(({ change }) => change === 'worse' || change === 'gone');
    case 'significantly-worse':
      return cells.filter(({ change, significant }) => change === 'worse' && significant);
    case 'any':
      return cells.filter(({ change }) => change !== 'unchanged');
    default:
      on satisfies never;
      throw new HarnessError('INTERNAL', { what: `No such condition: ${String(on)}.` });
  }
}

import { statSync } from 'node:fs';
import type { PredictedRows } from '../../src/classifiers/output/predict-rows.ts';
import type { NumberRowScores } from '../../src/classifiers/output/scored-numbers.ts';
import type { RowScores } from '../../src/classifiers/output/scored-rows.ts';
import type { TagRowScores } from '../../src/classifiers/output/tag-tally.ts';
import { fixed, percentOfFraction, significant } from '../../src/results/format.ts';
import { numberText } from '../../src/results/scored.ts';
import { NUMBER_SCORES, type NumberScore } from '../../src/results/task-scores.ts';
import type { OutputRow } from '../../src/report/output/output.ts';
import { TABLES } from '../../src/report/output/tables.ts';
import type { TagScore } from '../../src/tags/tag-outcomes.ts';

export interface SaidParams {
  /** Name of the input for messages. */
  readonly name: string;
  readonly maxLength: number;
  readonly rows: 'texts' | 'sentences';
}

/** Human-readable notes about predicted rows, one sentence each. */
export function predictionNotes(
  { rows, truncated, skipped, blanked }: PredictedRows<unknown>,
  { name, maxLength, rows: called }: SaidParams,
): string[] {
  return [
    ...(skipped === undefined ? [] : [`${name}: ${skipped}`]),
    ...(truncated === 0 ? [] : [`${name}: ${truncated} of ${rows} ${called} are truncated at ${maxLength} tokens.`]),
    ...(blanked === 0 ? [] : [`Tabs and newlines in ${blanked} labels or texts of train are written as blanks: the table has no quotes.`]),
  ];
}

/** Labels listed by name; the others are counted. */
const NAMED = 3;

/** Scores against a column, as lines. */
export function scoreLines(
  scores: RowScores | undefined,
  { name, column, rows }: { readonly name: string; readonly column: string; readonly rows: number },
): string[] {
  if (scores === undefined) return [`${name}: No row has a label in column "${column}": nothing is scored.`];
  const {
    scores: { n, accuracy, microF1, macroF1 },
    intervals,
    unlabelled,
    several,
    unknown,
  } = scores;
  const strange = unknown.reduce((sum, [, times]) => sum + times, 0);
  const named = unknown
    .slice(0, NAMED)
    .map(([label, times]) => `${label} (${times})`)
    .join(', ');
  return [
    ...(unlabelled === 0 ? [] : [`${name}: ${unlabelled} of ${rows} rows have no label in column "${column}", and are not scored.`]),
    ...(several === 0 ? [] : [`${name}: ${several} rows have several labels, of which the first counts.`]),
    ...(strange === 0
      ? []
      : [
          `${name}: ${strange} ${strange === 1 ? 'row has a label' : 'rows have labels'} that the model lacks, and ${strange === 1 ? 'counts' : 'count'} as errors: ` +
            `${named}${unknown.length > NAMED ? `, and ${unknown.length - NAMED} more` : ''}.`,
        ]),
    `Scored against column "${column}" (${n} rows), 95% CI: ${score('accuracy', accuracy, intervals.accuracy)}, ` +
      `${score('micro-F1', microF1, intervals.microF1)}, ${score('macro-F1', macroF1, intervals.macroF1)}.`,
  ];
}

function correlation(value: number): string {
  return fixed(value, 4) || 'undefined';
}

function error(value: number): string {
  return significant(value, 4);
}

/** The same for numbers. */
export function numberLines(
  found: NumberRowScores | undefined,
  { name, column, rows }: { readonly name: string; readonly column: string; readonly rows: number },
): string[] {
  if (found === undefined) return [`${name}: No row has a number in column "${column}": nothing is scored.`];
  const { scores, intervals, unlabelled, unreadable, covered } = found;
  const said = (title: string, key: 'spearman' | 'pearson' | 'rmse' | 'mae' | 'r2', text: (value: number) => string) =>
    `${title} ${text(scores[key])} [${text(intervals[key].low)}, ${text(intervals[key].high)}]`;
  return [
    ...(unlabelled === 0 ? [] : [`${name}: ${unlabelled} of ${rows} rows have nothing in column "${column}", and are not scored.`]),
    ...(unreadable === 0 ? [] : [`${name}: ${unreadable} of ${rows} rows have no number in column "${column}", and are not scored.`]),
    `Scored against column "${column}" (${scores.n} rows), 95% CI: ${said('Spearman', 'spearman', correlation)}, ${said('Pearson', 'pearson', correlation)}, ` +
      `${said('RMSE', 'rmse', error)}, ${said('MAE', 'mae', error)}, ${said('R²', 'r2', correlation)}.`,
    ...(covered === undefined ? [] : [`${(100 * covered).toFixed(1)}% of these numbers are between low and high.`]),
  ];
}

function score(title: string, value: number, { low, high }: { readonly low: number; readonly high: number }): string {
  return `${title} ${short(value)} [${short(low)}, ${short(high)}]`;
}

function short(fraction: number): string {
  return (100 * fraction).toFixed(1);
}

/** Note on words without a vector. `given`: the tag that they get; null: none. */
export function lostLines(
  { beyondLimit, withoutSubTokens }: TagRowScores,
  { name, given }: { readonly name: string; readonly given: string | null },
): string[] {
  const line = (words: number, which: string): string[] => {
    const one = words === 1;
    const said = given === null ? `${one ? 'has' : 'have'} no tag` : `${one ? 'is' : 'are'} given ${given}`;
    return words === 0 ? [] : [`${name}: ${words} ${one ? 'word' : 'words'} ${which} ${said}.`];
  };
  return [...line(beyondLimit, 'beyond the length limit'), ...line(withoutSubTokens, 'without a sub-token')];
}

const TAG_SCORES: Readonly<Record<TagScore, string>> = { spanF1: 'span F1', microF1NoO: 'micro-F1 without O', accuracy: 'accuracy' };

/** Scores of tags against a column, as lines. */
export function tagLines(
  { labelled, scoredWords, unlabelled, unknown, scheme, scores }: TagRowScores,
  { name, column, rows }: { readonly name: string; readonly column: string; readonly rows: number },
): string[] {
  if (labelled === 0) return [`${name}: No sentence has tags in column "${column}": nothing is scored.`];
  const strange = unknown.reduce((sum, [, times]) => sum + times, 0);
  const named = unknown
    .slice(0, NAMED)
    .map(([tag, times]) => `${tag} (${times})`)
    .join(', ');
  const said = (Object.keys(TAG_SCORES) as TagScore[]).flatMap((each) => {
    const found = scores[each];
    const title = each === 'spanF1' ? `${TAG_SCORES[each]} (${scheme})` : TAG_SCORES[each];
    return found === undefined ? [] : [score(title, found.value, found)];
  });
  return [
    ...(unlabelled === 0 ? [] : [`${name}: ${unlabelled} of ${rows} sentences have no tags in column "${column}", and are not scored.`]),
    ...(strange === 0
      ? []
      : [
          `${name}: ${strange} ${strange === 1 ? 'word has a tag' : 'words have tags'} that the model lacks, and ${strange === 1 ? 'counts' : 'count'} as errors: ` +
            `${named}${unknown.length > NAMED ? `, and ${unknown.length - NAMED} more` : ''}.`,
        ]),
    `Scored against column "${column}" (${labelled} ${labelled === 1 ? 'sentence' : 'sentences'}, ${scoredWords} words), 95% CI over sentences: ` +
      `${said.join(', ')}.`,
  ];
}

export interface DoneParams {
  readonly out: string;
  readonly encoder: string;
  /** Only of classes. */
  readonly scores?: RowScores | undefined;
  readonly numbers?: NumberRowScores | undefined;
}

/** The same, machine-readable. */
export function doneRow({ rows, truncated }: PredictedRows<unknown>, { out, encoder, scores, numbers }: DoneParams): DoneRow {
  const { accuracy, microF1, macroF1, n } = scores?.scores ?? {};
  const { accuracy: a, microF1: i, macroF1: m } = scores?.intervals ?? {};
  return {
    ...doneOf({ rows, truncated }, { out, encoder }),
    labelled: count(n ?? numbers?.scores.n),
    unlabelled: count((scores ?? numbers)?.unlabelled),
    unknown: count(scores?.unknown.reduce((sum, [, times]) => sum + times, 0)),
    accuracy: percent(accuracy),
    accuracy_low: percent(a?.low),
    accuracy_high: percent(a?.high),
    micro_f1: percent(microF1),
    micro_f1_low: percent(i?.low),
    micro_f1_high: percent(i?.high),
    macro_f1: percent(macroF1),
    macro_f1_low: percent(m?.low),
    macro_f1_high: percent(m?.high),
    unreadable: count(numbers?.unreadable),
    ...numberColumns(numbers),
    covered: percent(numbers?.covered),
  };
}

/** The same for tags. */
export function doneTags(
  result: PredictedRows<unknown>,
  { out, encoder, scores: found }: Pick<DoneParams, 'out' | 'encoder'> & { readonly scores: TagRowScores },
): DoneRow {
  const { labelled, unlabelled, unknown, words, beyondLimit, withoutSubTokens, scores } = found;
  const { spanF1, microF1NoO, accuracy } = scores;
  const isScored = labelled > 0;
  return {
    ...doneOf(result, { out, encoder }),
    words: String(words),
    words_without_vector: String(beyondLimit + withoutSubTokens),
    labelled: count(isScored ? labelled : undefined),
    unlabelled: count(isScored ? unlabelled : undefined),
    unknown: count(isScored ? unknown.reduce((sum, [, times]) => sum + times, 0) : undefined),
    accuracy: percent(accuracy?.value),
    accuracy_low: percent(accuracy?.low),
    accuracy_high: percent(accuracy?.high),
    span_f1: percent(spanF1?.value),
    span_f1_low: percent(spanF1?.low),
    span_f1_high: percent(spanF1?.high),
    micro_f1_no_o: percent(microF1NoO?.value),
    micro_f1_no_o_low: percent(microF1NoO?.low),
    micro_f1_no_o_high: percent(microF1NoO?.high),
  };
}

type DoneRow = OutputRow<typeof TABLES.predict>;

/** A row without scores. */
function doneOf(
  { rows, truncated }: Pick<PredictedRows<unknown>, 'rows' | 'truncated'>,
  { out, encoder }: Omit<DoneParams, 'scores'>,
): DoneRow {
  const empty = Object.fromEntries(Object.keys(TABLES.predict).map((column) => [column, ''])) as DoneRow;
  return { ...empty, file: out, encoder, texts: String(rows), texts_cut: String(truncated), bytes: String(statSync(out).size) };
}

type NumberColumns = Record<NumberScore | `${NumberScore}_low` | `${NumberScore}_high`, string>;

/** Scores of numbers and their intervals, empty if undefined. */
function numberColumns(found: NumberRowScores | undefined): NumberColumns {
  const columns = NUMBER_SCORES.flatMap((name) => {
    const { low = NaN, high = NaN } = found?.intervals[name] ?? {};
    const values = { [name]: found?.scores[name] ?? NaN, [`${name}_low`]: low, [`${name}_high`]: high };
    return Object.entries(values).map(([column, value]) => [column, numberText(name, value)]);
  });
  return Object.fromEntries(columns) as NumberColumns;
}

function percent(fraction: number | undefined): string {
  return fraction === undefined ? '' : percentOfFraction(fraction);
}

function count(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}

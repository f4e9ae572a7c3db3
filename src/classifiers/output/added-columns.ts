import { joinLabels } from '../../datasets/split-corpus.ts';
import { isNumber, type AnyPrediction } from '../prediction.ts';

/** What determines the columns of predictions. */
export interface AddedParams {
  /** A text may have several classes. */
  readonly multiLabel: boolean;
  /** Texts have numbers, with or without an interval; undefined: they have classes. */
  readonly numbers?: 'interval' | 'plain' | undefined;
  /** Number of most probable classes; undefined if not requested: only the label, or all predicted labels. */
  readonly top: number | undefined;
  /** Number of nearest training texts per row. */
  readonly explain: number;
  /** Prefix of each name. */
  readonly prefix: string;
}

/** A JSON value; in a table, lists of labels are joined by `joinLabels`. */
export type AddedValue = string | number | readonly string[] | readonly number[];

/** Decimals: more than a calibrated probability is accurate to. */
const DIGITS = 6;
/** Significant digits of a number, as in results. */
const NUMBER_DIGITS = 7;

/**
 * Columns after those of the input: `label`, `confidence`, `label_2`, `confidence_2`, …; for multi-label texts `labels`, `confidences`, and
 * those requested from `label_1` on; for numbers `prediction`, `low`, `high`; `neighbour_1`, `neighbour_1_label`, `neighbour_1_similarity`,
 * ….
 */
export function addedColumns({ multiLabel, numbers: kind, top, explain, prefix }: AddedParams): string[] {
  if (kind !== undefined) return ['prediction', ...(kind === 'interval' ? ['low', 'high'] : [])].map((name) => `${prefix}${name}`);
  const labels = multiLabel
    ? ['labels', 'confidences', ...numbers(1, top ?? 0).flatMap(numbered)]
    : ['label', 'confidence', ...numbers(2, top ?? 1).flatMap(numbered)];
  const neighbours = numbers(1, explain).flatMap((n) => [`neighbour_${n}`, `neighbour_${n}_label`, `neighbour_${n}_similarity`]);
  return [...labels, ...neighbours].map((name) => `${prefix}${name}`);
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}

function numbered(n: number): string[] {
  return [`label_${n}`, `confidence_${n}`];
}

/** The values of a prediction, in the order of `addedColumns`. */
export function addedValues(prediction: AnyPrediction, { multiLabel, numbers: kind, top, explain }: AddedParams): AddedValue[] {
  if (isNumber(prediction)) {
    const { value, low, high } = prediction;
    return [value, ...(kind === 'interval' ? [low!, high!] : [])].map((each) => Number(each.toPrecision(NUMBER_DIGITS)));
  }
  const { labels = [], top: found, neighbours = [] } = prediction;
  const own: AddedValue[] = multiLabel ? [labels.map(({ label }) => label), labels.map(({ confidence }) => rounded(confidence))] : [];
  const count = multiLabel ? (top ?? 0) : (top ?? 1);
  return [
    ...own,
    ...found.slice(0, count).flatMap(({ label, confidence }) => [label, rounded(confidence)]),
    ...neighbours.slice(0, explain).flatMap(({ text, labels: of, similarity }) => [text, multiLabel ? of : of[0]!, rounded(similarity)]),
  ];
}

/** A value as a table cell. */
export function cellOf(value: AddedValue): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return joinLabels(value.map(String), true);
}

/** A probability as written. */
export function rounded(value: number): number {
  return Number(value.toFixed(DIGITS));
}

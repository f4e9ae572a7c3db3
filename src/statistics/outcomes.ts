import { HarnessError } from '../errors.ts';
import type { RegressionOutcomes } from './regression-scores.ts';
import { score, scoreMultiLabel, type Scores } from './scores.ts';

/** True and predicted labels, numbers or tags of texts. */
export type Outcomes = ClassOutcomes | NumberOutcomes | TagOutcomes;

/** Regression. */
export interface NumberOutcomes extends RegressionOutcomes {
  readonly kind: 'numbers';
}

/** One tag per word. Resampling draws whole sentences, and spans do not cross sentences. */
export interface TagOutcomes {
  readonly kind: 'tags';
  /** [words] */
  readonly truth: Int32Array;
  /** [words] -1: no prediction, which is always wrong. */
  readonly predicted: Int32Array;
  /** [sentences + 1] index of the first word of each sentence. */
  readonly starts: Int32Array;
  /** Tag names by index. */
  readonly tags: readonly string[];
  /** How tags mark the start and end of spans (`IOB2`), and whether they are letters without a type; undefined: each tag is a class. */
  readonly scheme?: { readonly name: string; readonly bare: boolean } | undefined;
}

/** Counts per sentence (or text); the F1 of several is that of their sums. */
export interface CountOutcomes {
  readonly kind: 'counts';
  /** [sentences] true positives. */
  readonly hits: Int32Array;
  /** [sentences] number in the truth. */
  readonly truth: Int32Array;
  /** [sentences] number predicted. */
  readonly predicted: Int32Array;
}

/** Classes by index. */
export type ClassOutcomes =
  | {
      readonly kind: 'single';
      /** [n] */
      readonly truth: Int32Array;
      /** [n] */
      readonly predicted: Int32Array;
      /** Number of classes. */
      readonly classes: number;
    }
  | {
      readonly kind: 'multi';
      /** [n], each ascending */
      readonly truth: readonly Int32Array[];
      /** [n], each ascending */
      readonly predicted: readonly Int32Array[];
      readonly classes: number;
    };

/** Narrows outcomes to classes. Throws INTERNAL if they are not. */
export function ofClasses(outcomes: Outcomes): ClassOutcomes {
  if (outcomes.kind === 'numbers' || outcomes.kind === 'tags')
    throw new HarnessError('INTERNAL', { what: `Texts were given ${outcomes.kind}, not classes.` });
  return outcomes;
}

/** Throws as `score` does. */
export function scoresOf(outcomes: ClassOutcomes): Scores {
  return outcomes.kind === 'single' ? score(outcomes) : scoreMultiLabel(outcomes);
}

/** True and predicted classes of one text. Views. */
export function labelsOf(outcomes: ClassOutcomes, text: number): { readonly is: Int32Array; readonly given: Int32Array } {
  if (outcomes.kind === 'multi') return { is: outcomes.truth[text]!, given: outcomes.predicted[text]! };
  return { is: outcomes.truth.subarray(text, text + 1), given: outcomes.predicted.subarray(text, text + 1) };
}

/** Whether all labels of a text were predicted, and no others. */
export function isCorrect(outcomes: ClassOutcomes, text: number): boolean {
  if (outcomes.kind === 'single') return outcomes.truth[text] === outcomes.predicted[text];
  return sameLabels(outcomes.truth[text]!, outcomes.predicted[text]!);
}

/** Whether both are on the same texts: the same number, and the same true classes or numbers. */
export function sameTexts(first: Outcomes | CountOutcomes, second: Outcomes | CountOutcomes): boolean {
  if (first.truth.length !== second.truth.length) return false;
  if (first.kind === 'numbers') return second.kind === 'numbers' && first.truth.every((target, text) => target === second.truth[text]);
  if (first.kind === 'counts') return second.kind === 'counts' && sameLabels(first.truth, second.truth);
  if (first.kind === 'tags') {
    return (
      second.kind === 'tags' &&
      sameLabels(first.truth, second.truth) &&
      sameLabels(first.starts, second.starts) &&
      String(first.tags) === String(second.tags)
    );
  }
  if (second.kind === 'numbers' || second.kind === 'counts' || second.kind === 'tags' || first.classes !== second.classes) return false;
  if (first.kind === 'single') return second.kind === 'single' && sameLabels(first.truth, second.truth);
  return second.kind === 'multi' && first.truth.every((is, text) => sameLabels(is, second.truth[text]!));
}

function sameLabels(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((label, i) => label === b[i]);
}

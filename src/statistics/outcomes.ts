import { HarnessError } from '../errors.ts';
import type { RegressionOutcomes } from './regression-scores.ts';
import { score, scoreMultiLabel, type Scores } from './scores.ts';

/** What texts are, and what they were given. */
export type Outcomes = ClassOutcomes | NumberOutcomes | TagOutcomes;

/** Real numbers. */
export interface NumberOutcomes extends RegressionOutcomes {
  readonly kind: 'numbers';
}

/** A tag of each word. Sentences are drawn together, and spans are of one sentence. */
export interface TagOutcomes {
  readonly kind: 'tags';
  /** [words] */
  readonly truth: Int32Array;
  /** [words] -1: none, which is wrong whatever the word is. */
  readonly predicted: Int32Array;
  /** [sentences + 1] where the words of each begin. */
  readonly starts: Int32Array;
  /** Tags by number. */
  readonly tags: readonly string[];
  /** How tags say where spans begin and end (`IOB2`), and whether they are letters without a type; undefined: each tag is a class. */
  readonly scheme?: { readonly name: string; readonly bare: boolean } | undefined;
}

/** Counts of each sentence (or text), of which an F1 of several is that of the sums. */
export interface CountOutcomes {
  readonly kind: 'counts';
  /** [sentences] what is in truth and predictions alike. */
  readonly hits: Int32Array;
  /** [sentences] what is in truth. */
  readonly truth: Int32Array;
  /** [sentences] what was predicted. */
  readonly predicted: Int32Array;
}

/** Classes by number. */
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

/** Outcomes of which it is known that they are of classes. Throws INTERNAL where they are not. */
export function ofClasses(outcomes: Outcomes): ClassOutcomes {
  if (outcomes.kind === 'numbers' || outcomes.kind === 'tags')
    throw new HarnessError('INTERNAL', { what: `Texts were given ${outcomes.kind}, not classes.` });
  return outcomes;
}

/** Throws as `score` does. */
export function scoresOf(outcomes: ClassOutcomes): Scores {
  return outcomes.kind === 'single' ? score(outcomes) : scoreMultiLabel(outcomes);
}

/** Classes of one text: what it is, and what it was given. Views. */
export function labelsOf(outcomes: ClassOutcomes, text: number): { readonly is: Int32Array; readonly given: Int32Array } {
  if (outcomes.kind === 'multi') return { is: outcomes.truth[text]!, given: outcomes.predicted[text]! };
  return { is: outcomes.truth.subarray(text, text + 1), given: outcomes.predicted.subarray(text, text + 1) };
}

/** Whether a text was given all that it is, and nothing else. */
export function isCorrect(outcomes: ClassOutcomes, text: number): boolean {
  if (outcomes.kind === 'single') return outcomes.truth[text] === outcomes.predicted[text];
  return sameLabels(outcomes.truth[text]!, outcomes.predicted[text]!);
}

/** Whether both are of the same texts: as many, and of the same classes or numbers. */
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

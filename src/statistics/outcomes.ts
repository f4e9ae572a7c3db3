import { HarnessError } from '../errors.ts';
import type { RegressionOutcomes } from './regression-scores.ts';
import { score, scoreMultiLabel, type Scores } from './scores.ts';

/** What texts are, and what they were given. */
export type Outcomes = ClassOutcomes | NumberOutcomes;

/** Real numbers. */
export interface NumberOutcomes extends RegressionOutcomes {
  readonly kind: 'numbers';
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
  if (outcomes.kind === 'numbers') throw new HarnessError('INTERNAL', { what: 'Texts were given numbers, not classes.' });
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
export function sameTexts(first: Outcomes, second: Outcomes): boolean {
  if (first.truth.length !== second.truth.length) return false;
  if (first.kind === 'numbers') return second.kind === 'numbers' && first.truth.every((target, text) => target === second.truth[text]);
  if (second.kind === 'numbers' || first.classes !== second.classes) return false;
  if (first.kind === 'single') return second.kind === 'single' && sameLabels(first.truth, second.truth);
  return second.kind === 'multi' && first.truth.every((is, text) => sameLabels(is, second.truth[text]!));
}

function sameLabels(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((label, i) => label === b[i]);
}

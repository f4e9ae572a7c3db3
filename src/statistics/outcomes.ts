import { score, scoreMultiLabel, type Scores } from './scores.ts';

/** What texts are, and what they were given: classes by number. */
export type Outcomes =
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

/** Throws as `score` does. */
export function scoresOf(outcomes: Outcomes): Scores {
  return outcomes.kind === 'single' ? score(outcomes) : scoreMultiLabel(outcomes);
}

/** Whether a text was given all that it is, and nothing else. */
export function isCorrect(outcomes: Outcomes, text: number): boolean {
  if (outcomes.kind === 'single') return outcomes.truth[text] === outcomes.predicted[text];
  const [truth, predicted] = [outcomes.truth[text]!, outcomes.predicted[text]!];
  return truth.length === predicted.length && truth.every((label, i) => label === predicted[i]);
}

import { HarnessError } from '../errors.ts';
import { score } from '../statistics/scores.ts';
import { f1Of } from './agreement.ts';

/** True and predicted classes of words, by index. */
export interface WordOutcomes {
  /** [words] */
  readonly truth: Int32Array;
  /** [words] */
  readonly predicted: Int32Array;
  /** Number of classes. */
  readonly classes: number;
  /** The class of O; undefined if there is none, as in part-of-speech tagging. */
  readonly outside?: number | undefined;
}

/** As fractions. */
export interface WordScores {
  readonly n: number;
  readonly correct: number;
  /** O counts like any class: if most words are O, it says little. */
  readonly accuracy: number;
  /** Mean over the classes in truth and predictions, including O. */
  readonly macroF1: number;
  /** If there is an O. */
  readonly withoutOutside?:
    | {
        /** Over all words with another class than O in truth or predictions. 0 if there is no such word. */
        readonly microF1: number;
        /** Mean over the classes in truth and predictions except O; NaN if there is none. */
        readonly macroF1: number;
      }
    | undefined;
}

/**
 * Scores of words. Those without O are scikit-learn's f1_score with `labels` set to the classes except O. A word that is not O but has a
 * wrong class other than O counts against both precision and recall. Throws SHAPE if the lengths differ, DATA if there is no word, and
 * INTERNAL if O is not a class.
 */
export function wordScores({ truth, predicted, classes, outside }: WordOutcomes): WordScores {
  checkOutside({ classes, outside });
  const { n, correct, accuracy, macroF1 } = score({ truth, predicted, classes });
  if (outside === undefined) return { n, correct, accuracy, macroF1 };
  const of = Array.from({ length: classes }, () => ({ hits: 0, gold: 0, predicted: 0 }));
  const all = { hits: 0, gold: 0, predicted: 0 };
  for (const [word, label] of truth.entries()) {
    const guess = predicted[word]!;
    const both = label === guess;
    for (const [name, which, counts] of [
      ['gold', label, true],
      ['predicted', guess, true],
      ['hits', label, both],
    ] as const) {
      // A word without a prediction belongs to no class.
      if (!counts || which === outside || which < 0) continue;
      of[which]![name]++;
      all[name]++;
    }
  }
  const there = of.filter(({ gold, predicted: given }) => gold + given > 0);
  const mean = there.reduce((sum, counts) => sum + f1Of(counts), 0) / there.length;
  return { n, correct, accuracy, macroF1, withoutOutside: { microF1: f1Of(all), macroF1: mean } };
}

/** Throws INTERNAL if O is not a class. */
export function checkOutside({ classes, outside }: Pick<WordOutcomes, 'classes' | 'outside'>): void {
  if (outside !== undefined && !(Number.isInteger(outside) && outside >= 0 && outside < classes)) {
    throw new HarnessError('INTERNAL', { what: `Class ${outside} is not one of ${classes} classes.` });
  }
}

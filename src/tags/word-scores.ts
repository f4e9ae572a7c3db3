import { HarnessError } from '../errors.ts';
import { score } from '../statistics/scores.ts';
import { f1Of } from './agreement.ts';

/** What words are, and what they were given: classes by number. */
export interface WordOutcomes {
  /** [words] */
  readonly truth: Int32Array;
  /** [words] */
  readonly predicted: Int32Array;
  /** Number of classes. */
  readonly classes: number;
  /** The class of O; undefined where there is none, as among parts of speech. */
  readonly outside?: number | undefined;
}

/** As fractions. */
export interface WordScores {
  readonly n: number;
  readonly correct: number;
  /** O counts as any class: where most words are, it says little. */
  readonly accuracy: number;
  /** Mean over the classes of truth and predictions, O among them. */
  readonly macroF1: number;
  /** Where there is an O. */
  readonly withoutOutside?:
    | {
        /** Of all words that are, or were given, another class than O. 0 where there is no such word. */
        readonly microF1: number;
        /** Mean over the classes of truth and predictions but O; NaN where there is none. */
        readonly macroF1: number;
      }
    | undefined;
}

/**
 * Scores of words. Those without O are scikit-learn's f1_score with `labels` the classes but O. A word that is no O and was given another
 * class that is none counts against precision and recall both. Throws SHAPE where the lengths differ, DATA where there is no word, and
 * INTERNAL where O is no class.
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
      // A word that was given nothing is no class's.
      if (!counts || which === outside || which < 0) continue;
      of[which]![name]++;
      all[name]++;
    }
  }
  const there = of.filter(({ gold, predicted: given }) => gold + given > 0);
  const mean = there.reduce((sum, counts) => sum + f1Of(counts), 0) / there.length;
  return { n, correct, accuracy, macroF1, withoutOutside: { microF1: f1Of(all), macroF1: mean } };
}

/** Throws INTERNAL where O is no class. */
export function checkOutside({ classes, outside }: Pick<WordOutcomes, 'classes' | 'outside'>): void {
  if (outside !== undefined && !(Number.isInteger(outside) && outside >= 0 && outside < classes)) {
    throw new HarnessError('INTERNAL', { what: `Class ${outside} is not one of ${classes} classes.` });
  }
}

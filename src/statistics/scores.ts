import { HarnessError } from '../errors.ts';

/** How well predictions agree with the truth, as fractions. */
export interface Scores {
  readonly n: number;
  readonly correct: number;
  readonly accuracy: number;
  readonly microF1: number;
  readonly macroF1: number;
}

export interface ScoreParams {
  /** [n] class of each text. */
  readonly truth: Int32Array;
  /** [n] */
  readonly predicted: Int32Array;
  /** Number of classes. */
  readonly classes: number;
}

/**
 * Single-label scores. Micro-F1 equals the accuracy; macro-F1 is the mean over the classes in truth or predictions, as in scikit-learn's
 * f1_score. Throws SHAPE if the lengths differ, DATA if there are no texts.
 */
export function score({ truth, predicted, classes }: ScoreParams): Scores {
  checkTexts({ truth, predicted });
  const counts = new Counts(classes);
  let correct = 0;
  for (const [i, label] of truth.entries()) {
    const guess = predicted[i]!;
    if (guess === label) correct++;
    counts.truth[label]!++;
    counts.predicted[guess]!++;
    counts.both[label]! += Number(guess === label);
  }
  const present = Array.from({ length: classes }, (_, label) => label).filter(
    (label) => counts.truth[label]! + counts.predicted[label]! > 0,
  );
  const accuracy = correct / truth.length;
  return { n: truth.length, correct, accuracy, microF1: accuracy, macroF1: counts.meanF1(present) };
}

export interface MultiLabelScoreParams {
  /** [n] labels of each text, ascending. */
  readonly truth: readonly Int32Array[];
  /** [n] labels of each text, ascending. */
  readonly predicted: readonly Int32Array[];
  /** Number of classes. */
  readonly classes: number;
}

/**
 * Multi-label scores. A text is correct if its label set is predicted exactly; micro-F1 counts labels over all texts; macro-F1 is the mean
 * over all classes, 0 for one that is neither in truth nor predictions: scikit-learn's accuracy_score and f1_score (zero_division 0) of
 * label indicator matrices. Throws as `score` does.
 */
export function scoreMultiLabel({ truth, predicted, classes }: MultiLabelScoreParams): Scores {
  checkTexts({ truth, predicted });
  const counts = new Counts(classes);
  let correct = 0;
  for (const [i, labels] of truth.entries()) {
    const guesses = predicted[i]!;
    let shared = 0;
    for (const label of labels) counts.truth[label]!++;
    for (const label of guesses) {
      counts.predicted[label]!++;
      if (!labels.includes(label)) continue;
      counts.both[label]!++;
      shared++;
    }
    if (shared === labels.length && shared === guesses.length) correct++;
  }
  const all = Array.from({ length: classes }, (_, label) => label);
  return { n: truth.length, correct, accuracy: correct / truth.length, microF1: counts.pooledF1(), macroF1: counts.meanF1(all) };
}

/** Per class: support, number of predictions, and true positives. */
class Counts {
  readonly truth: Int32Array;
  readonly predicted: Int32Array;
  readonly both: Int32Array;

  constructor(classes: number) {
    this.truth = new Int32Array(classes);
    this.predicted = new Int32Array(classes);
    this.both = new Int32Array(classes);
  }

  meanF1(labels: readonly number[]): number {
    return labels.reduce((total, label) => total + f1(this.both[label]!, this.truth[label]!, this.predicted[label]!), 0) / labels.length;
  }

  pooledF1(): number {
    return f1(sum(this.both), sum(this.truth), sum(this.predicted));
  }
}

function sum(counts: Int32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}

function f1(both: number, truth: number, predicted: number): number {
  return truth + predicted === 0 ? 0 : (2 * both) / (truth + predicted);
}

/** Throws SHAPE if there are not as many predictions as texts, DATA if there is no text. */
export function checkTexts({ truth, predicted }: { readonly truth: ArrayLike<unknown>; readonly predicted: ArrayLike<unknown> }): void {
  if (truth.length !== predicted.length)
    throw new HarnessError('SHAPE', { what: `${predicted.length} predictions for ${truth.length} texts.` });
  if (truth.length === 0) throw new HarnessError('DATA', { what: 'No texts to score.' });
}

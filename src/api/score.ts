import { score as scoreClasses, type Scores } from '../statistics/scores.ts';
import { withApiNames } from './option-names.ts';
import { checkColumn, checkNames } from './check.ts';
import { labelColumns, type Label } from './labels.ts';

export interface ScoreOptions {
  /** [n] true label of each text. */
  readonly truth: ArrayLike<Label>;
  /** [n] predicted label. */
  readonly predicted: ArrayLike<Label>;
}

/**
 * Scores of single-label predictions: accuracy, micro- and macro-F1 as fractions from 0 to 1. Micro-F1 equals accuracy here; macro-F1 is
 * the mean over the classes that occur in truth or predictions, as in scikit-learn's f1_score. Throws HarnessError: SHAPE if the lengths
 * differ, DATA for no texts, OPTION for an invalid label.
 */
export function score(options: ScoreOptions): Scores {
  return withApiNames(() => scoreLabels(options));
}

function scoreLabels(options: ScoreOptions): Scores {
  checkNames(options, ['truth', 'predicted']);
  const { truth, predicted } = options;
  for (const [name, list] of Object.entries({ truth, predicted })) checkColumn(name, list);
  const { classes, columns } = labelColumns({ truth, predicted });
  return scoreClasses({ truth: columns[0]!, predicted: columns[1]!, classes: classes.length });
}

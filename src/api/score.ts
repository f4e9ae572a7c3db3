import { score as scoreClasses, type Scores } from '../statistics/scores.ts';
import { calledHere } from './called.ts';
import { checkColumn, checkNames } from './check.ts';
import { labelColumns, type Label } from './labels.ts';

export interface ScoreOptions {
  /** [n] right label of each text. */
  readonly truth: ArrayLike<Label>;
  /** [n] label that it was given. */
  readonly predicted: ArrayLike<Label>;
}

/**
 * How predictions agree with the truth, one label a text: accuracy, micro- and macro-F1 as fractions from 0 to 1.
 * Micro-F1 is the accuracy then; macro-F1 is the mean over the classes that are among truth or predictions, as
 * scikit-learn's f1_score has it. Throws HarnessError: SHAPE where the lengths differ, DATA where there is no text,
 * OPTION for what is no label.
 */
export function score(options: ScoreOptions): Scores {
  return calledHere(() => scoreLabels(options));
}

function scoreLabels(options: ScoreOptions): Scores {
  checkNames(options, ['truth', 'predicted']);
  const { truth, predicted } = options;
  for (const [name, list] of Object.entries({ truth, predicted })) checkColumn(name, list);
  const { classes, columns } = labelColumns({ truth, predicted });
  return scoreClasses({ truth: columns[0]!, predicted: columns[1]!, classes: classes.length });
}

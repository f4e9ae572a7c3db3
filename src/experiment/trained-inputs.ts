import type { Dataset, ItemDataset } from '../datasets/dataset.ts';
import { withMissingSplits } from '../datasets/missing-splits.ts';
import { withClasses } from '../datasets/task.ts';
import type { PooledVector } from '../embed/vectors.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { skippedTokens } from '../encoders/prompted-text.ts';
import { readInput } from '../encoders/read-input.ts';
import { HarnessError } from '../errors.ts';
import { checkNumbers, checkTask } from '../training/check-numbers.ts';
import { checkObjective } from '../training/check-objective.ts';
import type { ObjectiveName } from '../training/objective.ts';
import { OBJECTIVES } from '../training/objectives.ts';
import type { TokenText } from '../training/text-batch.ts';
import type { PlannedCell } from './planned-cell.ts';
import type { TrainingChoice } from './training-choice.ts';

/** Column `pair` of encoders that are trained: both texts in one pass, one vector of the two. */
export const JOINT = 'joint';

/** Dev and test sets where the corpus has none. Throws DATA for sentences whose words have tags. */
export function forTraining(dataset: Dataset, { shares, seeds }: Pick<TrainingChoice, 'shares' | 'seeds'>): ItemDataset {
  const items: ItemDataset = dataset.task === 'regression' ? dataset : withClasses(dataset, 'Fine-tuning');
  return withMissingSplits(items, { ...shares, seed: seeds[0]! });
}

/** Objectives that a dataset is trained with: those that were asked for, or what suits its labels. */
export function objectivesOf({ task }: Pick<Dataset, 'task'>, { objectives, ofNumbers }: TrainingChoice): readonly ObjectiveName[] {
  return task === 'regression' && ofNumbers !== undefined ? ofNumbers : objectives;
}

/** Whether it can be trained on its data: warnings, a line each. Throws OPTION and DATA. */
export function checkTrainable({ target, dataset, second, objective: name, choice }: PlannedCell): string[] {
  const objective = OBJECTIVES[name];
  checkTask(objective, dataset);
  if (dataset.seconds !== undefined && target.encoder.depth === 0) throw readsNoPairs(target.encoder.name);
  const rows = [...dataset.split.keys()].filter((row) => dataset.split[row] === 0);
  const { objectiveOptions: options, settings: { batchSize, balanced }, vectorsAt } = choice;
  if (dataset.task === 'regression') {
    checkNumbers({ objective, options, dataset, rows, batchSize, balanced, vectorsAt });
    return [];
  }
  return checkObjective({
    objective,
    options,
    dataset: dataset.key,
    rows,
    field: { name: dataset.labelField, labels: dataset.labels, classes: dataset.classes },
    labelSets: dataset.labelSets !== undefined,
    second: second && { name: second.labelField, ...second },
    batchSize,
  });
}

/** The vector of two texts would be that of a text of both. */
function readsNoPairs(name: string): HarnessError {
  return new HarnessError('OPTION', {
    where: name,
    what: 'It is a table of token vectors, and static encoders read no pairs together, as fine-tuning on pairs does.',
    hint: 'Take an encoder that has layers.',
  });
}

export interface Tokenised {
  /** Of each row of the dataset. */
  readonly texts: TokenText[];
  /** Those that were longer than the limit. */
  readonly cut: number;
}

/** The tokens of a dataset's texts; of pairs, of both together. Throws as `readInput`. */
export function tokenise(encoder: Encoder, { texts, seconds }: ItemDataset, { spec }: PooledVector): Tokenised {
  const { maxLength } = encoder;
  const skip = skippedTokens(encoder);
  let cut = 0;
  const tokens = texts.map((text, row): TokenText => {
    const input = seconds === undefined ? text : { first: text, second: seconds[row]! };
    const { ids, total, types, words } = readInput(encoder, input, spec.token === 'word-mean');
    if (total > maxLength) cut++;
    return { ids, types, words, skip };
  });
  return { texts: tokens, cut };
}

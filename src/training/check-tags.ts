import type { TokenDataset } from '../datasets/dataset.ts';
import { HarnessError, option } from '../errors.ts';
import { checkObjective, type CheckParams } from './check-objective.ts';

export interface CheckTagsParams extends Pick<CheckParams, 'objective' | 'options' | 'batchSize'> {
  readonly dataset: TokenDataset;
  /** Sentences of the train split. */
  readonly rows: readonly number[];
  readonly balanced: boolean;
  readonly vectorsAt: readonly number[];
  /** `word`, or the pooling of texts that was requested. */
  readonly pooling: string;
}

/**
 * Checks that an objective of classes can be trained on tags of words: warnings, one line each. Throws as `checkObjective`, and OPTION if
 * an option only applies to texts.
 */
export function checkTags({ objective, options, dataset, rows, batchSize, balanced, vectorsAt, pooling }: CheckTagsParams): string[] {
  const { key, starts, tags, classes, labelField } = dataset;
  if (pooling !== 'word') {
    throw refuse('pooling', `Words of ${key} are represented by their first sub-tokens; ${pooling} is a text pooling.`);
  }
  if (options.multiLabel) throw refuse('multiLabel', `A word of ${key} has one tag.`);
  if (balanced)
    throw refuse('balanced', `Batches are balanced by class, but batches of ${key} are sentences, whose words have several tags.`);
  if (vectorsAt.length > 0) throw refuse('vectorsAt', `Vectors of epochs are kept for maps of texts, but those of ${key} are of words.`);
  if (objective.needs.secondLabels) {
    throw refuse(
      'objective',
      `The objective ${objective.name} needs a second label field, but words of ${key} have one tag.`,
      'Take another.',
    );
  }
  if (objective.needs.companions) {
    throw refuse(
      'objective',
      `The objective ${objective.name} embeds extra texts with each batch, which does not apply to the words of ${key}.`,
      'Use cea-memory, which stores vectors.',
    );
  }
  const words = rows.flatMap((row) => Array.from({ length: starts[row + 1]! - starts[row]! }, (_, i) => starts[row]! + i));
  return checkObjective({
    objective,
    options,
    dataset: key,
    rows: words,
    items: 'words',
    field: { name: labelField, labels: tags, classes },
    labelSets: false,
    batchSize: objective.needs.batch === 2 ? Math.max(2, batchSize) : batchSize,
  });
}

function refuse(where: string, what: string, hint = 'Omit it.'): HarnessError {
  return new HarnessError('OPTION', { where: option(where), what, hint });
}

import { HarnessError, option } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import type { Objective, ObjectiveOptions } from './objective.ts';

/** Classes of texts in one label field. */
export interface LabelField {
  /** `class`, `bias`, `publisher`, … */
  readonly name: string;
  /** Class of each dataset row. */
  readonly labels: Int32Array;
  /** Names of the classes. */
  readonly classes: readonly string[];
}

export interface CheckParams {
  readonly objective: Objective;
  readonly options: ObjectiveOptions;
  /** Name of the dataset, for messages. */
  readonly dataset: string;
  /** Dataset rows of the train split, or its words. */
  readonly rows: readonly number[];
  /** What has a class. Default: texts. */
  readonly items?: 'texts' | 'words' | undefined;
  readonly field: LabelField;
  /** Whether all classes of each text are available. */
  readonly labelSets: boolean;
  readonly second?: LabelField | undefined;
  readonly batchSize: number;
}

/**
 * Checks, before training, that the objective can be trained on this data. Returns warnings, one line each. Throws DATA if the data lacks
 * what the objective needs, OPTION if an option makes it impossible.
 */
export function checkObjective({
  objective,
  options,
  dataset,
  rows,
  items = 'texts',
  field,
  labelSets,
  second,
  batchSize,
}: CheckParams): string[] {
  const { name, needs } = objective;
  const item = items.slice(0, -1);
  const lacking = (what: string, hint: string) => new HarnessError('DATA', { where: dataset, what, hint });
  if (rows.length === 0) throw lacking(`No ${items} to train on.`, 'Give a dataset with a train split.');
  checkObjectiveOptions({ objective, options, batchSize });
  if (options.multiLabel && !labelSets)
    throw lacking(`Every text has one ${field.name}; multi-label training needs several.`, `Omit ${option('multiLabel')}.`);
  if (labelSets && objective.predicts === 'head' && !options.multiLabel) {
    throw new HarnessError('OPTION', {
      where: option('labels'),
      what: `The objective ${name} predicts one class per text, but texts of ${dataset} have several.`,
      hint:
        name === 'classic'
          ? `Give ${option('multiLabel')}, with ${option('objective')} classic alone, or ${option('labels')} first.`
          : `Give ${option('labels')} first, or another objective.`,
    });
  }
  if (needs.secondLabels && second === undefined) {
    throw lacking(
      `The objective ${name} needs a second label field besides ${field.name}, but there is none.`,
      'Give a dataset with two, such as political-bias-baly (bias and publisher), or another objective.',
    );
  }
  if (needs.secondLabels && second!.name === field.name)
    throw lacking(`The objective ${name} needs two different label fields, and both are ${field.name}.`, 'Choose another second field.');

  const warnings: string[] = [];
  const first = sizes(rows, field);
  if ((needs.negatives || name === 'classic') && !options.multiLabel && first.size === 1) {
    throw lacking(
      `All ${rows.length} ${items} to train on have the ${field.name} "${[...first.keys()][0]}", so no ${item} has a negative.`,
      `Give ${items} of two ${items === 'words' ? 'tags' : 'classes'} or more.`,
    );
  }
  if (needs.positives) warnings.push(...lonely(first, field.name));
  if (needs.secondLabels) warnings.push(...lonely(sizes(rows, second!), second!.name));
  if (labelSets && !options.multiLabel)
    warnings.push(`${dataset}: texts have several labels; the objective ${name} takes the first of each.`);
  return warnings;

  /** Classes with a single text: a warning, and an error if there are no others. */
  function lonely(counts: ReadonlyMap<string, number>, of: string): string[] {
    const single = [...counts].filter(([, count]) => count === 1).map(([own]) => own);
    if (single.length === counts.size)
      throw lacking(
        `No ${of} has two ${items} to train on, so no ${item} has a positive.`,
        `The objective ${name} needs at least one class with two.`,
      );
    if (single.length === 0) return [];
    const [have, they] = single.length === 1 ? ['class has', 'it has'] : ['classes have', 'they have'];
    return [
      `${dataset}: ${single.length} ${have} a single ${item} to train on (${of} "${single[0]}"${single.length === 1 ? '' : ' is one'}): ${they} no positive and ${single.length === 1 ? 'is' : 'are'} never drawn together.`,
    ];
  }
}

/** Checks of an objective that need no data. Throws OPTION. */
export function checkObjectiveOptions({
  objective: { name, needs, task },
  options,
  batchSize,
}: Pick<CheckParams, 'objective' | 'options' | 'batchSize'>): void {
  if (batchSize < needs.batch) {
    throw new HarnessError('OPTION', {
      where: option('batchSize'),
      what: `The objective ${name} compares texts of a batch; a batch of ${batchSize} is too small.`,
      hint: `Give ${needs.batch} or more.`,
    });
  }
  if (!options.multiLabel || name === 'classic') return;
  throw new HarnessError('OPTION', {
    where: option('multiLabel'),
    what: `The objective ${name} takes one ${task === 'regression' ? 'number' : 'class'} per text.`,
    hint: task === 'regression' ? 'Omit it.' : `Use ${option('objective')} classic, or omit ${option('multiLabel')}.`,
  });
}

/** Throws DATA for an epoch without any loss terms: nothing was compared, so nothing was trained. */
export function checkEpoch({
  objective,
  dataset,
  epoch,
  terms,
}: {
  objective: Objective;
  dataset: string;
  epoch: number;
  terms: number;
}): void {
  if (terms > 0) return;
  throw new HarnessError('DATA', {
    where: dataset,
    what: `No batch of epoch ${epoch} had a pair that the objective ${objective.name} compares.`,
    hint: `Give a larger ${option('batchSize')}, or ${option('balanced')}, which puts texts of one class together.`,
  });
}

/** Number of texts per class, by name. */
function sizes(rows: readonly number[], { labels, classes }: LabelField): Map<string, number> {
  return new Map(
    [...groupBy(rows, (row) => labels[row]!)].toSorted(([a], [b]) => a - b).map(([own, texts]) => [classes[own]!, texts.length]),
  );
}

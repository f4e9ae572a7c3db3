import { HarnessError, option } from '../errors.ts';
import { buildDataset, classificationDataset } from './build.ts';
import { readCorpus, type CorpusSource } from './corpus.ts';
import type { ClassificationDataset, Dataset, Example, Task } from './dataset.ts';
import { deduplicatedRows } from './deduplicate.ts';
import { checkClasses } from './targets.ts';
import { checkLimit, limitedRows, type Limit } from './limit.ts';

export type LoadParams = CorpusSource & {
  /** Default: the entry's first. */
  readonly labelField?: string | undefined;
  /** Kind of labels. Default: that of the entry, else classification. */
  readonly task?: Task | undefined;
  /** first: only the first label of a text is used. */
  readonly labels: 'first' | 'multi';
  /** Rows of a class-stratified sample. Default: all. */
  readonly limit?: Limit | undefined;
  /** Seed of the sample. */
  readonly seed: number;
  /** Drops copies of texts with the same labels, before a sample is drawn. */
  readonly deduplicate?: boolean | undefined;
};

/** Rows that are used, and the description of how they were sampled. */
interface Chosen {
  readonly rows: readonly number[];
  readonly sample: string;
  readonly notes: readonly string[];
}

function chosenRows(examples: readonly Example[], task: Task, { labels, limit, seed, deduplicate = false }: LoadParams): Chosen {
  if (!deduplicate) return { ...limitedRows(examples, { limit, seed, task }), notes: [] };
  const { rows: single, sample, note } = deduplicatedRows(examples, labels);
  const limited = limitedRows(
    single.map((row) => examples[row]!),
    { limit, seed, task },
  );
  return {
    rows: limited.rows.map((at) => single[at]!),
    sample: [sample, limited.sample].filter((part) => part !== '').join('; '),
    notes: note === undefined ? [] : [note],
  };
}

/**
 * Classes of the same rows as from `loadDataset`, in another label field: for a second task. Throws DATA if the files contain other rows.
 */
export async function loadSecondField(
  params: LoadParams,
  field: string,
): Promise<Pick<ClassificationDataset, 'labels' | 'classes' | 'labelField'>> {
  const [first, second] = [await readCorpus(params, params), await readCorpus(params, { labelField: field })];
  const same =
    first.examples.length === second.examples.length && first.examples.every(({ text }, row) => text === second.examples[row]!.text);
  if (!same)
    throw new HarnessError('DATA', {
      where: first.key,
      what: `Its rows differ between ${first.labelField} and ${field}.`,
      hint: 'Give every row both labels.',
    });
  const { rows } = chosenRows(first.examples, 'classification', params);
  return classificationDataset({
    key: second.key,
    labelField: field,
    labels: params.labels,
    examples: rows.map((row) => second.examples[row]!),
    sample: '',
  });
}

/**
 * A labelled dataset, from a registry entry or the user's own file. Throws DATA if it is empty, has only one class, number or tag, or
 * classes that are numbers to be predicted.
 */
export async function loadDataset(params: LoadParams): Promise<Dataset> {
  const dataset = await loadToCheck(params);
  if (dataset.task === 'regression' && dataset.targets.every((target) => target === dataset.targets[0])) {
    throw new HarnessError('DATA', {
      where: dataset.key,
      what: `All ${dataset.texts.length} rows have the target ${dataset.targets[0]}.`,
      hint: 'At least two different numbers are required.',
    });
  }
  if (dataset.task === 'classification') checkClasses(dataset);
  if (dataset.task === 'classification' && dataset.classes.length === 1) {
    throw new HarnessError('DATA', {
      where: dataset.key,
      what: `All ${dataset.texts.length} rows have the label "${dataset.classes[0]}".`,
      hint: 'At least two classes are required.',
    });
  }
  if (dataset.task === 'token-classification' && dataset.classes.length === 1) {
    throw new HarnessError('DATA', {
      where: dataset.key,
      what: `All ${dataset.tags.length} words have the tag "${dataset.classes[0]}".`,
      hint: 'At least two tags are required.',
    });
  }
  return dataset;
}

/** Note if texts have a single label whatever is requested. */
const ONE_EACH: Readonly<Partial<Record<Task, string>>> = {
  regression: `${option('labels')} all does not apply to numbers: each text has one.`,
  'token-classification': `${option('labels')} all does not apply to tagged words: each word has one tag.`,
};

/** The same, also with a single class or number: for checking, not for scoring. */
export async function loadToCheck(params: LoadParams): Promise<Dataset> {
  const { key, labelField, task, examples, notes = [] } = await readCorpus(params, params);
  checkLimit(examples, params.limit, key);
  const { rows, sample, notes: own } = chosenRows(examples, task, params);
  if (rows.length === 0) {
    throw new HarnessError('OPTION', { where: option('limit'), what: `No text of ${key} is left.`, hint: 'Raise the limit.' });
  }
  const said = [...notes, ...own, ...(params.labels === 'multi' && ONE_EACH[task] !== undefined ? [ONE_EACH[task]] : [])];
  return buildDataset({ task, key, labelField, labels: params.labels, examples: rows.map((row) => examples[row]!), sample, notes: said });
}

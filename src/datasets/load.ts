import { HarnessError, option } from '../errors.ts';
import { buildDataset } from './build.ts';
import { readCorpus, type CorpusSource } from './corpus.ts';
import type { Dataset, Example } from './dataset.ts';
import { deduplicatedRows } from './deduplicate.ts';
import { checkLimit, limitedRows, type Limit } from './limit.ts';

export type LoadParams = CorpusSource & {
  /** The first of the entry's where left out. */
  readonly labelField?: string | undefined;
  /** first: a text with several labels counts under its first one. */
  readonly labels: 'first' | 'multi';
  /** Rows of a class-stratified sample; all where left out. */
  readonly limit?: Limit | undefined;
  /** Decides which rows the sample takes. */
  readonly seed: number;
  /** Leaves copies of texts with the same labels out, before a sample is drawn. */
  readonly deduplicate?: boolean | undefined;
};

/** Rows that are used, and what is said of how they were chosen. */
interface Chosen {
  readonly rows: readonly number[];
  readonly sample: string;
  readonly notes: readonly string[];
}

function chosenRows(examples: readonly Example[], { labels, limit, seed, deduplicate = false }: LoadParams): Chosen {
  if (!deduplicate) return { ...limitedRows(examples, limit, seed), notes: [] };
  const { rows: single, sample, note } = deduplicatedRows(examples, labels);
  const limited = limitedRows(
    single.map((row) => examples[row]!),
    limit,
    seed,
  );
  return {
    rows: limited.rows.map((at) => single[at]!),
    sample: [sample, limited.sample].filter((part) => part !== '').join('; '),
    notes: note === undefined ? [] : [note],
  };
}

/**
 * Classes of the same rows as `loadDataset` gives, in another label field: what a second task learns from. Throws DATA where the files give
 * other rows.
 */
export async function loadSecondField(params: LoadParams, field: string): Promise<Pick<Dataset, 'labels' | 'classes' | 'labelField'>> {
  const [first, second] = [await readCorpus(params, params.labelField), await readCorpus(params, field)];
  const same =
    first.examples.length === second.examples.length && first.examples.every(({ text }, row) => text === second.examples[row]!.text);
  if (!same)
    throw new HarnessError('DATA', {
      where: first.key,
      what: `Its rows are not the same under ${first.labelField} and under ${field}.`,
      hint: 'Give every row both labels.',
    });
  const { rows } = chosenRows(first.examples, params);
  return buildDataset({
    key: second.key,
    labelField: field,
    labels: params.labels,
    examples: rows.map((row) => second.examples[row]!),
    sample: '',
  });
}

/** A labelled corpus, from a registry entry or a file of one's own. Throws DATA where it is empty or has one class. */
export async function loadDataset(params: LoadParams): Promise<Dataset> {
  const dataset = await loadToCheck(params);
  if (dataset.classes.length === 1) {
    throw new HarnessError('DATA', {
      where: dataset.key,
      what: `All ${dataset.texts.length} rows have the label "${dataset.classes[0]}".`,
      hint: 'Two classes are the least that can be told apart.',
    });
  }
  return dataset;
}

/** The same, were it of one class alone: to be looked at, not to be scored. */
export async function loadToCheck(params: LoadParams): Promise<Dataset> {
  const { key, labelField, examples, notes = [] } = await readCorpus(params, params.labelField);
  checkLimit(examples, params.limit, key);
  const { rows, sample, notes: own } = chosenRows(examples, params);
  if (rows.length === 0) {
    throw new HarnessError('OPTION', { where: option('limit'), what: `It leaves no text of ${key}.`, hint: 'Let it leave some.' });
  }
  const said = [...notes, ...own];
  return buildDataset({ key, labelField, labels: params.labels, examples: rows.map((row) => examples[row]!), sample, notes: said });
}

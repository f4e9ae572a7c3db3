import { HarnessError, option } from '../errors.ts';
import type { Corpus } from './corpus.ts';
import { SPLITS, type Example, type Split, type Task } from './dataset.ts';
import { deduplicatedRows } from './deduplicate.ts';
import { rowTexts } from './equal-texts.ts';
import { cutDev, type Take } from './split.ts';
import { stratumOf } from './task.ts';

/** Separator of several labels in a cell. */
export const LABEL_SEPARATOR = '|';

export interface SplitCorpusParams {
  /** Reads the dataset with a label field, or its default. The rows are the same for each. */
  readonly read: (labelField?: string) => Promise<Corpus>;
  /** Column names; label undefined: the label fields' own names. */
  readonly columns: { readonly text: string; readonly pair?: string | undefined; readonly label: string | undefined };
  readonly take: Take;
  readonly share: number;
  readonly seed: number;
  /** Drops copies of texts that have the same labels in every field, before the split. */
  readonly deduplicate?: boolean | undefined;
  /** Receives notes on what was done in addition to the split, one sentence each. */
  readonly note?: ((sentence: string) => void) | undefined;
}

export interface SplitTable {
  /** The text column, that of the second text of pairs, then one for each label field. */
  readonly header: readonly string[];
  readonly task: Task;
  readonly rows: readonly SplitRow[];
}

export interface SplitRow extends Pick<Example, 'text' | 'second' | 'words'> {
  /** Of each label field. */
  readonly labels: readonly (readonly string[])[];
}

/**
 * Train, dev and, if the dataset has one, test; copies of a text in train are kept on one side of the split. Throws DATA if there is a dev
 * set already, or nothing to hold it out from.
 */
export async function splitCorpus({
  read,
  columns,
  take,
  share,
  seed,
  deduplicate = false,
  note = () => {},
}: SplitCorpusParams): Promise<Partial<Record<Split, SplitTable>>> {
  const corpus = await read();
  const fields = [corpus];
  for (const field of corpus.labelFields.slice(1)) fields.push(await read(field));
  const used = deduplicate ? withoutCopies(fields, note) : [...corpus.examples.keys()];
  const rowsOf = (split: Split): number[] => used.filter((row) => corpus.examples[row]!.split === split);
  const dev = rowsOf('dev').length;
  if (dev > 0) {
    throw new HarnessError('DATA', {
      where: corpus.key,
      what: `It already has a dev split of ${dev} rows.`,
      hint: 'Only datasets without one are split.',
    });
  }
  const train = rowsOf('train');
  if (train.length === 0) {
    throw new HarnessError('DATA', { where: corpus.key, what: 'It has no train split to divide.', hint: 'Use a dataset that has one.' });
  }
  const cut = cutDev({
    classes: train.map((row) => stratumOf(corpus.examples[row]!, corpus.task)),
    take,
    share,
    seed,
    texts: rowTexts(
      train.map((row) => corpus.examples[row]!.text),
      train.map((row) => corpus.examples[row]!.second),
    ),
  });
  if (cut.moved > 0) note(`${cut.moved} ${cut.moved === 1 ? 'row' : 'rows'} moved so that equal texts stay in one split.`);
  for (const part of ['train', 'dev'] as const) {
    if (cut[part].length === 0) {
      throw new HarnessError('DATA', {
        where: corpus.key,
        what: `A share of ${share} of its ${train.length} train rows leaves the ${part} split empty.`,
        hint: `Change ${option('share')}.`,
      });
    }
  }
  const rows = { train: cut.train.map((i) => train[i]!), dev: cut.dev.map((i) => train[i]!), test: rowsOf('test') };
  const pairs = corpus.examples.some(({ second }) => second !== undefined);
  const texts = [columns.text, ...(pairs ? [columns.pair ?? 'text_pair'] : [])];
  const header = [...texts, ...(columns.label === undefined ? corpus.labelFields : [columns.label])];
  const table = (split: Split): SplitTable => ({
    header,
    task: corpus.task,
    rows: rows[split].map((row) => {
      const { text, second, words } = corpus.examples[row]!;
      const own = { text, ...(second !== undefined && { second }), ...(words !== undefined && { words }) };
      return { ...own, labels: fields.map(({ examples }) => examples[row]!.labels) };
    }),
  });
  return Object.fromEntries(SPLITS.filter((split) => rows[split].length > 0).map((split) => [split, table(split)]));
}

/** Rows that are kept when those with equal texts and equal labels, in every field, are merged. */
function withoutCopies([first, ...others]: readonly Corpus[], note: (sentence: string) => void): readonly number[] {
  const examples = first!.examples.map((example, row) => ({
    ...example,
    labels: [first!, ...others].flatMap((field) => {
      const own = field.examples[row]!.labels;
      return (example.words === undefined ? own : [own]).map((label) => JSON.stringify([field.labelField, label]));
    }),
  }));
  const { rows, note: said } = deduplicatedRows(examples, 'multi');
  if (said !== undefined) note(said);
  return rows;
}

/**
 * The labels of a cell. `several`: some cell has several, so that all are split when they are read. Throws DATA if a label would be split.
 */
export function joinLabels(labels: readonly string[], several = labels.length > 1): string {
  const bad = several ? labels.find((label) => label.includes(LABEL_SEPARATOR)) : undefined;
  if (bad !== undefined)
    throw new HarnessError('DATA', {
      what: `Label "${bad}" contains "${LABEL_SEPARATOR}", which separates labels.`,
      hint: 'Rename the label.',
    });
  return labels.join(LABEL_SEPARATOR);
}

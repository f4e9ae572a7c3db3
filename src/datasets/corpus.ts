import { HarnessError, option } from '../errors.ts';
import { didYouMean } from '../registry/names.ts';
import type { DatasetEntry, DatasetFile } from '../registry/schema.ts';
import { SPLITS, type Example, type Split, type Task } from './dataset.ts';
import { Findings } from './findings.ts';
import { FORMATS, isSentences } from './formats.ts';
import type { HubFiles } from './hub/files.ts';
import type { ReaderFile, ReaderOptions, ReaderParams } from './reader.ts';
import { readerNamed } from './readers.ts';
import { sentenceColumns } from './sentence-columns.ts';
import { cutDev } from './split.ts';
import { stratumOf } from './task.ts';
import { userCorpus, type FileSpec } from './user-file.ts';

/** What the sources room provides: a file of an entry, on disk and with the right hash. */
export type FetchFile = (file: DatasetFile) => Promise<{ readonly path: string }>;

/** The user's table options, for an entry that reads the user's own tables. */
export type ColumnNames = Partial<
  Pick<
    FileSpec,
    'textColumn' | 'textPairColumn' | 'labelColumn' | 'splitColumn' | 'labelSeparator' | 'delimiter' | 'encoding' | 'skipInvalid'
  >
>;

/** A hub dataset: its files are located and downloaded when it is read. */
export interface HubSpec extends ColumnNames {
  /** Name in tables: `org/name`, `org/name:CONFIG`. */
  readonly key: string;
  /** Locates and downloads the files. Throws what sources throw. */
  readonly fetch: () => Promise<HubFiles>;
}

export type CorpusSource =
  | { readonly entry: DatasetEntry; readonly fetchFile: FetchFile; readonly columns?: ColumnNames | undefined }
  | { readonly file: FileSpec }
  | { readonly hub: HubSpec };

export interface Corpus {
  readonly key: string;
  /** The first is the default. */
  readonly labelFields: readonly string[];
  readonly labelField: string;
  readonly task: Task;
  /** train, dev, test; within each in the order of the files. */
  readonly examples: readonly Example[];
  /** Findings about its files while reading, one sentence each. */
  readonly notes?: readonly string[] | undefined;
}

/** Label field and task to read rows with. */
export interface ReadAs {
  /** Default: the entry's first. */
  readonly labelField?: string | undefined;
  /** Default: that of the entry; for other sources determined from their rows. */
  readonly task?: Task | undefined;
}

/** All rows of a dataset with one label field. Throws DATA if there are none, FORMAT if they do not match the entry. */
export async function readCorpus(source: CorpusSource, as: ReadAs = {}): Promise<Corpus> {
  const corpus =
    'file' in source ? await readUserFile(source.file, as) : 'hub' in source ? await readHub(source.hub, as) : await readEntry(source, as);
  if (corpus.examples.length === 0)
    throw new HarnessError('DATA', { where: 'file' in source ? source.file.path : corpus.key, what: 'The dataset has no rows.' });
  return { ...corpus, examples: SPLITS.flatMap((split) => corpus.examples.filter((example) => example.split === split)) };
}

async function readUserFile(spec: FileSpec, { labelField = spec.labelColumn, task }: ReadAs): Promise<Corpus> {
  const { key, reader, notes, ...user } = userCorpus({ ...spec, labelColumn: labelField }, task);
  const read = await readTables({ reader, key, params: { ...user, task }, skipInvalid: spec.skipInvalid === true });
  const found = taskOf(read.examples, task);
  return { key, labelFields: [user.labelField], labelField: user.labelField, task: found, ...read, notes: [...notes, ...read.notes] };
}

/** The task of rows. Table readers reject rows of another task than requested. */
function taskOf(examples: readonly Example[], asked: Task | undefined): Task {
  return asked ?? (examples[0]?.words === undefined ? 'classification' : 'token-classification');
}

export interface ReadTablesParams {
  readonly reader: string;
  /** Name of the dataset, for errors. */
  readonly key: string;
  readonly params: Omit<ReaderParams, 'note' | 'fault' | 'booleans'>;
  readonly skipInvalid: boolean;
}

/** Rows of files that form one dataset, and findings. Throws FORMAT with all invalid rows, unless they are skipped. */
export async function readTables({
  reader,
  key,
  params,
  skipInvalid,
}: ReadTablesParams): Promise<Pick<Corpus, 'examples'> & { readonly notes: readonly string[] }> {
  const findings = new Findings();
  const examples = await collect(readerNamed(reader, key)({ ...params, ...findings.takers }));
  return findings.finish(examples, { skipInvalid, names: isTable(reader) && params.task !== 'regression', files: params.files.length });
}

/** Whether a reader is for the user's own tables. */
function isTable(reader: string): boolean {
  return (FORMATS as readonly string[]).includes(reader);
}

async function readHub(
  { key, fetch, skipInvalid = false, ...columns }: HubSpec,
  { labelField: named, task: asked }: ReadAs,
): Promise<Corpus> {
  const { format, files, encoding, delimiter, classNames, notes } = await fetch();
  const labelColumn = named ?? columns.labelColumn;
  if (isSentences(format)) {
    checkTask(asked, { key, task: 'token-classification' });
    const { options, labelField } = sentenceColumns(format, { ...columns, labelColumn }, key);
    const own = { files, encoding: columns.encoding ?? encoding ?? ('utf8' as const), options, labelField };
    const read = await readTables({ reader: format, key, params: { ...own, task: 'token-classification' }, skipInvalid });
    return { key, labelFields: [labelField], labelField, task: 'token-classification', ...read, notes: [...notes, ...read.notes] };
  }
  const labelField = labelColumn ?? 'label';
  const { textColumn: text = 'text', textPairColumn: pair, splitColumn: split, labelSeparator } = columns;
  const options = Object.fromEntries(
    Object.entries({ text, pair, split, labelSeparator, delimiter: columns.delimiter ?? delimiter }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as ReaderOptions;
  const names = classNames.get(labelField);
  const params = {
    files,
    encoding: columns.encoding ?? encoding ?? ('utf8' as const),
    options,
    labelField,
    task: asked,
    // A target number has no class name.
    classNames: asked === 'regression' ? undefined : names && { names, untyped: format === 'csv' || format === 'tsv' },
  };
  const read = await readTables({ reader: format, key, params, skipInvalid });
  return { key, labelFields: [labelField], labelField, task: taskOf(read.examples, asked), ...read, notes: [...notes, ...read.notes] };
}

/** Throws OPTION if the labels of a source with a fixed task are requested as another task. */
function checkTask(asked: Task | undefined, { key, task }: { readonly key: string; readonly task: Task }): void {
  if (asked === undefined || asked === task) return;
  throw new HarnessError('OPTION', {
    where: option('task'),
    what: `${key} is a ${task} dataset and cannot be used for ${asked}.`,
    hint: 'Omit it.',
  });
}

interface EntrySource {
  readonly entry: DatasetEntry;
  readonly fetchFile: FetchFile;
  readonly columns?: ColumnNames | undefined;
}

async function readEntry({ entry, fetchFile, columns }: EntrySource, as: ReadAs): Promise<Corpus> {
  const { labelField: wanted = entry.labelFields[0]!, task = entry.task } = as;
  // Readers of single datasets have fixed labels, and so has an entry of tagged words.
  if (!isTable(entry.reader) || entry.task === 'token-classification') checkTask(as.task, entry);
  const labelField = entry.labelFields.includes(wanted) ? wanted : undefined;
  if (labelField === undefined) {
    throw new HarnessError('UNKNOWN_NAME', {
      where: option('labelField'),
      what: `${entry.key} has no label field "${wanted}".${didYouMean(wanted, entry.labelFields)}`,
      hint: `It has ${entry.labelFields.join(', ')}.`,
    });
  }
  const files: ReaderFile[] = [];
  for (const file of entry.files) files.push({ name: file.name, split: file.split, path: await pathOf(file, entry, fetchFile) });
  const encoding = (isTable(entry.reader) ? columns?.encoding : undefined) ?? entry.encoding;
  const read = (field: string) =>
    readTables({
      reader: entry.reader,
      key: entry.key,
      params: { files, encoding, options: optionsOf(entry, columns), labelField: field, task },
      skipInvalid: columns?.skipInvalid === true,
    });
  const { examples, notes } = await read(labelField);
  const first = entry.labelFields[0]!;
  const cut =
    entry.dev === undefined
      ? examples
      : cutEntry(entry.dev, { examples, strata: labelField === first ? examples : (await read(first)).examples, task });
  checkCounts(entry, cut, { labelField, task });
  return { key: entry.key, labelFields: entry.labelFields, labelField, task, examples: cut, notes };
}

async function collect(rows: Iterable<Example> | AsyncIterable<Example>): Promise<Example[]> {
  const examples: Example[] = [];
  for await (const example of rows) examples.push(example);
  return examples;
}

/** Column options only apply to tables. */
function optionsOf(entry: DatasetEntry, columns: ColumnNames = {}): ReaderOptions {
  if (!isTable(entry.reader)) return entry.options;
  const named = {
    text: columns.textColumn,
    pair: columns.textPairColumn,
    label: columns.labelColumn,
    split: columns.splitColumn,
    labelSeparator: columns.labelSeparator,
    delimiter: columns.delimiter,
  };
  return { ...entry.options, ...Object.fromEntries(Object.entries(named).filter(([, name]) => name !== undefined)) } as ReaderOptions;
}

/** Path of the file. Throws SOURCE with instructions if only the user can provide it. */
async function pathOf(file: DatasetFile, entry: DatasetEntry, fetchFile: FetchFile): Promise<string> {
  try {
    return (await fetchFile(file)).path;
  } catch (error) {
    if (!(error instanceof HarnessError) || error.code !== 'SOURCE' || entry.userFiles === undefined) throw error;
    throw new HarnessError('SOURCE', { where: entry.key, what: `${file.name} not found.`, hint: entry.userFiles }, { cause: error });
  }
}

/** The dev set is held out by the entry's first label field whichever is requested, so that the rows are the same for all. */
function cutEntry(
  { take, share, seed }: NonNullable<DatasetEntry['dev']>,
  { examples, strata, task }: { readonly examples: readonly Example[]; readonly strata: readonly Example[]; readonly task: Task },
): Example[] {
  const train = [...examples.keys()].filter((i) => examples[i]!.split === 'train');
  const cut = cutDev({ classes: train.map((i) => stratumOf(strata[i]!, task)), take, share, seed });
  const moved = (rows: readonly number[], split: Split) => rows.map((row) => ({ ...examples[train[row]!]!, split }));
  return [...moved(cut.train, 'train'), ...moved(cut.dev, 'dev'), ...examples.filter(({ split }) => split !== 'train')];
}

function checkCounts(
  entry: DatasetEntry,
  examples: readonly Example[],
  { labelField, task }: { readonly labelField: string; readonly task: Task },
): void {
  const wrong = (what: string) =>
    new HarnessError('FORMAT', { where: entry.key, what, hint: 'Either the file has changed or its registry entry is wrong.' });
  if (entry.rows !== undefined) {
    for (const split of SPLITS) {
      const [got, want] = [examples.filter((example) => example.split === split).length, entry.rows[split] ?? 0];
      if (got !== want) throw wrong(`${split} has ${got} rows, the entry says ${want}.`);
    }
  }
  const classes = new Set(examples.flatMap(({ labels }) => labels)).size;
  if (
    task !== 'regression' &&
    entry.task === task &&
    entry.classes !== undefined &&
    labelField === entry.labelFields[0] &&
    classes !== entry.classes
  ) {
    throw wrong(`Found ${classes} classes; the entry says ${entry.classes}.`);
  }
}

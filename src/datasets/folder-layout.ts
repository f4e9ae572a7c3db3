import path from 'node:path';
import { HarnessError } from '../errors.ts';
import { byCodePoint } from './code-points.ts';
import { SPLITS, type Split, type Task } from './dataset.ts';
import { foreignMend, FORMATS_NOTE, namedFormat, type FileFormat, type NamedFormat } from './formats.ts';
import { shardOf, shardsFault, type Shard } from './shards.ts';
import { isDoubtful, splitNamed, splitWords } from './split-words.ts';

export interface LayoutFile {
  /** As given. */
  readonly path: string;
  readonly split: Split | 'all';
}

export interface Layout {
  readonly format: FileFormat;
  /** train, dev, test; the parts of each in order. */
  readonly files: readonly LayoutFile[];
  /** What is read in an unexpected way, and what is not read, one sentence each. */
  readonly notes: readonly string[];
}

export interface LayoutParams {
  /** Files of a folder or repository, relative to it, with "/" as separator. */
  readonly paths: readonly string[];
  /** For errors: the folder. */
  readonly where: string;
  /** The requested task, which determines how plain text files are read. */
  readonly task?: Task | undefined;
}

type NameFormat = (file: string) => NamedFormat | undefined;

interface Table extends NamedFormat {
  readonly path: string;
  readonly split: Split;
  readonly shard: Shard | undefined;
  readonly doubtful: boolean;
  /** The nearest parent folder that is named for the split. */
  readonly ofFolder: string | undefined;
}

/**
 * Assigns files of a folder to train, dev and test, by the words in their names and in those of their folders. Files of one split are read
 * one after the other if their names clearly mark them as parts: shards, numbers, a folder named for the split. Throws OPTION if it is
 * unclear, if a part is missing, or if no file is named for a split.
 */
export function folderLayout({ paths, where, task }: LayoutParams): Layout {
  const fail = (what: string, hint: string) => new HarnessError('OPTION', { where, what, hint });
  const seen = paths.filter((each) => !isHidden(each)).toSorted(byCodePoint);
  // Plain text may be documentation if other files have a format.
  const said = seen.some((each) => namedFormat(each) !== undefined && namedFormat(each)!.format === namedFormat(each, task)!.format);
  const formatIn: NameFormat = (file) => (said && namedFormat(file) === undefined ? undefined : namedFormat(file, task));
  const tables = seen.flatMap((each) => tableOf(each, { fail, formatIn }));
  const [format, other] = new Set(tables.map((table) => table.format));
  if (other !== undefined) {
    throw fail(
      `The folder has files of different formats: ${tables.find((table) => table.format === format)!.path}, ` +
        `${tables.find((table) => table.format === other)!.path}.`,
      'Keep the files of one format.',
    );
  }
  const foreign = seen.find((each) => {
    const split = foreignSplit(each);
    return split !== undefined && !tables.some((table) => table.split === split);
  });
  if (foreign !== undefined) {
    throw fail(`${foreign} looks like a ${foreignSplit(foreign)} split, but its format is unsupported.`, foreignMend(foreign)!);
  }
  const files =
    format === undefined
      ? onlyTable(seen, { fail, formatIn })
      : SPLITS.flatMap((split) =>
          partsOf(
            split,
            tables.filter((table) => table.split === split),
            fail,
          ),
        );
  return {
    format: format ?? formatIn(files[0]!.path)!.format,
    files: files.map((file) => ({ path: file.path, split: file.split })),
    notes: [
      ...(format === undefined ? [`Read from the folder: ${listed(files.map((file) => file.path))}.`] : usedNotes(tables, files)),
      ...unusedNotes(paths, new Set(files.map((file) => file.path))),
    ],
  };
}

type Fail = (what: string, hint: string) => HarnessError;

interface Reading {
  readonly fail: Fail;
  readonly formatIn: NameFormat;
}

/** Files and folders that begin with a dot or two underscores are not data. */
function isHidden(file: string): boolean {
  return file.split('/').some((part) => part.startsWith('.') || part.startsWith('__'));
}

const folders = (file: string) => file.split('/').slice(0, -1);

function tableOf(file: string, { fail, formatIn }: Reading): Table[] {
  const named = formatIn(file);
  if (named === undefined || isDescription(file)) return [];
  const own = splitWords(named.stem);
  const above = folders(file).flatMap(splitWords);
  const splits = new Set([...own, ...above].map((word) => splitNamed(word)!));
  const [split, second] = splits;
  if (split === undefined) return [];
  if (second !== undefined) throw fail(`${file} is named for both ${split} and ${second}.`, 'Rename it, or give a single file.');
  const depth = folders(file).findIndex((folder) => splitWords(folder).length > 0);
  return [
    {
      ...named,
      path: file,
      split,
      shard: shardOf(named.stem),
      doubtful: [...own, ...above].some(isDoubtful),
      ofFolder:
        depth < 0
          ? undefined
          : folders(file)
              .slice(0, depth + 1)
              .join('/'),
    },
  ];
}

/** The split of a table in an unsupported format; undefined for any other file. */
function foreignSplit(file: string): Split | undefined {
  if (foreignMend(file) === undefined || /\.(txt|xml|ya?ml|html)$/i.test(file)) return undefined;
  const words = [...folders(file), path.posix.basename(file)].flatMap(splitWords);
  return words[0] === undefined ? undefined : splitNamed(words[0]);
}

/** The files of a split in order. */
function partsOf(split: Split, tables: readonly Table[], fail: Fail): readonly Table[] {
  if (tables.length <= 1 && tables[0]?.shard === undefined) return tables;
  const several = (): HarnessError => {
    const doubtful = tables.some((table) => !table.doubtful) ? tables.find((table) => table.doubtful) : undefined;
    const shown = tables
      .slice(0, SHOWN)
      .map((table) => table.path)
      .join(', ');
    const more = tables.length > SHOWN ? `, and ${tables.length - SHOWN} more` : '';
    const doubt =
      doubtful === undefined
        ? ''
        : ` ${doubtful.path} is read as ${split} (Hugging Face datasets reads it as test): rename it if it is the test split.`;
    return fail(`The folder has several files for ${split}: ${shown}${more}.`, `Give a single file, or keep one per split.${doubt}`);
  };
  const [, otherPlace] = new Set(tables.map((table) => folders(table.path).join('/')));
  const shards = tables.flatMap(({ shard }) => (shard === undefined ? [] : [shard]));
  if (shards.length > 0) {
    if (shards.length < tables.length || new Set(shards.map(({ stem }) => stem)).size > 1 || otherPlace !== undefined) throw several();
    const fault = shardsFault(shards);
    if (fault !== undefined) throw fail(`${fault.replace(/\.$/, '')} (${tables[0]!.path}).`, 'Download them all, or give a single file.');
    return tables.toSorted((a, b) => a.shard!.number - b.shard!.number);
  }
  const stems = tables.map(({ stem }) => stem);
  // `train.csv` and `train.csv.gz` are the same table.
  if (new Set(stems.map((stem, i) => `${folders(tables[i]!.path).join('/')}/${stem}`)).size < tables.length) throw several();
  const oneFolder = tables.every((table) => table.ofFolder !== undefined && table.ofFolder === tables[0]!.ofFolder);
  if (!oneFolder && (otherPlace !== undefined || new Set(stems.map(unnumbered)).size > 1)) throw several();
  return tables.toSorted((a, b) => byNumbers(a.path, b.path));
}

/** `train_2`, `train-part1`, `train2` and `train` are parts of one table; `train_v2` is another table. */
function unnumbered(stem: string): string {
  const [, before] = /^(.*?)\d+$/.exec(stem.toLowerCase()) ?? [];
  if (before === undefined) return stem.toLowerCase();
  const bare = before
    .replace(/[-._ ]+$/, '')
    .replace(/([-._ ]|^)(part|chunk|shard)$/, '$1')
    .replace(/[-._ ]+$/, '');
  return bare !== before || splitWords(bare.split(/[-._ ]/).at(-1)!).length > 0 ? bare : stem.toLowerCase();
}

/** Compares numbers in names as numbers: part 2 before part 10. */
function byNumbers(a: string, b: string): number {
  const [x, y] = [a, b].map((name) => stemOf(name).split(/(\d+)/)) as [string[], string[]];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const order = i % 2 === 1 ? Number(x[i]) - Number(y[i]) : byCodePoint(x[i]!, y[i]!);
    if (order !== 0) return order;
  }
  return x.length - y.length || byCodePoint(a, b);
}

/** Name without folders and extensions, including those of plain text. */
function stemOf(file: string): string {
  return namedFormat(file, 'token-classification')!.stem;
}

/** The only table of a folder in which none is named for a split. */
function onlyTable(seen: readonly string[], { fail, formatIn }: Reading): readonly LayoutFile[] {
  const tables = seen.filter((each) => formatIn(each) !== undefined && !isDescription(each));
  const shards = tables.map((each) => shardOf(stemOf(each)));
  if (
    tables.length > 0 &&
    shards.every((shard) => shard !== undefined && shard.stem === shards[0]!.stem) &&
    shardsFault(shards as Shard[]) === undefined
  )
    return tables.map((each) => ({ path: each, split: 'all' }));
  if (tables.length > 1 && arePieces(tables, formatIn)) return tables.toSorted(byNumbers).map((each) => ({ path: each, split: 'all' }));
  if (tables.length === 1 && shards[0] === undefined) return [{ path: tables[0]!, split: 'all' }];
  const foreign = seen.find((each) => foreignMend(each) !== undefined && !isDescription(each));
  const what = 'The folder has no train, dev or test file';
  if (tables.length === 0 && foreign !== undefined) {
    throw fail(`${what} in a supported format; it has ${foreign}.`, foreignMend(foreign)!);
  }
  throw fail(
    `${what}${tables.length > 0 ? `; it has ${listed(tables)}` : ''}.`,
    `Give a single file, or name them train.csv, dev.csv, test.csv. ${FORMATS_NOTE}`,
  );
}

/** Whether tables are parts of one, as written by Spark, Hadoop and Dask: `part-00000-….snappy.parquet`, `part.0.parquet`. */
function arePieces(tables: readonly string[], formatIn: NameFormat): boolean {
  const pieces = tables.map((each) => ({ folder: folders(each).join('/'), ...formatIn(each)! }));
  return (
    pieces.every(
      ({ stem, folder, format, gzip }) =>
        /^part[-.]\d+/.test(stem) && folder === pieces[0]!.folder && format === pieces[0]!.format && gzip === pieces[0]!.gzip,
    ) && new Set(pieces.map(({ stem }) => Number(/\d+/.exec(stem)![0]))).size === pieces.length
  );
}

/** Metadata files of a dataset, as the hub, datasets and trainers write them. */
function isDescription(file: string): boolean {
  return /^(readme|licen[cs]e|citation|requirements)\b|^(dataset_infos?|dataset_dict|state|config|info|metadata|package)\.json$/i.test(
    path.posix.basename(file),
  );
}

/** Maximum names listed. */
const SHOWN = 5;

function usedNotes(tables: readonly Table[], files: readonly LayoutFile[]): string[] {
  const doubtful = tables.filter((table) => table.doubtful).map((table) => table.path);
  const joined = SPLITS.flatMap((split) => {
    const parts = files.filter((file) => file.split === split);
    return parts.length > 1 ? [`${split} is read from ${parts.length} files: ${listed(parts.map((part) => part.path))}.`] : [];
  });
  return [
    ...(doubtful.length === 0
      ? []
      : [
          `${listed(doubtful)} ${doubtful.length === 1 ? 'is' : 'are'} read as dev (Hugging Face datasets reads ` +
            `${doubtful.length === 1 ? 'it' : 'them'} as test).`,
        ]),
    ...joined,
  ];
}

function unusedNotes(paths: readonly string[], used: ReadonlySet<string>): string[] {
  const unused = paths.filter((each) => !used.has(each)).toSorted(byCodePoint);
  return unused.length === 0 ? [] : [`Ignored files in the folder: ${listed(unused)}.`];
}

/** The beginning of a long list, and the number of further items. */
function listed(names: readonly string[]): string {
  return `${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? `, and ${names.length - MOST_NAMED} more` : ''}`;
}

const MOST_NAMED = 8;

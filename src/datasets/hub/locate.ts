import { bounded, HarnessError, option } from '../../errors.ts';
import type { Split } from '../dataset.ts';
import type { Encoding } from '../encodings.ts';
import { FORMATS, formatOf, SENTENCE_FORMATS, type FileFormat } from '../formats.ts';
import type { ClassNames } from './card-class-names.ts';
import { chosenTree, type LocateParams } from './chosen-tree.ts';
import { chooseConfig } from './configs.ts';
import type { RepositoryTree } from './repository-tree.ts';
import { shardNotes } from './shard-notes.ts';
import { assignSplits } from './split-names.ts';
import { kindsOf, listed, tablesOf } from './tables.ts';

/** The files of a hub dataset, and how they are read. */
export interface Located<T extends RepositoryTree> {
  readonly tree: T;
  /** Name of its configuration. */
  readonly config: string;
  readonly format: FileFormat;
  readonly files: readonly { readonly path: string; readonly split: Split | 'all' }[];
  readonly delimiter: string | undefined;
  readonly encoding: Encoding | undefined;
  /** For columns with class numbers. */
  readonly classNames: ClassNames;
  /** Findings, one sentence each. */
  readonly notes: readonly string[];
}

/** A larger download is hardly intended: texts are read as a whole. */
const MOST_BYTES = 50e9;
const ELSE = `Download its files and pass them with ${option('dataset')}.`;
/** If formats are equally frequent; the order of `datasets`. */
const PREFERRED: readonly string[] = ['parquet', 'jsonl', 'json', 'csv', 'tsv', ...SENTENCE_FORMATS];
/**
 * Files of a dataset by its card, else by their names, else by the hub's conversion; none of its code is run. Throws OPTION, FORMAT,
 * SOURCE, OFFLINE.
 */
export async function locateHubFiles<T extends RepositoryTree>({
  id,
  config: wanted,
  revision,
  open,
}: LocateParams<T>): Promise<Located<T>> {
  const where = `hf:${id}`;
  const { tree, card, configs, byName, notes: before } = await chosenTree({ id, config: wanted, revision, open });
  const config = chooseConfig(configs, wanted, where);
  const found = config.find();
  const assigned = assignSplits(found.splits);
  if (assigned === undefined) {
    throw new HarnessError('DATA', {
      where: `${where}:${bounded(config.name, 80)}`,
      what: `None of its splits is named train, validation or test: ${listed(found.splits.map(({ split }) => split))}.`,
      hint: ELSE,
    });
  }
  const { format, files, left } = oneFormat(assigned.files, where);
  const shards = shardNotes(
    files.map(({ path }) => path),
    tree,
    where,
  );
  const bytes = await tree.bytesOf(files.map(({ path }) => path));
  if (bytes > MOST_BYTES) {
    throw new HarnessError('DATA', {
      where: `${where}:${bounded(config.name, 80)}`,
      what: `Its files have ${(bytes / 1e9).toFixed(0)} GB; the limit is ${MOST_BYTES / 1e9} GB.`,
      hint: `Choose a smaller configuration, or pass a part of it with ${option('dataset')} FILE.`,
    });
  }
  const splits = assigned.used.map(({ name, split }) => {
    const count = files.filter((file) => file.split === split).length;
    return `${name}${name === split || split === 'all' ? '' : ` as ${split}`} (${count} ${count === 1 ? 'file' : 'files'})`;
  });
  const known = new Set(found.splits.flatMap(({ paths }) => paths));
  const stray = byName && configs.length === 1 ? tablesOf(tree.paths).filter((path) => !known.has(path)) : [];
  return {
    tree,
    config: config.name,
    format,
    files,
    delimiter: found.delimiter,
    encoding: found.encoding,
    classNames:
      card.classNames.get(config.name) ??
      (card.classNames.size === 1 && card.configs.length === 0 ? [...card.classNames.values()][0]! : new Map()),
    notes: [
      `${where} is read at commit ${tree.commit.slice(0, 12)}, configuration ${config.name}: ${splits.join(', ')}.`,
      ...before,
      ...found.notes,
      ...shards,
      ...(assigned.used[0]?.split === 'all' ? [`Its only split, ${assigned.used[0].name}, is used as a dataset without splits.`] : []),
      ...(assigned.unused.length > 0 ? [`Ignored splits: ${listed(assigned.unused)}.`] : []),
      ...(stray.length + left.length > 0 ? [`Ignored files: ${listed([...left, ...stray])}.`] : []),
      ...(tree.partial ? ['Offline: using the files in the cache, which may be out of date.'] : []),
    ],
  };
}

type SplitFile = Located<RepositoryTree>['files'][number];

/** Files of one format: the most frequent. A table that also exists in compressed form is read once. */
function oneFormat(all: readonly SplitFile[], where: string): { format: FileFormat; files: SplitFile[]; left: string[] } {
  const paths = new Set(all.map(({ path }) => path));
  const once = all.filter(({ path }) => !/\.gz$/i.test(path) || !paths.has(path.replace(/\.gz$/i, '')));
  const count = (format: FileFormat): number => once.filter(({ path }) => formatOf(path) === format).length;
  const [format] = [...FORMATS, ...SENTENCE_FORMATS]
    .filter((each) => count(each) > 0)
    .toSorted((a, b) => count(b) - count(a) || PREFERRED.indexOf(a) - PREFERRED.indexOf(b));
  const files = once.filter(({ path }) => formatOf(path) === format);
  const lost = all.find(({ split }) => !files.some((file) => file.split === split));
  if (format === undefined || lost !== undefined) {
    throw new HarnessError('FORMAT', { where, what: `Its splits have different formats: ${kindsOf([...paths])}.`, hint: ELSE });
  }
  return { format, files, left: all.map(({ path }) => path).filter((path) => !files.some((file) => file.path === path)) };
}

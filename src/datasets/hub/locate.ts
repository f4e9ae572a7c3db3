import { bounded, HarnessError, option } from '../../errors.ts';
import type { Split } from '../dataset.ts';
import type { Encoding } from '../encodings.ts';
import { FORMATS, formatOf, type Format } from '../formats.ts';
import { readCard, type Card, type ClassNames } from './card.ts';
import { chooseConfig, configsOf, kindsOf, listed, tablesOf, type HubConfig } from './configs.ts';
import { convertedConfigs, isConversion } from './converted.ts';
import { assignSplits } from './split-names.ts';

/** A dataset's repository at one commit, as the sources room opens it. */
export interface RepositoryTree {
  readonly commit: string;
  readonly paths: readonly string[];
  /** `paths` are those of the cache, and there may be more. */
  readonly partial: boolean;
  readonly text: (path: string) => Promise<string | undefined>;
  readonly bytesOf: (paths: readonly string[]) => Promise<number>;
}

export interface LocateParams<T extends RepositoryTree> {
  /** `org/name` */
  readonly id: string;
  readonly config: string | undefined;
  readonly revision: string;
  /** Opens a revision. Throws OFFLINE, SOURCE. */
  readonly open: (revision: string) => Promise<T>;
}

/** Which files a dataset of the hub is, and how they are read. */
export interface Located<T extends RepositoryTree> {
  readonly tree: T;
  /** Name of its configuration. */
  readonly config: string;
  readonly format: Format;
  readonly files: readonly { readonly path: string; readonly split: Split | 'all' }[];
  readonly delimiter: string | undefined;
  readonly encoding: Encoding | undefined;
  /** Of columns whose classes are numbers. */
  readonly classNames: ClassNames;
  /** What was found out, a sentence each. */
  readonly notes: readonly string[];
}

/** The branch on which the hub keeps its own conversion of a dataset to Parquet. */
export const CONVERTED = 'refs/convert/parquet';
/** More is downloaded by no mistake, but never meant: texts are read whole. */
const MOST_BYTES = 50e9;
const ELSE = `Download its files, and name them with ${option('dataset')}.`;
/** Where one is as common as another; `datasets` has this order. */
const PREFERRED: readonly string[] = ['parquet', 'jsonl', 'json', 'csv', 'tsv'];
/** Pictures, sounds and films: no conversion makes texts with labels of them. */
const MEDIA = /\.(?:jpe?g|png|gif|bmp|tiff?|webp|wav|mp3|flac|ogg|opus|m4a|mp4|avi|mov|mkv|webm|glb|obj|stl|nii|dcm|pdf)$/i;

interface Chosen<T> {
  readonly tree: T;
  readonly card: Card;
  readonly configs: readonly HubConfig[];
  /** Nobody described which files are which: those that are left are named. */
  readonly byName: boolean;
  readonly notes: readonly string[];
}

/**
 * Files of a dataset by its description, else by their names, else by the hub's conversion; no code of it is run. Throws OPTION, FORMAT,
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
      what: `None of its splits is called train, validation or test: ${listed(found.splits.map(({ split }) => split))}.`,
      mend: ELSE,
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
      what: `Its files have ${(bytes / 1e9).toFixed(0)} GB, and more than ${MOST_BYTES / 1e9} GB are not fetched.`,
      mend: `Name a smaller configuration, or ${option('dataset')} FILE with a part of it.`,
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
      card.classNames.get(config.name)
      ?? (card.classNames.size === 1 && card.configs.length === 0 ? [...card.classNames.values()][0]! : new Map()),
    notes: [
      `${where} is read at commit ${tree.commit.slice(0, 12)}, configuration ${config.name}: ${splits.join(', ')}.`,
      ...before,
      ...found.notes,
      ...shards,
      ...(assigned.used[0]?.split === 'all' ? [`Its only split, ${assigned.used[0].name}, is taken for a dataset without splits.`] : []),
      ...(assigned.unused.length > 0 ? [`Splits that are not read: ${listed(assigned.unused)}.`] : []),
      ...(stray.length + left.length > 0 ? [`Files that are not read: ${listed([...left, ...stray])}.`] : []),
      ...(tree.partial ? ['The hub was not asked what it has: its files are those of the cache.'] : []),
    ],
  };
}

/** The repository's own files, or the hub's conversion where they are for a script to read or none of them is a table. */
async function chosenTree<T extends RepositoryTree>({ id, revision, open }: LocateParams<T>): Promise<Chosen<T>> {
  const where = `hf:${id}`;
  const tree = await open(revision);
  const nothing: Card = { configs: [], classNames: new Map() };
  if (revision === CONVERTED || isConversion(tree.paths)) {
    return { tree, card: nothing, configs: convertedConfigs(tree.paths, where), byName: false, notes: [] };
  }
  const [readme, yaml, infos] = [await tree.text('README.md'), await tree.text('.huggingface.yaml'), await tree.text('dataset_infos.json')];
  const card = readCard({ where, readme, yaml, infos });
  const own: Chosen<T> = {
    tree,
    card,
    configs: configsOf({ where, paths: tree.paths, card }),
    byName: card.configs.length === 0,
    notes: [],
  };
  const tables = tablesOf(tree.paths);
  const script = scriptOf(id, tree.paths);
  if (tables.length > 0 && (script === undefined || card.configs.some(({ dataFiles }) => dataFiles !== undefined))) return own;
  const others = tree.paths.filter((path) => !/(^|\/)(\.[^/]*|README\.md|LICENSE[^/]*)$/i.test(path));
  if (tables.length === 0 && script === undefined) {
    if (others.length === 0) {
      throw new HarnessError('DATA', { where, what: 'The repository has no files.', mend: 'Check the name and the revision.' });
    }
    if (others.every((path) => MEDIA.test(path))) throw noTable(where, others);
  }
  // The conversion is of what main is; another revision has none.
  const converted = revision === 'main' ? await conversion(open) : undefined;
  if (converted !== undefined) {
    const why =
      script === undefined
        ? `None of its files is a table (${kindsOf(others)})`
        : `Its files are for its script ${script}, which is not run`;
    const configs = convertedConfigs(converted.paths, where);
    return {
      tree: converted,
      card: { configs: [], classNames: card.classNames },
      configs,
      byName: false,
      notes: [`${why}: the hub's own conversion to Parquet is read (${CONVERTED}).`],
    };
  }
  if (tables.length > 0) return { ...own, notes: [`Its script ${script} is not run: its files are read as they are.`] };
  if (script === undefined) throw noTable(where, others);
  throw new HarnessError('DATA', {
    where,
    what:
      `It needs code of its own (${script}), which is not run, and the hub has no conversion of it to `
      + `Parquet${revision === 'main' ? '' : ` at ${revision}`}.`,
    mend: `Run that code where you trust it, and name the files that it makes with ${option('dataset')}.`,
  });
}

function noTable(where: string, paths: readonly string[]): HarnessError {
  return new HarnessError('DATA', {
    where,
    what: `None of its files is a table: ${kindsOf(paths)}.`,
    mend: `Tables are ${FORMATS.map((format) => `.${format}`)
      .toSorted()
      .join(', ')}.`,
  });
}

/** `NAME.py` beside the files. */
function scriptOf(id: string, paths: readonly string[]): string | undefined {
  const script = `${id.split('/').at(-1)!}.py`;
  return paths.includes(script) ? script : undefined;
}

/** undefined where there is none, or nobody can be asked. */
async function conversion<T extends RepositoryTree>(open: (revision: string) => Promise<T>): Promise<T | undefined> {
  try {
    const tree = await open(CONVERTED);
    return tablesOf(tree.paths).length > 0 ? tree : undefined;
  } catch (error) {
    if (error instanceof HarnessError && (error.code === 'SOURCE' || error.code === 'OFFLINE')) return undefined;
    throw error;
  }
}

type SplitFile = Located<RepositoryTree>['files'][number];

/** Files of one format: the commonest. A table that lies there compressed, too, is read once. */
function oneFormat(all: readonly SplitFile[], where: string): { format: Format; files: SplitFile[]; left: string[] } {
  const paths = new Set(all.map(({ path }) => path));
  const once = all.filter(({ path }) => !/\.gz$/i.test(path) || !paths.has(path.replace(/\.gz$/i, '')));
  const count = (format: Format): number => once.filter(({ path }) => formatOf(path) === format).length;
  const [format] = FORMATS.filter((each) => count(each) > 0).toSorted(
    (a, b) => count(b) - count(a) || PREFERRED.indexOf(a) - PREFERRED.indexOf(b),
  );
  const files = once.filter(({ path }) => formatOf(path) === format);
  const lost = all.find(({ split }) => !files.some((file) => file.split === split));
  if (format === undefined || lost !== undefined) {
    throw new HarnessError('FORMAT', { where, what: `Its splits are of different formats: ${kindsOf([...paths])}.`, mend: ELSE });
  }
  return { format, files, left: all.map(({ path }) => path).filter((path) => !files.some((file) => file.path === path)) };
}

interface Shard {
  readonly index: string;
  readonly of: number;
  /** What the shards of one set have in common. Behind it stands a hash, or the ending. */
  readonly key: string;
}

function shardOf(path: string): Shard | undefined {
  const [, before, index, of] = /^(.*?)(\d{5})-of-(\d{5})/.exec(path) ?? [];
  return index === undefined ? undefined : { index, of: Number(of), key: `${before}*-of-${of}` };
}

/** Shards say in their names how many there are: a part of them is said, and refused where the cache may lack the others. */
function shardNotes(paths: readonly string[], tree: RepositoryTree, where: string): string[] {
  const shardsOf = (key: string, among: readonly string[]): number =>
    new Set(
      among
        .map(shardOf)
        .filter((shard) => shard?.key === key)
        .map((shard) => shard!.index),
    ).size;
  const sets = new Map(paths.map(shardOf).filter((shard) => shard !== undefined).map(({ key, of }) => [key, of]));
  return [...sets].flatMap(([key, of]) => {
    const read = shardsOf(key, paths);
    if (read >= of) return [];
    if (tree.partial) {
      throw new HarnessError('OFFLINE', {
        where,
        what: `The cache has ${read} of ${of} shards ${key}.`,
        mend: 'Run once with the network.',
      });
    }
    return [
      `It reads ${read} of ${of} shards ${key}: `
        + `${shardsOf(key, tree.paths) > read ? 'its README names no others' : 'the repository has no others'}.`,
    ];
  });
}

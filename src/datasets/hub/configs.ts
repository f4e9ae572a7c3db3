import { HarnessError, bounded, option, shown } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { didYouMean } from '../../registry/names.ts';
import { byCodePoint } from '../code-points.ts';
import { encodingNamed, type Encoding } from '../encodings.ts';
import { formatOf } from '../formats.ts';
import type { Card, CardConfig } from './card.ts';
import { asksFor, isPattern, matches } from './glob.ts';
import { splitsIn, type SplitFiles } from './split-names.ts';

/** A configuration of a dataset: one of several tables, or sets of tables, that lie in one repository. */
export interface HubConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** Its files, found when it is chosen. Throws FORMAT where the description names files that are not there. */
  readonly find: () => FoundFiles;
}

export interface FoundFiles {
  readonly splits: readonly SplitFiles[];
  readonly delimiter?: string | undefined;
  readonly encoding?: Encoding | undefined;
  readonly notes: readonly string[];
}

/** Files about a dataset, not of it. */
const ABOUT: ReadonlySet<string> = new Set([
  'README.md',
  'config.json',
  'dataset_info.json',
  'dataset_infos.json',
  'dataset_dict.json',
  'state.json',
]);
/** Names are listed up to here. */
const SHOWN = 10;
const SHOWN_LETTERS = 80;

/** Tables among files, as far as their names say; none that is hidden. */
export function tablesOf(paths: readonly string[]): string[] {
  return paths
    .filter((path) => formatOf(path) !== undefined && !ABOUT.has(path.split('/').at(-1)!) && asksFor('**', path))
    .toSorted(byCodePoint);
}

/** What kinds of files there are, the commonest first: `.jpg (812), .txt (3)`. */
export function kindsOf(paths: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const kind = /\.[^./]+(?:\.(?:gz|zst|bz2|xz|zip))?$/i.exec(path.split('/').at(-1)!)?.[0].toLowerCase() ?? 'without ending';
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  const kinds = [...counts]
    .toSorted(([a, n], [b, m]) => m - n || byCodePoint(a, b))
    .map(([kind, count]) => `${bounded(kind, 20)} (${count})`);
  return kinds.length === 0 ? 'none' : listed(kinds);
}

export function listed(names: readonly string[]): string {
  return `${names
    .slice(0, SHOWN)
    .map((name) => bounded(name, SHOWN_LETTERS))
    .join(', ')}${names.length > SHOWN ? `, and ${names.length - SHOWN} more` : ''}`;
}

export interface ConfigsParams {
  /** `hf:org/name` */
  readonly where: string;
  readonly paths: readonly string[];
  readonly card: Card;
}

/** The configurations that a repository's description names; else those that its folders and file names make. */
export function configsOf({ where, paths, card }: ConfigsParams): HubConfig[] {
  if (card.configs.length > 0) {
    return card.configs.map((config) => ({
      name: config.name,
      isDefault: config.isDefault || config.name === 'default',
      find: () => described(config, paths, where),
    }));
  }
  const tables = tablesOf(paths);
  const folders = configFolders(tables);
  const whole: HubConfig = { name: 'default', isDefault: true, find: () => ({ splits: splitsByName(tables, '', where), notes: [] }) };
  if (folders === undefined) return [whole];
  return [...folders].map(([name, files]) => ({
    name,
    isDefault: name === 'default',
    find: () => ({
      splits: splitsByName(files, commonFolder(files), where),
      notes: [`It describes no configurations: those that its folders make are ${listed([...folders.keys()])}.`],
    }),
  }));
}

/** The one that is named, the only one, or the default. Throws OPTION with a line that lists them. */
export function chooseConfig(configs: readonly HubConfig[], wanted: string | undefined, where: string): HubConfig {
  const names = configs.map(({ name }) => name);
  if (wanted !== undefined) {
    const found = configs.find(({ name }) => name === wanted);
    if (found !== undefined) return found;
    throw new HarnessError('OPTION', {
      where,
      what: `It has no configuration "${wanted}".${didYouMean(wanted, names)}`,
      mend: `It has ${listed(names)}.`,
    });
  }
  if (configs.length === 1) return configs[0]!;
  const [first, second] = configs.filter(({ isDefault }) => isDefault);
  if (first !== undefined && second === undefined) return first;
  const [one, other] = [first, second].map((each) => bounded(each?.name ?? '', SHOWN_LETTERS));
  const both = second === undefined ? '' : `, and both ${one} and ${other} are called the default`;
  throw new HarnessError('OPTION', {
    where,
    what: `It has ${configs.length} configurations${both}: ${listed(names)}.`,
    mend: `Name one: ${where}:${bounded((first ?? configs[0]!).name, SHOWN_LETTERS)}`,
  });
}

/** Words of a configuration that change nothing about the rows that are read, whatever they say. */
const HARMLESS: ReadonlySet<string> = new Set([
  'features', 'version', 'description', 'license', 'pretty_name', 'dataset_name', 'drop_labels', 'engine', 'chunksize', 'batch_size',
  'block_size', 'use_threads',
  'float_precision', 'memory_map', 'low_memory', 'encoding_errors', 'verbose', 'columns', 'usecols', 'date_format', 'fragment_scan_options',
]);
/** Values that say what is done anyway. */
const USUAL: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    header: ['0', 'infer'],
    quotechar: ['"'],
    quoting: ['0'],
    doublequote: ['true'],
    on_bad_lines: ['error'],
    skip_blank_lines: ['true'],
    skipinitialspace: ['false'],
    skiprows: ['0', 'null'],
    names: ['null'],
    column_names: ['null'],
    nrows: ['null'],
    escapechar: ['null'],
    comment: ['null'],
    index_col: ['null', 'false'],
    decimal: ['.'],
    thousands: ['null'],
    lineterminator: ['null', '\n'],
    field: ['null'],
    filters: ['null'],
    sep: ['null'],
    delimiter: ['null'],
    encoding: ['null'],
    na_values: ['null'],
    keep_default_na: ['true'],
    na_filter: ['true'],
  }),
);
/** Words that would change the rows. */
const REFUSED: ReadonlySet<string> = new Set([
  ...USUAL.keys(),
  'dialect',
  'skipfooter',
  'prefix',
  'converters',
  'true_values',
  'false_values',
  'mangle_dupe_cols',
  'error_bad_lines',
  'warn_bad_lines',
  'sample_by',
  'keep_linebreaks',
]);
/** No value is taken for an empty one here: a label "NA" is a label. */
const NO_VALUE: ReadonlySet<string> = new Set(['na_values', 'keep_default_na', 'na_filter']);

function described({ name, dataFiles, dataDir, words }: CardConfig, paths: readonly string[], where: string): FoundFiles {
  const at = `${where} README.md: ${bounded(name, SHOWN_LETTERS)}`;
  const wrong = (what: string) =>
    new HarnessError('FORMAT', { where: at, what, mend: `Download its files, and name them with ${option('dataset')}.` });
  const notes: string[] = [];
  const unknown: string[] = [];
  let delimiter: string | undefined;
  let encoding: Encoding | undefined;
  for (const [word, value] of Object.entries(words)) {
    const text = typeof value === 'string' ? value : shown(value);
    if (HARMLESS.has(word) || NO_VALUE.has(word) || USUAL.get(word)?.includes(text.toLowerCase()) === true) continue;
    if (word === 'sep' || word === 'delimiter') {
      delimiter = text === '\\t' ? '\t' : text;
      if ([...delimiter].length !== 1) throw wrong(`Its ${word} ${shown(text)} is not one character.`);
    } else if (word === 'encoding') {
      encoding = encodingNamed(text);
      if (encoding === undefined) throw wrong(`Its encoding ${shown(text)} is not read.`);
    } else if (REFUSED.has(word)) {
      throw wrong(`It has "${word}: ${bounded(text, 40)}", which is not read.`);
    } else {
      unknown.push(word);
    }
  }
  if (unknown.length > 0) notes.push(`Its README says of the configuration ${name} what is not looked at: ${listed(unknown)}.`);
  const prefix = dataDir === '' ? '' : `${dataDir}/`;
  if (dataFiles === undefined) {
    const tables = tablesOf(paths.filter((path) => path.startsWith(prefix)));
    if (tables.length === 0) {
      throw wrong(
        `It has no table${prefix === '' ? '' : ` in ${dataDir}`}: its files are `
          + `${kindsOf(paths.filter((path) => path.startsWith(prefix)))}.`,
      );
    }
    return { splits: splitsByName(tables, prefix, where), delimiter, encoding, notes };
  }
  const splits = [...dataFiles].map(([split, patterns]): SplitFiles => {
    const found = [...new Set(patterns.flatMap((pattern) => {
      const full = `${prefix}${pattern}`;
      const taken = paths.filter(
        (path) => (path === full || matches(full, path)) && asksFor(full, path) && (path === full || !ABOUT.has(path.split('/').at(-1)!)),
      );
      if (taken.length === 0 && !isPattern(full)) {
        throw wrong(`Its ${bounded(split, SHOWN_LETTERS)} is ${bounded(full, SHOWN_LETTERS)}, and there is no such file.`);
      }
      return taken.toSorted(byCodePoint);
    }))];
    const tables = found.filter((path) => formatOf(path) !== undefined);
    if (tables.length === 0) {
      throw wrong(
        `Its ${bounded(split, SHOWN_LETTERS)} is ${listed(patterns)}, and `
          + `${found.length === 0 ? 'there is no such file' : `these are no tables: ${kindsOf(found)}`}.`,
      );
    }
    if (tables.length < found.length) {
      notes.push(`Files of ${split} that are no tables are not read: ${listed(found.filter((path) => !tables.includes(path)))}.`);
    }
    return { split, paths: tables };
  });
  return { splits, delimiter, encoding, notes };
}

/** `data/NAME-00000-of-00002….parquet`: as the hub's library writes it. */
const SHARDED = /^data\/([^/]+?)-\d{5}-of-\d{5}[^/]*\.[^/]*$/;

/**
 * Splits by names, as the library `datasets` finds them: shards in `data/`, else the word of a split in a folder's name, else in the
 * file's; where none has one, all files are train. Upper and lower case count alike. Files without such a word beside others are not read.
 */
function splitsByName(tables: readonly string[], folder: string, where: string): SplitFiles[] {
  const inside = (path: string): string => path.slice(folder.length);
  const shards = grouped(tables, (path) => SHARDED.exec(inside(path))?.[1]);
  if (shards.length > 0 && shards.every(({ split }) => /^\w+(\.\w+)*$/.test(split))) return shards;
  const splits = grouped(tables, (path) => {
    const words = [...new Set(inside(path).split('/').flatMap(splitsIn))];
    if (words.length > 1) {
      throw new HarnessError('FORMAT', {
        where,
        what: `${bounded(path, SHOWN_LETTERS)} is named for ${words.join(' and ')}.`,
        mend: `Download its files, and name them with ${option('dataset')}.`,
      });
    }
    return words[0];
  });
  return splits.length > 0 ? splits : [{ split: 'train', paths: tables }];
}

function grouped(paths: readonly string[], splitOf: (path: string) => string | undefined): SplitFiles[] {
  const found = groupBy(paths, splitOf);
  return [...found].flatMap(([split, files]) => (split === undefined ? [] : [{ split, paths: files }]));
}

/** The folders in which alike splits lie, where all files are in such: configurations that nobody described. */
function configFolders(tables: readonly string[]): Map<string, string[]> | undefined {
  const common = commonFolder(tables);
  const inside = (path: string): string => path.slice(common.length);
  if (tables.some((path) => !inside(path).includes('/'))) return undefined;
  const folders = groupBy(tables, (path) => inside(path).split('/')[0]!);
  if ([...folders.keys()].some((folder) => splitsIn(folder).length > 0)) return undefined;
  const named = [...folders.values()].every((files) =>
    files.some((path) =>
      inside(path)
        .split('/')
        .slice(1)
        .some((name) => splitsIn(name).length > 0),
    ),
  );
  return folders.size > 1 && named ? folders : undefined;
}

/** The longest folder that all paths are in: '' or ending in a slash. */
function commonFolder(paths: readonly string[]): string {
  let common = (paths[0] ?? '').split('/').slice(0, -1);
  for (const path of paths) {
    const names = path.split('/');
    const differs = common.findIndex((name, i) => names[i] !== name || i === names.length - 1);
    if (differs >= 0) common = common.slice(0, differs);
  }
  return common.length === 0 ? '' : `${common.join('/')}/`;
}

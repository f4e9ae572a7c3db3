import { bounded, HarnessError, option, shown } from '../../errors.ts';
import { byCodePoint } from '../code-points.ts';
import { encodingNamed, type Encoding } from '../encodings.ts';
import { formatOf } from '../formats.ts';
import type { CardConfig } from './card.ts';
import { asksFor, isPattern, matches } from './glob.ts';
import type { SplitFiles } from './split-names.ts';
import { splitsByName } from './splits-by-name.ts';
import { ABOUT, kindsOf, listed, SHOWN_LETTERS, tablesOf } from './tables.ts';

/** The files of a configuration. */
export interface FoundFiles {
  readonly splits: readonly SplitFiles[];
  readonly delimiter?: string | undefined;
  readonly encoding?: Encoding | undefined;
  readonly notes: readonly string[];
}

/** Fields of a configuration that do not affect the rows, whatever their value. */
const HARMLESS: ReadonlySet<string> = new Set([
  'features',
  'version',
  'description',
  'license',
  'pretty_name',
  'dataset_name',
  'drop_labels',
  'engine',
  'chunksize',
  'batch_size',
  'block_size',
  'use_threads',
  'float_precision',
  'memory_map',
  'low_memory',
  'encoding_errors',
  'verbose',
  'columns',
  'usecols',
  'date_format',
  'fragment_scan_options',
]);
/** Values that match the default behaviour. */
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
/** Fields that would change the rows. */
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
/** No value is read as missing here: a label "NA" is a label. */
const NO_VALUE: ReadonlySet<string> = new Set(['na_values', 'keep_default_na', 'na_filter']);

/** The files that the README assigns to a configuration, and how they are read. */
export function describedFiles({ name, dataFiles, dataDir, words }: CardConfig, paths: readonly string[], where: string): FoundFiles {
  const at = `${where} README.md: ${bounded(name, SHOWN_LETTERS)}`;
  const wrong = (what: string) =>
    new HarnessError('FORMAT', { where: at, what, hint: `Download its files and pass them with ${option('dataset')}.` });
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
      if (encoding === undefined) throw wrong(`Its encoding ${shown(text)} is unsupported.`);
    } else if (REFUSED.has(word)) {
      throw wrong(`It has "${word}: ${bounded(text, 40)}", which is unsupported.`);
    } else {
      unknown.push(word);
    }
  }
  if (unknown.length > 0) notes.push(`Unsupported settings of configuration ${name} in its README are ignored: ${listed(unknown)}.`);
  const prefix = dataDir === '' ? '' : `${dataDir}/`;
  if (dataFiles === undefined) {
    const tables = tablesOf(paths.filter((path) => path.startsWith(prefix)));
    if (tables.length === 0) {
      throw wrong(
        `It has no table${prefix === '' ? '' : ` in ${dataDir}`}: its files are ` +
          `${kindsOf(paths.filter((path) => path.startsWith(prefix)))}.`,
      );
    }
    return { splits: splitsByName(tables, prefix, where), delimiter, encoding, notes };
  }
  const splits = [...dataFiles].map(([split, patterns]): SplitFiles => {
    const found = [
      ...new Set(
        patterns.flatMap((pattern) => {
          const full = `${prefix}${pattern}`;
          const taken = paths.filter(
            (path) =>
              (path === full || matches(full, path)) && asksFor(full, path) && (path === full || !ABOUT.has(path.split('/').at(-1)!)),
          );
          if (taken.length === 0 && !isPattern(full)) {
            throw wrong(`Its ${bounded(split, SHOWN_LETTERS)} is ${bounded(full, SHOWN_LETTERS)}, but there is no such file.`);
          }
          return taken.toSorted(byCodePoint);
        }),
      ),
    ];
    const tables = found.filter((path) => formatOf(path) !== undefined);
    if (tables.length === 0) {
      throw wrong(
        `Its ${bounded(split, SHOWN_LETTERS)} is ${listed(patterns)}, and ` +
          `${found.length === 0 ? 'no file matches' : `these are not tables: ${kindsOf(found)}`}.`,
      );
    }
    if (tables.length < found.length) {
      notes.push(`Ignored files of ${split} that are not tables: ${listed(found.filter((path) => !tables.includes(path)))}.`);
    }
    return { split, paths: tables };
  });
  return { splits, delimiter, encoding, notes };
}

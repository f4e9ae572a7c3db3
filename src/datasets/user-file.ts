import { statSync, readdirSync, type Stats } from 'node:fs';
import path from 'node:path';
import { HarnessError, reason } from '../errors.ts';
import { byCodePoint } from './code-points.ts';
import { SPLITS } from './dataset.ts';
import type { Encoding } from './decode.ts';
import type { ReaderFile, ReaderOptions } from './reader.ts';
import { splitNamed } from './split-words.ts';

/** A data set of the user's own: a file, or a folder of train, dev and test files as `bench split` writes them. */
export interface FileSpec {
  readonly path: string;
  /** What tables call it; the file's or folder's name without its ending where left out. */
  readonly name?: string | undefined;
  /** `text` where left out. */
  readonly textColumn?: string | undefined;
  /** `label` where left out. */
  readonly labelColumn?: string | undefined;
  readonly splitColumn?: string | undefined;
  readonly labelSeparator?: string | undefined;
  readonly encoding?: Encoding | undefined;
}

export const FORMATS = ['csv', 'tsv', 'jsonl', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

/** Format of a table by the end of its name; undefined where it is none. */
export function formatOf(file: string): Format | undefined {
  const word = path.extname(file).slice(1).toLowerCase();
  return FORMATS.find((format) => format === word);
}

/** What a user's file is to the loader. */
export interface UserCorpus {
  /** Name of the file or folder without what stands before it and the ending. */
  readonly key: string;
  readonly reader: Format;
  readonly files: readonly ReaderFile[];
  readonly encoding: Encoding;
  readonly options: ReaderOptions;
  readonly labelField: string;
}

/** Throws OPTION where the path is nothing that can be read. */
export function userCorpus(spec: FileSpec): UserCorpus {
  const files = isFolder(spec.path) ? folderFiles(spec.path) : [{ name: spec.path, split: 'all' as const, path: spec.path }];
  const [reader, other] = new Set(files.map((file) => formatOf(file.name)));
  if (reader === undefined || other !== undefined) {
    throw new HarnessError('OPTION', { where: spec.path, what: other === undefined ? 'The name ends with none of the formats there are.' : 'The folder has files of different formats.', mend: `Formats: ${FORMATS.map((format) => `.${format}`).join(', ')}.` });
  }
  const { splitColumn, labelSeparator, textColumn = 'text', labelColumn = 'label' } = spec;
  return {
    key: spec.name ?? path.basename(path.resolve(spec.path)).replace(/\.[^.]*$/, ''),
    reader,
    files,
    encoding: spec.encoding ?? 'utf8',
    options: { text: textColumn, ...(splitColumn === undefined ? {} : { split: splitColumn }), ...(labelSeparator === undefined ? {} : { labelSeparator }) },
    labelField: labelColumn,
  };
}

/** Throws OPTION where nothing is there that can be read. */
export function isFolder(where: string): boolean {
  let stats: Stats;
  try {
    stats = statSync(where);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new HarnessError('OPTION', { where, what: missing ? 'There is no such file.' : `It cannot be read (${reason(error)}).` }, { cause: error });
  }
  if (!stats.isFile() && !stats.isDirectory()) throw new HarnessError('OPTION', { where, what: 'This is neither a file nor a folder.' });
  return stats.isDirectory();
}

/** Files of a folder that are named for a split, train first. */
function folderFiles(folder: string): ReaderFile[] {
  const files = readdirSync(folder)
    .toSorted(byCodePoint)
    .filter((name) => formatOf(name) !== undefined)
    .flatMap((name) => {
      const split = splitNamed(path.parse(name).name);
      return split === undefined ? [] : [{ name: path.join(folder, name), split, path: path.join(folder, name) }];
    });
  const twice = SPLITS.find((split) => files.filter((file) => file.split === split).length > 1);
  if (twice !== undefined) throw new HarnessError('OPTION', { where: folder, what: `The folder has several files for ${twice}.`, mend: 'Name one file, or leave one for each split.' });
  if (files.length === 0) {
    throw new HarnessError('OPTION', { where: folder, what: 'The folder has no train, dev or test file.', mend: `Name one file, or call them train.csv, dev.csv, test.csv (or ${FORMATS.slice(1).map((format) => `.${format}`).join(', ')}).` });
  }
  return files.toSorted((a, b) => SPLITS.indexOf(a.split) - SPLITS.indexOf(b.split));
}

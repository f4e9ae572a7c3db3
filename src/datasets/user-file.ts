import { readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import { HarnessError, option, reason } from '../errors.ts';
import type { Encoding } from './encodings.ts';
import { folderLayout } from './folder-layout.ts';
import type { Task } from './dataset.ts';
import { datasetName, foreignMend, FORMATS_NOTE, isSentences, namedFormat, type FileFormat } from './formats.ts';
import type { ReaderFile, ReaderOptions } from './reader.ts';
import { sentenceColumns } from './sentence-columns.ts';
import { shardOf } from './shards.ts';

/** The user's own dataset: a file, or a folder of train, dev and test files as written by `bench split` and the hub's library. */
export interface FileSpec {
  readonly path: string;
  /** Name in tables. Default: the file's or folder's name without extension. */
  readonly name?: string | undefined;
  /** Default: `text`; for tagged sentences the number of the word column, counted from 1. */
  readonly textColumn?: string | undefined;
  /** Column of the second text of each row, if rows are pairs. */
  readonly textPairColumn?: string | undefined;
  /** Default: `label`; for tagged sentences the tag column: a number from 1 (CoNLL), or a name (CoNLL-U). */
  readonly labelColumn?: string | undefined;
  readonly splitColumn?: string | undefined;
  readonly labelSeparator?: string | undefined;
  /** Default: UTF-8, unless the file's first bytes indicate otherwise. */
  readonly encoding?: Encoding | undefined;
  /** Field delimiter of a text table. Default: detected. */
  readonly delimiter?: string | undefined;
  /** Skip invalid rows. */
  readonly skipInvalid?: boolean | undefined;
}

/** A user's file as the loader takes it. */
export interface UserCorpus {
  /** Name of the file or folder without path and extension. */
  readonly key: string;
  readonly reader: FileFormat;
  readonly files: readonly ReaderFile[];
  readonly encoding: Encoding;
  readonly options: ReaderOptions;
  readonly labelField: string;
  /** What is read in an unexpected way, and what is not read, one sentence each. */
  readonly notes: readonly string[];
}

/** `task`: as requested. Throws OPTION if the path cannot be read, or not as that task. */
export function userCorpus(spec: FileSpec, task?: Task): UserCorpus {
  const { format, files, notes } = isFolder(spec.path) ? folderFiles(spec.path, task) : singleFile(spec.path, task);
  checkTask(spec.path, format, task);
  if (isSentences(format)) {
    const key = spec.name ?? datasetName(spec.path);
    const { options, labelField } = sentenceColumns(format, spec, spec.path);
    return { key, reader: format, files, encoding: spec.encoding ?? 'utf8', options, labelField, notes };
  }
  const { splitColumn, labelSeparator, textPairColumn, textColumn = 'text', labelColumn = 'label', delimiter, encoding } = spec;
  if (delimiter !== undefined && format !== 'csv' && format !== 'tsv') {
    throw new HarnessError('OPTION', {
      where: option('delimiter'),
      what: `${spec.path} is ${format}, which has no delimiter.`,
      hint: 'Omit it.',
    });
  }
  if (encoding !== undefined && format === 'parquet') {
    throw new HarnessError('OPTION', {
      where: option('encoding'),
      what: `${spec.path} is Parquet, whose texts are UTF-8.`,
      hint: 'Omit it.',
    });
  }
  return {
    key: spec.name ?? datasetName(spec.path),
    reader: format,
    files,
    encoding: encoding ?? 'utf8',
    options: {
      text: textColumn,
      ...(textPairColumn === undefined ? {} : { pair: textPairColumn }),
      ...(splitColumn === undefined ? {} : { split: splitColumn }),
      ...(labelSeparator === undefined ? {} : { labelSeparator }),
      ...(delimiter === undefined ? {} : { delimiter }),
    },
    labelField: labelColumn,
    notes,
  };
}

/** Throws OPTION if files of the format do not support the task. */
function checkTask(where: string, format: FileFormat, task: Task | undefined): void {
  if (task === undefined) return;
  if (isSentences(format) && task !== 'token-classification') {
    throw new HarnessError('OPTION', {
      where: option('task'),
      what: `${where} has one tag per word, not ${task === 'regression' ? 'numbers to be predicted' : 'classes of texts'}.`,
      hint: 'Omit it, or set it to token-classification.',
    });
  }
  if (task === 'token-classification' && format === 'csv') {
    throw new HarnessError('OPTION', {
      where: option('task'),
      what: `${where} is CSV, which cannot hold lists of words and tags.`,
      hint: 'Use JSON lines with two lists, or one word and its tag per line (.conll).',
    });
  }
}

/** Throws OPTION if there is nothing that can be read. */
export function isFolder(where: string): boolean {
  let stats: Stats;
  try {
    stats = statSync(where);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new HarnessError('OPTION', { where, what: missing ? 'File not found.' : `Cannot be read (${reason(error)}).` }, { cause: error });
  }
  if (!stats.isFile() && !stats.isDirectory()) throw new HarnessError('OPTION', { where, what: 'This is neither a file nor a directory.' });
  return stats.isDirectory();
}

interface Found {
  readonly format: FileFormat;
  readonly files: readonly ReaderFile[];
  readonly notes: readonly string[];
}

function singleFile(file: string, task: Task | undefined): Found {
  // `eng.testa`: a file of columns may have any name.
  const plain = task === 'token-classification' && foreignMend(file) === undefined;
  const named = namedFormat(file, task) ?? (plain ? { format: 'conll' as const, gzip: false, stem: path.parse(file).name } : undefined);
  if (named === undefined) {
    throw new HarnessError('OPTION', {
      where: file,
      what: 'Unsupported format.',
      hint: `${foreignMend(file) ?? ''} ${FORMATS_NOTE}`.trim(),
    });
  }
  const shard = shardOf(named.stem);
  const notes =
    shard === undefined || shard.count < 2 ? [] : [`${path.basename(file)} is one of ${shard.count} shards; only this shard is read.`];
  return { format: named.format, files: [{ name: file, split: 'all', path: file }], notes };
}

function folderFiles(folder: string, task: Task | undefined): Found {
  const { format, files, notes } = folderLayout({ paths: filesBelow(folder), where: folder, task });
  return {
    format,
    notes,
    files: files.map((file) => ({ name: path.join(folder, file.path), split: file.split, path: path.join(folder, file.path) })),
  };
}

/** Data folders are not deeper, and have fewer files: others contain something else. */
const MOST_DEPTH = 4;
const MOST_FILES = 10_000;

/**
 * Files below a folder, relative to it, with "/" as separator. Hidden folders are listed by name only, followed by "/". Throws OPTION if
 * there are too many.
 */
function filesBelow(folder: string): string[] {
  const found: string[] = [];
  const walk = (below: string, depth: number): void => {
    for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
      const place = below === '' ? entry.name : `${below}/${entry.name}`;
      if (found.length >= MOST_FILES) {
        throw new HarnessError('OPTION', {
          where: folder,
          what: `The folder has more than ${MOST_FILES} files.`,
          hint: 'Give a single file, or a folder that holds only the data.',
        });
      }
      // A link counts as its target.
      if (!entry.isDirectory() && !(entry.isSymbolicLink() && leadsToFolder(path.join(folder, place), folder))) found.push(place);
      else if (depth >= MOST_DEPTH || entry.name.startsWith('.') || entry.name.startsWith('__')) found.push(`${place}/`);
      else walk(place, depth + 1);
    }
  };
  try {
    walk('', 1);
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    throw new HarnessError('OPTION', { where: folder, what: `Cannot be read (${reason(error)}).` }, { cause: error });
  }
  return found;
}

/** Throws OPTION for a broken link: the file is expected to exist, and would be left out. */
function leadsToFolder(link: string, folder: string): boolean {
  try {
    // A link to a parent folder would lead to the same files over and over.
    return statSync(link).isDirectory() && !`${realpathSync(path.dirname(link))}/`.startsWith(`${realpathSync(link)}/`);
  } catch (error) {
    if (namedFormat(link) === undefined) return false;
    throw new HarnessError(
      'OPTION',
      { where: folder, what: `${path.relative(folder, link)} is a broken symbolic link.`, hint: 'Restore its target, or remove it.' },
      { cause: error },
    );
  }
}

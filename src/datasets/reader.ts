import { HarnessError } from '../errors.ts';
import type { Example, Split, Task } from './dataset.ts';
import type { Encoding } from './encodings.ts';
import type { Fault } from './faults.ts';
import type { LabelNames } from './hub/label-names.ts';
import type { TextFile } from './lines.ts';

export interface ReaderFile {
  /** Name in the registry; used in errors. */
  readonly name: string;
  readonly split: Split | 'all';
  /** Path on disk. */
  readonly path: string;
}

export type ReaderOptions = Readonly<Record<string, string | number | boolean>>;

export interface ReaderParams {
  /** In the order of the registry entry. */
  readonly files: readonly ReaderFile[];
  readonly encoding: Encoding;
  readonly options: ReaderOptions;
  /** One of the entry's labelFields. */
  readonly labelField: string;
  /** Kind of label. Default: a class. */
  readonly task?: Task | undefined;
  /** Class names of a column with class numbers, if the files do not contain them. */
  readonly classNames?: LabelNames | undefined;
  /** Receives findings of the reader that concern the user, one sentence each; without the file's name. */
  readonly note?: ((sentence: string, file?: string) => void) | undefined;
  /** Receives an invalid row; without it the first such row is thrown. */
  readonly fault?: ((file: ReaderFile, fault: Fault) => void) | undefined;
  /** Called if some label was a boolean of its format. */
  readonly booleans?: (() => void) | undefined;
}

/** Yields the rows of its files in order. Throws FORMAT with file:line for an invalid row. */
export type Reader = (params: ReaderParams) => Iterable<Example> | AsyncIterable<Example>;

/** The split of a file's rows. A dataset without splits is a train set: `complete` and `leave-one-out` use all of it. */
export function splitOf(file: ReaderFile): Split {
  return file.split === 'all' ? 'train' : file.split;
}

export function textFile(file: ReaderFile, encoding: Encoding): TextFile {
  return { path: file.path, name: file.name, encoding };
}

/** The file of that name. Throws REGISTRY if the entry lists none. */
export function fileNamed(files: readonly ReaderFile[], name: string): ReaderFile {
  const found = files.find((file) => file.name === name);
  if (found === undefined) {
    throw new HarnessError('REGISTRY', {
      what: `The reader needs a file named ${name}; the entry lists ${files.map((file) => file.name).join(', ')}.`,
    });
  }
  return found;
}

/** An integer option of the entry. Throws REGISTRY if it is not an integer. */
export function numberOption(options: ReaderOptions, name: string, fallback: number): number {
  const value = options[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new HarnessError('REGISTRY', { what: `options.${name} must be a whole number, got ${JSON.stringify(value)}.` });
  }
  return value;
}

/** A text option of the entry; undefined if not given. Throws REGISTRY if it is something else. */
export function textOption(options: ReaderOptions, name: string): string | undefined {
  const value = options[name];
  if (value !== undefined && typeof value !== 'string') {
    throw new HarnessError('REGISTRY', { what: `options.${name} must be a string, got ${JSON.stringify(value)}.` });
  }
  return value;
}

/** A boolean option of the entry; undefined if not given. Throws REGISTRY if it is something else. */
export function truthOption(options: ReaderOptions, name: string): boolean | undefined {
  const value = options[name];
  if (value !== undefined && typeof value !== 'boolean') {
    throw new HarnessError('REGISTRY', { what: `options.${name} must be true or false, got ${JSON.stringify(value)}.` });
  }
  return value;
}

/** Options `classNames` (comma-separated) and `firstClass`: names for the label numbers of a file. */
export function classNamer(options: ReaderOptions): (label: string) => string | undefined {
  const names = textOption(options, 'classNames')?.split(',');
  if (names === undefined) return (label) => (label === '' ? undefined : label);
  const first = numberOption(options, 'firstClass', 0);
  return (label) => (/^\d+$/.test(label) ? names[Number(label) - first] : undefined);
}

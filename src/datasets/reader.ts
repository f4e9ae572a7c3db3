import { HarnessError } from '../errors.ts';
import type { Example, Split, Task } from './dataset.ts';
import type { Encoding } from './encodings.ts';
import type { Fault } from './faults.ts';
import type { LabelNames } from './hub/label-names.ts';
import type { TextFile } from './lines.ts';

export interface ReaderFile {
  /** What the registry calls the file; errors name it. */
  readonly name: string;
  readonly split: Split | 'all';
  /** On this disk. */
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
  /** What a label is; a class where left out. */
  readonly task?: Task | undefined;
  /** Names of the classes that a column has numbers for, where the files do not say them themselves. */
  readonly classNames?: LabelNames | undefined;
  /** Takes what the reader found out that a user should know, a sentence each; without the name of the file that it is about. */
  readonly note?: ((sentence: string, file?: string) => void) | undefined;
  /** Takes an invalid row; without it the first such row is thrown. */
  readonly fault?: ((file: ReaderFile, fault: Fault) => void) | undefined;
  /** Called where some label was a truth value of its format. */
  readonly booleans?: (() => void) | undefined;
}

/** Yields the rows of its files in their order. Throws FORMAT with file:line where a row is not what it should be. */
export type Reader = (params: ReaderParams) => Iterable<Example> | AsyncIterable<Example>;

/** The split of a file's rows. A corpus without splits is a train set: `complete` and `leave-one-out` take it whole. */
export function splitOf(file: ReaderFile): Split {
  return file.split === 'all' ? 'train' : file.split;
}

export function textFile(file: ReaderFile, encoding: Encoding): TextFile {
  return { path: file.path, name: file.name, encoding };
}

/** The file of that name. Throws REGISTRY where the entry lists none. */
export function fileNamed(files: readonly ReaderFile[], name: string): ReaderFile {
  const found = files.find((file) => file.name === name);
  if (found === undefined) {
    throw new HarnessError('REGISTRY', {
      what: `The reader needs a file named ${name}; the entry lists ${files.map((file) => file.name).join(', ')}.`,
    });
  }
  return found;
}

/** An option of the entry that is a whole number. Throws REGISTRY where it is not. */
export function numberOption(options: ReaderOptions, name: string, fallback: number): number {
  const value = options[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new HarnessError('REGISTRY', { what: `options.${name} must be a whole number, got ${JSON.stringify(value)}.` });
  }
  return value;
}

/** An option of the entry that is a text; undefined where it is not given. Throws REGISTRY where it is something else. */
export function textOption(options: ReaderOptions, name: string): string | undefined {
  const value = options[name];
  if (value !== undefined && typeof value !== 'string') {
    throw new HarnessError('REGISTRY', { what: `options.${name} must be a string, got ${JSON.stringify(value)}.` });
  }
  return value;
}

/** An option of the entry that is true or false; undefined where it is not given. Throws REGISTRY where it is something else. */
export function truthOption(options: ReaderOptions, name: string): boolean | undefined {
  const value = options[name];
  if (value !== undefined && typeof value !== 'boolean') {
    throw new HarnessError('REGISTRY', { what: `options.${name} must be true or false, got ${JSON.stringify(value)}.` });
  }
  return value;
}

/** Options `classNames` (with commas) and `firstClass`: names for the numbers that a file has for labels. */
export function classNamer(options: ReaderOptions): (label: string) => string | undefined {
  const names = textOption(options, 'classNames')?.split(',');
  if (names === undefined) return (label) => (label === '' ? undefined : label);
  const first = numberOption(options, 'firstClass', 0);
  return (label) => (/^\d+$/.test(label) ? names[Number(label) - first] : undefined);
}

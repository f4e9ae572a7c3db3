import { HarnessError, option } from '../errors.ts';
import { kindOf } from './cell-kind.ts';
import { labelName, oddLetter, splitOfRow, type RowParams } from './cells.ts';
import type { Example, Task } from './dataset.ts';
import type { Fault } from './faults.ts';
import { trimLabel } from './labels.ts';
import type { ReaderFile } from './reader.ts';
import type { Column, TableRow } from './table-row.ts';

/** Content of a table row: a text with its label, or a list of words with a list of tags. */
export type RowKind = 'texts' | 'words';

/** The kind that a row indicates; undefined if it indicates none, such as one without a text. */
export function rowKindOf({ cells: [text, label] }: Pick<TableRow, 'cells'>): RowKind | undefined {
  if (typeof text === 'string') return 'texts';
  return Array.isArray(text) && Array.isArray(label) ? 'words' : undefined;
}

export interface RowKindParams {
  readonly task: Task | undefined;
  readonly columns: readonly Column[];
  readonly labelSeparator: string | undefined;
  readonly file: ReaderFile;
  readonly at: TableRow['at'];
}

/** Throws OPTION if rows are not of the requested kind, or an option does not apply to them. */
export function checkRowKind(kind: RowKind, { task, columns, labelSeparator, file, at }: RowKindParams): void {
  const place = typeof at === 'number' ? `${file.name}:${at}` : `${file.name}: ${at}`;
  const [text, label] = columns.map(({ name }) => `"${name}"`);
  if (kind === 'texts') {
    if (task !== 'token-classification') return;
    throw new HarnessError('OPTION', {
      where: option('task'),
      what: `${place} has a string in column ${text}, not a list of words.`,
      hint: `Set the word and tag columns with ${option('textColumn')} and ${option('labelColumn')}, or omit it.`,
    });
  }
  if (task !== undefined && task !== 'token-classification') {
    throw new HarnessError('OPTION', {
      where: option('task'),
      what: `${place} has lists of words in column ${text} and of tags in ${label}: token classification.`,
      hint: `Omit it, or set other columns with ${option('textColumn')} and ${option('labelColumn')}.`,
    });
  }
  const pairs = columns.some(({ role }) => role === 'pair');
  const given = pairs ? 'textPairColumn' : labelSeparator === undefined ? undefined : 'labelSeparator';
  if (given === undefined) return;
  const why = given === 'labelSeparator' ? 'each word has one tag' : 'tagged sentences are not pairs';
  throw new HarnessError('OPTION', {
    where: option(given),
    what: `${place} has a list of words in column ${text}: ${why}.`,
    hint: 'Omit it.',
  });
}

/** Numbers that mean no tag: masked from losses, and in test sets without labels. */
const NONE = [-1, -100];

/**
 * A row of words as an example, or why it is invalid; one without words has none. A word may be empty, as a text may; a tag may not, and
 * each word has one.
 */
export function sentenceOf({ row, columns, file, seen }: Pick<RowParams, 'row' | 'columns' | 'file' | 'seen'>): Example | Fault {
  const { at, cells } = row;
  const [wordColumn, tagColumn] = columns.map(({ name }) => name) as [string, string];
  const words = wordsOf(cells[0], { column: wordColumn, at });
  if ('what' in words) return words;
  const labels = tagsOf(cells[1], { column: tagColumn, at, words: words.length, seen });
  if ('what' in labels) return labels;
  const split = splitOfRow({ row, columns, file, seen });
  return typeof split === 'object' ? split : { text: words.join(' '), words, labels, split };
}

interface CellParams {
  readonly column: string;
  readonly at: Fault['at'];
}

/**
 * A cell's words, or why it is invalid: it is not a list, or one of them is not a text or contains what no tokenizer reads. A word may be
 * empty, and so may the list.
 */
export function wordsOf(cell: unknown, { column, at }: CellParams): readonly string[] | Fault {
  if (!Array.isArray(cell)) return { kind: 'words', at, what: `Column "${column}" is ${kindOf(cell)}, not a list of words.` };
  const words: readonly unknown[] = cell;
  for (const [i, word] of words.entries()) {
    if (typeof word !== 'string') return { kind: 'word', at, what: `Word ${i + 1} is ${kindOf(word)}, not a string.` };
    const odd = oddLetter(word, at);
    if (odd !== undefined) return odd;
  }
  return words as readonly string[];
}

export interface TagsParams extends CellParams {
  /** Number of words of the sentence. */
  readonly words: number;
  readonly seen: Pick<RowParams['seen'], 'booleans' | 'trimmed'>;
}

/** A cell's tags, without white space at their ends, or why it is invalid: it is not a list, or its length differs from the words. */
export function tagsOf(cell: unknown, { column, at, words, seen }: TagsParams): readonly string[] | Fault {
  if (!Array.isArray(cell)) return { kind: 'tags', at, what: `Column "${column}" is ${kindOf(cell)}, not a list of tags.` };
  const cells: readonly unknown[] = cell;
  if (words !== cells.length)
    return { kind: 'lengths', at, what: `The row has ${counted(words, 'word')} and ${counted(cells.length, 'tag')}.` };
  const tags: string[] = [];
  for (const [i, each] of cells.entries()) {
    const name = labelName(each);
    if (name === undefined) return { kind: 'tag', at, what: `The tag of word ${i + 1} is ${kindOf(each)}, not a label.` };
    if (typeof each !== 'string' && NONE.includes(Number(each))) {
      const hint = 'Remove such words, or tag them.';
      return { kind: 'tag', at, what: `The tag of word ${i + 1} is ${name}, which means none.`, hint };
    }
    const tag = trimLabel(name);
    if (tag === '') return { kind: 'tag', at, what: `The tag of word ${i + 1} is empty.` };
    const odd = oddLetter(tag, at);
    if (odd !== undefined) return odd;
    if (typeof each === 'boolean') seen.booleans = true;
    if (tag !== name) seen.trimmed++;
    tags.push(tag);
  }
  return tags;
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

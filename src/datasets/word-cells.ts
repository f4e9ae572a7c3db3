import { HarnessError, option } from '../errors.ts';
import { kindOf } from './cell-kind.ts';
import { labelName, oddLetter, splitOfRow, type RowParams } from './cells.ts';
import type { Example, Task } from './dataset.ts';
import type { Fault } from './faults.ts';
import { trimLabel } from './labels.ts';
import type { ReaderFile } from './reader.ts';
import type { Column, TableRow } from './table-row.ts';

/** What a row of a table is: a text with its label, or a list of words with a list of tags. */
export type RowKind = 'texts' | 'words';

/** What a row says of all; undefined where it says nothing, as one without a text. */
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

/** Throws OPTION where rows are not what was asked for, or an option is given that such rows have nothing for. */
export function checkRowKind(kind: RowKind, { task, columns, labelSeparator, file, at }: RowKindParams): void {
  const place = typeof at === 'number' ? `${file.name}:${at}` : `${file.name}: ${at}`;
  const [text, label] = columns.map(({ name }) => `"${name}"`);
  if (kind === 'texts') {
    if (task !== 'token-classification') return;
    throw new HarnessError('OPTION', {
      where: option('task'),
      what: `${place} has a text in column ${text}, and no list of words.`,
      hint: `Name the columns of words and tags with ${option('textColumn')} and ${option('labelColumn')}, or leave it out.`,
    });
  }
  if (task !== undefined && task !== 'token-classification') {
    throw new HarnessError('OPTION', {
      where: option('task'),
      what: `${place} has lists of words in column ${text} and of tags in ${label}, which are token classification.`,
      hint: `Leave it out, or name other columns with ${option('textColumn')} and ${option('labelColumn')}.`,
    });
  }
  const pairs = columns.some(({ role }) => role === 'pair');
  const given = pairs ? 'textPairColumn' : labelSeparator === undefined ? undefined : 'labelSeparator';
  if (given === undefined) return;
  const why = given === 'labelSeparator' ? 'each word has one tag' : 'sentences of words are no pairs';
  throw new HarnessError('OPTION', {
    where: option(given),
    what: `${place} has a list of words in column ${text}: ${why}.`,
    hint: 'Leave it out.',
  });
}

/** Numbers that programs put where a word has no tag: what losses leave out, and test sets without labels. */
const NONE = [-1, -100];

/**
 * A row of words as an example, or why it is none; one without words has none. A word may be empty, as a text may; a tag may not, and each
 * word has one.
 */
export function sentenceOf({ row, columns, file, seen }: Pick<RowParams, 'row' | 'columns' | 'file' | 'seen'>): Example | Fault {
  const { at, cells } = row;
  const [words, tags] = cells;
  const tagColumn = `Column "${columns[1]!.name}"`;
  if (!Array.isArray(words)) return noWords(words, { column: columns[0]!.name, at });
  if (!Array.isArray(tags)) return { kind: 'tags', at, what: `${tagColumn} is ${kindOf(tags)}, not a list of tags.` };
  if (words.length !== tags.length) {
    return { kind: 'lengths', at, what: `The row has ${counted(words.length, 'word')} and ${counted(tags.length, 'tag')}.` };
  }
  const labels: string[] = [];
  for (const [i, word] of (words as readonly unknown[]).entries()) {
    const wrong = wordFault(word, i, at);
    if (wrong !== undefined) return wrong;
    const cell: unknown = tags[i];
    const name = labelName(cell);
    if (name === undefined) return { kind: 'tag', at, what: `The tag of word ${i + 1} is ${kindOf(cell)}, not a label.` };
    if (typeof cell !== 'string' && NONE.includes(Number(cell))) {
      const hint = 'Leave such words out, or give them a tag.';
      return { kind: 'tag', at, what: `The tag of word ${i + 1} is ${name}, which stands for none.`, hint };
    }
    const tag = trimLabel(name);
    if (tag === '') return { kind: 'tag', at, what: `The tag of word ${i + 1} is empty.` };
    const odd = oddLetter(tag, at);
    if (odd !== undefined) return odd;
    if (typeof cell === 'boolean') seen.booleans = true;
    if (tag !== name) seen.trimmed++;
    labels.push(tag);
  }
  const split = splitOfRow({ row, columns, file, seen });
  return typeof split === 'object' ? split : { text: words.join(' '), words: words as readonly string[], labels, split };
}

/**
 * A cell's words, or why it has none: it is no list, or one of them is no text or holds what no tokenizer reads. A word may be empty, and so
 * may the list.
 */
export function wordsOf(cell: unknown, { column, at }: { readonly column: string; readonly at: Fault['at'] }): readonly string[] | Fault {
  if (!Array.isArray(cell)) return noWords(cell, { column, at });
  const words: readonly unknown[] = cell;
  for (const [i, word] of words.entries()) {
    const wrong = wordFault(word, i, at);
    if (wrong !== undefined) return wrong;
  }
  return words as readonly string[];
}

function noWords(cell: unknown, { column, at }: { readonly column: string; readonly at: Fault['at'] }): Fault {
  return { kind: 'words', at, what: `Column "${column}" is ${kindOf(cell)}, not a list of words.` };
}

function wordFault(word: unknown, i: number, at: Fault['at']): Fault | undefined {
  return typeof word === 'string' ? oddLetter(word, at) : { kind: 'word', at, what: `Word ${i + 1} is ${kindOf(word)}, not a text.` };
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}

import { option } from '../../errors.ts';
import { badRow } from '../faults.ts';
import type { Line } from '../lines.ts';
import type { Read } from '../sentence-lines.ts';
import { trimAscii } from '../trim.ts';

/** Layout of the rows of a file in columns. */
export interface ConllTable {
  /** Line number of the first row. */
  readonly first: number;
  readonly columns: number;
  /** Columns are separated by tabs; else by blanks and tabs. */
  readonly tabs: boolean;
  readonly split: (text: string) => string[];
}

/** Whether a line is a row that defines the layout: certainly not a comment, whatever the other lines are. */
export function isFirstRow({ text }: Line): boolean {
  return !isEnd(text) && !mayBeComment(text);
}

/**
 * The first row if no line satisfies `isFirstRow`: all words of a file may be "#", although no comment has a tab after its "#" if rows are
 * separated by blanks.
 */
export function doubtfulRow(lines: readonly Line[]): Line | undefined {
  return lines.find(({ text }) => text.startsWith('#\t'));
}

/** The layout, from the first row. */
export function tableBy({ text, number: first }: Line): ConllTable {
  const tabs = text.includes('\t') && trimAscii(text).includes('\t');
  const split = tabs ? (line: string) => line.split('\t') : splitBlanks;
  return { first, columns: split(text).length, tabs, split };
}

/** Columns separated by blanks and tabs; most lines have single blanks. */
function splitBlanks(text: string): string[] {
  const at = text.indexOf(' ');
  const one = at > 0 && at < text.length - 1 && text.indexOf(' ', at + 1) < 0 && !/[\t\v\f\r]/.test(text);
  if (one) return [text.slice(0, at), text.slice(at + 1)];
  return trimAscii(text).split(/[ \t]+/);
}

/** Distinguishes comments from words "#". */
export class ConllComments {
  readonly #table: ConllTable;
  readonly #word: number;
  /** Values per column in rows that cannot be comments. The word column is ignored, as is the first, which is "#" itself. */
  readonly #known: readonly Set<string>[];

  /** `word`: column of the words, counted from 1. */
  constructor(table: ConllTable, word: number) {
    this.#table = table;
    this.#word = word;
    this.#known = Array.from({ length: table.columns }, () => new Set<string>(['#']));
  }

  /** Adds a line that others are judged by. */
  learn(text: string): void {
    if (isEnd(text) || mayBeComment(text)) return;
    for (const [at, field] of this.#table.split(text).entries()) if (!this.#saysNothing(at)) this.#known[at]?.add(field);
  }

  /**
   * Whether a line is a comment; undefined if that is for `isUnlikeRows` to decide, once all lines were learnt. `begins`: it is before a
   * sentence.
   */
  isComment(text: string, begins: boolean): boolean | undefined {
    if (!mayBeComment(text)) return false;
    const { split, columns, tabs } = this.#table;
    const fields = split(text);
    if (fields.length !== columns) return true;
    // If columns are separated by tabs, a column with only "#" is a word.
    if (!begins || (tabs && this.#word === 1 && fields[0] === '#')) return false;
    return undefined;
  }

  /** Whether none of the columns after the word occurs in the same column of any row. */
  isUnlikeRows(text: string): boolean {
    return !this.#table.split(text).some((field, at) => !this.#saysNothing(at) && this.#known[at]!.has(field));
  }

  #saysNothing(at: number): boolean {
    return at === 0 || at === this.#word - 1;
  }
}

function mayBeComment(text: string): boolean {
  return text.startsWith('# ') || text.startsWith('#\t');
}

/** Whether the line ends a sentence, and is not a word. */
export function isEnd(text: string): boolean {
  return trimAscii(text) === '' || isDocumentStart(text);
}

export function isDocumentStart(text: string): boolean {
  return text.startsWith('-DOCSTART-') && /^-DOCSTART-(?:[ \t]|$)/.test(text);
}

/** Column numbers, counted from 1. */
export interface ConllColumns {
  readonly word: number;
  /** undefined: only words are read. */
  readonly tag: number | undefined;
}

/** Throws FORMAT with file:line if a file has no such columns. */
export function checkColumns({ first, columns }: ConllTable, { word, tag }: ConllColumns, file: { readonly name: string }): void {
  for (const column of tag === undefined ? [word] : [word, tag]) {
    if (!Number.isInteger(column) || column < 1 || column > columns) {
      const hint = `Columns are counted from 1: set the word column with ${option('textColumn')} and the tag column with ${option('labelColumn')}.`;
      throw badRow(file, first, `No column ${column}: the line has ${columns}.`, hint);
    }
  }
  if (word === tag) throw badRow(file, first, `Column ${word} cannot hold both words and tags.`);
}

/** Content of a line that is not a comment. */
export function readRow({ text, number: at }: Line, { first, columns, tabs, split }: ConllTable, { word, tag }: ConllColumns): Read {
  if (isEnd(text)) return 'end';
  const fields = split(text);
  if (fields.length !== columns) {
    return {
      kind: 'columns',
      at,
      what: `The line has ${count(fields.length)}, the first row (line ${first}) has ${columns}.`,
      hint: tabs ? 'Columns are separated by tabs.' : 'Columns are separated by spaces: words that contain spaces need tabs.',
    };
  }
  const own = fields[word - 1]!;
  if (own === '') return { kind: 'word', at, what: 'The word is empty.' };
  if (tag === undefined) return { word: own, tag: '' };
  const label = trimAscii(fields[tag - 1]!);
  if (label === '') return { kind: 'tag', at, what: 'The tag is empty.' };
  return { word: own, tag: label };
}

function count(columns: number): string {
  return columns === 1 ? 'one column' : `${columns} columns`;
}

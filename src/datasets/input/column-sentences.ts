import { badRow, type Fault } from '../faults.ts';
import type { Line } from '../lines.ts';
import { numberedLines } from '../numbered-lines.ts';
import {
  checkColumns,
  ConllComments,
  doubtfulRow,
  isDocumentStart,
  isFirstRow,
  readRow,
  tableBy,
  type ConllColumns,
  type ConllTable,
} from '../readers/conll-lines.ts';
import { conlluLine, type ConlluColumn } from '../readers/conllu.ts';
import { isSentenceFault, SentenceGatherer, type Read, type SentenceLine } from '../sentence-lines.ts';
import { isFault } from '../table.ts';
import type { TextSource } from '../text-source.ts';
import type { ColumnLine, SentenceRow } from './sentence-row.ts';

/** Which columns of CoNLL are read. */
export interface ConllColumnNumbers {
  /** Counted from 1. */
  readonly word: number;
  /** Counted from 1; undefined: only words are read. */
  readonly tag: number | 'last' | undefined;
  /** A missing tag column is not an error. */
  readonly isTagOptional: boolean;
}

export type RequestedColumns =
  | { readonly format: 'conll'; readonly columns: ConllColumnNumbers }
  | { readonly format: 'conllu'; readonly column: ConlluColumn | undefined };

/** Sentences of a file in columns, one after the other, with their lines. */
export class ColumnSentences {
  readonly #source: TextSource;
  readonly #asked: RequestedColumns;
  #rest: readonly ColumnLine[] = [];

  constructor(source: TextSource, asked: RequestedColumns) {
    this.#source = source;
    this.#asked = asked;
  }

  /** Lines after the last sentence, once all were read. */
  get rest(): readonly ColumnLine[] {
    return this.#rest;
  }

  /**
   * Sentences, and invalid ones, in constant memory; except for CoNLL from the first line that is a comment or a word depending on all
   * other lines. Throws FORMAT if there is no such column.
   */
  async *rows(): AsyncGenerator<SentenceRow | Fault> {
    const ahead = new LinesAhead(numberedLines(this.#source));
    const asked = this.#asked;
    const reading = asked.format === 'conllu' ? conlluReading(asked.column) : await conllReading(ahead, asked.columns, this.#source);
    const gatherer = new SentenceGatherer();
    let lines: ColumnLine[] = [];
    let at: SentenceRow['at'] | undefined;
    const rowOf = (found: ReturnType<SentenceGatherer['end']>): SentenceRow | Fault | undefined => {
      if (found === undefined) return undefined;
      const row = isFault(found)
        ? found
        : { words: found.words, ...(reading.hasTags && { tags: found.tags }), at: at!, lines, table: reading.table };
      [lines, at] = [[], undefined];
      return row;
    };
    for (let line = await ahead.next(); line !== undefined; line = await ahead.next()) {
      const read = isSentenceFault(line) ? line : await reading.read(line, gatherer.words);
      const text = isSentenceFault(line) ? '' : line.text;
      const isWord = read !== 'end' && read !== 'none';
      if (isWord) at ??= isSentenceFault(line) ? line.at : line.number;
      lines.push({ text, kind: isWord ? 'word' : reading.isBoundary(text) ? 'boundary' : 'other' });
      const row = rowOf(gatherer.add(line, read));
      if (row !== undefined) yield row;
    }
    const last = rowOf(gatherer.end());
    if (last !== undefined) yield last;
    this.#rest = lines;
  }
}

/** Lines with look-ahead. */
class LinesAhead {
  readonly #lines: AsyncIterator<SentenceLine>;
  #ahead: SentenceLine[] = [];
  #at = 0;

  constructor(lines: AsyncIterable<SentenceLine>) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async next(): Promise<SentenceLine | undefined> {
    if (this.#at < this.#ahead.length) return this.#ahead[this.#at++];
    if (this.#at > 0) [this.#ahead, this.#at] = [[], 0];
    return this.#more();
  }

  /** Upcoming lines up to and including the first that matches; all if none does. */
  async until(will: (line: SentenceLine) => boolean): Promise<readonly SentenceLine[]> {
    for (let i = this.#at; ; i++) {
      if (i === this.#ahead.length) {
        const line = await this.#more();
        if (line === undefined) break;
        this.#ahead.push(line);
      }
      if (will(this.#ahead[i]!)) return this.#ahead.slice(this.#at, i + 1);
    }
    return this.#ahead.slice(this.#at);
  }

  async #more(): Promise<SentenceLine | undefined> {
    const step = await this.#lines.next();
    return step.done === true ? undefined : step.value;
  }
}

/** How lines are read. */
interface Reading {
  readonly read: (line: Line, place: number) => Read | Promise<Read>;
  readonly isBoundary: (text: string) => boolean;
  readonly hasTags: boolean;
  readonly table?: ConllTable | undefined;
}

function conlluReading(column: ConlluColumn | undefined): Reading {
  return { read: conlluLine(column), isBoundary: () => false, hasTags: column !== undefined };
}

async function conllReading(ahead: LinesAhead, asked: ConllColumnNumbers, file: { readonly name: string }): Promise<Reading> {
  const found = await ahead.until((line) => !isSentenceFault(line) && isFirstRow(bare(line)));
  const looked = found.flatMap((line) => (isSentenceFault(line) ? [] : [bare(line)]));
  const last = looked.at(-1);
  const row = last !== undefined && isFirstRow(last) ? last : doubtfulRow(looked);
  if (row === undefined) return { read: () => 'none', isBoundary: () => false, hasTags: false };
  const table = tableBy(row);
  const columns = columnsOf(asked, table);
  // If the last column is requested it may be the only one.
  if (columns.tag === columns.word && table.columns === 1) {
    throw badRow(file, row.number, 'The line has one column, which holds the words.', 'Omit the label column.');
  }
  checkColumns(table, columns, file);
  const comments = new ConllComments(table, columns.word);
  let learntAll = false;
  return {
    table,
    hasTags: columns.tag !== undefined,
    isBoundary: (text) => isDocumentStart(text) && table.split(text).length === table.columns,
    read: async (line, place) => {
      const own = bare(line);
      if (!learntAll) comments.learn(own.text);
      let isComment = comments.isComment(own.text, place === 0);
      if (isComment === undefined) {
        if (!learntAll) for (const later of await ahead.until(() => false)) if (!isSentenceFault(later)) comments.learn(bare(later).text);
        learntAll = true;
        isComment = comments.isUnlikeRows(own.text);
      }
      return isComment ? 'none' : readRow(own, table, columns);
    },
  };
}

function columnsOf({ word, tag, isTagOptional }: ConllColumnNumbers, { columns }: ConllTable): ConllColumns {
  const wanted = tag === 'last' ? columns : tag;
  const isThere = wanted !== undefined && wanted <= columns && wanted !== word;
  return { word, tag: isTagOptional && !isThere ? undefined : wanted };
}

/** Without the carriage return of a Windows line. */
function bare({ text, number }: Line): Line {
  return { text: text.endsWith('\r') ? text.slice(0, -1) : text, number };
}

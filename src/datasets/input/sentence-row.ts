import { wordsOf, tagsOf } from '../word-cells.ts';
import type { Fault } from '../faults.ts';
import type { ConllTable } from '../readers/conll-lines.ts';
import { isFault } from '../table.ts';
import type { InputRow, UnreadRow } from './input-row.ts';

/** A line of a file in columns. */
export interface ColumnLine {
  /** As in the file, including a carriage return at its end. */
  readonly text: string;
  /** boundary: of a document, in as many columns as words have. */
  readonly kind: 'word' | 'boundary' | 'other';
}

/** A sentence with the content of its row or lines, to be written again. */
export interface SentenceRow extends Pick<InputRow, 'at' | 'object'> {
  /** As in the input; empty for a row without words. */
  readonly words: readonly string[];
  /** [words] tags of the label column; undefined if not requested or missing from the row. */
  readonly tags?: readonly string[] | undefined;
  /** For columns: all lines after the previous sentence up to the end of this one. */
  readonly lines?: readonly ColumnLine[] | undefined;
  /** For CoNLL: the layout of its rows. */
  readonly table?: Pick<ConllTable, 'tabs' | 'columns'> | undefined;
}

export interface SentenceCells {
  readonly textColumn: string;
  readonly labelColumn?: string | undefined;
}

/** A row with valid words, and valid tags if any, or why it is invalid. */
export function usableSentence({ text, label, at, object }: UnreadRow, { textColumn, labelColumn }: SentenceCells): SentenceRow | Fault {
  const words = wordsOf(text, { column: textColumn, at });
  if (isFault(words)) return words;
  if (labelColumn === undefined || label === undefined || label === null) return { words, at, object };
  const seen = { booleans: false, trimmed: 0 };
  const tags = tagsOf(label, { column: labelColumn, at, words: words.length, seen });
  return isFault(tags) ? tags : { words, tags, at, object };
}

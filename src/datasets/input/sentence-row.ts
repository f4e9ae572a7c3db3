import { wordsOf, tagsOf } from '../word-cells.ts';
import type { Fault } from '../faults.ts';
import type { ConllTable } from '../readers/conll-lines.ts';
import { isFault } from '../table.ts';
import type { InputRow, UnreadRow } from './input-row.ts';

/** A line of a file in columns. */
export interface ColumnLine {
  /** As it stands in the file, a carriage return at its end included. */
  readonly text: string;
  /** Boundary: of a document, in as many columns as words have. */
  readonly kind: 'word' | 'boundary' | 'other';
}

/** A sentence with all that stands in its row or lines, to be written again. */
export interface SentenceRow extends Pick<InputRow, 'at' | 'object'> {
  /** As the input has them; none of a row without words. */
  readonly words: readonly string[];
  /** [words] those of the label column; undefined where none is asked for or the row has none. */
  readonly tags?: readonly string[] | undefined;
  /** Of columns: all lines from the sentence before up to the one that ends it. */
  readonly lines?: readonly ColumnLine[] | undefined;
  /** Of CoNLL: how its rows are made. */
  readonly table?: Pick<ConllTable, 'tabs' | 'columns'> | undefined;
}

export interface SentenceCells {
  readonly textColumn: string;
  readonly labelColumn?: string | undefined;
}

/** A row whose words, and tags where it has any, can be read, or why not. */
export function usableSentence({ text, label, at, object }: UnreadRow, { textColumn, labelColumn }: SentenceCells): SentenceRow | Fault {
  const words = wordsOf(text, { column: textColumn, at });
  if (isFault(words)) return words;
  if (labelColumn === undefined || label === undefined || label === null) return { words, at, object };
  const seen = { booleans: false, trimmed: 0 };
  const tags = tagsOf(label, { column: labelColumn, at, words: words.length, seen });
  return isFault(tags) ? tags : { words, tags, at, object };
}

import { bounded } from '../errors.ts';
import { kindOf } from './cell-kind.ts';
import type { Example } from './dataset.ts';
import { LONE_SURROGATE } from './decode.ts';
import type { Fault } from './faults.ts';
import { LabelPlaces } from './label-places.ts';
import { numberLabel, trimLabel } from './labels.ts';
import { splitOf, type ReaderFile } from './reader.ts';
import { isDoubtful, splitNamed } from './split-words.ts';
import type { Column, TableRow } from './table-row.ts';

export interface RowParams {
  readonly row: TableRow;
  /** Text, label, and the split's where there is one. */
  readonly columns: readonly Column[];
  readonly labelSeparator: string | undefined;
  readonly file: ReaderFile;
  /** What was seen in the cells, over all rows. */
  readonly seen: Seen;
}

/** What labels looked like before they were names. */
export interface Seen {
  /** Some label was a truth value of its format. */
  booleans: boolean;
  /** Labels that white space was taken off. */
  trimmed: number;
  /** Some cell had the separator in it. */
  separator: boolean;
  /** Words for dev that others take for test. */
  readonly doubtful: Set<string>;
  /** Whether lists of labels are none of names. */
  readonly places: LabelPlaces;
}

/** A row as an example, or why it is none. The text may be empty, as a file may well say that nothing was written; a label may not. */
export function exampleOf({ row: { cells, at }, columns, labelSeparator, file, seen }: RowParams): Example | Fault {
  const [text, label, split] = cells;
  const wrong = (column: number, got: unknown, want: 'text' | 'label' | 'split', hint?: string): Fault => ({
    kind: want,
    at,
    what: `Column "${columns[column]?.name}" is ${kindOf(got)}, not a ${want}.`,
    hint,
  });
  if (typeof text !== 'string') return wrong(0, text, 'text');
  const odd = oddLetter(text, at);
  if (odd !== undefined) return odd;
  const labels = new Set<string>();
  const several = labelCells(label, labelSeparator, seen);
  for (const cell of several) {
    const name = labelName(cell);
    if (name === undefined) return wrong(1, cell, 'label');
    const trimmed = trimLabel(name);
    if (trimmed === '') return { kind: 'label', at, what: 'The label is empty.' };
    const oddLabel = oddLetter(trimmed, at);
    if (oddLabel !== undefined) return oddLabel;
    labels.add(trimmed);
    if (typeof cell === 'boolean') seen.booleans = true;
    // Between labels of a cell a blank is usual.
    if (trimmed !== name && labelSeparator === undefined) seen.trimmed++;
  }
  if (labels.size === 0) return { kind: 'label', at, what: 'The label is empty.' };
  // Of rows that are used alone: one without a label says nothing of the others.
  seen.places.add(several);
  if (columns.length < 3) return { text, labels: [...labels], split: splitOf(file) };
  const named = typeof split === 'string' ? splitNamed(trimLabel(split)) : undefined;
  if (named === undefined) return wrong(2, split, 'split', 'Splits are train, dev (or validation, valid, val, eval) and test.');
  if (isDoubtful(trimLabel(split as string))) seen.doubtful.add(trimLabel(split as string));
  return { text, labels: [...labels], split: named };
}

/** The labels of a cell, each once; none where it is empty or holds no label. */
export function labelNames(cell: unknown, separator: string | undefined): string[] {
  const seen: Seen = { booleans: false, trimmed: 0, separator: false, doubtful: new Set(), places: new LabelPlaces() };
  const names = labelCells(cell, separator, seen).map((each) => trimLabel(labelName(each) ?? ''));
  return [...new Set(names)].filter((name) => name !== '');
}

/** What no tokenizer reads: a NUL character, or half of a character as JSON can escape it. Undefined where the text has neither. */
export function oddLetter(text: string, at: Fault['at']): Fault | undefined {
  if (text.includes('\0')) {
    return { kind: 'zero', at, what: `The row has a NUL character: "${bounded(text.replaceAll('\0', '\\0'), ODD_SHOWN)}".` };
  }
  const half = LONE_SURROGATE.exec(text)?.[0];
  return half === undefined
    ? undefined
    : { kind: 'half', at, what: `The row has half of a character (\\u${half.charCodeAt(0).toString(16)}).` };
}

/** Letters of a text that are shown. */
const ODD_SHOWN = 40;

function labelCells(cell: unknown, separator: string | undefined, seen: Seen): unknown[] {
  if (Array.isArray(cell)) return cell;
  if (typeof cell !== 'string' || separator === undefined) return [cell];
  // ", " stands between labels where "," does: they are trimmed. Of blanks there may be several.
  const bare = separator.trim();
  if (cell.includes(bare === '' ? separator : bare)) seen.separator = true;
  return bare === ''
    ? cell
        .trim()
        .split(separator)
        .filter((piece) => piece.trim() !== '')
    : cell.split(bare);
}

function labelName(cell: unknown): string | undefined {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'boolean') return String(cell);
  return typeof cell === 'bigint' || (typeof cell === 'number' && Number.isFinite(cell)) ? numberLabel(cell) : undefined;
}

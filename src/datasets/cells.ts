import { bounded } from '../errors.ts';
import { kindOf } from './cell-kind.ts';
import type { Example, Split, Task } from './dataset.ts';
import { LONE_SURROGATE } from './decode.ts';
import type { Fault } from './faults.ts';
import { LabelPlaces } from './label-places.ts';
import { numberLabel, trimLabel } from './labels.ts';
import { targetOf } from './target.ts';
import { splitOf, type ReaderFile } from './reader.ts';
import { isDoubtful, splitNamed } from './split-words.ts';
import { ROLES, type Column, type TableRow } from './table-row.ts';

export interface RowParams {
  readonly row: TableRow;
  /** Text, label, and, if present, split and second text. */
  readonly columns: readonly Column[];
  /** Kind of label. Default: a class. */
  readonly task?: Task | undefined;
  readonly labelSeparator: string | undefined;
  readonly file: ReaderFile;
  /** Findings over all rows. */
  readonly seen: Seen;
}

/** Forms in which labels were written. */
export interface Seen {
  /** Some label was a boolean of its format. */
  booleans: boolean;
  /** Number of labels with white space removed. */
  trimmed: number;
  /** Some cell contained the separator. */
  separator: boolean;
  /** Words read as dev that others read as test. */
  readonly doubtful: Set<string>;
  /** Whether lists of labels are indicator vectors instead of names. */
  readonly places: LabelPlaces;
}

/** A row as an example, or why it is invalid. The text may be empty, as a file may state that nothing was written; a label may not. */
export function exampleOf({ row, columns, labelSeparator, task, file, seen }: RowParams): Example | Fault {
  const { cells, at } = row;
  const [text, label] = cells;
  if (typeof text !== 'string') return wrongCell({ row, columns, role: 'text' });
  const second = cellOf({ row, columns, role: 'pair' });
  const isPair = columns.some(({ role }) => role === 'pair');
  if (isPair && typeof second !== 'string') return wrongCell({ row, columns, role: 'pair' });
  const odd = oddLetter(text, at) ?? (typeof second === 'string' ? oddLetter(second, at) : undefined);
  if (odd !== undefined) return odd;
  const texts = { text, ...(typeof second === 'string' && { second }) };
  const split = splitOfRow({ row, columns, file, seen });
  if (typeof split === 'object') return split;
  if (task === 'regression') {
    const target = targetOf(label, { column: columns[1]!.name, at });
    return 'what' in target ? target : { ...texts, labels: [numberLabel(target.number)], split };
  }
  const labels = new Set<string>();
  const several = labelCells(label, labelSeparator, seen);
  for (const cell of several) {
    const name = labelName(cell);
    if (name === undefined) return { kind: 'label', at, what: `Column "${columns[1]!.name}" is ${kindOf(cell)}, not a label.` };
    const trimmed = trimLabel(name);
    if (trimmed === '') return { kind: 'label', at, what: 'The label is empty.' };
    const oddLabel = oddLetter(trimmed, at);
    if (oddLabel !== undefined) return oddLabel;
    labels.add(trimmed);
    if (typeof cell === 'boolean') seen.booleans = true;
    // Between the labels of a cell a blank is usual.
    if (trimmed !== name && labelSeparator === undefined) seen.trimmed++;
  }
  if (labels.size === 0) return { kind: 'label', at, what: 'The label is empty.' };
  // Only valid rows count: one without a label says nothing about the others.
  seen.places.add(several);
  return { ...texts, labels: [...labels], split };
}

interface CellParams extends Pick<RowParams, 'row' | 'columns'> {
  readonly role: Column['role'];
}

function cellOf({ row: { cells }, columns, role }: CellParams): unknown {
  return cells[columns.findIndex((column) => column.role === role)];
}

/** The error for a cell whose content does not fit its column. */
function wrongCell({ hint, ...params }: CellParams & { readonly hint?: string }): Fault {
  const { row, columns, role } = params;
  const name = columns.find((column) => column.role === role)?.name;
  return { kind: role, at: row.at, what: `Column "${name}" is ${kindOf(cellOf(params))}, not a ${ROLES[role]}.`, hint };
}

/** The split of a row: from its cell, if there is such a column, else that of its file. */
export function splitOfRow({ row, columns, file, seen }: Pick<RowParams, 'row' | 'columns' | 'file' | 'seen'>): Split | Fault {
  if (!columns.some(({ role }) => role === 'split')) return splitOf(file);
  const cell = cellOf({ row, columns, role: 'split' });
  const word = typeof cell === 'string' ? trimLabel(cell) : '';
  const named = splitNamed(word);
  if (named === undefined) {
    return wrongCell({ row, columns, role: 'split', hint: 'Splits are train, dev (or validation, valid, val, eval) and test.' });
  }
  if (isDoubtful(word)) seen.doubtful.add(word);
  return named;
}

/** The labels of a cell, without duplicates; empty if there is none. */
export function labelNames(cell: unknown, separator: string | undefined): string[] {
  const seen: Seen = { booleans: false, trimmed: 0, separator: false, doubtful: new Set(), places: new LabelPlaces() };
  const names = labelCells(cell, separator, seen).map((each) => trimLabel(labelName(each) ?? ''));
  return [...new Set(names)].filter((name) => name !== '');
}

/** Characters that no tokenizer reads: NUL, or an unpaired surrogate as JSON can escape it. Undefined if the text has neither. */
export function oddLetter(text: string, at: Fault['at']): Fault | undefined {
  if (text.includes('\0')) {
    return { kind: 'zero', at, what: `The row contains a NUL character: "${bounded(text.replaceAll('\0', '\\0'), ODD_SHOWN)}".` };
  }
  const half = LONE_SURROGATE.exec(text)?.[0];
  return half === undefined
    ? undefined
    : { kind: 'half', at, what: `The row has an unpaired surrogate (\\u${half.charCodeAt(0).toString(16)}).` };
}

/** Characters of a text shown. */
const ODD_SHOWN = 40;

function labelCells(cell: unknown, separator: string | undefined, seen: Seen): unknown[] {
  if (Array.isArray(cell)) return cell;
  if (typeof cell !== 'string' || separator === undefined) return [cell];
  // ", " also separates labels if "," does: they are trimmed. Of blanks there may be several.
  const bare = separator.trim();
  if (cell.includes(bare === '' ? separator : bare)) seen.separator = true;
  return bare === ''
    ? cell
        .trim()
        .split(separator)
        .filter((piece) => piece.trim() !== '')
    : cell.split(bare);
}

/** A label as text; undefined if invalid. */
export function labelName(cell: unknown): string | undefined {
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'boolean') return String(cell);
  return typeof cell === 'bigint' || (typeof cell === 'number' && Number.isFinite(cell)) ? numberLabel(cell) : undefined;
}

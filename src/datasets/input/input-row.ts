import { kindOf } from '../cell-kind.ts';
import { oddLetter } from '../cells.ts';
import type { Fault } from '../faults.ts';

/** A row with all its content, to be written again. */
export interface InputRow {
  readonly text: string;
  /** Only of a pair. */
  readonly second?: string | undefined;
  /** Cell of the label column; undefined if not requested or missing from the row. */
  readonly label?: unknown;
  /** Line of the file, or its equivalent: `record 7`. */
  readonly at: number | string;
  /** Of text tables: a field for each column of the header. */
  readonly fields?: readonly string[] | undefined;
  /** Of JSON: the object as in its line, and its keys. */
  readonly object?: { readonly text: string; readonly value: Readonly<Record<string, unknown>> } | undefined;
}

/** Columns that a row is read from. */
export interface TextColumns {
  readonly textColumn: string;
  /** Column of the second text, if rows are pairs. */
  readonly pairColumn?: string | undefined;
}

/** A row whose cells are not validated yet. */
export type UnreadRow = Omit<InputRow, 'text' | 'second'> & { readonly text: unknown; readonly second?: unknown };

/** A row with valid text, or texts, or why it is invalid. */
export function usable({ text, second, ...row }: UnreadRow, { textColumn, pairColumn }: TextColumns): InputRow | Fault {
  if (typeof text !== 'string') return { kind: 'text', at: row.at, what: `Column "${textColumn}" is ${kindOf(text)}, not a string.` };
  if (pairColumn === undefined) return oddLetter(text, row.at) ?? { text, ...row };
  if (typeof second !== 'string') return { kind: 'text', at: row.at, what: `Column "${pairColumn}" is ${kindOf(second)}, not a string.` };
  return oddLetter(text, row.at) ?? oddLetter(second, row.at) ?? { text, second, ...row };
}

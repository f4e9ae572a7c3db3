import { kindOf } from '../cell-kind.ts';
import { oddLetter } from '../cells.ts';
import type { Fault } from '../faults.ts';

/** A row with all that stands in it, to be written again. */
export interface InputRow {
  readonly text: string;
  /** Cell of the label column; undefined where none is asked for or the row has none. */
  readonly label?: unknown;
  /** Line of the file, or what stands for it: `record 7`. */
  readonly at: number | string;
  /** Of text tables: a field for each column of the header. */
  readonly fields?: readonly string[] | undefined;
  /** Of JSON: the object as it stands in its line, and its keys. */
  readonly object?: { readonly text: string; readonly value: Readonly<Record<string, unknown>> } | undefined;
}

/** A row whose text can be read, or why it cannot. */
export function usable({ text, ...row }: Omit<InputRow, 'text'> & { readonly text: unknown }, column: string): InputRow | Fault {
  if (typeof text !== 'string') return { kind: 'text', at: row.at, what: `Column "${column}" is ${kindOf(text)}, not a text.` };
  return oddLetter(text, row.at) ?? { text, ...row };
}

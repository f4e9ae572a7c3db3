import type { Split } from './dataset.ts';

/** A requested column. */
export interface Column {
  readonly role: 'text' | 'label' | 'split' | 'pair';
  readonly name: string;
}

export interface TableRow {
  /** In the order of the requested columns. */
  readonly cells: readonly unknown[];
  /** Line of the file, or its equivalent: `row 7`. */
  readonly at: number | string;
  /** Split of the part of the file that contains the row, if the file has parts. */
  readonly split?: Split | 'all' | undefined;
  /** The whole row, if it is a JSON object. */
  readonly object?: Readonly<Record<string, unknown>> | undefined;
}

/** Name of a column's role. */
export const ROLES: Readonly<Record<Column['role'], string>> = { text: 'text', label: 'label', split: 'split', pair: 'second text' };

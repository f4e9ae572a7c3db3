import type { Split } from './dataset.ts';

/** A column that is asked for. */
export interface Column {
  readonly role: 'text' | 'label' | 'split' | 'pair';
  readonly name: string;
}

export interface TableRow {
  /** In the order of the columns asked for. */
  readonly cells: readonly unknown[];
  /** Line of the file, or what stands for it: `row 7`. */
  readonly at: number | string;
  /** Split of the part of the file that the row stands in, where the file has parts. */
  readonly split?: Split | 'all' | undefined;
  /** The whole row, where it is a JSON object. */
  readonly object?: Readonly<Record<string, unknown>> | undefined;
}

/** What a column is called. */
export const ROLES: Readonly<Record<Column['role'], string>> = { text: 'text', label: 'label', split: 'split', pair: 'second text' };

import { byCodePoint } from '../datasets/code-points.ts';
import { HarnessError } from '../errors.ts';

/** Name or number of a class. `1` and `'1'` are two classes. */
export type Label = string | number;

/** Labels as class indices. */
export interface LabelColumns<L extends Label> {
  /** Numbers ascending, then strings in code point order, as scikit-learn sorts them: the smallest wins a tie. */
  readonly classes: readonly L[];
  /** For each list given, the class of each row as an index into `classes`. */
  readonly columns: readonly Int32Array[];
}

/** The classes of several lists of labels together. Throws OPTION for a value that is neither a string nor a finite number. */
export function labelColumns<L extends Label>(lists: Readonly<Record<string, ArrayLike<L>>>): LabelColumns<L> {
  const all = Object.entries(lists).map(([name, list]) => Array.from(list, (label, row) => checked(label, `${name}[${row}]`)));
  const classes = [...new Set(all.flat())].toSorted(smallerFirst);
  const indexOf = new Map(classes.map((label, i) => [label, i]));
  return { classes, columns: all.map((list) => Int32Array.from(list, (label) => indexOf.get(label)!)) };
}

function checked<L extends Label>(label: L, where: string): L {
  if (typeof label === 'string' || Number.isFinite(label)) return label;
  throw new HarnessError('OPTION', { where, what: `A label is a string or a finite number, got ${String(label)}.` });
}

function smallerFirst(a: Label, b: Label): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  return typeof b === 'number' ? 1 : byCodePoint(a, b);
}

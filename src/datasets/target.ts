import { kindOf } from './cell-kind.ts';
import type { Fault } from './faults.ts';
import { trimLabel } from './labels.ts';

/** A number as people and programs write it: no separators of thousands, a point before the fraction. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const COMMA = /^[+-]?\d+,\d+$/;

/** The number of a cell that is to be predicted, or why it is none: empty, NaN and infinite ones are refused, as is any text. */
export function targetOf(
  cell: unknown,
  { column, at }: { readonly column: string; readonly at: Fault['at'] },
): { readonly number: number } | Fault {
  const text = typeof cell === 'string' ? trimLabel(cell) : undefined;
  const number =
    typeof cell === 'number' || typeof cell === 'bigint' ? Number(cell) : text !== undefined && NUMBER.test(text) ? Number(text) : NaN;
  // A zero is one, whatever its sign.
  if (Number.isFinite(number)) return { number: number + 0 };
  const hint = text !== undefined && COMMA.test(text) ? 'Use a decimal point.' : undefined;
  return { kind: 'target', at, what: `Column "${column}" is ${kindOf(cell)}, not a number.`, hint };
}

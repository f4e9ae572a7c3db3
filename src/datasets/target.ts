import { kindOf } from './cell-kind.ts';
import type { Fault } from './faults.ts';
import { trimLabel } from './labels.ts';

/** A number without thousands separators, with a decimal point. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const COMMA = /^[+-]?\d+,\d+$/;

/** The target number of a cell, or why it is invalid: empty cells, NaN, infinity and any text are rejected. */
export function targetOf(
  cell: unknown,
  { column, at }: { readonly column: string; readonly at: Fault['at'] },
): { readonly number: number } | Fault {
  const text = typeof cell === 'string' ? trimLabel(cell) : undefined;
  const number =
    typeof cell === 'number' || typeof cell === 'bigint' ? Number(cell) : text !== undefined && NUMBER.test(text) ? Number(text) : NaN;
  // -0 is 0.
  if (Number.isFinite(number)) return { number: number + 0 };
  const hint = text !== undefined && COMMA.test(text) ? 'Use a decimal point.' : undefined;
  return { kind: 'target', at, what: `Column "${column}" is ${kindOf(cell)}, not a number.`, hint };
}

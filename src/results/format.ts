import { HarnessError } from '../errors.ts';

/**
 * Numbers as formatted in a results file. Halves are rounded away from zero, in decimal: 0.12345 is 12.35, whatever its binary
 * representation.
 */

/**
 * Exact percentage with two decimals of `part` out of `whole`: 1 of 3 is "33.33", 1 of 32 "3.13". '' if whole is 0.
 * @throws HarnessError INTERNAL unless 0 <= part <= whole, both integers.
 */
export function percentOfCounts({ part, whole }: { readonly part: number; readonly whole: number }): string {
  if (!Number.isSafeInteger(part) || !Number.isSafeInteger(whole) || part < 0 || part > whole) {
    throw new HarnessError('INTERNAL', { what: `Cannot give ${part} of ${whole} as a percentage.` });
  }
  if (whole === 0) return '';
  const [p, w] = [BigInt(part), BigInt(whole)];
  return withPoint(Number((p * 20000n + w) / (2n * w)), 2);
}

/** Percentage with two decimals of a fraction: 0.80805 is "80.81". '' if it is NaN (a score of nothing). */
export function percentOfFraction(fraction: number): string {
  return Number.isFinite(fraction) ? rounded({ value: fraction, shift: 4, digits: 2 }) : '';
}

/** A number with this many decimals; '' if it is not finite. */
export function fixed(value: number, digits: number): string {
  return Number.isFinite(value) ? rounded({ value, shift: digits, digits }) : '';
}

/** A number with this many significant digits, in its shortest form: 0.00005, 1.2e-7. '' if it is not finite. */
export function significant(value: number, digits: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : '';
}

/** Smaller values depend on the far tails of a distribution, and are not meaningful. */
const SMALLEST_P = 0.0001;

/** A p-value in a table: `0.0213`, `< 0.0001`. */
export function pCell(p: number): string {
  return p < SMALLEST_P ? `< ${SMALLEST_P}` : fixed(p, 4);
}

/** A p-value in a sentence: `p = 0.021`, `p < 0.0001`. */
export function pWords(p: number): string {
  return p < SMALLEST_P ? `p < ${SMALLEST_P}` : `p = ${significant(p, 2)}`;
}

/**
 * Shifts the decimal point in decimal notation, as multiplying would round twice. Twelve digits are kept, since a sum over classes is
 * inexact in the sixteenth, which must not turn a half into less than a half.
 */
function rounded({ value, shift, digits }: { readonly value: number; readonly shift: number; readonly digits: number }): string {
  const [mantissa, exponent = '0'] = Math.abs(value).toPrecision(12).split('e');
  const units = Math.round(Number(`${mantissa}e${Number(exponent) + shift}`));
  return `${value < 0 && units > 0 ? '-' : ''}${withPoint(units, digits)}`;
}

function withPoint(units: number, digits: number): string {
  if (digits === 0) return String(units);
  const text = String(units).padStart(digits + 1, '0');
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

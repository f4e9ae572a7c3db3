import type { Unit } from '../choosing/budget.ts';

/** An amount of a budget, rounded up. */
export function amountWords(unit: Unit, amount: number): string {
  if (unit === 'passes') return `${Math.ceil(amount)} passes of texts`;
  const seconds = Math.ceil(amount / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${(Math.ceil(seconds / 360) / 10).toFixed(1)} h`;
}

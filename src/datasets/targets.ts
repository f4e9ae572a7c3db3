import { HarnessError, option } from '../errors.ts';
import type { ClassificationDataset } from './dataset.ts';

/** Numbers that are classes, such as star ratings, are few. */
const MOST = 20;

/** Throws DATA if labels are target numbers instead of classes: all numeric, some with a fraction, more than a few. */
export function checkClasses(dataset: Pick<ClassificationDataset, 'key' | 'classes'>): void {
  const { key, classes } = dataset;
  if (!hasFractions(dataset)) return;
  throw new HarnessError('DATA', {
    where: key,
    what: `Its ${classes.length} labels are fractional numbers, not classes.`,
    hint: `Predict them with ${option('task')} regression (run, rank, finetune, choose), or bin them into classes.`,
  });
}

/** Whether labels are numbers, some with a fraction, and more than a few. */
export function hasFractions({ classes }: Pick<ClassificationDataset, 'classes'>): boolean {
  return areNumbers(classes) && !classes.every((name) => Number.isInteger(Number(name)));
}

/** Whether labels are integers that look like amounts: more than a few, and not class numbers, which have no gaps from 0 or 1. */
export function areAmounts({ classes }: Pick<ClassificationDataset, 'classes'>): boolean {
  if (!areNumbers(classes) || hasFractions({ classes })) return false;
  const numbers = classes.map(Number).toSorted((a, b) => a - b);
  return ![0, 1].includes(numbers[0]!) || numbers.at(-1)! - numbers[0]! + 1 !== numbers.length;
}

function areNumbers(classes: readonly string[]): boolean {
  return classes.length > MOST && classes.every((name) => name.trim() !== '' && Number.isFinite(Number(name)));
}

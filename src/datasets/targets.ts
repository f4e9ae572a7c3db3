import { HarnessError } from '../errors.ts';
import type { Dataset } from './dataset.ts';

/** Numbers that are classes, as stars, are few. */
const MOST = 20;

/** Throws DATA where labels are numbers to be predicted, and no classes: all numeric, some with a fraction, more than a few. */
export function checkClasses(dataset: Dataset): void {
  const { key, classes } = dataset;
  if (!hasFractions(dataset)) return;
  throw new HarnessError('DATA', {
    where: key,
    what: `Its ${classes.length} labels are numbers with fractions: a target of regression.`,
    hint: 'Only classes are ranked; cut the numbers into a few.',
  });
}

/** Whether labels are numbers, some with a fraction, and more than a few. */
export function hasFractions({ classes }: Pick<Dataset, 'classes'>): boolean {
  return (
    classes.length > MOST
    && classes.every((name) => name.trim() !== '' && Number.isFinite(Number(name)))
    && !classes.every((name) => Number.isInteger(Number(name)))
  );
}

import { HarnessError } from '../errors.ts';
import { rebuilt } from './row-examples.ts';
import type { Dataset } from './dataset.ts';
import { nestedOrder } from './sample.ts';
import { strataOf } from './task.ts';

/** Labels of a row, as a numeric key. */
function labelsOfRow(dataset: Dataset, row: number): readonly number[] {
  switch (dataset.task) {
    case 'classification':
      return [dataset.labels[row]!];
    case 'regression':
      return [dataset.targets[row]!];
    case 'token-classification':
      return [...dataset.tags.subarray(dataset.starts[row]!, dataset.starts[row + 1]!)];
    default:
      return dataset satisfies never;
  }
}

export interface Nested<D extends Dataset = Dataset> {
  readonly dataset: D;
  /** Its rows in the whole, ascending. */
  readonly rows: readonly number[];
}

/** Nested samples of a dataset: `take(200)` is contained in `take(400)`. For texts with several labels the first counts. */
export class NestedSamples<D extends Dataset = Dataset> {
  readonly #whole: D;
  readonly #seed: number;
  #order: readonly number[] | undefined;

  constructor(whole: D, seed: number) {
    this.#whole = whole;
    this.#seed = seed;
  }

  /** Whether a sample of that size has at least two classes, or two numbers, as scoring requires. */
  hasTwoLabels(size: number): boolean {
    const whole: Dataset = this.#whole;
    return new Set(this.#first(size).flatMap((row) => labelsOfRow(whole, row))).size > 1;
  }

  #first(size: number): readonly number[] {
    this.#order ??= nestedOrder({ classes: strataOf(this.#whole), seed: this.#seed });
    return this.#order.slice(0, size);
  }

  /** The whole if `size` is not smaller. Throws DATA if the sample has only one class, number or tag. */
  take(size: number): Nested<D> {
    const whole = this.#whole;
    const { texts, key, sample } = whole;
    if (size >= texts.length) return { dataset: whole, rows: [...texts.keys()] };
    const rows = this.#first(size).toSorted((a, b) => a - b);
    const words = `nested ${size} of ${texts.length}, seed ${this.#seed}`;
    if (!this.hasTwoLabels(size)) {
      const one = { classification: 'class', regression: 'number', 'token-classification': 'tag' }[whole.task];
      throw new HarnessError('DATA', { where: key, what: `A sample of ${size} texts has only one ${one}.`, hint: 'Use a larger sample.' });
    }
    return { dataset: rebuilt(whole, rows, sample === '' ? words : `${sample}; ${words}`), rows };
  }
}

import { HarnessError } from '../errors.ts';
import { buildDataset } from './build.ts';
import { SPLITS, type Dataset } from './dataset.ts';
import { nestedOrder } from './sample.ts';

export interface Nested {
  readonly dataset: Dataset;
  /** Its rows in the whole, ascending. */
  readonly rows: readonly number[];
}

/**
 * Samples of a dataset of which each lies within every larger one: `take(200)` within `take(400)`. Of texts with several labels the first
 * counts.
 */
export class NestedSamples {
  readonly #whole: Dataset;
  readonly #seed: number;
  #order: readonly number[] | undefined;

  constructor(whole: Dataset, seed: number) {
    this.#whole = whole;
    this.#seed = seed;
  }

  /** Whether a sample of that size can be classified at all. */
  hasTwoClasses(size: number): boolean {
    const { labels } = this.#whole;
    return new Set(this.#first(size).map((row) => labels[row]!)).size > 1;
  }

  #first(size: number): readonly number[] {
    const { labels, classes } = this.#whole;
    this.#order ??= nestedOrder({ classes: Array.from(labels, (label) => classes[label]!), seed: this.#seed });
    return this.#order.slice(0, size);
  }

  /** The whole where `size` is no less. Throws DATA where the sample has one class. */
  take(size: number): Nested {
    const { texts, labels, classes, split, key, labelField, severalLabels, sample } = this.#whole;
    if (size >= texts.length) return { dataset: this.#whole, rows: [...texts.keys()] };
    const rows = this.#first(size).toSorted((a, b) => a - b);
    const examples = rows.map((row) => ({ text: texts[row]!, labels: [classes[labels[row]!]!], split: SPLITS[split[row]!]! }));
    const words = `nested ${size} of ${texts.length}, seed ${this.#seed}`;
    const dataset = { ...buildDataset({ key, labelField, labels: 'first', examples, sample: sample === '' ? words : `${sample}; ${words}` }), severalLabels };
    if (dataset.classes.length === 1) {
      throw new HarnessError('DATA', { where: key, what: `A sample of ${size} texts has one class.`, hint: 'Take more.' });
    }
    return { dataset, rows };
  }
}

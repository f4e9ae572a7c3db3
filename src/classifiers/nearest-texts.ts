import { HarnessError, option } from '../errors.ts';
import type { Neighbours } from '../knn/types.ts';
import { row, type Matrix } from '../numeric/matrix.ts';
import type { Classifier } from './classifier.ts';
import type { NeighbourText } from './prediction.ts';
import { TRAIN_TEXTS_FILE } from './record.ts';

interface Found {
  readonly vectors: Matrix;
  readonly neighbours: Neighbours;
}

/** The training texts nearest to a text, as an explanation of its prediction. */
export class NearestTexts {
  /** Number per text. */
  readonly count: number;
  readonly #classifier: Classifier;
  readonly #texts: readonly string[];

  private constructor(classifier: Classifier, texts: readonly string[], count: number) {
    this.#classifier = classifier;
    this.#texts = texts;
    this.count = Math.min(count, texts.length);
  }

  /** Throws OPTION if the classifier has not saved them, FORMAT if they are damaged. */
  static async of(classifier: Classifier, count: number): Promise<NearestTexts> {
    const texts = await classifier.train?.texts?.();
    if (texts !== undefined) return new NearestTexts(classifier, texts, count);
    throw new HarnessError('OPTION', {
      where: option('explain'),
      what: `${classifier.name} was saved without its training texts (${TRAIN_TEXTS_FILE}).`,
      hint: 'Omit it, or save the model with its texts.',
    });
  }

  /** For text i of a window, nearest first. */
  of(i: number, { vectors, neighbours: { k, indices } }: Found): NeighbourText[] {
    const {
      record: { classes },
      train,
    } = this.#classifier;
    return Array.from(indices.subarray(i * k, i * k + this.count), (at) => ({
      text: this.#texts[at]!,
      labels: Array.from(train!.labels[at]!, (label) => classes[label]!),
      similarity: cosine(row(vectors, i), row(train!.vectors, at)),
    }));
  }
}

/** 0 if one of them is zero. */
function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let j = 0; j < a.length; j++) {
    dot += a[j]! * b[j]!;
    aa += a[j]! * a[j]!;
    bb += b[j]! * b[j]!;
  }
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
}

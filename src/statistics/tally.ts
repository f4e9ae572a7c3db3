import type { Outcomes } from './outcomes.ts';

/** Scores that a tally gives, as fractions. */
export const TALLIED = ['accuracy', 'microF1', 'macroF1'] as const;
export type Tallied = (typeof TALLIED)[number];

/**
 * Scores of a corpus whose texts count several times, or not at all, as a bootstrap draws them. Texts that are and were given the
 * same count together: a resample is then as many additions as there are such kinds of texts, not as there are texts.
 */
export class Tally {
  /** [n] kind of each text. */
  readonly kinds: Int32Array;
  readonly #correct: Uint8Array;
  /** Of all kinds, one after the other: the classes that they are, were given, and both. */
  readonly #is: Ragged;
  readonly #given: Ragged;
  readonly #both: Ragged;
  /** Classes that macro-F1 is the mean of: those of the whole corpus, so that resamples are scored alike. */
  readonly #counted: Int32Array;
  /** Of each class: texts that are it, were given it, both. */
  readonly #truth: Float64Array;
  readonly #predicted: Float64Array;
  readonly #shared: Float64Array;

  constructor(outcomes: Outcomes) {
    const { classes } = outcomes;
    const ids = new Map<string | number, number>();
    const truth: Int32Array[] = [];
    const predicted: Int32Array[] = [];
    this.kinds = new Int32Array(outcomes.truth.length);
    for (let i = 0; i < this.kinds.length; i++) {
      const is = outcomes.kind === 'single' ? outcomes.truth.subarray(i, i + 1) : outcomes.truth[i]!;
      const given = outcomes.kind === 'single' ? outcomes.predicted.subarray(i, i + 1) : outcomes.predicted[i]!;
      const key = outcomes.kind === 'single' ? is[0]! * classes + given[0]! : `${is.join()} ${given.join()}`;
      let id = ids.get(key);
      if (id === undefined) {
        id = ids.size;
        ids.set(key, id);
        truth.push(is);
        predicted.push(given);
      }
      this.kinds[i] = id;
    }
    const both = truth.map((is, id) => is.filter((label) => predicted[id]!.includes(label)));
    this.#is = new Ragged(truth);
    this.#given = new Ragged(predicted);
    this.#both = new Ragged(both);
    this.#correct = Uint8Array.from(truth, (is, id) => Number(both[id]!.length === is.length && is.length === predicted[id]!.length));
    this.#truth = new Float64Array(classes);
    this.#predicted = new Float64Array(classes);
    this.#shared = new Float64Array(classes);
    const present = new Set([...truth, ...predicted].flatMap((labels) => [...labels]));
    this.#counted = Int32Array.from({ length: classes }, (_, label) => label).filter((label) => outcomes.kind === 'multi' || present.has(label));
  }

  /** Number of kinds. */
  get size(): number {
    return this.#correct.length;
  }

  /** Scores where each kind is there so many times: `counts` [size], `n` their sum. A class that is not there scores 0, as scikit-learn's zero_division. */
  score(counts: Float64Array, n: number, into: Record<Tallied, number>): void {
    let right = 0;
    const correct = this.#correct;
    for (let kind = 0; kind < correct.length; kind++) right += correct[kind]! * counts[kind]!;
    this.#is.sum(counts, this.#truth);
    this.#given.sum(counts, this.#predicted);
    this.#both.sum(counts, this.#shared);
    let [is, given, both, macro] = [0, 0, 0, 0];
    for (let label = 0; label < this.#truth.length; label++) {
      is += this.#truth[label]!;
      given += this.#predicted[label]!;
      both += this.#shared[label]!;
    }
    for (let i = 0; i < this.#counted.length; i++) {
      const label = this.#counted[i]!;
      const sum = this.#truth[label]! + this.#predicted[label]!;
      if (sum > 0) macro += (2 * this.#shared[label]!) / sum;
    }
    into.accuracy = right / n;
    into.microF1 = is + given === 0 ? 0 : (2 * both) / (is + given);
    into.macroF1 = macro / this.#counted.length;
  }
}

/** Lists of classes, one after the other. */
class Ragged {
  readonly #ends: Int32Array;
  readonly #labels: Int32Array;

  constructor(lists: readonly Int32Array[]) {
    let end = 0;
    this.#ends = Int32Array.from(lists, (list) => (end += list.length));
    this.#labels = new Int32Array(end);
    for (const [i, list] of lists.entries()) this.#labels.set(list, this.#ends[i]! - list.length);
  }

  /** Of each class the sum of the counts of the lists that have it. */
  sum(counts: Float64Array, into: Float64Array): void {
    into.fill(0);
    const [ends, labels] = [this.#ends, this.#labels];
    for (let i = 0, at = 0; i < ends.length; i++) {
      const [end, count] = [ends[i]!, counts[i]!];
      for (; at < end; at++) into[labels[at]!]! += count;
    }
  }
}

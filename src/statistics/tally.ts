import { labelsOf, type ClassOutcomes } from './outcomes.ts';

/** Metrics that a tally computes, as fractions. */
export const TALLIED = ['accuracy', 'microF1', 'macroF1'] as const;
export type Tallied = (typeof TALLIED)[number];

export interface TallyParams {
  readonly outcomes: ClassOutcomes;
  /** [kinds] one text of each kind: see `kindsOf`. */
  readonly examples: Int32Array;
}

/**
 * Scores of a corpus whose texts count several times, or not at all, as in a bootstrap. Texts of a kind count together: a resample costs as
 * many additions as there are kinds of texts. They are summed class by class, because a sum that stays in a register is several times as
 * fast as adding each kind's count to its classes.
 */
export class Tally {
  /** Kinds whose labels are predicted exactly. */
  readonly #correct: Int32Array;
  /** Per counted class: the kinds with the class in both truth and predictions. */
  readonly #both: Ragged;
  /** Per counted class: the kinds with the class in either truth or predictions, not both. */
  readonly #either: Ragged;
  /** Single-label macro-F1 omits absent classes; multi-label counts all. */
  readonly #all: boolean;

  constructor({ outcomes, examples }: TallyParams) {
    const both = lists(outcomes.classes);
    const either = lists(outcomes.classes);
    const correct: number[] = [];
    for (const [kind, text] of examples.entries()) {
      const { is, given } = labelsOf(outcomes, text);
      for (const label of is) (given.includes(label) ? both : either)[label]!.push(kind);
      const wrong = given.filter((label) => !is.includes(label));
      for (const label of wrong) either[label]!.push(kind);
      if (wrong.length === 0 && is.length === given.length) correct.push(kind);
    }
    this.#all = outcomes.kind === 'multi';
    const counted = [...both.keys()].filter((label) => outcomes.kind === 'multi' || both[label]!.length + either[label]!.length > 0);
    this.#correct = Int32Array.from(correct);
    this.#both = ragged(counted.map((label) => both[label]!));
    this.#either = ragged(counted.map((label) => either[label]!));
  }

  /**
   * Scores with each kind counted as often as `counts` [kinds] says; `n` is their sum. Equal to `scoresOf` of the same texts, to the last
   * bit.
   */
  score(counts: Int32Array, n: number, into: Record<Tallied, number>): void {
    const { ends: bothEnds, kinds: bothKinds } = this.#both;
    const { ends: eitherEnds, kinds: eitherKinds } = this.#either;
    let shared = 0;
    let apart = 0;
    let macro = 0;
    let present = 0;
    for (let i = 0, b = 0, e = 0; i < bothEnds.length; i++) {
      let both = 0;
      for (const end = bothEnds[i]!; b < end; b++) both += counts[bothKinds[b]!]!;
      let either = 0;
      for (const end = eitherEnds[i]!; e < end; e++) either += counts[eitherKinds[e]!]!;
      shared += both;
      apart += either;
      if (both + either > 0) present++;
      if (both > 0) macro += (2 * both) / (2 * both + either);
    }
    let right = 0;
    const correct = this.#correct;
    for (let i = 0; i < correct.length; i++) right += counts[correct[i]!]!;
    into.accuracy = right / n;
    into.microF1 = shared === 0 ? 0 : (2 * shared) / (2 * shared + apart);
    into.macroF1 = macro / (this.#all ? bothEnds.length : present);
  }
}

/** Lists of kinds, concatenated. */
interface Ragged {
  readonly ends: Int32Array;
  readonly kinds: Int32Array;
}

function ragged(parts: readonly (readonly number[])[]): Ragged {
  let end = 0;
  return { ends: Int32Array.from(parts, (part) => (end += part.length)), kinds: Int32Array.from(parts.flat()) };
}

function lists(count: number): number[][] {
  return Array.from({ length: count }, () => []);
}

import type { WordPooling, WordSpec } from './word-specs.ts';

/** The outputs of hidden states that the graph needs for the vectors of words. */
export interface WordPlan {
  readonly specs: readonly WordSpec[];
  /** Hidden states 0 to this are used. */
  readonly depth: number;
  /** Those whose words are requested, ascending. */
  readonly states: readonly number[];
  /** Which single sub-tokens of a word are requested in each. */
  readonly picks: readonly Exclude<WordPooling, 'mean'>[];
  /** Sums of sub-tokens are requested too. */
  readonly sums: boolean;
}

/** The plan for the vectors of `specs`, at least one. */
export function wordPlan(specs: readonly WordSpec[]): WordPlan {
  const states = [...new Set(specs.flatMap(({ layers }) => layers))].toSorted((a, b) => a - b);
  const picks = (['first', 'last'] as const).filter((pick) => specs.some(({ word }) => word === pick));
  return { specs, depth: states.at(-1)!, states, picks, sums: specs.some(({ word }) => word === 'mean') };
}

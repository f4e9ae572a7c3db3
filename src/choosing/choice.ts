import type { Claim } from './claim.ts';
import type { TagScore } from '../tags/tag-outcomes.ts';
import type { Unit } from './budget.ts';
import type { Dropped, Round } from './types.ts';

export type ChoiceScore = 'microF1' | 'macroF1' | 'spearman' | TagScore;

/** Outcome of a choice on one dataset: a plain value. Scores are fractions. */
export interface Choice {
  readonly dataset: string;
  readonly objective: string;
  /** Score on dev and test: F1; for numbers Spearman's correlation; for tags the score that compares them. */
  readonly score: ChoiceScore;
  /** Number of texts of each split. */
  readonly texts: { readonly train: number; readonly dev: number; readonly test: number };
  /** Estimator that screens the frozen encoders. */
  readonly estimator: string;
  readonly budget: ChoiceSpent;
  readonly rounds: readonly Round[];
  /** The winner first, then the candidates tied with it, then the dropped ones, latest drop first. */
  readonly candidates: readonly ChosenCandidate[];
  /** Training texts of the winner's last run: all, or as many as the budget allowed. */
  readonly trainedOn: number;
  /** Test score of the winner, with the seed that is best on dev. */
  readonly test: TestScore;
  /** Seeds of its last training runs, and the one selected. */
  readonly seeds: readonly number[];
  readonly seed: number;
  readonly claim: Claim;
  /** Where the model was saved. */
  readonly saved?: string | undefined;
}

export interface ChoiceSpent {
  readonly unit: Unit;
  readonly amount: number;
  readonly spent: number;
  /** Part of it spent on screening. */
  readonly screen: number;
}

export interface TestScore {
  readonly score: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

export interface ChosenCandidate {
  readonly encoder: string;
  /** Prompt put before every text; '' for none. */
  readonly prompt: string;
  readonly standing: 'chosen' | 'tied' | 'dropped';
  readonly dropped?: Dropped | undefined;
  /** Result of the screen; undefined if it failed or there was none. */
  readonly screened?: Screened | undefined;
  readonly trainings: readonly ChoiceTraining[];
  /** Cost of screening and training, in the budget's unit. */
  readonly cost: number;
  /** Probability that it is better than the winner by more than the claim's margin; undefined if it failed. */
  readonly chance: number | undefined;
}

export interface Screened {
  /** A fraction if the estimator predicts classes, else in the estimator's unit. */
  readonly score: number;
  readonly texts: number;
  readonly pooling: string;
  /** Best single layer, on the first texts of the screen. */
  readonly bestLayer?: string | undefined;
}

export interface ChoiceTraining {
  /** Counted from 1. */
  readonly round: number;
  /** Number of training texts. */
  readonly size: number;
  readonly seed: number;
  /** On dev; undefined: aborted or failed. */
  readonly score: number | undefined;
  readonly cost: number;
}

import type { Claim } from './claim.ts';
import type { TagScore } from '../tags/tag-outcomes.ts';
import type { Unit } from './budget.ts';
import type { Dropped, Round } from './types.ts';

export type ChoiceScore = 'microF1' | 'macroF1' | 'spearman' | TagScore;

/** What a choice has come to on one dataset: a plain value. Scores are fractions. */
export interface Choice {
  readonly dataset: string;
  readonly objective: string;
  /** What dev and test are scored by: F1, of numbers Spearman's correlation, of tags the score by which they are compared. */
  readonly score: ChoiceScore;
  /** Texts of each split. */
  readonly texts: { readonly train: number; readonly dev: number; readonly test: number };
  /** The estimator of the screen. */
  readonly estimator: string;
  readonly budget: ChoiceSpent;
  readonly rounds: readonly Round[];
  /** The winner first, then those that are tied with it, then those that were dropped, the last first. */
  readonly candidates: readonly ChosenCandidate[];
  /** Texts of train that the winner was trained on at last: all, or as many as the budget lasted for. */
  readonly trainedOn: number;
  /** Of the winner, by the seed that is best on dev. */
  readonly test: TestScore;
  /** Seeds of its last trainings, and the one that was taken. */
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
  /** Of it, what the screen took. */
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
  /** What stands before every text; '' for nothing. */
  readonly prompt: string;
  readonly standing: 'chosen' | 'tied' | 'dropped';
  readonly dropped?: Dropped | undefined;
  /** What the screen found; undefined where it could not, or there was none. */
  readonly screened?: Screened | undefined;
  readonly trainings: readonly ChoiceTraining[];
  /** What screen and trainings took, in the budget's unit. */
  readonly cost: number;
  /** How probable it is that it is better than the winner by more than the claim's margin; undefined of one that failed. */
  readonly chance: number | undefined;
}

export interface Screened {
  /** A fraction where the estimator gives texts classes, else in its own unit. */
  readonly score: number;
  readonly texts: number;
  readonly pooling: string;
  /** That does best by itself, on the first texts of the screen. */
  readonly bestLayer?: string | undefined;
}

export interface ChoiceTraining {
  /** From 1. */
  readonly round: number;
  /** Texts of train. */
  readonly size: number;
  readonly seed: number;
  /** On dev; undefined: it was ended, or failed. */
  readonly score: number | undefined;
  readonly cost: number;
}

import type { RaceOutcomes } from './score-of.ts';

/** What is compared in a choice: an encoder, with one of its prompts if it has several. */
export interface Candidate {
  readonly name: string;
  /** Score of the frozen encoder by the screen's estimator, in its own unit; undefined: none. */
  readonly frozen: number | undefined;
  /** Why it does not take part in the race; undefined: it does. */
  readonly screened?: Dropped | undefined;
}

/** A training run that the race requests. */
export interface TrainingAsked {
  readonly candidate: string;
  /** Number of training texts: the first `size` of nested samples; all of them at the end. */
  readonly size: number;
  readonly seed: number;
  /** Maximum cost, in the budget's unit: a run that takes more may be aborted as 'late'. Infinity: no maximum. */
  readonly atMost: number;
  /** Of the winner, whose test score is computed, also after training on a sample. */
  readonly last?: boolean | undefined;
}

/** Outcome of a training run. Costs are in the budget's unit: milliseconds, or text passes. */
export type TrainingResult =
  | {
      readonly kind: 'trained';
      /** On the dev texts, the same for all candidates, sizes and seeds. */
      readonly outcomes: RaceOutcomes;
      /** Cost charged to the budget. */
      readonly cost: number;
      /** Cost of a whole training run of this size; undefined if only a part was run. */
      readonly measured: number | undefined;
      /** Part that does not grow with the number of texts. Default: none. */
      readonly fixed?: number | undefined;
    }
  | { readonly kind: 'late'; readonly cost: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly cost: number };

/** Runs a training run, or reads it if it was run before. An error that it throws ends the race. */
export type Train = (asked: TrainingAsked) => Promise<TrainingResult>;

/** Dev score of a trained candidate. */
export interface Observation {
  readonly candidate: string;
  readonly size: number;
  readonly seed: number;
  readonly outcomes: RaceOutcomes;
}

/**
 * Why a candidate was dropped. 'worse': significantly worse by a paired test; 'time': the budget does not cover it; 'failed': it could not
 * be run.
 */
export interface Dropped {
  readonly why: 'worse' | 'time' | 'failed';
  /** Counted from 1; 0: the screen of frozen encoders. */
  readonly round: number;
  /** The best of that round. */
  readonly best?: string | undefined;
  /** Corrected p-value of the test against that one; undefined if not tested. */
  readonly p?: number | undefined;
  /** Error message, if it failed. */
  readonly reason?: string | undefined;
}

/** Training runs of the same size and seed. */
export interface Round {
  /** Counted from 1. */
  readonly round: number;
  readonly size: number;
  readonly seed: number;
  /** Those trained, in this order. */
  readonly candidates: readonly string[];
  /** Cost in the budget's unit. */
  readonly cost: number;
  /** Aborted by the budget before all were trained. */
  readonly unfinished: boolean;
}

/** A training run of the race. */
export interface RunTraining {
  /** Counted from 1. */
  readonly round: number;
  readonly candidate: string;
  readonly size: number;
  readonly seed: number;
  readonly cost: number;
  /** undefined: aborted or failed. */
  readonly outcomes: RaceOutcomes | undefined;
}

export interface RaceResult {
  /** Name of the winning candidate. */
  readonly winner: string;
  /** Its last training runs, the first seed first: on the full training set, or as much of it as the budget allowed. */
  readonly finals: readonly Observation[];
  /** Number of training texts of these. */
  readonly size: number;
  /** Seed of the best of them by dev score; of equal ones the first. */
  readonly seed: number;
  readonly rounds: readonly Round[];
  /** All training runs in the order in which they were run; for completed ones, their scores. */
  readonly trainings: readonly RunTraining[];
  readonly observations: readonly Observation[];
  readonly dropped: ReadonlyMap<string, Dropped>;
  /** Candidates neither dropped nor chosen: not significantly different from the winner. */
  readonly tied: readonly string[];
  /** Total budget spent on training. */
  readonly spent: number;
}

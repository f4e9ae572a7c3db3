import type { RaceOutcomes } from './score-of.ts';

/** One of those that the best is chosen among: an encoder, with a prompt where it has several. */
export interface Candidate {
  readonly name: string;
  /** What the screen's estimator said of the frozen encoder, in whatever unit; undefined: nothing. */
  readonly frozen: number | undefined;
  /** Why it is not raced; undefined: it is. */
  readonly screened?: Dropped | undefined;
}

/** A training that the race asks for. */
export interface TrainingAsked {
  readonly candidate: string;
  /** Texts of train: the first so many of samples that lie within each other; all of them at the last. */
  readonly size: number;
  readonly seed: number;
  /** What it may cost at the most, in the budget's unit: one that takes more may be ended as 'late'. Infinity: nothing ends it. */
  readonly atMost: number;
  /** Of a winner, whose score on test is looked at: of a part of train, too. */
  readonly last?: boolean | undefined;
}

/** What a training has come to. Costs are in the budget's unit: milliseconds, or passes of texts. */
export type TrainingResult =
  | {
      readonly kind: 'trained';
      /** On the texts of dev, the same of all candidates, sizes and seeds. */
      readonly outcomes: RaceOutcomes;
      /** What it took of the budget. */
      readonly cost: number;
      /** What a training of this size takes from its beginning to its end; undefined where only a part was run. */
      readonly measured: number | undefined;
      /** What of that does not grow with the number of texts; none where left out. */
      readonly fixed?: number | undefined;
    }
  | { readonly kind: 'late'; readonly cost: number }
  | { readonly kind: 'failed'; readonly reason: string; readonly cost: number };

/** Runs a training, or reads it where it was run before. What it throws ends the race. */
export type Train = (asked: TrainingAsked) => Promise<TrainingResult>;

/** What a trained candidate scored on dev. */
export interface Observation {
  readonly candidate: string;
  readonly size: number;
  readonly seed: number;
  readonly outcomes: RaceOutcomes;
}

/**
 * Why a candidate is out. 'worse': a paired test found it; 'time': the budget does not last for it; 'failed': it could not be run.
 */
export interface Dropped {
  readonly why: 'worse' | 'time' | 'failed';
  /** From 1; 0: the frozen screen. */
  readonly round: number;
  /** The best of that round. */
  readonly best?: string | undefined;
  /** p-value of being as good as that, corrected; undefined where no test was made. */
  readonly p?: number | undefined;
  /** Of one that failed. */
  readonly reason?: string | undefined;
}

/** Trainings of the same size and seed. */
export interface Round {
  /** From 1. */
  readonly round: number;
  readonly size: number;
  readonly seed: number;
  /** Those that were trained, in this order. */
  readonly candidates: readonly string[];
  /** What it took, in the budget's unit. */
  readonly cost: number;
  /** It was ended for want of time before all were trained. */
  readonly unfinished: boolean;
}

/** A training as it went. */
export interface RunTraining {
  /** From 1. */
  readonly round: number;
  readonly candidate: string;
  readonly size: number;
  readonly seed: number;
  readonly cost: number;
  /** undefined: it was ended, or failed. */
  readonly outcomes: RaceOutcomes | undefined;
}

export interface RaceResult {
  /** The one to take. */
  readonly winner: string;
  /** Its last trainings, the first seed first: on all of train, or as much of it as the budget lasted for. */
  readonly finals: readonly Observation[];
  /** Texts of train that these are on. */
  readonly size: number;
  /** The seed of the best of them by dev; of equal ones the first. */
  readonly seed: number;
  readonly rounds: readonly Round[];
  /** All trainings, in the order in which they were run; and of those that came to their end, what they scored. */
  readonly trainings: readonly RunTraining[];
  readonly observations: readonly Observation[];
  readonly dropped: ReadonlyMap<string, Dropped>;
  /** Those that were neither dropped nor taken: the race found no difference. */
  readonly tied: readonly string[];
  /** What trainings took of the budget, of all. */
  readonly spent: number;
}

import type { ScoreColumn } from '../../results/task-scores.ts';
import type { TieTest } from '../ties.ts';

/** Encoders of one dataset, best first, with those tied for first. Plain data, shown by page and terminal. */
export interface RankedList {
  readonly dataset: string;
  /** Label field, and which of several labels count: what distinguishes two tasks of one dataset. */
  readonly target: string;
  /** Which texts: their hash, how they were sampled, and how many were scored. */
  readonly corpus: { readonly hash: string; readonly sample: string; readonly count: number };
  /** Label field, labels, sample; and k, metric, votes, seed if lists differ in them. */
  readonly about: string;
  /** Settings of the search, if lists of the dataset differ in them: `k 3`. */
  readonly settings: string;
  /** `results`: frozen encoders by k-NN; `fine-tuned`: together with the frozen ones; or an estimator. */
  readonly by: string;
  /** Empty for estimators. */
  readonly protocol: string;
  readonly split: string;
  /** Undefined if an estimator's score has a unit of its own. */
  readonly score?: ScoreColumn | undefined;
  /** How ties were determined: `unpaired` from intervals only; `none` if no test was possible. */
  readonly test: TieTest | 'unpaired' | 'none';
  /** Scores are percentages. */
  readonly percent: boolean;
  readonly lines: readonly RankedLine[];
}

export interface RankedLine {
  readonly rank: number;
  /** One of several that are not significantly different from the best. */
  readonly tied: boolean;
  readonly encoder: string;
  /** '' if frozen. */
  readonly objective: string;
  /** Weight precision, attention, length limit, if the list has the same encoder with others; else ''. */
  readonly variant: string;
  /** Pooling and layers; and weight precision, attention, length limit if lines differ in them. */
  readonly place: string;
  /** The mean, if there are several seeds. */
  readonly score: string;
  /** 95% interval; '' if there is none, as with several seeds. */
  readonly low: string;
  readonly high: string;
  readonly seeds: number;
  /** Best epoch by dev score, for each seed: `3`, `2, 3`; '' if frozen. */
  readonly epochs: string;
  /** Sample standard deviation over the seeds; '' with one. */
  readonly deviation: string;
  /** Holm-corrected p-value against the first. */
  readonly p?: number | undefined;
}

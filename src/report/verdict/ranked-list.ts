import type { ScoreColumn } from '../../results/task-scores.ts';
import type { TieTest } from '../ties.ts';

/** Encoders of one dataset, best first, with those that are tied for first. Plain data: pages and terminals show it. */
export interface RankedList {
  readonly dataset: string;
  /** Label field, and which of several labels count: what sets two tasks of one dataset apart. */
  readonly target: string;
  /** Which texts: their hash, how they were chosen of the dataset, and how many were scored. */
  readonly corpus: { readonly hash: string; readonly sample: string; readonly count: number };
  /** Label field, labels, sample; and k, metric, votes, seed where lists differ by them. */
  readonly about: string;
  /** Settings of the search, where lists of the dataset differ by them: `k 3`. */
  readonly settings: string;
  /** `results`: frozen encoders by k-NN; `fine-tuned`: with the frozen ones; or an estimator. */
  readonly by: string;
  /** Empty for estimators. */
  readonly protocol: string;
  readonly split: string;
  /** Undefined where an estimator's score has a unit of its own. */
  readonly score?: ScoreColumn | undefined;
  /** How ties were found: `unpaired` from the intervals alone; `none` where nothing could be tested. */
  readonly test: TieTest | 'unpaired' | 'none';
  /** Scores are percent. */
  readonly percent: boolean;
  readonly lines: readonly RankedLine[];
}

export interface RankedLine {
  readonly rank: number;
  /** One of several that are not significantly different from the best. */
  readonly tied: boolean;
  readonly encoder: string;
  /** '' where frozen. */
  readonly objective: string;
  /** Pooling and layers; and number type, attention, length limit where lines differ by them. */
  readonly place: string;
  /** Of several seeds the mean. */
  readonly score: string;
  /** 95% interval; '' where there is none, as of several seeds. */
  readonly low: string;
  readonly high: string;
  readonly seeds: number;
  /** The epoch that dev chose, of each seed: `3`, `2, 3`; '' where frozen. */
  readonly epochs: string;
  /** Sample standard deviation over the seeds; '' of one. */
  readonly deviation: string;
  /** Holm-corrected p-value against the first. */
  readonly p?: number | undefined;
}

import type { RankedEncoder } from './ranked-encoder.ts';

/** What a limit of time made of a ranking. */
export interface BudgetUse {
  readonly seconds: number;
  readonly used: number;
  /** All texts of the data set. */
  readonly all: number;
  readonly rounds: readonly { readonly texts: number; readonly encoders: number }[];
  readonly dropped: readonly Dropped[];
  /** A last round was ended for want of time. */
  readonly unfinished: boolean;
  /** The data set was a sample before. */
  readonly limited: boolean;
}

export interface Dropped {
  readonly encoder: RankedEncoder;
  readonly round: number;
  readonly why: 'worse' | 'time';
  /** Of being as good as the best of its round; undefined without a test. */
  readonly p: number | undefined;
  /** Who that was. */
  readonly best: string;
}

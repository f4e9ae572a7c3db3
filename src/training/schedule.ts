/** Learning-rate schedules. */
export const SCHEDULES = ['linear', 'constant'] as const;
export type Schedule = (typeof SCHEDULES)[number];

export interface LearningRateParams {
  readonly schedule?: Schedule | undefined;
  /** Peak learning rate. */
  readonly peak: number;
  /** Counted from 0. */
  readonly step: number;
  /** Number of steps of the run. */
  readonly total: number;
  /** Warm-up ratio: fraction of the steps in which it rises from 0, rounded up to whole steps; BERT was trained with 0.1. */
  readonly warmup?: number | undefined;
}

/**
 * Learning rate of a step. `linear` rises from 0 and falls to 0, as transformers' get_linear_schedule_with_warmup: with a warm-up the first
 * step's is 0. `constant` is the peak throughout, without a warm-up.
 */
export function learningRate({ schedule = 'linear', peak, step, total, warmup = 0.1 }: LearningRateParams): number {
  switch (schedule) {
    case 'linear':
      return peak * linear({ step, total, rising: Math.ceil(total * warmup) });
    case 'constant':
      return peak;
    default:
      return schedule satisfies never;
  }
}

function linear({ step, total, rising }: { step: number; total: number; rising: number }): number {
  if (step < rising) return step / Math.max(1, rising);
  return Math.max(0, (total - step) / Math.max(1, total - rising));
}

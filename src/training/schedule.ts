/** How the learning rate goes over a run. */
export const SCHEDULES = ['linear', 'constant'] as const;
export type Schedule = (typeof SCHEDULES)[number];

export interface LearningRateParams {
  readonly schedule?: Schedule | undefined;
  /** The highest. */
  readonly peak: number;
  /** From 0. */
  readonly step: number;
  /** Steps of the run. */
  readonly total: number;
  /** Share of the steps in which it rises from 0, rounded up to whole steps; 0.1 is what BERT was trained with. */
  readonly warmup?: number | undefined;
}

/**
 * Learning rate of a step. `linear` rises from 0 and falls to 0, as transformers' get_linear_schedule_with_warmup has it: the
 * first step's is 0 where there is a warm-up. `constant` is the peak throughout, without a warm-up.
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

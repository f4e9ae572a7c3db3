import { settingsOf } from './report/sweep.ts';
import type { Trained } from './report/trained.ts';
import { STUDY_OBJECTIVES, sweepJobs, type Settled, type StudyObjective, type SweepParams } from './jobs.ts';

/** Before the sweep is complete: settings that no training run has. */
export const UNSETTLED: Readonly<Record<StudyObjective, Settled>> = {
  classic: { lr: 0, epochs: 0 },
  'cea-all-negatives': { lr: 0, epochs: 0 },
};

/**
 * Hyperparameters of each objective, selected by the sweep: of the settings that were tried on every encoder, dataset and seed, the one
 * with the smallest mean distance below the best. undefined before the sweep is complete.
 */
export function settledBy(sweep: readonly Trained[], params: SweepParams): Readonly<Record<StudyObjective, Settled>> | undefined {
  const there = new Set(sweep.map(keyOf));
  if (!sweepJobs(params).every((job) => there.has(keyOf(job)))) return undefined;
  const settings = settingsOf(sweep);
  const of = (objective: StudyObjective): Settled => {
    const own = settings.filter((each) => each.objective === objective);
    const places = new Set(own.flatMap(({ scores }) => [...scores.keys()]));
    // The first is the smallest distance below the best.
    const { lr, epochs } = own.find(({ scores }) => scores.size === places.size)!;
    return { lr, epochs };
  };
  return Object.fromEntries(STUDY_OBJECTIVES.map((objective) => [objective, of(objective)])) as Record<StudyObjective, Settled>;
}

function keyOf({ encoder, dataset, objective, lr, epochs, seed }: Omit<Trained, 'train' | 'dev' | 'test' | 'texts' | 'seconds'>): string {
  return [encoder, dataset, objective, lr, epochs, seed].join(' ');
}

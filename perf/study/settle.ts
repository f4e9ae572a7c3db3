import { settingsOf } from './report/sweep.ts';
import type { Trained } from './report/trained.ts';
import { STUDY_OBJECTIVES, sweepJobs, type Settled, type StudyObjective, type SweepParams } from './jobs.ts';

/** Before the sweep is complete: no setting that a training has. */
export const UNSETTLED: Readonly<Record<StudyObjective, Settled>> = {
  classic: { lr: 0, epochs: 0 },
  'cea-all-negatives': { lr: 0, epochs: 0 },
};

/**
 * How each objective is trained, by the sweep: of the settings that were tried on every encoder, data set and seed of it that which is
 * least below the best, on the mean. undefined before the sweep is complete.
 */
export function settledBy(sweep: readonly Trained[], params: SweepParams): Readonly<Record<StudyObjective, Settled>> | undefined {
  const there = new Set(sweep.map(keyOf));
  if (!sweepJobs(params).every((job) => there.has(keyOf(job)))) return undefined;
  const settings = settingsOf(sweep);
  const of = (objective: StudyObjective): Settled => {
    const own = settings.filter((each) => each.objective === objective);
    const places = new Set(own.flatMap(({ scores }) => [...scores.keys()]));
    // The first is the least below the best.
    const { lr, epochs } = own.find(({ scores }) => scores.size === places.size)!;
    return { lr, epochs };
  };
  return Object.fromEntries(STUDY_OBJECTIVES.map((objective) => [objective, of(objective)])) as Record<StudyObjective, Settled>;
}

function keyOf({ encoder, dataset, objective, lr, epochs, seed }: Omit<Trained, 'train' | 'dev' | 'test' | 'texts' | 'seconds'>): string {
  return [encoder, dataset, objective, lr, epochs, seed].join(' ');
}

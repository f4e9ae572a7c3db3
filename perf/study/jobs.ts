import type { ObjectiveName } from '../../src/training/objective.ts';

/** A work item of the study: one training run, or the scores of a frozen encoder. */
export type StudyJob = ScreenJob | TrainJob;

/** Results folders of the study, each with its own record: frozen encoders, the grid, smaller parts of its texts, and the sweep. */
export const STUDY_FOLDERS = ['frozen', 'grid', 'parts', 'sweep'] as const;
export type StudyFolder = (typeof STUDY_FOLDERS)[number];

interface Piece {
  readonly folder: StudyFolder;
  readonly encoder: string;
  readonly dataset: string;
  /** Number of texts to train on, or to score. */
  readonly train: number;
}

export interface ScreenJob extends Piece {
  readonly kind: 'screen';
}

export interface TrainJob extends Piece {
  readonly kind: 'train';
  readonly objective: StudyObjective;
  readonly lr: number;
  readonly epochs: number;
  readonly seed: number;
}

export type StudyObjective = ObjectiveName & ('classic' | 'cea-all-negatives');
export const STUDY_OBJECTIVES: readonly StudyObjective[] = ['classic', 'cea-all-negatives'];

/** Hyperparameters of an objective, the same for all encoders. */
export interface Settled {
  readonly lr: number;
  readonly epochs: number;
}

export interface JobsParams {
  /** Encoders by layer: those of the first are done on all datasets before those of the second are begun. */
  readonly layers: readonly (readonly string[])[];
  /** In groups: all seeds on one before the next group is begun. */
  readonly datasets: readonly (readonly string[])[];
  readonly settled: Readonly<Record<StudyObjective, Settled>>;
  readonly seeds: readonly number[];
  /** Texts of the grid. */
  readonly whole: number;
  /** Smaller parts, with the first seed only. */
  readonly parts: readonly number[];
  /** Whether that many texts of a dataset contain two of a class, without which alignment has nothing to learn from. */
  readonly canAlign: (dataset: string, texts: number) => boolean;
}

/**
 * The study in its order of execution, so that partial results are as complete as possible at any time: for each layer of encoders first
 * the frozen scores, then the grid: a seed on all datasets of a group before the next seed, a group before the next, and the parts in the
 * same way.
 */
export function studyJobs({ layers, datasets: groups, settled, seeds, whole, parts, canAlign }: JobsParams): StudyJob[] {
  return layers.flatMap((encoders) => {
    const each = <T>(datasets: readonly string[], make: (dataset: string, encoder: string) => T[]): T[] =>
      datasets.flatMap((dataset) => encoders.flatMap((encoder) => make(dataset, encoder)));
    const screens = (train: number): ScreenJob[] =>
      each(groups.flat(), (dataset, encoder) => [{ kind: 'screen', folder: 'frozen', encoder, dataset, train }]);
    const trainings = (folder: 'grid' | 'parts', datasets: readonly string[], train: number, seed: number): TrainJob[] =>
      each(datasets, (dataset, encoder) =>
        STUDY_OBJECTIVES.filter((objective) => objective === 'classic' || canAlign(dataset, train)).map((objective) => {
          const how = { objective, ...settled[objective], seed };
          return { kind: 'train' as const, folder, encoder, dataset, train, ...how };
        }),
      );
    return [
      ...[whole, ...parts].flatMap(screens),
      ...groups.flatMap((group) => seeds.flatMap((seed) => trainings('grid', group, whole, seed))),
      ...groups.flatMap((group) => parts.flatMap((part) => trainings('parts', group, part, seeds[0]!))),
    ];
  });
}

export interface SweepParams {
  readonly train: number;
  /** Which settings are tried on which encoders and datasets. */
  readonly tried: readonly {
    readonly encoder: string;
    readonly datasets: readonly string[];
    readonly rates: readonly number[];
    readonly epochs: number;
    readonly seeds: readonly number[];
  }[];
}

/** All combinations of settings. */
export function sweepJobs({ train, tried }: SweepParams): TrainJob[] {
  return tried.flatMap(({ encoder, datasets, rates, epochs, seeds }) =>
    seeds.flatMap((seed) =>
      datasets.flatMap((dataset) =>
        STUDY_OBJECTIVES.flatMap((objective) =>
          rates.map((lr): TrainJob => ({ kind: 'train', folder: 'sweep', encoder, dataset, train, objective, lr, epochs, seed })),
        ),
      ),
    ),
  );
}

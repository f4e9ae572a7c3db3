import type { ObjectiveName } from '../../src/training/objective.ts';

/** A piece of the study's work: an encoder trained once, or looked at frozen. */
export type StudyJob = ScreenJob | TrainJob;

/** Folders of results below the study's, each with its own record: frozen encoders, the grid, smaller parts of its texts, and the sweep. */
export const STUDY_FOLDERS = ['frozen', 'grid', 'parts', 'sweep'] as const;
export type StudyFolder = (typeof STUDY_FOLDERS)[number];

interface Piece {
  readonly folder: StudyFolder;
  readonly encoder: string;
  readonly dataset: string;
  /** Texts to train on, or to look at. */
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

/** How an objective trains, the same for all encoders. */
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
  /** Smaller parts, of the first seed alone. */
  readonly parts: readonly number[];
  /** Whether so few texts of a dataset have two of a class, without which alignment has nothing to learn from. */
  readonly canAlign: (dataset: string, texts: number) => boolean;
}

/**
 * The study in the order in which it is done, so that whatever is there at a moment is as complete as can be: of each layer of encoders
 * first what is frozen, then the grid: a seed on all datasets of a group before the next seed, a group before the next, and so the parts.
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

/** Settings beside each other. */
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

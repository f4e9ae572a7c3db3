import type { Unit } from '../../choosing/budget.ts';
import type { Pooling } from '../../embed/vectors.ts';
import type { Method } from '../../maps/projection.ts';
import type { Prompts } from '../prompted.ts';
import type { DatasetRef, EncoderRef } from '../refs.ts';
import type { MapSettings, RankSettings, Settings } from '../settings.ts';
import type { TrainingChoice } from '../training-choice.ts';
import type { Opening, Reading } from '../workspace.ts';

/**
 * Requests with every name looked up and every default settled. Whatever can be wrong of a request without its data is found here, before
 * anything is fetched, and before anything of a results folder is touched.
 */

/** What is run with, and decides no result. */
export interface Resources {
  readonly threads: number;
  /** Tokens of a batch. */
  readonly tokenBudget: number;
}

/** Where jobs run: a device that this machine lacks may be a worker's. */
export type RunsOn = 'this machine' | 'workers';

export interface Named {
  readonly encoders: readonly EncoderRef[];
  readonly datasets: readonly DatasetRef[];
  readonly reading: Reading;
  readonly opening: Opening;
  /** What is put before every text, each by itself, in an order of their own; undefined: what the encoders' makers put there. */
  readonly prompts?: Prompts;
}

/** Training, and where its vectors are taken. */
export interface Training {
  readonly choice: TrainingChoice;
  /** undefined: what `trainedPooling` says of each encoder. */
  readonly pooling: Pooling | undefined;
}

export interface RunExperiment extends Named {
  readonly command: 'run';
  /** Key of the suite whose datasets are taken; undefined where datasets are named. */
  readonly suite: string | undefined;
  readonly settings: Settings;
  readonly training: Training | undefined;
}

export interface RankExperiment extends Named {
  readonly command: 'rank';
  readonly settings: RankSettings;
  readonly budgetMs: number | undefined;
}

export interface FinetuneExperiment extends Named, Training {
  readonly command: 'finetune';
}

/** What the choice may take of all: milliseconds, or passes of texts. */
export interface ChoiceBudget {
  readonly unit: Unit;
  readonly amount: number;
}

export interface ChooseExperiment extends Named, Training {
  readonly command: 'choose';
  /** How the frozen encoders are screened. */
  readonly screen: RankSettings;
  readonly budget: ChoiceBudget;
}

export interface MapExperiment extends Named {
  readonly command: 'map';
  readonly methods: readonly Method[];
  readonly settings: MapSettings;
  /** The vectors of all encoders side by side are drawn too. */
  readonly concat: boolean;
}

export type Experiment = RunExperiment | RankExperiment | FinetuneExperiment | ChooseExperiment | MapExperiment;

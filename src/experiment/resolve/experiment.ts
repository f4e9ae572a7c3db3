import type { Unit } from '../../choosing/budget.ts';
import type { Pooling } from '../../embed/vectors.ts';
import type { Method } from '../../maps/projection.ts';
import type { Prompts } from '../prompted.ts';
import type { DatasetRef, EncoderRef } from '../refs.ts';
import type { MapSettings, RankSettings, Settings } from '../settings.ts';
import type { TrainingChoice } from '../training-choice.ts';
import type { Opening, Reading } from '../workspace.ts';

/**
 * Requests with every name looked up and every default filled in. Every error of a request that can be found without its data is found
 * here, before anything is fetched, and before a results folder is touched.
 */

/** Resources of a run, which do not affect results. */
export interface Resources {
  readonly threads: number;
  /** Tokens per batch. */
  readonly tokenBudget: number | undefined;
}

/** Where jobs run: a device that this machine lacks may be a worker's. */
export type RunsOn = 'this machine' | 'workers';

export interface Named {
  readonly encoders: readonly EncoderRef[];
  readonly datasets: readonly DatasetRef[];
  readonly reading: Reading;
  readonly opening: Opening;
  /** Prompts put before every text, one at a time, in their own order; undefined: the encoders' default prompts. */
  readonly prompts?: Prompts;
}

/** Training, and the pooling that it uses. */
export interface Training {
  readonly choice: TrainingChoice;
  /** undefined: `trainedPooling` determines it for each encoder. */
  readonly pooling: Pooling | undefined;
}

export interface RunExperiment extends Named {
  readonly command: 'run';
  /** Key of the suite that gives the datasets; undefined if datasets are named. */
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

/** Budget of the whole choice: milliseconds, or text passes. */
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
  /** The concatenation of all encoders is plotted too. */
  readonly concat: boolean;
}

export type Experiment = RunExperiment | RankExperiment | FinetuneExperiment | ChooseExperiment | MapExperiment;

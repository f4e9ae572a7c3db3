import type { DataCheck } from '../datasets/check.ts';
import type { Progress } from '../progress.ts';
import type { CheckedDataset } from './check-dataset.ts';
import type { Executor } from './executor.ts';
import type { Keeper } from './keeper.ts';
import type { Resources } from './resolve/experiment.ts';
import type { Shard } from './shard.ts';
import type { Workspace } from './workspace.ts';

/** Surroundings of an experiment: sources of its inputs, the store of its results, and receivers of its messages. */
export interface ExperimentHost {
  readonly workspace: Workspace;
  readonly keeper: Keeper;
  readonly resources: Resources;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  /** Aborts the experiment at a point from which it can be resumed. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the data check before anything is computed; `before`: an earlier check, made before the dataset was split. */
  readonly onCheck: (checked: CheckedDataset & { readonly before?: DataCheck | undefined }) => void;
  /**
   * Called when everything is planned, and nothing computed or compared with existing results: `digest` is that of the whole
   * experiment.
   */
  readonly onPlanned: (digest: string) => void;
  /** Runs the jobs. Default: this process. */
  readonly executor?: Executor | undefined;
  readonly shard?: Shard | undefined;
  /** Also report which of the encoders' weights are unused. */
  readonly verbose?: boolean | undefined;
}

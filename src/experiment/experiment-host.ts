import type { DataCheck } from '../datasets/check.ts';
import type { Progress } from '../progress.ts';
import type { CheckedDataset } from './check-dataset.ts';
import type { Executor } from './executor.ts';
import type { Keeper } from './keeper.ts';
import type { Resources } from './resolve/experiment.ts';
import type { Shard } from './shard.ts';
import type { Workspace } from './workspace.ts';

/** What an experiment is run with: where its inputs come from, where its results go, and who is told. */
export interface ExperimentHost {
  readonly workspace: Workspace;
  readonly keeper: Keeper;
  readonly resources: Resources;
  readonly progress: Progress;
  readonly warn: (line: string) => void;
  /** Ends it, where it can be gone on with. */
  readonly signal?: AbortSignal | undefined;
  /** Takes what the data are like, before anything is computed; `before`: what was said of it before its splits were cut. */
  readonly onCheck: (checked: CheckedDataset & { readonly before?: DataCheck | undefined }) => void;
  /** Everything is planned, nothing computed or compared with what is there: `digest` is of the whole. */
  readonly onPlanned: (digest: string) => void;
  /** Runs the jobs; this process where left out. */
  readonly executor?: Executor | undefined;
  readonly shard?: Shard | undefined;
  /** Say, too, what of the encoders' weights is not used. */
  readonly verbose?: boolean | undefined;
}

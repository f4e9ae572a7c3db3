import type { RequestInput } from '../experiment/read-request.ts';
import { resolveRun } from '../experiment/resolve.ts';
import { runExperiment } from '../experiment/run.ts';
import { typedRows, type TypedRow } from '../report/output/output.ts';
import { sortRows } from '../results/order.ts';
import type { ROW_COLUMNS } from '../results/row-columns.ts';
import type { Failure } from '../results/row.ts';
import { calledHere, renamedReasons } from './called.ts';
import { askedFor, openOptions, type ExperimentOptions } from './options.ts';
import { writeRun } from './write-run.ts';

/** A score of one vector of an encoder, frozen or trained: the columns of results.csv, numbers as numbers, null for what does not apply. */
export type ResultRow = TypedRow<typeof ROW_COLUMNS>;

/** What `run` and `finetune` come to. */
export interface RunResult {
  /** By dataset, encoder, pooling. */
  readonly rows: readonly ResultRow[];
  /** Those of them that the results folder had already. */
  readonly kept: number;
  /** What could not be computed, and why. */
  readonly failures: readonly Failure[];
  /** Sentences for a person. */
  readonly notes: readonly string[];
}

/** `command` is known by the function's name. */
export type RunOptions = Omit<RequestInput<'run'>, 'command'>;

/**
 * Scores frozen encoders on datasets by nearest neighbours, and trains them where `finetune` says how: what `bench run` does.
 *
 * @throws HarnessError OPTION for a request that cannot be; SOURCE, OFFLINE, FORMAT, DATA … for inputs that cannot be opened; the signal's
 * reason where it ended the work
 */
export function run(request: RunOptions, options: ExperimentOptions = {}): Promise<RunResult> {
  return calledHere(async () => {
    const started = new Date();
    const asked = askedFor('run', request);
    const opened = openOptions('run', options, asked);
    const experiment = resolveRun(asked, opened.workspace, opened.resources);
    const { result, results } = await opened.run((host) => runExperiment(experiment, host));
    const { rows, kept, failures } = result;
    if (results !== undefined) {
      const { seed } = experiment.settings;
      await writeRun({ ...result, results, request: asked, started, seed, opened });
    }
    return { rows: typedRows('run', sortRows(rows)), kept, failures: renamedReasons(failures), notes: opened.notes() };
  });
}

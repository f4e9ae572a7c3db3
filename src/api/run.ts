import { resolveRun } from '../experiment/resolve/resolve-run.ts';
import { runExperiment } from '../experiment/run.ts';
import { typedRows } from '../report/output/output.ts';
import { sortRows } from '../results/order.ts';
import type { Failure } from '../results/row.ts';
import { withApiNames, renamedReasons } from './option-names.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { onDevice } from './device.ts';
import { checkedRequest, openOptions } from './options.ts';
import type { RunOptions } from './requests.ts';
import type { ResultRow } from './rows.ts';
import { writeRun } from './write-run.ts';

/** Result of `run` and `finetune`. */
export interface RunResult {
  /** In the order of results.csv: by dataset, encoder, pooling. */
  readonly rows: readonly ResultRow[];
  /** How many of them were already in the results folder. */
  readonly kept: number;
  /** What could not be computed, and why: with several encoders or datasets the others are still computed. */
  readonly failures: readonly Failure[];
  /** Human-readable only: warnings, and findings about the files. */
  readonly notes: readonly string[];
}

/**
 * Scores frozen encoders on datasets by k nearest neighbours, and fine-tunes them too if `request.finetune` is given. The same as `bench
 * run`. Scores are percentages from 0 to 100. Without `encoders` and `datasets` it runs the suite `quick`.
 *
 * Rejects with a HarnessError before anything is computed: OPTION, UNKNOWN_NAME or REGISTRY for an invalid request; SOURCE, OFFLINE or
 * CHECKSUM if no source has the files; FORMAT, DATA, GRAPH or TOKENIZER for unusable files; OUTPUT for a results folder that cannot be
 * written, or whose results were made from other files (see `policy`). Rejects with the signal's reason if aborted. What fails for only
 * some of several encoders or datasets is listed in `failures`.
 */
export function run(request: RunOptions, options: ExperimentOptions = {}): Promise<RunResult> {
  return withApiNames(async () => {
    const started = new Date();
    const checked = checkedRequest('run', request);
    const opened = openOptions('run', options, checked);
    const asked = await onDevice(checked, opened);
    const experiment = resolveRun(asked, opened.workspace, opened.resources);
    const { result, results } = await opened.run((host) => runExperiment(experiment, host));
    const { rows, kept, failures } = result;
    if (results !== undefined) {
      const { seed } = experiment.settings;
      await writeRun({ ...result, results, request: asked, started, seed, device: asked.device, opened });
    }
    return { rows: typedRows('run', sortRows(rows)), kept, failures: renamedReasons(failures), notes: opened.notes() };
  });
}

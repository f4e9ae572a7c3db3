import { rankExperiment } from '../experiment/rank.ts';
import { resolveRank } from '../experiment/resolve/resolve-rank.ts';
import { encoderValue } from '../opening/encoder-ref.ts';
import { typedRows } from '../report/output/output.ts';
import { outputRows } from '../report/ranking.ts';
import { writeRunRecord } from '../results/run-record.ts';
import type { Failure } from '../results/row.ts';
import { withApiNames, renamedReasons } from './option-names.ts';
import type { ExperimentOptions } from './experiment-options.ts';
import { onDevice } from './device.ts';
import { checkedRequest, openOptions } from './options.ts';
import type { RankOptions } from './requests.ts';
import type { RankedRow } from './rows.ts';
import { recordOf } from './write-run.ts';

/** Result of `rank`. */
export interface RankResult {
  /** Per dataset, the best encoder first; those dropped by the budget last. */
  readonly rows: readonly RankedRow[];
  /** Row name to encoder reference, as `encoders` of another request takes it. */
  readonly encoders: Readonly<Record<string, string>>;
  /** What could not be ranked, and why. */
  readonly failures: readonly Failure[];
  /** Human-readable only: warnings, and findings about the files. */
  readonly notes: readonly string[];
}

/**
 * Ranks frozen encoders on labelled texts with estimators of how well they can be fine-tuned. The same as `bench rank`. A row is an encoder
 * with its best pooling by the estimator that orders them (`by`). Scores are percentages if the estimator predicts a class per text, else
 * in the estimator's unit; times are milliseconds, memory is megabytes. Encoders and datasets must be given. Rejects as `run` does.
 */
export function rank(request: RankOptions, options: ExperimentOptions = {}): Promise<RankResult> {
  return withApiNames(async () => {
    const started = new Date();
    const checked = checkedRequest('rank', request);
    const opened = openOptions('rank', options, checked);
    const asked = await onDevice(checked, opened);
    const experiment = resolveRank(asked, opened.workspace, opened.resources);
    const { result, results } = await opened.run((host) => rankExperiment(experiment, host));
    const { rankings, estimates, kept, failures, checks, plan } = result;
    if (results !== undefined) {
      const { seed } = experiment.settings;
      const record = recordOf({
        rows: estimates,
        kept,
        failures,
        checks,
        plan,
        rankings,
        request: asked,
        started,
        seed,
        device: asked.device,
        opened,
      });
      await results.write('run.json', (file) => writeRunRecord({ file, record }));
      await results.end();
    }
    const encoders = Object.fromEntries(experiment.encoders.map((ref) => [ref.name, encoderValue(ref)]));
    return { rows: typedRows('rank', rankings.flatMap(outputRows)), encoders, failures: renamedReasons(failures), notes: opened.notes() };
  });
}

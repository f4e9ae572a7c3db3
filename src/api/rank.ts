import { rankExperiment } from '../experiment/rank.ts';
import type { RequestInput } from '../experiment/read-request.ts';
import { resolveRank } from '../experiment/resolve.ts';
import type { RANK_COLUMNS } from '../report/output/compared-columns.ts';
import { typedRows, type TypedRow } from '../report/output/output.ts';
import { outputRows } from '../report/ranking.ts';
import { writeRunRecord } from '../results/run-record.ts';
import type { Failure } from '../results/row.ts';
import { calledHere, renamedReasons } from './called.ts';
import { askedFor, openOptions, type ExperimentOptions } from './options.ts';
import { recordOf } from './write-run.ts';

export type RankOptions = Omit<RequestInput<'rank'>, 'command'>;

/** An encoder of a ranking: what `bench rank --format json` says of it. */
export type RankedRow = TypedRow<typeof RANK_COLUMNS>;

export interface RankResult {
  /** Dataset by dataset, the best encoder first. */
  readonly rows: readonly RankedRow[];
  readonly failures: readonly Failure[];
  /** Sentences for a person. */
  readonly notes: readonly string[];
}

/** Ranks frozen encoders on labelled texts by estimators of how well they can be fine-tuned: what `bench rank` does. Throws as `run` does. */
export function rank(request: RankOptions, options: ExperimentOptions = {}): Promise<RankResult> {
  return calledHere(async () => {
    const started = new Date();
    const asked = askedFor('rank', request);
    const opened = openOptions('rank', options, asked);
    const experiment = resolveRank(asked, opened.workspace, opened.resources);
    const { result, results } = await opened.run((host) => rankExperiment(experiment, host));
    const { rankings, estimates, kept, failures, checks, plan } = result;
    if (results !== undefined) {
      const record = recordOf({ rows: estimates, kept, failures, checks, plan, request: asked, started, seed: experiment.settings.seed, opened });
      await results.write('run.json', (file) => writeRunRecord({ file, record }));
      await results.end();
    }
    return { rows: typedRows('rank', rankings.flatMap(outputRows)), failures: renamedReasons(failures), notes: opened.notes() };
  });
}

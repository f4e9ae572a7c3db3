import type { DataCheck } from '../datasets/check.ts';
import { runRecord } from '../results/record.ts';
import type { Request } from '../experiment/request.ts';
import type { RankResults } from '../experiment/rank.ts';
import { recordOfRanking } from '../report/verdict/ranked-record.ts';
import { recordOfCheck } from '../report/data-check-record.ts';
import { resultsMarkdown } from '../report/results-markdown.ts';
import type { ResultsFolder } from '../results/folder.ts';
import type { Failure, Row } from '../results/row.ts';
import { writeRunRecord, type RunPlan, type RunRecord } from '../results/run-record.ts';
import { writeWhole } from '../results/write.ts';
import type { Opened } from './options.ts';

interface RecordedParams {
  readonly request: Request;
  readonly started: Date;
  readonly seed: number;
  readonly device?: string | undefined;
  readonly opened: Opened;
  /** Results: rows of results.csv, estimates. */
  readonly rows: readonly unknown[];
  readonly kept: number;
  readonly failures: readonly Failure[];
  readonly checks: readonly DataCheck[];
  readonly plan: RunPlan;
  readonly rankings?: RankResults['rankings'] | undefined;
}

/** What run.json records about a run started by a program. */
export function recordOf({ opened: { resources, workspace }, checks, rankings, ...of }: RecordedParams): RunRecord {
  return runRecord({
    ...of,
    command: [],
    threads: resources.threads,
    data: checks.map(recordOfCheck),
    ranked: rankings?.map(recordOfRanking),
    sources: workspace.pinned,
    interrupted: false,
  });
}

interface WriteParams extends RecordedParams {
  readonly rows: readonly Row[];
  readonly results: ResultsFolder;
}

/** Writes what the command line writes together with results.csv: results.md and run.json. */
export async function writeRun({ results, ...params }: WriteParams): Promise<void> {
  const { failures, opened } = params;
  const text = await resultsMarkdown({ results, failures, registries: opened.workspace, warn: opened.progress.log });
  await results.write('results.md', (file) => writeWhole({ file, text }));
  await results.write('run.json', (file) => writeRunRecord({ file, record: recordOf(params) }));
  await results.end();
}

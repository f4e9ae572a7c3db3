import type { Failure, Row } from '../results/row.ts';
import type { ScoredCell } from '../results/scored.ts';
import type { Timing } from '../results/timings.ts';
import { THIS_PROCESS, type Executor } from './executor.ts';
import type { Host } from './host.ts';
import type { ConcatJob, ScoreJob } from './job.ts';
import { lacking, without, type ScorePlan } from './plan-scores.ts';
import { promptWord } from './prompted.ts';

/** Stores results: in a results folder, or in memory. */
export interface Keeper {
  /** Those of the expected rows that exist and may stay; undefined unless all may. `expected`: without scores. */
  readonly kept: (expected: readonly Row[]) => Promise<readonly Row[] | undefined>;
  readonly add: (cells: readonly ScoredCell[]) => Promise<void>;
  readonly addTimings: (timings: readonly Timing[]) => Promise<void>;
}

/** Outcome of a run so far; it grows, so that an aborted run still has its results. */
export interface Outcome {
  readonly rows: Row[];
  /** How many of them existed before. */
  kept: number;
  readonly failures: Failure[];
}

export function noOutcome(): Outcome {
  return { rows: [], kept: 0, failures: [] };
}

export interface RunScores {
  readonly host: Host;
  readonly keeper: Keeper;
  readonly outcome: Outcome;
  readonly executor?: Executor | undefined;
}

/**
 * Runs the jobs of a plan one after the other, except for what exists already. Throws whatever ends the run: the signal's reason, an
 * internal error.
 */
export async function runScores(
  { jobs, failures }: ScorePlan,
  { host, keeper, outcome, executor = THIS_PROCESS }: RunScores,
): Promise<void> {
  outcome.failures.push(...failures);
  const left: (ScoreJob | ConcatJob)[] = [];
  for (const job of jobs) {
    const rest = await withoutKept(job, { keeper, outcome });
    if (rest !== undefined) left.push(rest);
  }
  await executor.announce(left);
  /** Datasets, with prompts, on which some encoder failed as a whole → those encoders. */
  const failed = new Map<string, string[]>();
  for (const job of left) {
    host.signal?.throwIfAborted();
    const at = JSON.stringify([job.dataset.name, job.opening.prompt]);
    const lost = failed.get(at) ?? [];
    if (job.kind === 'concat' && lost.length > 0) {
      outcome.failures.push({
        encoder: job.vectors[0]!.encoder,
        dataset: job.vectors[0]!.rows[0]!.dataset,
        prompt: promptWord(job.opening.prompt),
        reason: lacking(lost),
      });
      continue;
    }
    const result = await executor.run(job, { ...host, ...keepsEarly(keeper, outcome) });
    outcome.failures.push(...result.failures);
    failed.set(at, [...lost, ...result.failures.filter(({ pooling }) => pooling === undefined).map(({ encoder }) => encoder)]);
    // A run without results leaves no folder.
    if (result.timings.length > 0) await keeper.addTimings(result.timings);
  }
}

/** A job without existing results, which are added to the outcome; undefined if all exist. */
async function withoutKept(
  job: ScoreJob | ConcatJob,
  { keeper, outcome }: Pick<RunScores, 'keeper' | 'outcome'>,
): Promise<ScoreJob | ConcatJob | undefined> {
  const there = new Set<object>();
  for (const vector of job.vectors) {
    const rows = await keeper.kept(vector.rows);
    if (rows === undefined) continue;
    there.add(vector);
    outcome.kept += rows.length;
    outcome.rows.push(...rows);
  }
  return without(job, (vector) => there.has(vector));
}

/** Results are written before the next are computed. */
function keepsEarly(keeper: Keeper, outcome: Outcome): Pick<Host, 'onCells'> {
  return {
    onCells: async (cells, timings) => {
      await keeper.add(cells);
      await keeper.addTimings(timings);
      outcome.rows.push(...cells.map(({ row }) => row));
    },
  };
}

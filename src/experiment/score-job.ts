import type { Encoder } from '../encoders/encoder.ts';
import type { Failure } from '../results/row.ts';
import { resultKey } from '../results/merge.ts';
import type { ScoredCell } from '../results/scored.ts';
import type { Timing } from '../results/timings.ts';
import { checkInputs, jobEncoder, type Host } from './host.ts';
import { jobCells, type ConcatJob, type JobResult, type ScoreJob } from './job.ts';
import { plannedIndex } from './planned-index.ts';
import { computeGrid } from './score-grid.ts';

/**
 * Runs the encoders of a job over its texts, once, and scores its vectors. Throws what opening and `plannedIndex` throw; failures at run
 * time are listed in the result.
 */
export async function runScoreJob(job: ScoreJob | ConcatJob, host: Host): Promise<JobResult> {
  const dataset = await host.inputs.dataset(job.dataset, job.reading);
  const encoders: Encoder[] = [];
  for (const ref of job.encoders) encoders.push(await jobEncoder(job, ref, host.inputs));
  checkInputs(job, { dataset, encoders });
  const index = plannedIndex(job);
  const wanted = new Set(job.vectors.flatMap(({ rows }) => rows.map(resultKey)));
  const cells: ScoredCell[] = [];
  const failures: Failure[] = [];
  const timings: Timing[] = [];
  const outcomes = computeGrid(
    {
      encoders: encoders.map((encoder) => ({ name: encoder.name, encoder })),
      datasets: [{ name: job.dataset.name, dataset, protocols: job.settings.protocols }],
      settings: {
        ...job.settings,
        index,
        threads: host.threads,
        tokenBudget: host.tokenBudget,
        concatNorms: job.kind === 'concat' ? job.settings.concatNorms : [],
        poolings:
          dataset.task === 'token-classification'
            ? job.settings.poolings
            : job.settings.poolings.filter((pooling) => job.vectors.some((vector) => vector.pooling === pooling)),
      },
      vectorFolder: host.workspace.vectorFolder,
      progress: host.progress,
      warn: host.warn,
      signal: host.signal,
      // Rows of other jobs count as existing.
      kept: async (expected) => (expected.some((row) => wanted.has(resultKey(row))) ? undefined : []),
    },
    timings,
  );
  for await (const outcome of outcomes) {
    if (outcome.kind === 'failed') failures.push(outcome.failure);
    if (outcome.kind !== 'computed') continue;
    cells.push(...outcome.cells);
    await host.onCells?.(outcome.cells, ofJob(job, timings));
  }
  return { job: job.id, ...jobCells(cells), curve: [], failures, timings: ofJob(job, timings) };
}

/** A concatenation reads the stored vectors of its members: its timing says nothing about an encoder. */
function ofJob({ kind }: ScoreJob | ConcatJob, timings: readonly Timing[]): Timing[] {
  return timings.filter(({ stage }) => kind === 'score' || stage !== 'embed');
}

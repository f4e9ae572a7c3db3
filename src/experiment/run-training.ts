import { promptColumn } from '../encoders/prompts.ts';
import { HarnessError, reason } from '../errors.ts';
import { mergeRows } from '../results/merge.ts';
import type { Row } from '../results/row.ts';
import type { ExperimentHost } from './experiment-host.ts';
import { THIS_PROCESS } from './executor.ts';
import { scoredResults } from './job.ts';
import type { PlannedTraining, TrainingPlan } from './plan-training.ts';
import type { Outcome } from './run-scores.ts';
import { lacksFiles } from './train-job.ts';

/**
 * Runs training runs one after the other; `outcome` grows. A failure at run time does not end the others. Throws whatever ends them all:
 * the signal's reason.
 */
export async function runTraining({ runs, inputs, failures }: TrainingPlan, host: ExperimentHost, outcome: Outcome): Promise<void> {
  const { keeper, workspace, progress, warn, signal, executor = THIS_PROCESS } = host;
  const add = (fresh: readonly Row[]): void => void outcome.rows.splice(0, Infinity, ...mergeRows({ old: outcome.rows, fresh }));
  outcome.failures.push(...failures);
  const left: PlannedTraining[] = [];
  for (const run of runs) {
    const { cell, expected } = run;
    const there = keeper.hasCurve(expected.at(-1)!.training) && !(await lacksFiles(cell)) ? await keeper.kept(expected) : undefined;
    if (there === undefined) left.push(run);
    else {
      add(there);
      outcome.kept += there.length;
    }
  }
  // What is saved is trained here.
  await executor.announce(left.filter(({ cell }) => cell.save === undefined).map(({ job }) => job));
  for (const { cell, job } of left) {
    signal?.throwIfAborted();
    try {
      const { out, save, texts, overwrite } = cell;
      const result = await executor.run(job, {
        inputs,
        workspace,
        ...host.resources,
        progress,
        warn,
        signal,
        files: { out, save, texts, overwrite },
      });
      add(result.cells.map(({ row }) => row));
      // The curve first: a run whose rows exist is not repeated.
      await keeper.addCurve(result.curve);
      await keeper.add(scoredResults(result));
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) throw error;
      if (!(error instanceof HarnessError) || error.code === 'INTERNAL' || error.code === 'OUTPUT' || runs.length === 1) throw error;
      outcome.failures.push({
        encoder: cell.target.encoder.name,
        dataset: cell.dataset.key,
        pooling: cell.pooling,
        prompt: promptColumn(cell.target.encoder.prompt) || undefined,
        objective: cell.objective,
        reason: reason(error),
      });
    }
  }
  await keeper.pruneCurves();
}

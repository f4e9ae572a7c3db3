import type { ExperimentHost } from './experiment-host.ts';
import { OpenedInputs } from './host.ts';
import type { Job } from './job.ts';
import { planMaps } from './map.ts';
import { estimateJob, planEstimates } from './plan-estimates.ts';
import { planRun } from './plan-run.ts';
import { planTraining } from './plan-training.ts';
import type { Experiment } from './resolve/experiment.ts';
import { inShard } from './shard.ts';

/**
 * The jobs of an experiment, in the order in which one process runs them; of a shard only its own. Every result belongs to exactly one job:
 * each kind of job is planned in one place, which is also used for running it. Within a budget, encoders are dropped along the way: the
 * jobs returned are then those on all texts, the maximum that may be run. Inputs are opened, nothing is computed. Throws what would end the
 * experiment.
 */
export async function plan(experiment: Experiment, host: ExperimentHost): Promise<readonly Job[]> {
  switch (experiment.command) {
    case 'run': {
      const { scores, trainings } = await planRun(experiment, host);
      return [...scores.jobs, ...(trainings?.runs ?? []).map(({ job }) => job)];
    }
    case 'rank': {
      const { targets, encodersOn } = await planEstimates(experiment, host);
      return targets.flatMap((target) =>
        encodersOn(target).map((opened) => estimateJob({ experiment, target, opened, texts: target.texts })),
      );
    }
    case 'finetune':
    case 'choose': {
      const { encoders, datasets } = experiment;
      const names = { encoders: encoders.map(({ name }) => name), datasets: datasets.map(({ name }) => name) };
      const includes = inShard({ ...names, shard: host.shard, concat: false });
      const inputs = new OpenedInputs(host.workspace);
      const { runs } = await planTraining({ ...experiment, inputs, save: undefined, includes, checked: [] }, host);
      return runs.map(({ job }) => job);
    }
    case 'map':
      return planMaps(experiment, new OpenedInputs(host.workspace), host.warn);
    default:
      return experiment satisfies never;
  }
}

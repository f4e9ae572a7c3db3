import { trainPart } from '../datasets/train-part.ts';
import { jobCells, type Job, type JobResult, type TrainJob } from './job.ts';
import { checkInputs, type Host } from './host.ts';
import { runEstimateJob } from './estimate-job.ts';
import { runMapJob } from './map-job.ts';
import { runScoreJob } from './score-job.ts';
import { OBJECTIVES } from '../training/objectives.ts';
import { finetuneCell, type CellParams } from './train-job.ts';
import { forTraining } from './trained-inputs.ts';

/** Runs a job. Throws whatever ends it as a whole; the host's signal aborts it with the signal's reason. */
export function runJob(job: Job, host: Host): Promise<JobResult> {
  switch (job.kind) {
    case 'score':
    case 'concat':
      return runScoreJob(job, host);
    case 'train':
      return runTrainJob(job, host);
    case 'estimate':
      return runEstimateJob(job, host);
    case 'map':
      return runMapJob(job, host);
    default:
      return job satisfies never;
  }
}

async function runTrainJob(job: TrainJob, host: Host): Promise<JobResult> {
  const { cells, curve } = await finetuneCell(await trainingCell(job, host));
  await host.onCells?.(cells, []);
  return { job: job.id, ...jobCells(cells), curve, failures: [], timings: [] };
}

/** A training run with its inputs opened. Throws what opening throws, and DATA if the inputs differ from the planned ones. */
export async function trainingCell(
  job: TrainJob,
  { inputs, workspace, files, progress, warn, signal, onTraining }: Host,
): Promise<CellParams> {
  const { dataset: ref, reading, opening, pooling, objective, seed, choice } = job;
  const target = await inputs.trained(job.encoders[0]!, opening);
  const whole = await inputs.dataset(ref, reading);
  const cut = forTraining(whole, choice);
  const dataset = job.part === undefined ? cut : trainPart(cut, { size: job.part, seed: choice.seeds[0]!, test: job.partTest });
  checkInputs(job, { dataset, encoders: [target.encoder] });
  const second = OBJECTIVES[objective].needs.secondLabels
    ? await workspace.openSecondField(ref, reading, { field: choice.secondLabelField, first: dataset.labelField })
    : undefined;
  const source = { encoder: job.encoders[0]!, dataset: ref };
  const runs = workspace.trainingFolder;
  return { target, dataset, second, pooling, objective, seed, choice, runs, source, ...files, progress, warn, signal, onTraining };
}

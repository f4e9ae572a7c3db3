import { readFileSync } from 'node:fs';
import path from 'node:path';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { batchesOf } from '../../src/training/sampler.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { PLAIN_TRAINING } from './plain-training.ts';
import type { Inputs, TrainingJob, TrainingResult } from './jobs.ts';

const { objective: OBJECTIVE, objectiveOptions: OPTIONS, seed: SEED } = PLAIN_TRAINING;
const UPDATE = { lr: 5e-5, clip: 5 };

/** Steps of fine-tuning with a classification head on the train texts, dropout 0.1, as in a first epoch. */
export async function measureTraining(job: TrainingJob): Promise<TrainingResult> {
  const { folder, layers, device, threads, classes, batchSize, steps } = job;
  const { ids, labels, train } = JSON.parse(readFileSync(path.join(folder, 'inputs.json'), 'utf8')) as Inputs;
  const classOf = Int32Array.from(labels.slice(0, train));
  const rows = [...classOf.keys()];
  const batches = batchesOf({ rows, labels: classOf, batchSize, seed: SEED, epoch: 1, balanced: false }).slice(0, steps);
  const trainer = await Trainer.open({
    files: { name: 'encoder', folder, onnx: undefined },
    spec: { token: 'mean', layers: [layers], combine: 'one' },
    ...PLAIN_TRAINING,
    classes,
    threads,
    device,
    mixedPrecision: job.mixedPrecision,
  });
  const { width } = trainer.opened;
  const run = OBJECTIVES[OBJECTIVE].start({ width, classes, options: OPTIONS, labels: classOf, seed: SEED });
  const losses: number[] = [];
  const started = performance.now();
  let first = 0;
  for (const [step, batch] of batches.entries()) {
    const { loss } = await trainer.step({
      texts: batch.map((row) => ({ ids: Int32Array.from(ids[row]!) })),
      feeds: run.feeds({ epoch: 1, step, rows: batch, batch: batch.length }),
      step,
      update: UPDATE,
    });
    losses.push(loss);
    if (step === 0) first = (performance.now() - started) / 1000;
  }
  const seconds = (performance.now() - started) / 1000;
  return { texts: batches.flat().length, steps: batches.length, seconds, first, losses };
}

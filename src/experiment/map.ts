import type { Dataset } from '../datasets/dataset.ts';
import { itemsOf } from '../datasets/items.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { NO_PROMPT } from '../encoders/prompts.ts';
import { HarnessError, option, reason } from '../errors.ts';
import { checkProtocols } from '../knn/check-protocols.ts';
import { inParallel } from './in-parallel.ts';
import { digestOf } from './digest.ts';
import type { ExperimentHost } from './experiment-host.ts';
import { OpenedInputs } from './host.ts';
import { jobOf, type MapDrawing, type MapJob } from './job.ts';
import { mapVectors } from './map-job.ts';
import { parallelMaps } from './map-layouts.ts';
import { checkMapped, shortMapped } from './map-vector.ts';
import { inputsOf } from './plan-scores.ts';
import { checkPrompts, promptedWith, type Unprompted } from './prompted.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { MapExperiment } from './resolve/experiment.ts';
import { runJob } from './run-job.ts';
import type { Opening } from './workspace.ts';

/** Checks of a map request that need no data. Throws OPTION. */
export function checkMap({ encoders, datasets, concat }: MapExperiment): void {
  if (encoders.length === 0 || concat) {
    throw new HarnessError('OPTION', {
      where: option('encoders'),
      what: concat ? 'Maps of concatenations are not supported.' : 'No encoder given.',
      hint: `Give encoders with ${option('encoders')} or ${option('model')}.`,
    });
  }
  if (datasets.length > 0) return;
  throw new HarnessError('OPTION', {
    where: option('datasets'),
    what: 'No dataset given.',
    hint: `Give one with ${option('datasets')} or ${option('dataset')}.`,
  });
}

/** 2D projections of frozen encoders' vectors, by method, then encoder, then dataset. */
export async function mapExperiment(experiment: MapExperiment, host: ExperimentHost): Promise<MapDrawing[]> {
  checkMap(experiment);
  const { settings } = experiment;
  const { workspace, progress, warn, signal, resources } = host;
  const inputs = new OpenedInputs(workspace);
  const jobs = await planMaps(experiment, inputs, warn);
  host.onPlanned(digestOf(experiment));
  const files = { out: undefined, save: undefined, overwrite: false };
  const jobHost = { inputs, workspace, ...resources, progress, warn, signal, files };
  // Texts are encoded by one encoder after the other, with all threads; maps, several at a time, then read the stored vectors.
  for (const job of jobs.filter(({ method }) => method === experiment.methods[0])) await mapVectors(job, jobHost);
  const drawings: MapDrawing[] = [];
  const tasks = jobs.map((job) => async () => (await runJob(job, jobHost)).map!);
  for await (const drawing of inParallel(tasks, parallelMaps(settings))) drawings.push(drawing);
  return drawings;
}

/**
 * The maps of all encoders on all datasets, by method. An encoder that lacks a prompt, or whose vectors have too few dimensions, is left
 * out with a warning. Throws what opening throws; OPTION if this holds for every encoder.
 */
export async function planMaps(experiment: MapExperiment, inputs: OpenedInputs, warn: (line: string) => void): Promise<MapJob[]> {
  const { encoders, datasets, methods, reading, opening, prompts, settings } = experiment;
  const texts: { readonly ref: DatasetRef; readonly dataset: Dataset }[] = [];
  for (const ref of datasets) {
    const dataset = await inputs.dataset(ref, reading);
    checkProtocols({ dataset: itemsOf(dataset), protocols: ['leave-one-out'], ks: [settings.k] });
    texts.push({ ref, dataset });
  }
  const opened: { readonly ref: EncoderRef; readonly opening: Opening; readonly encoder: Encoder }[] = [];
  const unprompted: Unprompted[] = [];
  const bare: Encoder[] = [];
  for (const ref of encoders) {
    const base = await inputs.encoder(ref, prompts === undefined ? opening : { ...opening, prompt: NO_PROMPT });
    bare.push(base);
    const short = shortMapped(base, settings);
    if (short !== undefined) {
      warn(short.complaint.what);
      continue;
    }
    for (const each of promptedWith({ encoder: base }, prompts, (of, prompt) => ({ encoder: inputs.prompted(of.encoder, prompt) }))) {
      const { prompt } = each;
      if ('opened' in each)
        opened.push({ ref, opening: prompt === undefined ? opening : { ...opening, prompt }, encoder: each.opened.encoder });
      else unprompted.push({ encoder: ref.name, prompt: prompt!, error: each.error });
    }
  }
  checkMapped(bare, settings);
  checkPrompts(unprompted, bare.filter((encoder) => shortMapped(encoder, settings) === undefined).length);
  for (const { error } of unprompted) warn(reason(error));
  return methods.flatMap((method) =>
    opened.flatMap(({ ref: encoder, opening: how, encoder: one }) =>
      texts.map(({ ref: dataset, dataset: of }) =>
        jobOf({ kind: 'map' as const, encoders: [encoder], dataset, reading, opening: how, inputs: inputsOf(of, [one]), method, settings }),
      ),
    ),
  );
}

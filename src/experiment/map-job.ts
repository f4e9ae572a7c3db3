import type { ClassificationDataset } from '../datasets/dataset.ts';
import { withClasses, withSingleTexts } from '../datasets/task.ts';
import { loadVectors } from '../embed/cut.ts';
import { embed } from '../embed/embed.ts';
import { VectorStore } from '../embed/store.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { promptColumn } from '../encoders/prompts.ts';
import { METHOD_TITLES } from '../maps/projection.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { checkInputs, jobEncoder, type Host } from './host.ts';
import type { JobResult, MapDrawing, MapJob } from './job.ts';
import { caption, layoutChain } from './map-layouts.ts';
import { mapVector } from './map-vector.ts';

/** Projects the vectors of one frozen encoder to 2D. Throws what opening throws, OPTION if the encoder lacks the pooling. */
export async function runMapJob(job: MapJob, host: Host): Promise<JobResult> {
  const { dataset, encoder, vectors } = await mapVectors(job, host);
  host.signal?.throwIfAborted();
  const { method, settings } = job;
  const { progress, threads } = host;
  const label = `${dataset.key}: ${METHOD_TITLES[method]} of ${encoder.name}`;
  const [layout] = await layoutChain({ vectors: [vectors], method, seed: settings.seed, label, progress });
  const drawing: MapDrawing = {
    encoder: encoder.name,
    ...(encoder.prompt !== undefined && { prompt: promptColumn(encoder.prompt) }),
    dataset: dataset.key,
    method,
    layout: [...layout!],
    labels: [...dataset.labels],
    classes: dataset.classes,
    field: dataset.labelField,
    caption: await caption({ dataset, vectors, protocol: 'leave-one-out', settings: { ...settings, threads } }),
  };
  return { job: job.id, truths: {}, cells: [], curve: [], failures: [], timings: [], map: drawing };
}

interface Opened {
  readonly encoder: Encoder;
  readonly dataset: ClassificationDataset;
  /** [n, d] */
  readonly vectors: Matrix;
}

/** Input of a map; texts without stored vectors are encoded. Throws what opening throws, OPTION if the encoder lacks the pooling. */
export async function mapVectors(job: MapJob, host: Host): Promise<Opened> {
  const opened = await host.inputs.dataset(job.dataset, job.reading);
  const dataset = withSingleTexts(withClasses(opened, 'A map', 'Omit it, or bin its numbers into classes.'), 'A map');
  const encoder = await jobEncoder(job, job.encoders[0]!, host.inputs);
  checkInputs(job, { dataset, encoders: [encoder] });
  const { settings } = job;
  const vector = { ...mapVector(encoder, settings.pooling), dim: settings.dim };
  const { workspace, progress, threads, tokenBudget, warn, signal } = host;
  const store = new VectorStore(workspace.vectorFolder, warn);
  const task = progress.task(`${dataset.key}: ${encoder.name}`, dataset.texts.length, 'texts');
  try {
    const embedded = await embed({
      encoder,
      texts: dataset.texts,
      specs: [vector.spec],
      store,
      threads,
      tokenBudget,
      signal,
      onProgress: ({ done }) => task.update(done),
    });
    return { encoder, dataset, vectors: await loadVectors(embedded, { ...vector, encoder: encoder.name }) };
  } finally {
    task.end();
  }
}

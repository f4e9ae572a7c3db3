import { trainAlone } from '../datasets/train-part.ts';
import { HarnessError, option } from '../errors.ts';
import { EstimatorThreads } from '../estimators/estimator-threads.ts';
import { costRow } from './cost-row.ts';
import { estimateRows } from './estimate-rows.ts';
import { checkInputs, jobEncoder, type Host } from './host.ts';
import type { EstimateJob, JobResult } from './job.ts';
import { canCompareLayers, rankEncoder } from './rank-encoder.ts';
import { rankedSample, type RankedTexts } from './ranked-sample.ts';
import { rankWords } from './rank-words.ts';
import { rankedValue } from './ranked-value.ts';
import type { DatasetRef, EncoderRef } from './refs.ts';
import type { RankSettings } from './settings.ts';
import { forTraining } from './trained-inputs.ts';
import type { Reading } from './workspace.ts';

/** Runs all estimators for one encoder on one dataset. Throws what opening throws, and whatever ends the job as a whole. */
export async function runEstimateJob(job: EstimateJob, host: Host): Promise<JobResult> {
  const whole = await jobTexts(job, host);
  const [ref] = job.encoders as [EncoderRef];
  const encoder = await jobEncoder(job, ref, host.inputs);
  checkInputs(job, { dataset: whole.dataset, encoders: [encoder] });
  const { threads, tokenBudget } = host;
  const asked = { ...job.settings, threads, tokenBudget };
  const texts = job.samples.reduce((of, size) => rankedSample({ ...of, settings: asked }, size), whole);
  const settings = canCompareLayers(texts, asked) ? asked : { ...asked, curveTexts: 0 };
  const estimators = host.estimators ?? new EstimatorThreads(threads);
  try {
    const { workspace, progress, warn, signal } = host;
    const params = {
      ...texts,
      encoder,
      settings,
      vectorFolder: workspace.vectorFolder,
      threads: estimators,
      progress,
      warn,
      signal,
    };
    const { dataset } = texts;
    const found = dataset.task === 'token-classification' ? await rankWords({ ...params, dataset }) : await rankEncoder(params);
    const { ranked, metered, estimateMs } = found;
    return {
      job: job.id,
      truths: {},
      cells: [],
      curve: [],
      failures: [],
      timings: [],
      estimate: {
        rows: estimateRows({ encoder, dataset: texts.dataset, settings: asked, ranked }),
        cost: costRow(encoder, texts.dataset.key, ranked),
        ranked: rankedValue(ranked),
        fixedMs: metered.fixedMs,
        estimateMs,
      },
    };
  } finally {
    if (host.estimators === undefined) await estimators.close();
  }
}

async function jobTexts({ dataset: ref, reading, settings, ofTrain }: EstimateJob, host: Host): Promise<RankedTexts> {
  if (ofTrain === undefined) return rankedTexts({ ref, reading, settings }, host);
  return { dataset: trainAlone(forTraining(await host.inputs.dataset(ref, reading), ofTrain)) };
}

interface TextsParams {
  readonly ref: DatasetRef;
  readonly reading: Reading;
  readonly settings: Pick<RankSettings, 'sourceField'>;
}

/** The texts of a dataset with their labels, and the source labels for LEEP. @throws HarnessError OPTION, DATA, and what opening throws */
export async function rankedTexts(
  { ref, reading, settings: { sourceField } }: TextsParams,
  { inputs, workspace }: Pick<Host, 'inputs' | 'workspace'>,
): Promise<RankedTexts> {
  const dataset = await inputs.dataset(ref, reading);
  if (sourceField === undefined) return { dataset };
  if (sourceField === dataset.labelField) {
    throw new HarnessError('OPTION', {
      where: option('sourceField'),
      what: `"${sourceField}" is the label that encoders are ranked by.`,
      hint: 'Choose another field.',
    });
  }
  const second = await workspace.openSecondField(ref, reading, { field: sourceField, first: dataset.labelField });
  return { dataset, source: { labels: second.labels, classes: second.classes.length } };
}

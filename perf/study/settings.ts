import { WHOLE } from './datasets.ts';
import { STUDY_ENCODERS } from './encoders.ts';
import type { JobsParams, SweepParams } from './jobs.ts';
import type { RealParams } from './real.ts';

/** The configuration of the study. */

/** Questions, intents, topics of titles, sentiment of two and of five classes; then topics of long texts, which take the longest. */
export const DATASETS = [['trec50', 'clinc150', 'stackoverflow', 'sst-binary', 'sst-granular'], ['20newsgroups-test']] as const;
/** Texts of the grid. */
export const SIZES = { train: WHOLE, dev: 300, test: 1000 } as const;
/** Decides which texts are taken. */
export const SAMPLE_SEED = 1;

/**
 * Few texts; all learning rates, a second seed and more epochs on the fastest encoder, and whether deeper ones tolerate the highest rates.
 */
export const SWEEP: SweepParams = {
  train: 500,
  tried: [
    { encoder: 'all-MiniLM-L6-v2', datasets: ['trec50'], rates: [5e-4, 2e-4, 1e-4], epochs: 3, seeds: [1] },
    { encoder: 'bge-small-en-v1.5', datasets: ['trec50', 'sst-binary'], rates: [5e-4, 2e-4], epochs: 3, seeds: [1] },
    { encoder: 'paraphrase-MiniLM-L3-v2', datasets: ['trec50', 'sst-binary'], rates: [5e-5, 1e-4, 2e-4, 5e-4], epochs: 3, seeds: [1] },
    { encoder: 'paraphrase-MiniLM-L3-v2', datasets: ['trec50', 'sst-binary'], rates: [2e-4, 5e-4], epochs: 3, seeds: [2] },
    { encoder: 'paraphrase-MiniLM-L3-v2', datasets: ['trec50', 'sst-binary'], rates: [2e-4, 5e-4], epochs: 5, seeds: [1] },
  ],
};

/** A choice that is made, and compared with its replay: of the first layer, within a third of the text passes of its grid. */
export const REAL: Omit<RealParams, 'lr' | 'epochs'> = {
  dataset: 'trec50',
  objective: 'classic',
  encoders: STUDY_ENCODERS.filter(({ layer }) => layer === 1).map(({ name }) => name),
  seeds: [1, 2, 3],
  budgetTexts: 60_000,
  train: WHOLE,
};

export const GRID: Omit<JobsParams, 'settled'> = {
  layers: [1, 2, 3].map((layer) => STUDY_ENCODERS.filter((encoder) => encoder.layer === layer).map(({ name }) => name)),
  datasets: DATASETS,
  seeds: [1, 2, 3],
  whole: SIZES.train,
  parts: [250, 500, 125],
  // Its 150 classes have one text each in a stratified part of 125.
  canAlign: (dataset, texts) => dataset !== 'clinc150' || texts > 150,
};

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { defaultCacheDir, packageRoot } from '../../src/home.ts';
import { studyDataset, studyTables, type StudyParams } from './cuts-work.ts';
import { onnxFolder, PARITY_ENCODERS, type ParityEncoder } from '../weights.ts';

/**
 * `npm run study -- cuts`: do frozen estimates predict which encoder is best after fine-tuning, on a ladder of quality made by truncation?
 * Three real encoders and their truncations to fewer layers on real datasets: estimated from 1000 texts, fine-tuned on the same, evaluated
 * on the test set. Writes results/study/cuts. Takes hours on two cores; it can be resumed. Arguments: datasets (default: all); `tables`
 * only makes the tables and the picture.
 */

const LAYERS: Readonly<Record<ParityEncoder, number>> = { 'all-MiniLM-L6-v2': 6, 'bge-small-en-v1.5': 12, 'e5-small-v2': 12 };
const CUTS: Readonly<Record<ParityEncoder, readonly number[]>> = {
  'all-MiniLM-L6-v2': [3, 1],
  'bge-small-en-v1.5': [4, 2],
  'e5-small-v2': [4, 2],
};
const DATASETS = ['trec50', 'atis', 'snips', 'sst-granular'];

export async function cuts(words: readonly string[], mirrors: readonly string[]): Promise<void> {
  const scratch = path.join(defaultCacheDir(), 'study');
  const modelsFile = path.join(scratch, 'models.json');
  mkdirSync(scratch, { recursive: true });
  const entries = PARITY_ENCODERS.map((name) => [
    name,
    { layers: LAYERS[name], variants: [{ dtype: 'fp32', from: `file:${onnxFolder(name)}`, onnx: 'model.onnx' }] },
  ]);
  writeFileSync(modelsFile, JSON.stringify({ models: Object.fromEntries(entries) }));
  const params: StudyParams = {
    out: path.join(packageRoot(), 'results', 'study', 'cuts'),
    ladder: path.join(scratch, 'samples'),
    opened: {
      modelsFile,
      encoders: PARITY_ENCODERS.flatMap((name) => [name, ...CUTS[name].map((layers) => `${name}@${layers}`)]),
      maxLength: 64,
    },
    limit: { train: 1000, dev: 150, test: 1000 },
    sizes: [50, 100, 200, 400],
    seeds: [1, 2, 3],
    training: { objective: ['classic', 'cea-all-negatives'], pooling: 'mean', epochs: 3, batchSize: 16, lr: 2e-4 },
    surroundings: { mirrors },
    say: (line) => console.error(line),
  };
  for (const dataset of words.length === 0 ? DATASETS : words.filter((word) => word !== 'tables')) await studyDataset(dataset, params);
  await studyTables(params);
}

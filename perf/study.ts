import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { defaultCacheDir, packageRoot } from '../src/home.ts';
import { writeAtomically } from '../src/files/atomic.ts';
import { onnxFolder, PARITY_ENCODERS, type ParityEncoder } from './weights.ts';
import { ESTIMATORS } from '../src/estimators/estimators.ts';
import { familyPairs } from './study-families.ts';
import { sampleSizes } from './study-samples.ts';

/**
 * `npm run study`: do frozen estimates tell which encoder is best once trained? Three real encoders and their cuts to fewer layers, a natural
 * ladder of quality, on real data sets: estimated from 1000 texts, trained on the same, judged on the test set. Writes results/study. Hours on
 * two cores; it goes on where it was ended. Words: data sets, all where left out; `tables`
 * makes the tables and the picture alone.
 */

const LAYERS: Readonly<Record<ParityEncoder, number>> = { 'all-MiniLM-L6-v2': 6, 'bge-small-en-v1.5': 12, 'e5-small-v2': 12 };
const CUTS: Readonly<Record<ParityEncoder, readonly number[]>> = { 'all-MiniLM-L6-v2': [3, 1], 'bge-small-en-v1.5': [4, 2], 'e5-small-v2': [4, 2] };
const DATASETS = ['trec50', 'atis', 'snips', 'sst-granular'];
const OBJECTIVES = ['classic', 'cea-all-negatives'];
const TRAIN = 1000;
/** Samples of train on which the estimates are asked again, and their seeds. */
const SIZES = [50, 100, 200, 400];
const SEEDS = [1, 2, 3];
const SHARED = ['--max-length', '64'];
const TRAINING = ['--limit', `train=${TRAIN},dev=150,test=1000`, '--pooling', 'mean', '--epochs', '3', '--batch-size', '16', '--lr', '2e-4', '--objective', OBJECTIVES.join(',')];

const out = path.join(packageRoot(), 'results', 'study');
const scratch = path.join(defaultCacheDir(), 'study');
const models = path.join(scratch, 'models.json');
const ladder = path.join(scratch, 'samples');

function bench(...words: string[]): string {
  console.error(`bench ${words.join(' ')}`);
  const { status, stdout } = spawnSync(process.execPath, ['--max-semi-space-size=1', path.join(import.meta.dirname, '..', 'bench', 'main.js'), ...words], { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`It ended with ${status}.`);
  return stdout;
}

mkdirSync(scratch, { recursive: true });
const variants = (name: ParityEncoder) => [{ dtype: 'fp32', from: `file:${onnxFolder(name)}`, onnx: 'model.onnx' }];
writeFileSync(models, JSON.stringify({ models: Object.fromEntries(PARITY_ENCODERS.map((name) => [name, { layers: LAYERS[name], variants: variants(name) }])) }));
const encoders = PARITY_ENCODERS.flatMap((name) => [name, ...CUTS[name].map((layers) => `${name}@${layers}`)]).join(',');
const words = process.argv.slice(2);
const datasets = words.length === 0 ? DATASETS : words.filter((word) => word !== 'tables');
const mirror = ['--mirror', process.env['EMBEDDING_BENCH_DATA'] ?? path.join(packageRoot(), '..', 'shared', 'data')];
const chosen = (dataset: string) => ['--models-file', models, '--encoders', encoders, '--datasets', dataset, ...mirror, ...SHARED];

for (const dataset of datasets) {
  bench('rank', ...chosen(dataset), '--limit', `train=${TRAIN},dev=0,test=0`, '--estimator', ESTIMATORS.filter((name) => name !== 'leep').join(','), '--pooling', 'cls,mean,cls-layermean,layermean', '--out', out);
  for (const size of SIZES) {
    for (const seed of SEEDS) bench('rank', ...chosen(dataset), '--limit', `train=${size},dev=0,test=0`, '--seed', String(seed), '--pooling', 'mean,layermean', '--curves=false', '--quiet', '--out', ladder);
  }
  bench('finetune', ...chosen(dataset), ...TRAINING, '--only-missing', '--out', out);
}
const agreed = ['agree', out, '--models-file', models, '--picture', path.join(out, 'agreement.svg')];
await writeAtomically(path.join(out, 'agreement.md'), bench(...agreed, '--format', 'markdown'));
await writeAtomically(path.join(out, 'agreement.csv'), bench(...agreed, '--format', 'csv'));
await writeAtomically(path.join(out, 'pairs.md'), await familyPairs(out));
await writeAtomically(path.join(out, 'sample-sizes.md'), await sampleSizes({ out, ladder, sizes: SIZES }));

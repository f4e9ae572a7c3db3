import { withClasses } from '../../src/datasets/task.ts';
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { rankWithin } from '../../src/experiment/rank-within-budget.ts';
import { rankEncoder } from '../../src/experiment/rank-encoder.ts';
import type { RankSettings } from '../../src/experiment/settings.ts';
import { NestedSamples } from '../../src/datasets/nested.ts';
import { classificationDataset } from '../../src/datasets/build.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import type { EstimatorThreads } from '../../src/estimators/estimator-threads.ts';
import { openProgress } from '../../src/report/progress.ts';
import type { RankedEncoder } from '../../src/estimators/ranked.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyEncoder } from '../tiny-encoder.ts';

const settings: RankSettings = {
  estimators: ['logme'],
  by: 'logme',
  poolings: ['mean'],
  layerMeans: ['0..L'],
  k: 5,
  seed: 1,
  threads: 1,
  tokenBudget: 1000,
  curveTexts: 1000,
  curveEstimators: ['logme'],
};
const encoders = ['a', 'b'].map((name) => ({ name }) as Encoder);

/** All but three of this many texts have the same class. */
function rare(size: number) {
  return {
    dataset: classificationDataset({
      key: 'rare',
      labelField: 'class',
      labels: 'first',
      examples: Array.from({ length: size }, (_, i) => ({
        text: `text ${i}`,
        labels: [i < 3 ? `rare ${i}` : 'all'],
        split: 'train' as const,
      })),
      sample: '',
    }),
  };
}

/** A seed for which the first texts, this many, have one class. */
function seedOf(size: number, first: number): number {
  const { dataset } = rare(size);
  for (let seed = 1; ; seed++) if (!new NestedSamples(dataset, seed).hasTwoLabels(first)) return seed;
}

const ranked = (encoder: string, texts: number) => ({
  ranked: {
    encoder,
    poolings: [{ pooling: 'mean', layers: 'last', estimates: [{ estimator: 'logme', score: 0.5 }] }],
    texts,
  } as unknown as RankedEncoder,
  rows: [],
  cost: undefined,
  fixedMs: 0,
  estimateMs: 0,
});

test('budget: the first round has two classes, however rare the others are', async () => {
  const seed = seedOf(1600, 200);
  const sizes: number[] = [];
  const { budget } = await rankWithin({
    encoders,
    texts: rare(1600),
    settings: { ...settings, seed },
    budgetMs: 60_000,
    rank: async ({ name }, { dataset }) => {
      sizes.push(dataset.texts.length);
      assert.ok(withClasses(dataset, 'The spec').classes.length > 1);
      return ranked(name, dataset.texts.length);
    },
  });
  assert.ok(sizes[0]! >= 400 && [400, 800, 1600].includes(sizes[0]!), sizes.join());
  assert.deepEqual(budget.rounds.at(-1), { texts: 1600, encoders: 2 });
});

test('budget: between places the time is looked at, and what is under way is waited for', async () => {
  const root = temporaryFolder();
  const folder = writeTinyEncoder(root, { layers: 2 });
  const encoder = await openEncoder({ name: 'tiny', folder, onnx: path.join(folder, 'model.onnx'), revision: '' });
  const controller = new AbortController();
  let [asked, ended] = [0, 0];
  const ask: EstimatorThreads['ask'] = async () => {
    asked++;
    controller.abort(new Error('late'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    ended++;
    return [{ estimator: 'logme', score: 1 }];
  };
  const params = {
    ...rare(30),
    encoder,
    settings: { ...settings, curveTexts: 30 },
    vectorFolder: root,
    threads: { ask } as EstimatorThreads,
    progress: openProgress({ stream: process.stderr, quiet: true }),
    warn: assert.fail,
    signal: controller.signal,
  };
  await assert.rejects(rankEncoder(params), { message: 'late' });
  // Of one pooling and three layers at most two are requested at once.
  assert.ok(asked <= 2 && ended === asked, `${asked} ${ended}`);
});

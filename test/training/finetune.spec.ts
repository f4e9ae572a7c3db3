import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { classificationDataset } from '../../src/datasets/build.ts';
import type { Split } from '../../src/datasets/dataset.ts';
import { embedRows } from '../../src/training/evaluate.ts';
import { runSettings, type FinetuneParams, type TrainingSettings } from '../../src/training/finetune-params.ts';
import { finetune } from '../../src/training/finetune.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { RunFolder } from '../../src/training/run-folder.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';

const root = temporaryFolder();

const dataset = classificationDataset({
  key: 'toy',
  labelField: 'class',
  labels: 'first',
  sample: '',
  examples: (['train', 'dev', 'test'] as const satisfies Split[]).flatMap((split) =>
    Array.from({ length: 8 }, (_, i) => ({ text: `${split} ${i}`, labels: [i % 2 === 0 ? 'a' : 'b'], split })),
  ),
});

/** A run of its own folder. */
function params(
  name: string,
  { settings, ...more }: Partial<Omit<FinetuneParams, 'settings'>> & { settings?: Partial<TrainingSettings> } = {},
): FinetuneParams {
  return {
    trainer: {
      files: { name: 'bert-uncased', folder: ownOracle('bert-uncased'), onnx: undefined },
      spec: { token: 'cls', layers: [3], combine: 'one' },
      objective: 'cea-all-negatives',
      objectiveOptions: objectiveOptions(),
      classes: 2,
      seed: 1,
      freeze: [],
      weightDecay: 0.01,
      decayMatricesOnly: false,
      denseEmbeddings: false,
      dropout: 0,
      accumulate: 1,
      chunkTokens: 16_384,
      padId: 0,
      threads: 1,
      device: 'cpu',
    },
    settings: {
      epochs: 2,
      lr: 1e-3,
      batchSize: 8,
      schedule: 'constant',
      warmup: 0,
      clip: 5,
      balanced: false,
      bestEpochBy: 'micro',
      ...settings,
    },
    neighbours: { k: 3, metric: 'euclidean', votes: 'uniform', threads: 1 },
    dataset,
    texts: dataset.texts.map((_, i) => ({ ids: Int32Array.from({ length: 5 + (i % 4) }, (__, at) => 10 + ((i * 37 + at * 11) % 70)) })),
    folder: new RunFolder(path.join(root, name)),
    identity: {},
    vectorsAt: [],
    ...more,
  };
}

test('finetune: a run that is ended before it begins embeds nothing and keeps nothing', async () => {
  const said: number[] = [];
  const run = params('ended', { signal: AbortSignal.abort(new Error('enough')), onEpoch: ({ epoch }) => void said.push(epoch) });
  await assert.rejects(finetune(run), { message: 'enough' });
  assert.deepEqual(said, []);
  assert.equal(await run.folder.peek(), undefined);
});

test('finetune: embedding ends after the batch that is under way', async () => {
  const control = new AbortController();
  let batches = 0;
  const embed = (texts: readonly unknown[]) => {
    if (++batches === 2) control.abort(new Error('enough'));
    return Promise.resolve(new Float32Array(texts.length));
  };
  const texts = [5, 6, 7, 8].map((length) => ({ ids: new Int32Array(length) }));
  await assert.rejects(
    embedRows({
      trainer: { opened: { device: 'cpu', width: 1, trained: 0, frozen: 0, notes: [] }, embed },
      texts,
      rows: [0, 1, 2, 3],
      signal: control.signal,
    }),
    { message: 'enough' },
  );
  assert.equal(batches, 2);
});

/** Message for a learning rate from which no encoder recovers; without a dev set, whose scores would need vectors after each epoch. */
async function diverged(name: string, batchSize: number): Promise<string> {
  const split = dataset.split.map((each) => (each === 1 ? 2 : each));
  return finetune(params(name, { dataset: { ...dataset, split }, settings: { lr: 1e30, clip: 1e30, batchSize } })).then(
    () => 'it did not',
    (error: Error) => error.message,
  );
}

test('finetune: a loss that is not a number in the first epoch promises nothing that is not kept', async () => {
  const message = await diverged('first', 4);
  assert.match(message, /^toy: The .* is not finite in batch 2 of epoch 1, at a learning rate of 1\.00e\+30\. Give a lower `lr`\.$/);
});

test('finetune: in a later one it says where the epoch before is kept', async () => {
  // One update per epoch: the second epoch is the first to see the effect of the rate.
  const message = await diverged('later', 8);
  assert.match(
    message,
    new RegExp(
      `^toy: The .* is not finite in batch 1 of epoch 2, at a learning rate of 1\\.00e\\+30\\. Give a lower \`lr\`\\. The state after epoch 1 is in ${path.join(root, 'later')}\\.$`,
    ),
  );
});

test('finetune: an encoder that the last update of an epoch breaks is said to have diverged, with the epoch before', async () => {
  await assert.rejects(finetune(params('broken', { settings: { lr: 1e30, clip: 1e30, batchSize: 8 } })), {
    code: 'TRAINING',
    message: "toy: After epoch 1 the encoder's vectors are not finite, at a learning rate of 1e+30. Give a lower `lr`.",
  });
});

test('finetune: what decides a run is spelled as ever, so that the hashes of rows and of kept epochs stay', () => {
  const { trainer, settings, neighbours } = params('hash', { settings: { bestEpochBy: 'macro' } });
  const { files: _files, ...rest } = trainer;
  assert.equal(
    JSON.stringify(
      runSettings({
        trainer: { files: { name: 'a', folder: 'a', onnx: undefined }, ...rest },
        settings,
        neighbours,
        dataset,
        identity: { seen: 'x' },
      }),
    ),
    '{"spec":{"token":"cls","layers":[3],"combine":"one"},"objective":"cea-all-negatives","objectiveOptions":{"temperature":0.1,"scale":20,"margin":5,"weight":1,"secondWeight":1,"multiLabel":false},"classes":2,"seed":1,"freeze":[],"weightDecay":0.01,"decayMatricesOnly":false,"denseEmbeddings":false,"dropout":0,"accumulate":1,"chunkTokens":16384,"padId":0,"device":"cpu","epochs":2,"lr":0.001,"batchSize":8,"schedule":"constant","warmup":0,"clip":5,"balanced":false,"choose":"macro","k":3,"metric":"euclidean","votes":"uniform","data":"' +
      dataset.hash +
      '","seen":"x"}',
  );
});

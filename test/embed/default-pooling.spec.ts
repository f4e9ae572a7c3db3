import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { embed } from '../../src/index.ts';
import { withModules } from '../modules-oracle.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';

const options = { texts: ['the ferry waits'], threads: 1, offline: true };

async function pooled(model: string) {
  const { vectors } = await embed({ ...options, model, cache: temporaryFolder() });
  return vectors.map(({ pooling, cols }) => `${pooling} ${cols}`);
}

const module = (kind: string) => ({ type: `sentence_transformers.models.${kind}`, path: '' });

test('embed: without a pooling an encoder is pooled as it was published, where it has a modules.json, else by the mean', async () => {
  assert.deepEqual(await pooled(withModules('everything')), ['as-published 7']);
  assert.deepEqual(await pooled(withModules('flags-all')), ['as-published 96']);
  assert.deepEqual(await pooled(ownOracle('bert-cased')), ['mean 16']);
});

test('embed: modules that cannot be followed are no mean, but their reason', async () => {
  const folder = withModules('everything');
  writeFileSync(path.join(folder, 'modules.json'), JSON.stringify([module('Transformer'), module('LSTM')]));
  await assert.rejects(pooled(folder), {
    name: 'HarnessError',
    message:
      `poolings: ${path.join(folder, 'modules.json')}: Its modules are Transformer, LSTM; a Transformer with its Pooling, or a `
      + 'StaticEmbedding, and behind it Dense, LayerNorm, Normalize, Dropout are known. Name another pooling: cls, mean, …',
  });
  const { vectors } = await embed({ ...options, model: folder, poolings: ['mean'], cache: temporaryFolder() });
  assert.equal(vectors[0]!.cols, 16);
});

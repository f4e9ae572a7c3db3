import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { trainedPooling, trainedPoolingNote } from '../../src/embed/default-pooling.ts';
import { isCausal } from '../../src/encoders/causal.ts';
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
      `poolings: ${path.join(folder, 'modules.json')}: Its modules are Transformer, LSTM; a Transformer with its Pooling, or a ` +
      'StaticEmbedding, followed by Dense, LayerNorm, Normalize, Dropout are supported. Choose another pooling: cls, mean, …',
  });
  const { vectors } = await embed({ ...options, model: folder, poolings: ['mean'], cache: temporaryFolder() });
  assert.equal(vectors[0]!.cols, 16);
});

test('trained pooling: the first token, but where there is none, or it sees itself alone; a pooling that is named is taken', () => {
  for (const [encoder, pooling, note] of [
    [{ depth: 3 }, 'cls', undefined],
    [{ depth: 0 }, 'mean', 'It is a static encoder without a [CLS] token: fine-tuned with mean pooling.'],
    [{ depth: 3, causal: true }, 'last', 'Its attention is causal: fine-tuned with last-token pooling.'],
  ] as const) {
    assert.equal(trainedPooling(undefined, encoder), pooling);
    assert.equal(trainedPooling('max', encoder), 'max');
    assert.equal(trainedPoolingNote(encoder), note);
  }
});

test('causal: what config.json says of a decoder, and nothing where it says nothing', async () => {
  const folder = temporaryFolder();
  const causal = async (config: object) => {
    writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
    return isCausal(folder);
  };
  assert.equal(await causal({ model_type: 'qwen3' }), true);
  assert.equal(await causal({ model_type: 'qwen3', is_causal: false }), false);
  assert.equal(await causal({ model_type: 'gemma3_text' }), true);
  assert.equal(await causal({ model_type: 'gemma3_text', use_bidirectional_attention: true }), false);
  assert.equal(await causal({ model_type: 'llama', auto_map: { AutoModel: 'unknown.Model' } }), false);
  for (const type of ['eurobert', 'bert', 'jina_embeddings_v3', 7]) assert.equal(await causal({ model_type: type }), false);
  assert.equal(await isCausal(temporaryFolder()), false);
});

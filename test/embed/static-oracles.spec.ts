import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { pooledVectors } from '../../src/embed/vectors.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { NO_PROMPT, type PromptChoice } from '../../src/encoders/prompts.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { expected, oracleFolders } from '../oracles.ts';
import { staticExpected, staticFolder, staticFolders, staticTexts } from '../static-oracle.ts';
import { temporaryFolder } from '../temporary.ts';

/** Of float32 vectors with values of 1 to 4. */
const TOLERANCE = 1e-5;

function open(folder: string, prompt?: PromptChoice): Promise<Encoder> {
  return openEncoder({ name: 'static', folder, onnx: undefined, revision: '', prompt });
}

async function published(encoder: Encoder, texts: readonly string[], threads = 1): Promise<Float32Array> {
  assert.ok('steps' in encoder.published, JSON.stringify(encoder.published));
  const [vector] = pooledVectors({
    poolings: ['as-published'],
    layers: 'last',
    layerMeans: [],
    depth: 0,
    published: encoder.published,
    encoder: 'static',
  });
  const store = new VectorStore(temporaryFolder(), assert.fail);
  const embedded = await embed({ encoder, texts, specs: [vector!.spec], store, threads });
  return (await embedded.load(vector!.spec)).data;
}

function assertClose(ours: Float32Array, theirs: Float32Array, tolerance: number): void {
  assert.equal(ours.length, theirs.length);
  const difference = ours.reduce((worst, value, i) => Math.max(worst, Math.abs(value - theirs[i]!)), 0);
  assert.ok(difference <= tolerance, `differs by ${difference}`);
}

for (const name of staticFolders('encode')) {
  const reference = name.startsWith('st') ? 'SentenceTransformer' : 'StaticModel';
  test(`static encoders: ${name} gives what ${reference} gives`, async () => {
    const ours = await published(await open(staticFolder(name)), staticTexts().texts);
    assertClose(ours, staticExpected().get(`${name}.encode`)!, TOLERANCE);
  });
}

test('static encoders: a prompt of their authors can be disabled', async () => {
  const ours = await published(await open(staticFolder('st-modules'), NO_PROMPT), staticTexts().texts);
  assertClose(ours, staticExpected().get('st-modules.plain')!, TOLERANCE);
});

for (const name of ['model2vec', 'st-f16', 'model2vec-i8']) {
  test(`static encoders: ${name} gives the same bytes for any threads, and whatever else is embedded with a text`, async () => {
    const encoder = await open(staticFolder(name));
    const texts = Array.from({ length: 300 }, (_, i) => staticTexts().texts[i % staticTexts().texts.length]!.repeat(1 + (i % 7)) + i);
    const one = await published(encoder, texts);
    assert.deepEqual(await published(encoder, texts, 2), one);
    assert.deepEqual(await published(encoder, texts, 5), one);
    // The table opened again, with other texts in the batch.
    assert.deepEqual(await published(await open(staticFolder(name)), texts.slice(150)), one.subarray(one.length / 2));
  });
}

for (const oracle of ['static-model2vec', 'static-embedding']) {
  for (const { name, folder, at, skip } of oracleFolders(oracle)) {
    test(`${name}: ids and vectors are the reference's`, { skip }, async () => {
      const encoder = await open(folder);
      const { texts, input_ids: ids } = expected(folder);
      assert.deepEqual(
        texts.map((text) => [...encoder.tokenizer.encode(text, Infinity).ids]),
        ids,
      );
      const { tensors } = readSafetensors(readFileSync(at('expected.safetensors')), name);
      assertClose(await published(encoder, texts), tensors.get('sentence_transformers.encode')!.data as Float32Array, TOLERANCE);
    });
  }
}

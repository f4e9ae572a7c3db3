import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { embed } from '../../src/embed/embed.ts';
import { EncoderSession } from '../../src/embed/session.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { pooledVectors, specName, type VectorSpec } from '../../src/embed/vectors.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { writeSafetensors } from '../../src/tensors/write-safetensors.ts';
import { modulesExpected, modulesFolders, modulesTexts, withModules } from '../modules-oracle.ts';
import { temporaryFolder } from '../temporary.ts';
import { largest } from '../largest.ts';

/** Of float32 vectors with values of 1 to 10. */
const TOLERANCE = 1e-5;

const expected = modulesExpected();
const { texts, prompt } = modulesTexts();

function open(folder: string): Promise<Encoder> {
  return openEncoder({ name: 'tiny', folder, onnx: undefined, revision: '' });
}

function specOf({ published, depth }: Encoder): VectorSpec {
  assert.ok('steps' in published, JSON.stringify(published));
  const [vector] = pooledVectors({ poolings: ['as-published'], layers: 'last', layerMeans: [], depth, published, encoder: 'tiny' });
  return vector!.spec;
}

async function vectorsOf(encoder: Encoder, store = new VectorStore(temporaryFolder(), assert.fail)) {
  const embedded = await embed({ encoder, texts, specs: [specOf(encoder)], store, threads: 1 });
  return embedded.load(specOf(encoder));
}

for (const name of modulesFolders()) {
  test(`published modules: ${name} gives what SentenceTransformer gives`, async () => {
    const { data } = await vectorsOf(await open(withModules(name)));
    const difference = largest(data, expected.get(`${name}.encode`)!);
    assert.ok(difference <= TOLERANCE, `differs by ${difference}`);
  });
}

for (const name of [...expected.keys()].filter((key) => key.endsWith('.prompt')).map((key) => key.replace('.prompt', ''))) {
  test(`published modules: ${name} leaves the tokens of a prompt out, as SentenceTransformer does`, async () => {
    const encoder = await open(withModules(name));
    assert.ok('includePrompt' in encoder.published && !encoder.published.includePrompt);
    const { tokenizer, maxLength } = encoder;
    // All of the prompt's tokens but the separator.
    const skip = tokenizer.encode(prompt, maxLength).ids.length - 1;
    const session = await EncoderSession.open({ encoder, specs: [specOf(encoder)], threads: 1, skip });
    try {
      const theirs = expected.get(`${name}.prompt`)!;
      for (const [i, text] of texts.entries()) {
        const ids = Int32Array.from(tokenizer.encode(`${prompt}${text}`, maxLength).ids);
        const [ours] = await session.run({ ids, count: 1, length: ids.length });
        const width = ours!.length;
        const difference = largest(ours!, theirs.subarray(i * width, (i + 1) * width));
        assert.ok(difference <= TOLERANCE, `text ${i} differs by ${difference}`);
      }
    } finally {
      await session.close();
    }
  });
}

test('published modules: other weights of a Dense are other vectors, never the stored ones', async () => {
  const folder = withModules('dense-relu');
  const store = new VectorStore(temporaryFolder(), assert.fail);
  const before = await open(folder);
  const first = await vectorsOf(before, store);
  const weights = [
    { name: 'linear.weight', dtype: 'F32' as const, shape: [6, 16], data: new Float32Array(96) },
    { name: 'linear.bias', dtype: 'F32' as const, shape: [6], data: new Float32Array(6) },
  ];
  writeFileSync(path.join(folder, '2_Dense', 'model.safetensors'), writeSafetensors(weights));
  const after = await open(folder);
  assert.notEqual(after.fileHash, before.fileHash);
  assert.notEqual(specName(specOf(after)), specName(specOf(before)));
  assert.ok(first.data.some((value) => value !== 0));
  assert.ok((await vectorsOf(after, store)).data.every((value) => value === 0));
});

test('published modules: so are those of another activation, and of another number of features that is kept', async () => {
  const seen = new Set<string>();
  const config = { in_features: 16, out_features: 6, bias: true };
  for (const activation of ['ReLU', 'GELU']) {
    for (const kept of [undefined, 2, 3]) {
      const folder = withModules('dense-relu');
      const values = { ...config, activation_function: `torch.nn.modules.activation.${activation}` };
      writeFileSync(path.join(folder, '2_Dense', 'config.json'), JSON.stringify(values));
      if (kept !== undefined) writeFileSync(path.join(folder, 'config_sentence_transformers.json'), JSON.stringify({ truncate_dim: kept }));
      const encoder = await open(folder);
      seen.add(`${encoder.fileHash} ${specName(specOf(encoder))}`);
    }
  }
  assert.equal(seen.size, 6);
});

test('published modules: weights that hold no numbers are named', async () => {
  const folder = withModules('dense-relu');
  const file = path.join(folder, '2_Dense', 'model.safetensors');
  const bias = { name: 'linear.bias', dtype: 'F32' as const, shape: [6], data: new Float32Array(6).fill(NaN) };
  const weight = { name: 'linear.weight', dtype: 'F32' as const, shape: [6, 16], data: new Float32Array(96) };
  writeFileSync(file, writeSafetensors([weight, bias]));
  const encoder = await open(folder);
  await assert.rejects(vectorsOf(encoder), (error: Error) =>
    error.message.endsWith(
      '2_Dense/model.safetensors: Its tensor "linear.bias" holds NaN. Download the encoder again, or go back to a checkpoint from before its ' +
        'training broke it.',
    ),
  );
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cutVectors } from '../../src/embed/cut.ts';
import { embed } from '../../src/embed/embed.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { pooledVectors, type Pooling } from '../../src/embed/vectors.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { promptChoice, type PromptChoice } from '../../src/encoders/prompts.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { matrix, row, type Matrix } from '../../src/numeric/matrix.ts';
import { modulesExpected, modulesTexts, withModules } from '../modules-oracle.ts';
import { shared, unlessShared } from '../shared.ts';
import { temporaryFolder } from '../temporary.ts';

/** Of vectors with values of 1 or less; the reference ran in float32. */
const TOLERANCE = 1e-4;

const open = (folder: string, prompt: PromptChoice | undefined): Promise<Encoder> =>
  openEncoder({ name: 'e', folder, onnx: undefined, revision: '', prompt });

async function vectorsOf(encoder: Encoder, texts: readonly string[], pooling: Pooling): Promise<Matrix> {
  const { depth, published } = encoder;
  const [vector] = pooledVectors({
    poolings: [pooling],
    layers: 'last',
    layerMeans: ['0..L'],
    depth,
    published: 'steps' in published ? published : undefined,
    encoder: 'e',
  });
  const store = new VectorStore(temporaryFolder(), (line) => assert.fail(line));
  return (await embed({ encoder, texts, specs: [vector!.spec], store, threads: 1 })).load(vector!.spec);
}

function furthest(ours: Matrix, theirs: Float32Array): number {
  assert.equal(ours.data.length, theirs.length);
  return ours.data.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
}

for (const [oracle, names] of [
  ['bert-prompts', ['classification', 'query']],
  ['qwen3', ['query', 'document']],
  ['mistral', ['web_search_query', 'sts_query']],
  ['embeddinggemma', ['query', 'document', 'Classification']],
] as const) {
  const skip = unlessShared('oracles', oracle);
  const folder = shared('oracles', oracle);
  test(`prompts: ${oracle} with each prompt, and without being asked, is SentenceTransformer.encode`, { skip }, async () => {
    const { tensors } = readSafetensors(readFileSync(shared('oracles', oracle, 'expected.safetensors')), oracle);
    const { texts } = JSON.parse(readFileSync(shared('oracles', oracle, 'expected.json'), 'utf8')) as { texts: string[] };
    const theirs = (key: string): Float32Array => tensors.get(`sentence_transformers.${key}`)!.data as Float32Array;
    const cases: [string, PromptChoice | undefined][] = [
      ['encode', undefined],
      ...names.map((name): [string, PromptChoice] => [`encode.prompt.${name}`, { kind: 'name', name }]),
      ...(names.some((name) => name === 'query')
        ? [['encode_query', { kind: 'name', name: 'query' }] satisfies [string, PromptChoice]]
        : []),
    ];
    for (const [key, prompt] of cases) {
      const encoder = await open(folder, prompt);
      const far = furthest(await vectorsOf(encoder, texts, 'as-published'), theirs(key));
      assert.ok(far < TOLERANCE, `${key}: ${far}`);
    }
  });
}

for (const oracle of ['qwen3', 'mistral', 'embeddinggemma', 't5', 'nomic-bert', 'gte']) {
  const skip = unlessShared('oracles', oracle);
  test(`prompts: the first 16 numbers of ${oracle} are those of truncate_dim, scaled where whole vectors are`, { skip }, async () => {
    const { tensors } = readSafetensors(readFileSync(shared('oracles', oracle, 'expected.safetensors')), oracle);
    const found = tensors.get('sentence_transformers.encode.truncate_dim_16');
    if (found === undefined) return;
    const { texts } = JSON.parse(readFileSync(shared('oracles', oracle, 'expected.json'), 'utf8')) as { texts: string[] };
    const encoder = await open(shared('oracles', oracle), { kind: 'none' });
    const published = 'steps' in encoder.published ? encoder.published : undefined;
    const [vector] = pooledVectors({
      poolings: ['as-published'],
      layers: 'last',
      layerMeans: ['0..L'],
      depth: encoder.depth,
      published,
      encoder: 'e',
    });
    const cut = cutVectors(await vectorsOf(encoder, texts, 'as-published'), { ...vector!, dim: 16, encoder: 'e' });
    const theirs: Matrix = { ...matrix(cut.rows, 16), data: found.data as Float32Array };
    for (let i = 0; i < cut.rows; i++) {
      const length = Math.hypot(...row(theirs, i));
      const scale = published?.steps.at(-1)?.kind === 'normalize' ? length : 1;
      assert.ok(
        row(cut, i).every((value, j) => Math.abs(value * scale - row(theirs, i)[j]!) < TOLERANCE),
        `${i}`,
      );
    }
  });
}

const expected = modulesExpected();
const { texts: own, prompt: ownPrompt } = modulesTexts();
for (const name of [...expected.keys()].filter((key) => key.endsWith('.prompt')).map((key) => key.replace('.prompt', ''))) {
  test(`prompts: ${name} is SentenceTransformer.encode with a prompt`, async () => {
    const encoder = await open(withModules(name), { kind: 'text', text: ownPrompt });
    assert.ok(furthest(await vectorsOf(encoder, own, 'as-published'), expected.get(`${name}.prompt`)!) < TOLERANCE);
  });
}

test('prompts: tokens that are left out are left out of every pooling, and in the others the prompt is text', async () => {
  const folder = withModules('pooling-mean');
  const texts = ['a moon', 'what is it?', ''];
  const bare = await open(folder, { kind: 'none' });
  const prompted = { ...(await open(folder, promptChoice('query: who? '))), includePrompt: true };
  for (const pooling of ['cls', 'mean', 'max', 'last', 'layermean'] as const) {
    const whole = await vectorsOf(prompted, texts, pooling);
    assert.deepEqual(
      whole.data,
      (
        await vectorsOf(
          bare,
          texts.map((text) => `query: who? ${text}`),
          pooling,
        )
      ).data,
      pooling,
    );
    const left = await vectorsOf({ ...prompted, includePrompt: false }, texts, pooling);
    // The last token is the separator in both.
    if (pooling === 'last') assert.deepEqual(left.data, whole.data);
    else assert.ok(furthest(left, whole.data) > 1e-3, pooling);
  }
});

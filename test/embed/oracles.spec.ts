import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { embed } from '../../src/embed/embed.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { pooledVectors } from '../../src/embed/vectors.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { DEFAULT_OPTIONS } from '../../src/encoders/families/family.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { expected, mostInFull, oracleFolders, ownOracle, unpaddedIds } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';

/** Of pooled float32 vectors with values of 1 to 4. */
const TOLERANCE = 1e-5;

/** The reference's name of each pooling. BigBird's are for texts in one padded batch, which our texts never are: see its own spec. */
const POOLINGS = {
  cls: 'pooled.cls',
  mean: 'pooled.mean',
  max: 'pooled.max',
  last: 'pooled.last_token',
  'weighted-mean': 'pooled.weighted_mean_st',
  'cls-layermean 0..L': 'pooled.cls_layermean_incl',
  'cls-layermean 1..L': 'pooled.cls_layermean_excl',
  'layermean 0..L': 'pooled.mean_layermean_incl',
  'layermean 1..L': 'pooled.mean_layermean_excl',
  'as-published': 'sentence_transformers.encode',
} as const;

const FOLDERS = [
  'bert-uncased',
  'bert-cased',
  'electra',
  'roberta',
  'minilm',
  'longformer',
  'longformer-bert',
  'distilbert',
  'mpnet',
  'deberta-v3',
  'deberta-v2',
  'modernbert',
  't5',
  'mt5',
  'umt5',
  'albert',
];

const CASES = [
  ...FOLDERS.map((family) => [family, 'none'] as const),
  ['longformer', 'first'] as const,
  ['longformer-bert', 'first'] as const,
];

for (const [family, globalAttention] of CASES) {
  const from = globalAttention === 'first' ? 'global0.' : '';
  const what = from === '' ? '' : ', global attention on the first token';
  // Shared oracles without a global token: published-oracles.spec.ts has all of them.
  for (const { name: oracle, folder, at, skip } of oracleFolders(family).filter(
    (each) => from !== '' || each.folder === ownOracle(family),
  )) {
    test(`${oracle}${what}: every pooling of every text is the reference's, from the text on`, { skip }, async () => {
      const { texts, max_length: maxLength } = expected(folder);
      const options = { ...DEFAULT_OPTIONS, globalAttention };
      const encoder = await openEncoder({ name: family, folder, onnx: undefined, revision: '', maxLength, options });
      const published = 'steps' in encoder.published ? encoder.published : undefined;
      const vectors = pooledVectors({
        poolings: ['cls', 'mean', 'max', 'last', 'weighted-mean', 'cls-layermean', 'layermean', 'as-published'],
        layers: 'last',
        layerMeans: ['0..L', '1..L'],
        depth: encoder.depth,
        published,
        encoder: family,
      });
      const store = new VectorStore(temporaryFolder(), assert.fail);
      const embedded = await embed({ encoder, texts, specs: vectors.map(({ spec }) => spec), store, threads: 1 });
      const { tensors } = readSafetensors(readFileSync(at('expected.safetensors')), oracle);
      assert.equal(vectors.length, Object.keys(POOLINGS).length - (published === undefined ? 1 : 0));
      assert.equal(published !== undefined, tensors.has('sentence_transformers.encode'));
      for (const { pooling, layers, spec } of vectors) {
        const name = POOLINGS[(layers === 'last' ? pooling : `${pooling} ${layers}`) as keyof typeof POOLINGS];
        const { data } = tensors.get((pooling === 'as-published' ? '' : from) + name)!;
        const difference = largest(await embedded.load(spec), data as Float32Array);
        assert.ok(difference <= TOLERANCE, `${pooling} ${layers} differs by ${difference}`);
      }
    });
  }
}

for (const { name: oracle, folder, at, skip } of oracleFolders('bigbird')) {
  test(`${oracle}: poolings of texts that fill the batch, or are too short for blocks, are the reference's`, { skip }, async () => {
    const known = expected(folder);
    const encoder = await openEncoder({ name: 'bigbird', folder, onnx: undefined, revision: '', maxLength: known.max_length });
    const vectors = pooledVectors({
      poolings: ['cls', 'mean', 'max', 'last', 'weighted-mean', 'cls-layermean', 'layermean'],
      layers: 'last',
      layerMeans: ['0..L', '1..L'],
      depth: encoder.depth,
      published: undefined,
      encoder: 'bigbird',
    });
    const store = new VectorStore(temporaryFolder(), assert.fail);
    const embedded = await embed({ encoder, texts: known.texts, specs: vectors.map(({ spec }) => spec), store, threads: 1 });
    const { tensors } = readSafetensors(readFileSync(at('expected.safetensors')), 'bigbird');
    const lengths = known.texts.map((_, text) => unpaddedIds(known, text).length);
    // The reference's batch is as long as its longest text; only texts of that length have the same blocks on their own.
    const whole = lengths.flatMap((length, text) => (length === known.max_length ? [text] : []));
    const short = lengths.flatMap((length, text) => (length <= mostInFull(folder) ? [text] : []));
    assert.ok(whole.length >= 1 && short.length >= 4);
    for (const { pooling, layers, spec } of vectors) {
      const { data, cols } = await embedded.load(spec);
      const name = POOLINGS[(layers === 'last' ? pooling : `${pooling} ${layers}`) as keyof typeof POOLINGS];
      for (const [rows, tensor] of [
        [whole, tensors.get(name)],
        [short, tensors.get(`full.${name}`)],
      ] as const) {
        for (const row of tensor === undefined ? [] : rows) {
          const theirs = (tensor!.data as Float32Array).subarray(row * cols, (row + 1) * cols);
          const ours = data.subarray(row * cols, (row + 1) * cols);
          const difference = ours.reduce((worst, value, i) => Math.max(worst, Math.abs(value - theirs[i]!)), 0);
          assert.ok(difference <= TOLERANCE, `${pooling} ${layers} of text ${row} differs by ${difference}`);
        }
      }
    }
  });
}

function largest({ rows, cols, data }: Matrix, reference: Float32Array): number {
  assert.equal(rows * cols, reference.length);
  return data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - reference[i]!)), 0);
}

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { embed } from '../../src/embed/embed.ts';
import { missingTexts } from '../../src/embed/missing-texts.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { TextRunner } from '../../src/embed/text-runner.ts';
import { inputHash, textHash } from '../../src/embed/vector-key.ts';
import { pooledVectors, type Pooling, type VectorSpec } from '../../src/embed/vectors.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import type { EncoderInput } from '../../src/encoders/encoder-input.ts';
import { ModelProtoSchema } from '../../src/graph/onnx_pb.ts';
import { row, type Matrix } from '../../src/numeric/matrix.ts';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { ownOracle } from '../oracles.ts';
import { oraclePairs, pairOracle, SHARED_FAMILIES, sharedPairFolder, sharedPairs } from '../pair-oracle.ts';
import { shared, unlessShared } from '../shared.ts';
import { staticFolder } from '../static-oracle.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { tinyModel, writeTinyEncoder } from '../tiny-encoder.ts';
import { writeTinyTokenizer } from '../tiny-tokenizer.ts';

const TOLERANCE = 1e-5;
const root = temporaryFolder();
let folders = 0;
const fresh = () => path.join(root, `f${folders++}`);

interface Asked {
  readonly encoder: Encoder;
  readonly texts: readonly EncoderInput[];
  readonly specs: readonly VectorSpec[];
  readonly store?: string;
  readonly tokenBudget?: number;
  readonly threads?: number;
}

async function vectorsOf({ encoder, texts, specs, store = fresh(), tokenBudget, threads = 1 }: Asked) {
  const embedded = await embed({ encoder, texts, specs, store: new VectorStore(store), threads, tokenBudget });
  const vectors: Matrix[] = [];
  for (const spec of specs) vectors.push(await embedded.load(spec));
  return { embedded, vectors };
}

function specsOf(encoder: Encoder, poolings: readonly Pooling[]): VectorSpec[] {
  return pooledVectors({ poolings, layers: 'last', layerMeans: ['0..L', '1..L'], depth: encoder.depth, encoder: encoder.name }).map(
    ({ spec }) => spec,
  );
}

function assertNear(found: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  assert.equal(found.length, wanted.length);
  for (let j = 0; j < wanted.length; j++) {
    assert.ok(Math.abs(found[j]! - wanted[j]!) <= TOLERANCE, `${what}: number ${j} is ${found[j]}, where ${wanted[j]} is wanted`);
  }
}

const whole = (layers: readonly number[], token: 'cls' | 'mean'): VectorSpec => ({
  token,
  layers,
  combine: layers.length === 1 ? 'one' : 'mean',
});

const { families, longest } = pairOracle();
for (const [family, { pairs }] of Object.entries(families)) {
  test(`embed pairs: vectors of ${family} are torch's`, async () => {
    const encoder = await openEncoder({ name: family, folder: ownOracle(family), onnx: undefined, revision: '', maxLength: longest });
    const all = Array.from({ length: encoder.depth + 1 }, (_, i) => i);
    const specs = [whole([encoder.depth], 'cls'), whole([encoder.depth], 'mean'), whole(all, 'mean')];
    const { vectors, embedded } = await vectorsOf({ encoder, texts: oraclePairs(), specs });
    for (const [i, known] of pairs.entries()) {
      for (const [s, name] of (['cls', 'mean', 'layermean'] as const).entries())
        assertNear(row(vectors[s]!, i), known[name], `${name} of pair ${i}`);
    }
    assert.equal(embedded.cut, pairs.filter(({ total }) => total > longest).length);
  });
}

for (const family of SHARED_FAMILIES) {
  test(`embed pairs: vectors of ${family} (shared) are the reference's`, { skip: unlessShared('tasks', 'oracles', family) }, async () => {
    const { pairs, max_length: maxLength } = sharedPairs(family);
    const file = shared('tasks', 'oracles', family, 'token_vectors.safetensors');
    const { tensors } = readSafetensors(readFileSync(file), file);
    const encoder = await openEncoder({ name: family, folder: sharedPairFolder(family), onnx: undefined, revision: '', maxLength });
    const layers = Array.from({ length: encoder.depth + 1 }, (_, i) => i);
    const kinds = { lastlayer: layers.slice(-1), '1..L': layers.slice(1), '0..L': layers };
    const named = (['cls', 'mean'] as const).flatMap((token) =>
      Object.entries(kinds).map(([kind, own]) => ({ name: `${token}.${kind}`, spec: whole(own, token) })),
    );
    const { vectors } = await vectorsOf({
      encoder,
      texts: pairs.map(({ a, b }) => ({ first: a, second: b })),
      specs: named.map(({ spec }) => spec),
    });
    for (const i of pairs.keys()) {
      for (const [s, { name }] of named.entries())
        assertNear(row(vectors[s]!, i), tensors.get(`p${i}.${name}`)!.data as Float32Array, `p${i}.${name}`);
    }
  });
}

const MIXED: readonly EncoderInput[] = [
  { first: 'the cat', second: 'the dog ran' },
  'the cat',
  { first: 'the dog ran', second: 'the cat' },
  'what is it?',
  { first: '', second: 'road' },
  { first: 'road', second: '' },
  { first: 'the cat', second: 'the dog ran' },
  '',
  { first: '', second: '' },
  { first: 'the cat sat on the mat, the dog ran on the road', second: 'good' },
  { first: 'is it', second: 'good. bad' },
  'the cat',
];
const POOLINGS: readonly Pooling[] = ['cls', 'mean', 'max', 'last', 'weighted-mean', 'word-mean', 'layermean', 'cls-layermean'];

async function checkpoint(change: Readonly<Record<string, unknown>> = {}): Promise<Encoder> {
  const folder = writeTinyCheckpoint(fresh());
  if (Object.keys(change).length > 0) {
    const file = path.join(folder, 'config.json');
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...change }));
  }
  writeTinyTokenizer(folder);
  return openEncoder({ name: 'tiny', folder, onnx: undefined, revision: '', maxLength: 12 });
}

test('embed pairs: a vector is the same to the last bit, whatever the batches, threads and neighbours', async () => {
  const encoder = await checkpoint();
  const specs = specsOf(encoder, POOLINGS);
  const { vectors, embedded } = await vectorsOf({ encoder, texts: MIXED, specs });
  assert.deepEqual([embedded.rows, embedded.unique, embedded.computed, embedded.cut], [12, 10, 10, 1]);
  for (const other of [{ tokenBudget: 1 }, { tokenBudget: 4096, threads: 2 }]) {
    assert.deepEqual((await vectorsOf({ encoder, texts: MIXED, specs, ...other })).vectors, vectors);
  }
  const backwards = await vectorsOf({ encoder, texts: MIXED.toReversed(), specs });
  for (const [s, found] of backwards.vectors.entries()) {
    for (let i = 0; i < MIXED.length; i++) assert.deepEqual(row(found, MIXED.length - 1 - i), row(vectors[s]!, i), `text ${i}`);
  }
});

test('embed pairs: texts have the same vectors with pairs in the store as without, and are not run again', async () => {
  const [encoder, store] = [await checkpoint(), fresh()];
  const specs = specsOf(encoder, POOLINGS);
  const texts = MIXED.filter((input) => typeof input === 'string');
  const alone = await vectorsOf({ encoder, texts, specs, store });
  const { vectors, embedded } = await vectorsOf({ encoder, texts: MIXED, specs, store });
  assert.equal(embedded.computed, 7);
  const rows = [...MIXED.keys()].filter((i) => typeof MIXED[i] === 'string');
  for (const [s, found] of vectors.entries())
    for (const [i, at] of rows.entries()) assert.deepEqual(row(found, at), row(alone.vectors[s]!, i));
  assert.deepEqual(await missingTexts({ encoder, texts: MIXED, specs, store: new VectorStore(store) }), []);
});

test('embed pairs: what is done is said of texts and pairs together', async () => {
  const encoder = await checkpoint();
  const seen: number[][] = [];
  const onProgress = ({ done, total, tokens }: { done: number; total: number; tokens: number }) => seen.push([done, total, tokens]);
  const { tokens } = await embed({
    encoder,
    texts: MIXED,
    specs: specsOf(encoder, ['mean']),
    store: new VectorStore(fresh()),
    threads: 1,
    onProgress,
  });
  assert.deepEqual(seen.at(-1), [10, 10, tokens]);
  for (const [i, [done, , run]] of seen.slice(1).entries()) assert.ok(done! > seen[i]![0]! && run! > seen[i]![2]!, JSON.stringify(seen));
});

test('embed pairs: types, the order of the texts and the place of the separator count', async () => {
  const encoder = await checkpoint();
  const texts = [
    { first: 'the cat', second: 'ran' },
    { first: 'the', second: 'cat ran' },
    { first: 'ran', second: 'the cat' },
    'the cat [SEP] ran',
  ];
  const [found] = (await vectorsOf({ encoder, texts, specs: specsOf(encoder, ['mean']) })).vectors;
  for (let i = 0; i < 4; i++) for (let j = 0; j < i; j++) assert.notDeepEqual(row(found!, i), row(found!, j));
});

test('embed pairs: a graph for them is made for the first pair, and where the table of types has two rows alone', async () => {
  const typed = await checkpoint();
  assert.deepEqual([typed.tokenTypes, typed.inputs.map(({ name }) => name), typed.pairNote], [2, ['input_ids'], undefined]);
  const made = await typed.pairGraph!();
  assert.deepEqual(
    made.inputs.map(({ name }) => name),
    ['input_ids', 'token_type_ids'],
  );
  assert.equal(await typed.pairGraph!(), made);
  for (const family of ['roberta', 'deberta-v3', 'distilbert']) {
    const { tokenTypes = 2, pairGraph } = await openEncoder({ name: family, folder: ownOracle(family), onnx: undefined, revision: '' });
    assert.ok(tokenTypes < 2 && pairGraph === undefined, family);
  }
});

test('embed pairs: in 8 bits they are near what they are in float32, and types tell', async () => {
  const folder = ownOracle('bert-uncased');
  const pairs = oraclePairs();
  const open = (dtype: string) => openEncoder({ name: dtype, folder, onnx: undefined, revision: '', maxLength: longest, dtype });
  const [near, whole8] = [families['bert-uncased']!.pairs, await open('q8')];
  const [found] = (await vectorsOf({ encoder: whole8, texts: pairs, specs: [whole([whole8.depth], 'mean')] })).vectors;
  for (const [i, { mean }] of near.entries()) {
    for (const [j, value] of row(found!, i).entries())
      assert.ok(Math.abs(value - mean[j]!) < 0.3, `pair ${i}: ${value} is not near ${mean[j]}`);
  }
  assert.deepEqual(
    (await whole8.pairGraph!()).inputs.map(({ name }) => name),
    ['input_ids', 'token_type_ids'],
  );
});

test('embed pairs: an ONNX file is fed types where it takes them', async () => {
  const folder = writeTinyEncoder(fresh());
  const encoder = await openEncoder({ name: 'tiny', folder, onnx: path.join(folder, 'model.onnx'), revision: '' });
  assert.deepEqual([encoder.tokenTypes, encoder.pairNote], [2, undefined]);
  const [found] = (await vectorsOf({ encoder, texts: [{ first: 'what', second: 'is' }, 'what[SEP]is'], specs: specsOf(encoder, ['mean']) }))
    .vectors;
  assert.notDeepEqual(row(found!, 0), row(found!, 1));
});

test('embed pairs: an ONNX file that takes no types reads them without, and it is said', async () => {
  const folder = writeTinyEncoder(fresh());
  const proto = tinyModel();
  const graph = proto.graph!;
  graph.input = graph.input.filter(({ name }) => name !== 'token_type_ids');
  // Its types are looked up by the mask minus itself: zeros.
  const node = graph.node.find(({ opType, input }) => opType === 'Gather' && input[1] === 'token_type_ids')!;
  node.input[1] = 'no_types';
  graph.node.unshift({
    ...structuredClone(graph.node[0]!),
    opType: 'Sub',
    input: ['attention_mask', 'attention_mask'],
    output: ['no_types'],
    name: 'no_types',
    attribute: [],
  });
  writeFileSync(path.join(folder, 'model.onnx'), toBinary(ModelProtoSchema, proto));
  const open = () => openEncoder({ name: 'tiny', folder, onnx: path.join(folder, 'model.onnx'), revision: '' });
  assert.deepEqual([(await open()).tokenTypes, (await open()).pairNote], [0, undefined]);
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ model_type: 'bert', max_position_embeddings: 40, type_vocab_size: 2 }));
  const encoder = await open();
  assert.equal(encoder.pairNote, 'Its ONNX file has no input token_type_ids: the texts of a pair are distinguished only by separators.');
  const texts = [{ first: 'what', second: 'is' }, 'what[SEP]is'];
  const [found] = (await vectorsOf({ encoder, texts, specs: specsOf(encoder, ['mean']) })).vectors;
  assert.deepEqual(row(found!, 0), row(found!, 1));
});

test('embed pairs: a static encoder refuses them by name, before it runs anything, and reads texts', async () => {
  const encoder = await openEncoder({ name: 'static', folder: staticFolder('model2vec'), onnx: undefined, revision: '' });
  const [specs, store] = [[whole([0], 'mean')], fresh()];
  const refusal = {
    code: 'OPTION',
    message: /^static: It is a static encoder, which cannot encode pairs jointly: .* Use separate: one vector per text\.$/,
  };
  await assert.rejects(vectorsOf({ encoder, texts: ['a', { first: 'a', second: 'b' }], specs, store }), refusal);
  assert.equal((await missingTexts({ encoder, texts: ['a'], specs, store: new VectorStore(store) })).length, 1);
  const runner = await TextRunner.open({ encoder, vector: { pooling: 'mean', layers: 'last', spec: specs[0]! }, threads: 1 });
  await assert.rejects(runner.run([{ first: 'a', second: 'b' }]), refusal);
  assert.equal((await runner.run(['a'])).vectors.rows, 1);
  await runner.close();
});

test('embed pairs: a tokenizer without a template for pairs refuses them, and reads texts', async () => {
  const folder = fresh();
  writeTinyEncoder(folder);
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ max_position_embeddings: 40 }));
  const encoder = await openEncoder({ name: 'tiny', folder, onnx: path.join(folder, 'model.onnx'), revision: '' });
  const specs = specsOf(encoder, ['mean']);
  await vectorsOf({ encoder, texts: ['what'], specs });
  await assert.rejects(vectorsOf({ encoder, texts: [{ first: 'what', second: 'is' }], specs }), {
    code: 'TOKENIZER',
    message: /cannot read two texts together/,
  });
});

test('embed pairs: the runner of texts that are not kept gives the same vectors, equal pairs once', async () => {
  const encoder = await checkpoint();
  const [vector] = pooledVectors({
    poolings: ['word-mean'],
    layers: 'last',
    layerMeans: ['0..L'],
    depth: encoder.depth,
    encoder: encoder.name,
  });
  const {
    vectors: [wanted],
  } = await vectorsOf({ encoder, texts: MIXED, specs: [vector!.spec] });
  for (const tokenBudget of [1, 1024]) {
    const runner = await TextRunner.open({ encoder, vector: vector!, threads: 1, tokenBudget });
    const { vectors, rows, truncated } = await runner.run(MIXED);
    await runner.close();
    assert.equal(vectors.rows, 10);
    for (const i of MIXED.keys()) assert.deepEqual(row(vectors, rows[i]!), row(wanted!, i), `input ${i}`);
    assert.deepEqual(
      [...truncated].reduce((sum, each) => sum + each, 0),
      1,
    );
  }
});

test("embed pairs: a pair's name in the store is no text's, nor another pair's, and a text keeps its own", () => {
  const names = [
    inputHash({ first: 'a', second: 'b' }),
    inputHash({ first: 'b', second: 'a' }),
    inputHash({ first: 'a b', second: '' }),
    inputHash({ first: '', second: 'a b' }),
    inputHash('["pair",1,"a","b"]'),
    inputHash('\u00ff["pair",1,"a","b"]'),
    inputHash('a b'),
    inputHash('a | b'),
  ];
  assert.equal(new Set(names).size, names.length);
  assert.equal(inputHash('a b'), textHash('a b'));
  assert.equal(Buffer.from(inputHash('a b'), 'latin1').toString('hex'), 'c8687a08aa5d6ed2044328fa6a697ab8');
});

test('embed pairs: a vector with NaN names the pair', async () => {
  const folder = fresh();
  writeTinyCheckpoint(folder);
  writeTinyTokenizer(folder);
  const file = path.join(folder, 'model.safetensors');
  const bytes = readFileSync(file);
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString()) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  // Only type 1 is corrupted: texts are fine, pairs are not.
  bytes.writeFloatLE(NaN, 8 + Number(bytes.readBigUInt64LE()) + header['embeddings.token_type_embeddings.weight']!.data_offsets[0] + 8 * 4);
  writeFileSync(file, bytes);
  const encoder = await openEncoder({ name: 'tiny', folder, onnx: undefined, revision: '' });
  const specs = specsOf(encoder, ['mean']);
  await vectorsOf({ encoder, texts: ['the cat'], specs });
  await assert.rejects(vectorsOf({ encoder, texts: ['the cat', { first: 'the', second: 'cat' }], specs }), {
    code: 'DATA',
    message: /^tiny: The vector mean@2 of text 2 \("the \| cat"\) holds NaN\./,
  });
});

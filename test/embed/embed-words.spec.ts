import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { clone, toBinary } from '@bufbuild/protobuf';
import { embed } from '../../src/embed/embed.ts';
import { embedWords, sentenceHash, type EmbeddedWords } from '../../src/embed/embed-words.ts';
import { listStore, verifyStore } from '../../src/embed/store-folders.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { vectorKey } from '../../src/embed/vector-key.ts';
import type { TokenPooling } from '../../src/embed/vectors.ts';
import { pooledWords, WORD_POOLINGS, wordSpecName, type WordSpec } from '../../src/embed/word-specs.ts';
import { encodeWords } from '../../src/encoders/encode-words.ts';
import { openEncoder, withPrompt, type Encoder } from '../../src/encoders/encoder.ts';
import { ModelProtoSchema, TensorProto_DataType, type ModelProto } from '../../src/graph/onnx_pb.ts';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { row } from '../../src/numeric/matrix.ts';
import { staticFolder } from '../static-oracle.ts';
import { temporaryFolder } from '../temporary.ts';
import { described, TINY_VOCABULARY, tinyModel, writeTinyEncoder, type TinyOptions } from '../tiny-encoder.ts';

const root = temporaryFolder();
let folders = 0;
const fresh = (): string => path.join(root, `f${folders++}`);

const SENTENCES: readonly (readonly string[])[] = [
  ['what', 'is', 'seaborn', '?'],
  [],
  ['who'],
  ['\u200b'],
  ['ab', '\u200b', 'cdef', 'g h'],
  'a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l m n'.split(' '),
  ['what', 'is', 'seaborn', '?'],
  // The same number of tokens as the one before, in one word.
  ['abcdefghijklmnopqrstuvwxyzabcdefghijkl'],
  ['where', 'isthe', '.'],
  ['[SEP]', 'is', "who's"],
];
const WORDS = SENTENCES.flat().length;

async function tinyEncoder(options: TinyOptions = {}, change?: (proto: ModelProto) => void): Promise<Encoder> {
  const folder = writeTinyEncoder(fresh(), options);
  if (change !== undefined) {
    const proto = tinyModel(options);
    change(proto);
    writeFileSync(path.join(folder, 'model.onnx'), toBinary(ModelProtoSchema, proto));
  }
  return openEncoder({ name: 'tiny', folder, onnx: path.join(folder, 'model.onnx'), revision: '' });
}

function specsOf({ depth }: Encoder): WordSpec[] {
  return pooledWords({ words: WORD_POOLINGS, layers: 'all', layerMeans: ['0..L', '1..L'], depth, encoder: 'tiny' }).map(({ spec }) => spec);
}

interface Asked {
  readonly encoder: Encoder;
  readonly specs?: readonly WordSpec[];
  readonly sentences?: readonly (readonly string[])[];
  readonly store?: string;
  readonly tokenBudget?: number;
  readonly threads?: number;
}

function embedded(asked: Asked): Promise<EmbeddedWords> {
  const { encoder, specs = specsOf(encoder), sentences = SENTENCES, store = fresh(), tokenBudget, threads = 1 } = asked;
  return embedWords({ encoder, specs, sentences, store: new VectorStore(store, assert.fail), tokenBudget, threads });
}

/** Hidden states of a sentence [states][tokens][width], from the unedited graph. */
async function reference(options: TinyOptions, ids: Int32Array): Promise<number[][][]> {
  const proto = clone(ModelProtoSchema, tinyModel(options));
  const names = Array.from({ length: (options.layers ?? 2) + 1 }, (_, i) => `h${i}`);
  proto.graph!.output = names.map((name) => described(name, TensorProto_DataType.FLOAT, ['b', 's', 16]));
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, proto), { graphOptimizationLevel: 'disabled' });
  const feed = (value: (id: number) => bigint) => new Tensor('int64', BigInt64Array.from([...ids].map(value)), [1, ids.length]);
  const out = await session.run({ input_ids: feed(BigInt), attention_mask: feed(() => 1n), token_type_ids: feed(() => 0n) });
  return names.map((name) => {
    const data = out[name]!.data as Float32Array;
    return Array.from({ length: ids.length }, (_, t) => Array.from(data.subarray(t * 16, (t + 1) * 16)));
  });
}

/** A word's vector by its definition, in float64. */
function pool(states: number[][][], { word, layers }: WordSpec, from: number, to: number): number[] {
  const one = (tokens: number[][]): number[] => {
    if (word !== 'mean') return tokens[word === 'first' ? from : to - 1]!;
    return tokens[0]!.map((_, j) => tokens.slice(from, to).reduce((sum, token) => sum + token[j]!, 0) / (to - from));
  };
  const each = layers.map((layer) => one(states[layer]!));
  return each[0]!.map((_, j) => each.reduce((sum, vector) => sum + vector[j]!, 0) / each.length);
}

const GRAPHS = [
  { layers: 3 },
  { layers: 3, placement: 'pre', norm: 'spelled', output: 'masked-lm', opset: 13 },
  { layers: 2, attention: 'fused', external: true },
  { layers: 2, quantised: true },
] satisfies TinyOptions[];

for (const options of GRAPHS) {
  test(`words: every vector is what its definition says, with ${JSON.stringify(options)}`, async () => {
    const encoder = await tinyEncoder(options);
    const ours = await embedded({ encoder });
    assert.equal(ours.rows, WORDS);
    let first = 0;
    for (const words of SENTENCES) {
      const { ids, spans } = encodeWords(encoder, words);
      const states = await reference(options, ids);
      for (const spec of specsOf(encoder)) {
        const rows = Array.from(words, (_, i) => first + i);
        const vectors = await ours.load(spec, rows);
        for (const i of words.keys()) {
          const [from, to] = [spans[2 * i]!, spans[2 * i + 1]!];
          const theirs = from === to ? states[0]![0]!.map(() => 0) : pool(states, spec, from, to);
          const off = theirs.map((value, j) => Math.abs(row(vectors, i)[j]! - value));
          assert.ok(Math.max(...off) <= 2e-6, `${wordSpecName(spec)} of ${words[i]} differs by ${Math.max(...off)}`);
        }
      }
      first += words.length;
    }
  });
}

async function bytes(from: EmbeddedWords, specs: readonly WordSpec[]): Promise<string[]> {
  const all = await Promise.all(specs.map((spec) => from.load(spec)));
  return all.map(({ data }) => Buffer.from(data.slice().buffer).toString('hex'));
}

test('words: a vector is the same to the last bit whatever batch, threads, neighbours and other vectors of the run', async () => {
  const encoder = await tinyEncoder({ layers: 3, width: 96 });
  const specs = specsOf(encoder);
  const one = await bytes(await embedded({ encoder, tokenBudget: 1 }), specs);
  assert.deepEqual(await bytes(await embedded({ encoder, tokenBudget: 4096, threads: 3 }), specs), one);
  // Padded with other sentences of the same number of tokens.
  const others = ['abcdefghijklmnopqrstuvwxyz', 'what is the'].map((text) => [text]);
  const more = await embedded({ encoder, sentences: [...SENTENCES, ...others, ...SENTENCES.map((words) => [words.join(' ')])] });
  const rows = Array.from({ length: WORDS }, (_, i) => i);
  for (const [s, spec] of specs.entries()) {
    assert.equal(Buffer.from((await more.load(spec, rows)).data.buffer).toString('hex'), one[s], wordSpecName(spec));
  }
  for (const name of ['words-first@3', 'words-mean@3', 'words-last@mean(1-3)', 'words-mean@mean(0-3)']) {
    const s = specs.findIndex((spec) => wordSpecName(spec) === name);
    assert.equal((await bytes(await embedded({ encoder, specs: [specs[s]!] }), [specs[s]!]))[0], one[s], `${name} alone`);
  }
});

function losses({ lost, cut, withoutSubTokens, beyondLimit }: EmbeddedWords): object {
  return { lost, cut, withoutSubTokens, beyondLimit };
}

test('words: a second run takes all from the store, equal sentences run once, and a longer list runs the new ones alone', async () => {
  const encoder = await tinyEncoder({ layers: 2 });
  const specs = specsOf(encoder);
  const store = fresh();
  const progress: number[] = [];
  const first = await embedWords({
    encoder,
    specs,
    sentences: SENTENCES,
    store: new VectorStore(store, assert.fail),
    threads: 1,
    onProgress: ({ done, total }) => progress.push(done, total),
  });
  assert.deepEqual([first.unique, first.computed, first.width(specs[0]!)], [8, 8, 16]);
  assert.deepEqual(
    [progress.slice(0, 2), progress.slice(-2)],
    [
      [0, 8],
      [8, 8],
    ],
  );
  const again = await embedded({ encoder, store });
  assert.deepEqual([again.unique, again.computed, again.tokens], [8, 0, 0]);
  assert.deepEqual(await bytes(again, specs), await bytes(first, specs));
  assert.deepEqual(losses(again), losses(first));
  const longer = await embedded({ encoder, store, sentences: [...SENTENCES, ['who', 'is'], ['who is']] });
  assert.deepEqual([longer.computed, longer.rows], [2, WORDS + 3]);
  assert.deepEqual((await verifyStore(await listStore(store), { remove: false })).size, 0);
});

test('words: which have no vector is known of each shard, however many are read', async () => {
  const encoder = await tinyEncoder();
  const store = fresh();
  const whole = await embedded({ encoder });
  for (const sentence of SENTENCES) if (sentence.length > 0) await embedded({ encoder, store, sentences: [sentence] });
  const read = await embedded({ encoder, store });
  assert.equal(read.computed, 0);
  assert.deepEqual(read.lost, whole.lost);
  for (const spec of specsOf(encoder)) assert.deepEqual(await read.load(spec), await whole.load(spec));
});

test('words: those without a vector are counted by why, and have zeros', async () => {
  const encoder = { ...(await tinyEncoder({ layers: 1 })), maxLength: 6 };
  const spec: WordSpec = { word: 'last', layers: [1], combine: 'one' };
  const sentences = [['who', '\u200b', 'abc', 'is'], ['\u200b'], ['who', 'abc'], ['who', '\u200b', 'abc', 'is']];
  const ours = await embedded({ encoder, specs: [spec], sentences });
  assert.deepEqual([...ours.lost], [0, 1, 0, 1, 1, 0, 0, 0, 1, 0, 1]);
  assert.deepEqual([ours.withoutSubTokens, ours.beyondLimit, ours.cut], [3, 2, 2]);
  const { data } = await ours.load(spec);
  for (const [i, lost] of ours.lost.entries())
    assert.equal(
      data.subarray(i * 16, (i + 1) * 16).every((value) => value === 0),
      lost === 1,
    );
});

test('words: which have no vector is known of every shard, when all are read from the store', async () => {
  const encoder = await tinyEncoder({ layers: 1 });
  const store = fresh();
  // Shards of one length, which are read into the same buffer one after the other.
  const sentences = [
    ['\u200b', 'who', 'is'],
    ['who', '\u200b', 'is'],
    ['who', 'is', '\u200b'],
  ];
  for (const sentence of sentences) await embedded({ encoder, sentences: [sentence], store });
  const all = await embedded({ encoder, sentences, store });
  assert.equal(all.computed, 0);
  assert.deepEqual([...all.lost], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
});

test('words: sentences of which no word has a vector can be all there are', async () => {
  const encoder = await tinyEncoder({ layers: 1 });
  for (const word of WORD_POOLINGS) {
    const spec: WordSpec = { word, layers: [1], combine: 'one' };
    const ours = await embedded({ encoder, specs: [spec], sentences: [['\u200b'], ['\u200b', '']] });
    assert.deepEqual([ours.rows, ours.withoutSubTokens, (await ours.load(spec)).data], [3, 3, new Float32Array(48)]);
  }
  const none = await embedded({ encoder, sentences: [[], []] });
  assert.deepEqual([none.rows, none.unique, none.computed, none.lost.length], [0, 0, 0, 0]);
});

test('words: rows can be loaded alone, and only rows', async () => {
  const encoder = await tinyEncoder({ layers: 1 });
  const spec: WordSpec = { word: 'mean', layers: [0, 1], combine: 'mean' };
  const ours = await embedded({ encoder, specs: [spec] });
  const all = await ours.load(spec);
  for (const rows of [[], [0], [WORDS - 1], [1, 2, 3, 4, 5, 20, 47], Int32Array.from({ length: WORDS }, (_, i) => i)]) {
    const some = await ours.load(spec, rows);
    assert.deepEqual([some.rows, some.cols], [rows.length, 16]);
    for (const [i, place] of Array.from(rows).entries()) assert.deepEqual(row(some, i), row(all, place));
  }
  for (const rows of [[WORDS], [-1], [2, 2], [3, 1], [0.5]]) await assert.rejects(ours.load(spec, rows), { code: 'SHAPE' });
});

test('words: a prompt precedes the words, and they attend to it', async () => {
  const encoder = await tinyEncoder({ layers: 1 });
  const spec: WordSpec = { word: 'first', layers: [1], combine: 'one' };
  const prompted = withPrompt(encoder, { kind: 'text', text: 'where is ' });
  const ours = await (await embedded({ encoder: prompted, specs: [spec], sentences: [['who', 'abc']] })).load(spec);
  const whole = await (await embedded({ encoder, specs: [spec], sentences: [['where', 'is', 'who', 'abc']] })).load(spec, [2, 3]);
  assert.deepEqual(ours.data, whole.data);
});

test('words: a vector with NaN is refused, by sentence and word, and sound ones are kept', async () => {
  const encoder = await tinyEncoder({ layers: 1 }, (proto) => {
    const tensor = proto.graph!.initializer.find(({ dims }) => Number(dims[0]) === TINY_VOCABULARY.length)!;
    const floats = new Float32Array(tensor.rawData.slice().buffer);
    floats[TINY_VOCABULARY.indexOf('where') * 16] = Number.NaN;
    tensor.rawData = new Uint8Array(floats.buffer);
  });
  const sentences = [
    ['who', 'is'],
    ['\u200b', 'where'],
    ['a', 'b', 'c', 'where', 'who'],
  ];
  const store = fresh();
  // Only one token's embedding is corrupted.
  const specs: WordSpec[] = [{ word: 'first', layers: [0], combine: 'one' }];
  await assert.rejects(embedded({ encoder, store, sentences, specs }), {
    code: 'DATA',
    message: /^tiny: The vector words-first@0 of word 2 \("where"\) of sentence 2 \("\S* where"\) holds NaN\. Its weight /,
  });
  const again = await embedded({ encoder, store, sentences: sentences.slice(0, 1), specs });
  assert.equal(again.computed, 0);
});

test('words: stored vectors are looked at again', async () => {
  const encoder = await tinyEncoder({ layers: 1 });
  const spec: WordSpec = { word: 'first', layers: [1], combine: 'one' };
  const store = fresh();
  const file = await new VectorStore(store).openWords(vectorKey(encoder), wordSpecName(spec));
  const vectors = new Float32Array(32);
  vectors[20] = Infinity;
  await file.put({ hash: sentenceHash(['who', 'is']), tokens: 4, lost: new Uint8Array(2), vectors }, 16);
  await file.flush();
  const ours = await embedded({ encoder, specs: [spec], store, sentences: [['the'], ['who', 'is']] });
  await assert.rejects(ours.load(spec), {
    code: 'DATA',
    message: /words-first@1 of word 2 \("is"\) of sentence 2 \("who is"\) holds an infinity\./,
  });
  assert.equal((await ours.load(spec, [0, 1])).rows, 2);
});

test('words: a damaged shard is said, and its sentences are computed again', async () => {
  const encoder = await tinyEncoder({ layers: 1 });
  const spec: WordSpec = { word: 'first', layers: [1], combine: 'one' };
  const store = fresh();
  const before = await bytes(await embedded({ encoder, specs: [spec], store }), [spec]);
  const file = path.join(
    store,
    readdirSync(store, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.safetensors'))!,
  );
  const damaged = readFileSync(file);
  damaged[damaged.length - 1]! ^= 1;
  writeFileSync(file, damaged);
  assert.deepEqual([...(await verifyStore(await listStore(store), { remove: false })).values()], ['its checksum is wrong.']);
  const warnings: string[] = [];
  const warned = new VectorStore(store, (line) => warnings.push(line));
  const again = await embedWords({ encoder, specs: [spec], sentences: SENTENCES, store: warned, threads: 1 });
  assert.deepEqual(warnings, [`${file}: its checksum is wrong. Recomputing its vectors.`]);
  assert.deepEqual([again.computed, await bytes(again, [spec])], [8, before]);
});

test('words: a layer that there is not, and no vector at all, are refused', async () => {
  const encoder = await tinyEncoder({ layers: 2 });
  const third: WordSpec = { word: 'first', layers: [3], combine: 'one' };
  await assert.rejects(embedded({ encoder, specs: [third] }), { code: 'OPTION', message: /tiny has no layer 3\. It has layers 0/ });
  await assert.rejects(embedded({ encoder, specs: [] }), { code: 'OPTION', message: /No word vectors were requested\./ });
  assert.throws(() => pooledWords({ words: ['first'], layers: [3], layerMeans: [], depth: 2, encoder: 'tiny' }), { code: 'OPTION' });
});

test('words: names in the store are apart from those of texts, and one for each vector', () => {
  const specs: WordSpec[] = [
    { word: 'mean', layers: [2], combine: 'one' },
    { word: 'mean', layers: [0, 1, 2], combine: 'mean' },
    { word: 'mean', layers: [0, 2], combine: 'mean' },
    { word: 'mean', layers: [1, 2], combine: 'concat' },
  ];
  assert.deepEqual(specs.map(wordSpecName), ['words-mean@2', 'words-mean@mean(0-2)', 'words-mean@mean(0+2)', 'words-mean@concat(1-2)']);
  assert.notEqual(sentenceHash(['a', 'b']), sentenceHash(['a b']));
});

for (const name of ['model2vec', 'st-f16']) {
  test(`words: of the static encoder ${name} a word has the vectors that it has as a text`, async () => {
    const encoder = await openEncoder({ name: 'static', folder: staticFolder(name), onnx: undefined, revision: '' });
    const vectors = pooledWords({ words: WORD_POOLINGS, layers: 'last', layerMeans: ['0..L', '1..L'], depth: 0, encoder: name });
    const specs = vectors.map(({ spec }) => spec);
    assert.equal(specs.length, 3);
    const words = ['seaborn', 'is', '\u200b', 'unbelievably', 'good', 'seaborn is'];
    const ours = await embedded({ encoder, specs, sentences: [words, []] });
    const store = new VectorStore(fresh(), assert.fail);
    const tokens: readonly TokenPooling[] = ['cls', 'mean', 'last'];
    const ofTexts = tokens.map((token) => ({ token, layers: [0], combine: 'one' as const }));
    const texts = await embed({ encoder, texts: words, specs: ofTexts, store, threads: 1 });
    assert.deepEqual([...ours.lost], [0, 0, 1, 0, 0, 0]);
    for (const [s, token] of tokens.entries()) {
      const alone = await texts.load(ofTexts[s]!);
      assert.ok(alone.data.some((value) => value !== 0));
      assert.deepEqual((await ours.load(specs[s]!)).data, alone.data, token);
    }
  });
}

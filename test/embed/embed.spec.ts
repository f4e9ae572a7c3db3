import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { clone, toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { embed, type Embedded } from '../../src/embed/embed.ts';
import { missingTexts } from '../../src/embed/missing-texts.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { POOLINGS, pooledVectors, type LayerChoice, type PooledVector } from '../../src/embed/vectors.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { wordStarts } from '../../src/encoders/words.ts';
import { ModelProtoSchema, TensorProto_DataType } from '../../src/graph/onnx_pb.ts';
import { row } from '../../src/numeric/matrix.ts';
import { temporaryFolder } from '../temporary.ts';
import { described, tinyModel, writeTinyEncoder, type TinyOptions } from '../tiny-encoder.ts';

const folder = temporaryFolder();
let folders = 0;
const fresh = () => path.join(folder, `f${folders++}`);

const TEXTS = [
  'what is the sea?',
  '',
  'who',
  'a b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f g h i j k l',
  'where is who.',
  'what is the sea?',
  'abc def',
  ' \t ',
  'ga bu zo meu',
  'who',
];

async function tinyEncoder(options: TinyOptions = {}, firstLayers?: number): Promise<Encoder> {
  const at = writeTinyEncoder(fresh(), options);
  return openEncoder({ name: 'tiny', folder: at, onnx: path.join(at, 'model.onnx'), revision: '', firstLayers });
}

interface Asked {
  readonly encoder: Encoder;
  readonly layers?: LayerChoice;
  readonly store?: string;
  readonly texts?: string[];
  readonly tokenBudget?: number;
  readonly threads?: number;
  readonly warn?: (line: string) => void;
}

async function vectorsOf({ encoder, layers = 'last', store = fresh(), texts = TEXTS, tokenBudget, threads = 1, warn }: Asked) {
  const vectors = pooledVectors({ poolings: POOLINGS, layers, layerMeans: ['0..L', '1..L'], depth: encoder.depth, encoder: encoder.name });
  const embedded = await embed({
    encoder,
    texts,
    specs: vectors.map(({ spec }) => spec),
    store: new VectorStore(store, warn),
    threads,
    tokenBudget,
  });
  return { vectors, embedded };
}

/** Hidden states of a text [states][tokens][width], from the unedited graph. */
async function reference(options: TinyOptions, encoder: Encoder, text: string): Promise<number[][][]> {
  const proto = clone(ModelProtoSchema, tinyModel(options));
  const names = Array.from({ length: (options.layers ?? 2) + 1 }, (_, i) => `h${i}`);
  proto.graph!.output = names.map((name) => described(name, TensorProto_DataType.FLOAT, ['b', 's', 16]));
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, proto), { graphOptimizationLevel: 'disabled' });
  const { ids } = encoder.tokenizer.encode(text, encoder.maxLength);
  const feed = (values: bigint[]) => new Tensor('int64', BigInt64Array.from(values), [1, ids.length]);
  const out = await session.run({
    input_ids: feed([...ids].map(BigInt)),
    attention_mask: feed([...ids].map(() => 1n)),
    token_type_ids: feed([...ids].map(() => 0n)),
  });
  return names.map((name) =>
    Array.from({ length: ids.length }, (_, t) => Array.from((out[name]!.data as Float32Array).subarray(t * 16, (t + 1) * 16))),
  );
}

function weighted(tokens: number[][], weights: number[]): number[] {
  return tokens[0]!.map((_, j) => tokens.reduce((sum, token, t) => sum + token[j]! * weights[t]!, 0));
}

/** The poolings by their definitions, in float64. */
function pool(states: number[][][], { spec }: PooledVector, words: number[]): number[] {
  const one = (tokens: number[][]): number[] => {
    const n = tokens.length;
    switch (spec.token) {
      case 'cls':
        return tokens[0]!;
      case 'last':
        return tokens.at(-1)!;
      case 'mean':
        return weighted(
          tokens,
          tokens.map(() => 1 / n),
        );
      case 'max':
        return tokens[0]!.map((_, j) => Math.max(...tokens.map((token) => token[j]!)));
      case 'weighted-mean':
        return weighted(
          tokens,
          tokens.map((_, t) => (t + 1) / ((n * (n + 1)) / 2)),
        );
      case 'word-mean':
        return weighted(
          tokens,
          tokens.map((_, t) => (words.includes(t) ? 1 / words.length : 0)),
        );
    }
  };
  const each = spec.layers.map((layer) => one(states[layer]!));
  if (spec.combine === 'concat') return each.flat();
  return each[0]!.map((_, j) => each.reduce((sum, vector) => sum + vector[j]!, 0) / each.length);
}

for (const options of [
  { layers: 4 },
  { layers: 3, placement: 'pre', norm: 'spelled', output: 'masked-lm', opset: 13 },
  { layers: 3, attention: 'fused', external: true },
  { layers: 3, quantised: true },
] satisfies TinyOptions[]) {
  test(`embed: every pooling is what its definition says, with ${JSON.stringify(options)}`, async () => {
    const encoder = await tinyEncoder(options);
    const { vectors, embedded } = await vectorsOf({ encoder, layers: 'all' });
    for (const [i, text] of TEXTS.entries()) {
      const states = await reference(options, encoder, text);
      const words = [...wordStarts(text, encoder.tokenizer)].map((start) => start + 1).filter((start) => start < states[0]!.length - 1);
      for (const vector of vectors) {
        const ours = row(await embedded.load(vector.spec), i);
        const theirs = pool(states, vector, words);
        assert.equal(ours.length, theirs.length);
        for (const [j, value] of theirs.entries())
          assert.ok(Math.abs(ours[j]! - value) <= 2e-6, `${vector.pooling} ${vector.layers}, text ${i}: ${ours[j]} is not ${value}`);
      }
    }
  });
}

/** Bytes of all vectors of texts, in the order of the given rows. */
async function bytes(embedded: Embedded, vectors: readonly PooledVector[], order: readonly number[]): Promise<string[]> {
  const all = await Promise.all(vectors.map(({ spec }) => embedded.load(spec)));
  return order.map((i) => all.map((m) => Buffer.from(Float32Array.from(row(m, i)).buffer).toString('hex')).join());
}

test('embed: a vector is the same to the last bit whatever batch, threads, order and other vectors of the run', async () => {
  const encoder = await tinyEncoder({ layers: 4 });
  const inOrder = TEXTS.map((_, i) => i);
  const one = await vectorsOf({ encoder, tokenBudget: 1 });
  const many = await vectorsOf({ encoder, tokenBudget: 4096, threads: 2, texts: TEXTS.toReversed() });
  assert.deepEqual(await bytes(one.embedded, one.vectors, inOrder), await bytes(many.embedded, one.vectors, inOrder.toReversed()));
  const cls = one.vectors.filter(({ pooling }) => pooling === 'cls');
  const alone = await embed({ encoder, texts: TEXTS, specs: cls.map(({ spec }) => spec), store: new VectorStore(fresh()), threads: 1 });
  assert.deepEqual(await bytes(alone, cls, inOrder), await bytes(one.embedded, cls, inOrder));
});

test('embed: an encoder cut after a layer gives what the whole one has there', async () => {
  const options: TinyOptions = { layers: 4 };
  const at = writeTinyEncoder(fresh(), options);
  const files = { folder: at, onnx: path.join(at, 'model.onnx'), revision: '' };
  const whole = await openEncoder({ name: 'tiny', ...files });
  const cut = await openEncoder({ name: 'tiny@3', ...files, firstLayers: 3 });
  const fromWhole = await embed({
    encoder: whole,
    texts: TEXTS,
    specs: [
      { token: 'mean', layers: [3], combine: 'one' },
      { token: 'mean', layers: [4], combine: 'one' },
    ],
    store: new VectorStore(fresh()),
    threads: 1,
  });
  const { vectors, embedded } = await vectorsOf({ encoder: cut });
  const mean = vectors.find(({ pooling }) => pooling === 'mean')!;
  assert.deepEqual((await embedded.load(mean.spec)).data, (await fromWhole.load({ token: 'mean', layers: [3], combine: 'one' })).data);
});

test('embed: equal texts run once, cut texts are counted, and a second run takes all from the store', async () => {
  const encoder = await tinyEncoder({ layers: 3 });
  const store = fresh();
  const first = await vectorsOf({ encoder, store });
  assert.deepEqual([first.embedded.unique, first.embedded.computed, first.embedded.cut], [8, 8, 0]);
  const again = await vectorsOf({ encoder, store });
  assert.deepEqual([again.embedded.computed, again.embedded.tokens, again.embedded.cut], [0, 0, 0]);
  const short = await embed({
    encoder: { ...encoder, maxLength: 8 },
    texts: TEXTS,
    specs: first.vectors.map(({ spec }) => spec),
    store: new VectorStore(store),
    threads: 1,
  });
  assert.deepEqual([short.computed, short.cut], [8, 4]);
});

test('embed: a damaged shard is said, removed, and computed again to the same vectors', async () => {
  const encoder = await tinyEncoder({ layers: 3 });
  const store = fresh();
  const { vectors, embedded } = await vectorsOf({ encoder, store });
  const spec = vectors[0]!.spec;
  const before = (await embedded.load(spec)).data;
  const shard = readdirSync(store, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.includes('cls@3') && name.endsWith('.safetensors'),
  )[0]!;
  const damaged = readFileSync(path.join(store, shard));
  damaged[damaged.length - 40]! ^= 1;
  writeFileSync(path.join(store, shard), damaged);
  const warnings: string[] = [];
  const again = await vectorsOf({ encoder, store, warn: (line) => warnings.push(line) });
  assert.deepEqual(warnings, [`${path.join(store, shard)}: its checksum is wrong. Recomputing its vectors.`]);
  assert.equal(again.embedded.computed, 8);
  assert.deepEqual((await again.embedded.load(spec)).data, before);
});

test('embed: what cannot be removed of a store is said, and its vectors are computed again all the same', async () => {
  const encoder = await tinyEncoder({ layers: 3 });
  const store = fresh();
  const before = await vectorsOf({ encoder, store });
  const shard = path.join(
    store,
    readdirSync(store, { recursive: true, encoding: 'utf8' }).find((name) => name.includes('cls@3') && name.endsWith('.safetensors'))!,
  );
  const stuck = path.join(path.dirname(shard), 'stuck.safetensors');
  mkdirSync(stuck);
  rmSync(shard);
  const warnings: string[] = [];
  const again = await vectorsOf({ encoder, store, warn: (line) => warnings.push(line) });
  assert.match(warnings.join(), /stuck\.safetensors: .*EISDIR.* Recomputing its vectors\.$/);
  const { spec } = before.vectors[0]!;
  assert.deepEqual((await again.embedded.load(spec)).data, (await before.embedded.load(spec)).data);
});

test('embed: an encoder that the runtime refuses ends in one line', async () => {
  const at = writeTinyEncoder(fresh(), { layers: 1 });
  const proto = tinyModel({ layers: 1 });
  proto.graph!.node.find(({ opType }) => opType === 'Tanh')!.opType = 'Tango';
  writeFileSync(path.join(at, 'model.onnx'), toBinary(ModelProtoSchema, proto));
  const encoder = await openEncoder({ name: 'tiny', folder: at, onnx: path.join(at, 'model.onnx'), revision: '' });
  await assert.rejects(
    embed({
      encoder,
      texts: ['who'],
      specs: [{ token: 'mean', layers: [1], combine: 'one' }],
      store: new VectorStore(fresh()),
      threads: 1,
    }),
    {
      code: 'GRAPH',
      message: /^tiny: The encoder does not run: .*Tango.*\. Check that its ONNX file is complete, or try another weight precision\.$/,
    },
  );
});

test('embed: several batches that fail at once end in one line, and the process lives', async () => {
  // More than its positions, which opening it would not allow: the runtime rejects every batch.
  const encoder = { ...(await tinyEncoder({ layers: 2 })), maxLength: 200 };
  const long = Array.from({ length: 12 }, (_, i) => 'a b c d e f '.repeat(8 + i));
  await assert.rejects(
    embed({ encoder, texts: long, specs: [{ token: 'mean', layers: [2], combine: 'one' }], store: new VectorStore(fresh()), threads: 1 }),
    { code: 'GRAPH', message: /^tiny: The encoder does not run: .*or try another weight precision\.$/ },
  );
});

test('embed: a batch that fails while the next window of texts is tokenised ends the run, which keeps what was computed', async () => {
  const tiny = await tinyEncoder({ layers: 1 });
  const { tokenizer } = tiny;
  // Among the first 8,192 texts the one that the runtime rejects is in the last batch, and the next are still being tokenised when it
  // fails.
  let done = 0;
  let after = 0;
  const encode: typeof tokenizer.encode = (text, most) => {
    const wait = !text.startsWith('who') ? 0 : done < 8000 ? 0.5 : ++after < 300 ? 2 : 0;
    const until = performance.now() + wait;
    while (performance.now() < until);
    const tokens = tokenizer.encode(text, most);
    return text === '' ? { ...tokens, ids: tokens.ids.map(() => 1e6) } : tokens;
  };
  // Without its row, so that only the runtime rejects the id.
  const encoder: Encoder = {
    ...tiny,
    vocabulary: undefined,
    tokenizer: Object.create(tokenizer, { encode: { value: encode } }) as typeof tokenizer,
  };
  const texts = [
    '',
    ...Array.from({ length: 8191 }, (_, i) => i.toString(36).split('').join(' ')),
    ...Array.from({ length: 6000 }, (_, i) => `who ${i}`),
  ];
  const store = fresh();
  const spec = { token: 'mean', layers: [1], combine: 'one' } as const;
  await assert.rejects(
    embed({
      encoder,
      texts,
      specs: [spec],
      store: new VectorStore(store),
      threads: 1,
      onProgress: (progress) => {
        done = progress.done;
      },
    }),
    { code: 'GRAPH', message: /^tiny: The encoder does not run: .*or try another weight precision\.$/ },
  );
  assert.ok(after > 0, 'the next window was ready too early for this test');
  const again = await missingTexts({ encoder, texts, specs: [spec], store: new VectorStore(store) });
  assert.ok(again.length < 6600, `${again.length} texts are to be run again`);
});

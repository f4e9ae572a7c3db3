import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import '../../src/graph/telemetry.ts'; // transformers.js loads onnxruntime
import { AutoModel, AutoTokenizer, env, PreTrainedModel, Tensor } from '@huggingface/transformers';
import { InferenceSession, Tensor as OrtTensor } from '../../src/graph/runtime.ts';
import { openEncoder } from '../../src/encoders/encoder.ts';
import { EXPORT_DTYPES, exportEncoder } from '../../src/encoders/export.ts';
import { graphDtype } from '../../src/encoders/graph-dtype.ts';
import { TensorProto_DataType } from '../../src/graph/onnx_pb.ts';
import { readModel } from '../../src/graph/read.ts';
import { writeModel } from '../../src/graph/write.ts';
import { reference } from '../encoders/families/oracle.ts';
import { expected, oracleFolders, ownOracle, unpaddedIds } from '../oracles.ts';
import { withModules } from '../modules-oracle.ts';
import { temporaryFolder } from '../temporary.ts';
import { writeTinyCheckpoint } from '../tiny-checkpoint.ts';
import { bench } from './bench.ts';

const root = temporaryFolder();
const cache = path.join(root, 'cache');
const run = (...args: string[]) => bench(['export', '--quiet', ...args], { cache });

env.allowRemoteModels = false;
env.localModelPath = `${root}${path.sep}`;

/** Largest difference of an exported folder's last hidden state, by transformers.js, in one padded batch, from the oracle's. */
async function difference(folder: string, oracle: string): Promise<number> {
  // AutoModel takes a T5 for an encoder with a decoder.
  const model = await (/^m?t5/.test(folder) ? PreTrainedModel : AutoModel).from_pretrained(folder, {
    dtype: folder.endsWith('fp16') ? 'fp16' : folder.endsWith('q8') ? 'q8' : 'fp32',
  });
  const { texts, tokens, width, ids, mask, states, layers } = reference(oracle);
  const wide = (values: Int32Array) => new Tensor('int64', BigInt64Array.from(values, BigInt), [texts, tokens]);
  const { last_hidden_state: last } = (await model({ input_ids: wide(ids), attention_mask: wide(mask) })) as {
    last_hidden_state: { data: Float32Array; dims: number[] };
  };
  await model.dispose();
  assert.deepEqual(last.dims, [texts, tokens, width]);
  let worst = 0;
  for (let row = 0; row < texts * tokens; row++) {
    if (mask[row] !== 1) continue;
    for (let j = row * width; j < (row + 1) * width; j++)
      worst = Math.max(worst, Math.abs(last.data[j]! - states[layers * texts * tokens * width + j]!));
  }
  return worst;
}

const FAMILIES = [
  'bert-uncased',
  'bert-cased',
  'electra',
  'roberta',
  'minilm',
  'longformer',
  'longformer-bert',
  'bigbird',
  'distilbert',
  'mpnet',
  'deberta-v3',
  'deberta-v2',
  'modernbert',
  't5',
  'mt5',
  'umt5',
  'albert',
  'nomic-bert',
  'gte',
  'jina-v3',
  'jina-v2',
  'jina-v2-code',
];
const SMALLER = ['bert-uncased', 'electra', 'roberta', 'distilbert', 'mpnet', 'umt5', 'albert', 'nomic-bert', 'gte', 'jina-v3', 'jina-v2'];
/** Largest differences from the reference's hidden states, whose values are up to 5 (12 for ModernBERT). */
const TOLERANCE = { fp32: 2e-5, fp16: 0.02, q8: 0.3 } as const;
/**
 * UMT5's scores are not scaled, so that its attention is sharp and amplifies rounding: random perturbations of the weights as large as
 * 8-bit rounding give 0.3 to 0.4 in torch, without the token embeddings' part.
 */
const BY_SCORES: Readonly<Record<string, number>> = { 'umt5-q8': 0.8 };

/** Folder of an exported oracle, below `root`. */
function exportedAs(oracle: string, dtype: string): string {
  return `${oracle.replace(' (shared)', '-shared')}-${dtype}`;
}

const EXPORTED = [
  ...FAMILIES.map((family) => [family, 'fp32'] as const),
  ...SMALLER.flatMap((family) => [[family, 'fp16'] as const, [family, 'q8'] as const]),
].flatMap(([family, dtype]) => oracleFolders(family).map((oracle) => ({ ...oracle, dtype })));

for (const { name: oracle, folder, skip, dtype } of EXPORTED) {
  test(`export: transformers.js loads ${oracle} as ${dtype}, and its padded batch gives the reference's numbers`, { skip }, async () => {
    const name = exportedAs(oracle, dtype);
    const { status, err } = await run('--model', folder, '--dtype', dtype, '--out', path.join(root, name));
    assert.equal(status, 0, err);
    const found = await difference(name, folder);
    assert.ok(found <= (BY_SCORES[name] ?? TOLERANCE[dtype]), `differs by ${found}`);
    // Some of the project's own are stored as float16.
    if (dtype === 'q8') assert.ok(found > 1e-5, 'weights of 8 bits cannot give the same numbers');
    if (dtype === 'fp16') assert.ok(found > 1e-7, 'products of 16 bits cannot give the same numbers');
  });
}

for (const { name: oracle, folder, skip } of FAMILIES.flatMap((family) => oracleFolders(family))) {
  test(`export: transformers.js opens the tokenizer of ${oracle}, whose ids of plain texts are the reference's`, { skip }, async () => {
    const tokenizer = await AutoTokenizer.from_pretrained(exportedAs(oracle, 'fp32'));
    const known = expected(folder);
    // The library truncates a text that is too long after its last token, including the separator, and tokenises other scripts in its own
    // way.
    const plain = known.texts
      .map((text, i) => ({ text, ids: unpaddedIds(known, i) }))
      .filter(({ text, ids }) => /^[\s!-~]*$/.test(text) && ids.length < known.max_length);
    assert.ok(plain.length >= 3, `${plain.length} texts`);
    for (const { text, ids } of plain)
      assert.deepEqual((tokenizer(text) as { input_ids: Tensor }).input_ids.tolist()[0].map(Number), ids, text);
  });
}

for (const dtype of EXPORT_DTYPES) {
  test(`export: ${dtype} is ${dtype} whatever type the checkpoint's weights are stored in`, async () => {
    const states = new Set<string>();
    for (const type of ['F32', 'F16', 'BF16', 'F64'] as const) {
      const folder = writeTinyCheckpoint(path.join(root, `tiny-${type}`), { type });
      writeFileSync(path.join(folder, 'vocab.txt'), ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...'abcdefghijklmno'].join('\n'));
      const out = path.join(root, `tiny-${type}-${dtype}`);
      await exportEncoder({ name: 'tiny', folder, out, dtype });
      const [file] = readdirSync(path.join(out, 'onnx'));
      const {
        proto: { graph },
      } = await readModel(path.join(out, 'onnx', file!));
      assert.equal(graphDtype(graph!).dtype, dtype, type);
      const floats: readonly number[] = [
        TensorProto_DataType.FLOAT,
        TensorProto_DataType.FLOAT16,
        TensorProto_DataType.BFLOAT16,
        TensorProto_DataType.DOUBLE,
      ];
      const stored = new Set(
        graph!.initializer
          .filter(({ dims, dataType }) => dims.length > 1 && floats.includes(dataType))
          .map(({ dataType }) => TensorProto_DataType[dataType]),
      );
      if (dtype !== 'q8') assert.deepEqual([...stored], [dtype === 'fp32' ? 'FLOAT' : 'FLOAT16'], type);
      const session = await InferenceSession.create(path.join(out, 'onnx', file!));
      const ids = new OrtTensor('int64', [2n, 5n, 9n, 3n], [1, 4]);
      const { last_hidden_state: last } = await session.run({
        input_ids: ids,
        attention_mask: new OrtTensor('int64', [1n, 1n, 1n, 1n], [1, 4]),
      });
      states.add([...(last!.data as Float32Array)].join());
      await session.release();
    }
    // The tiny weights are exact in every type.
    assert.equal(states.size, 1);
  });
}

test("export: transformers.js loads an encoder with modules behind it, and its token vectors are the reference's", async () => {
  for (const dtype of EXPORT_DTYPES) {
    const name = `modules-${dtype}`;
    const { files } = await exportEncoder({ name, folder: withModules('everything'), out: path.join(root, name), dtype });
    for (const file of ['modules.json', '1_Pooling/config.json', '3_Dense/model.safetensors', '4_LayerNorm/model.safetensors'])
      assert.ok(files.includes(file), file);
    const found = await difference(name, ownOracle('minilm'));
    assert.ok(found <= TOLERANCE[dtype], `${dtype} differs by ${found}`);
  }
});

test('export: its tokenizer pads and cuts in transformers.js', async () => {
  const tokenizer = await AutoTokenizer.from_pretrained('bert-uncased-fp32');
  const { texts, input_ids: ids, attention_mask: mask } = expected(ownOracle('bert-uncased'));
  const plain = texts.findIndex((text) => /^[\w ,.!?'-]{5,99}$/.test(text));
  const real = ids[plain]!.filter((_, i) => mask[plain]![i] === 1);
  const inputs = tokenizer([texts[plain]!, 'a'], { padding: true, truncation: true }) as { input_ids: Tensor; attention_mask: Tensor };
  assert.deepEqual(inputs.input_ids.tolist()[0].map(Number), real);
  assert.deepEqual(
    inputs.attention_mask.tolist()[1].map(Number),
    real.map((_, i) => (i < 3 ? 1 : 0)),
  );
});

for (const oracle of ['bigbird', 'longformer', 'deberta-v2', 'minilm', 'bert-cased']) {
  test(`export: ${oracle} is an encoder of one's own at once, with the same hidden states`, async () => {
    const out = path.join(root, `own-${oracle}`);
    assert.equal((await run('--model', ownOracle(oracle), '--out', out)).status, 0);
    const [checkpoint, exported] = await Promise.all([
      openEncoder({ name: oracle, folder: ownOracle(oracle), onnx: undefined, revision: '' }),
      openEncoder({ name: oracle, folder: out, onnx: path.join(out, 'onnx', 'model.onnx'), revision: '' }),
    ]);
    assert.deepEqual(exported.states, checkpoint.states);
    assert.deepEqual([exported.maxLength, exported.depth, exported.dtype], [checkpoint.maxLength, checkpoint.depth, 'fp32']);
    const vectorsOf = async (which: 'checkpoint' | 'exported'): Promise<Float32Array> => {
      const file = path.join(root, `${oracle}-${which}.npy`);
      const texts = path.join(root, `${oracle}.txt`);
      writeFileSync(
        texts,
        expected(ownOracle(oracle))
          .texts.filter((text) => text !== '' && !/[\r\n\0]/.test(text))
          .join('\n'),
      );
      const { status, err } = await bench(
        ['embed', '--quiet', '--model', which === 'exported' ? out : ownOracle(oracle), '--input', texts, '--out', file],
        { cache },
      );
      assert.equal(status, 0, err);
      const bytes = readFileSync(file);
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.length));
    };
    const [own, theirs] = [await vectorsOf('checkpoint'), await vectorsOf('exported')];
    const worst = own.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
    assert.ok(worst <= 1e-5, `differs by ${worst}`);
  });
}

test('export: a cut encoder ends with its layer, and says so in config.json', async () => {
  const out = path.join(root, 'cut');
  assert.equal((await run('--model', ownOracle('bert-uncased'), '--first-layers', '2', '--out', out)).status, 0);
  const { states } = await openEncoder({ name: 'cut', folder: out, onnx: path.join(out, 'onnx', 'model.onnx'), revision: '' });
  assert.deepEqual(states, ['hidden_state.0', 'hidden_state.1', 'hidden_state.2']);
  assert.equal((JSON.parse(readFileSync(path.join(out, 'config.json'), 'utf8')) as { num_hidden_layers: number }).num_hidden_layers, 2);
});

test('export: a checkpoint without tokenizer.json gets one', async () => {
  const bare = path.join(root, 'bare');
  cpSync(ownOracle('roberta'), bare, { recursive: true });
  rmSync(path.join(bare, 'tokenizer.json'), { force: true });
  const out = path.join(root, 'with-tokenizer');
  assert.equal((await run('--model', bare, '--out', out)).status, 0);
  assert.ok(existsSync(path.join(out, 'tokenizer.json')));
});

test('export: a model too large for one file has its weights in an external file', async () => {
  const out = path.join(root, 'own-bert-cased', 'onnx', 'model.onnx');
  const large = path.join(root, 'large');
  mkdirSync(large);
  assert.deepEqual(await writeModel(await readModel(out), path.join(large, 'model.onnx'), { most: 1000 }), [
    'model.onnx',
    'model.onnx_data',
  ]);
  assert.ok(statSync(path.join(large, 'model.onnx')).size < statSync(out).size);
  assert.deepEqual(
    (await readModel(path.join(large, 'model.onnx'))).files.map((file) => path.basename(file)),
    ['model.onnx', 'model.onnx_data'],
  );
});

const taken = path.join(root, 'taken');
mkdirSync(taken);
writeFileSync(path.join(taken, 'mine.txt'), 'mine');
for (const [what, args, message] of [
  [
    'a folder with something in it',
    ['--model', ownOracle('bert-cased'), '--out', taken],
    /^bench: .*taken: It already exists\. Give another folder, or --overwrite\.$/m,
  ],
  [
    'a number type that it does not write',
    ['--model', ownOracle('bert-cased'), '--dtype', 'q4', '--out', path.join(root, 'q4')],
    /^bench: --dtype: "q4" is not a valid value\. Did you mean "q8"\? It takes fp32, fp16, q8\.$/m,
  ],
  [
    'two encoders',
    ['--model', ownOracle('bert-cased'), '--model', ownOracle('roberta'), '--out', path.join(root, 'two')],
    /^bench: --model: One encoder is needed, got 2\./,
  ],
  [
    'a layer that is not there',
    ['--model', ownOracle('bert-cased'), '--first-layers', '7', '--out', path.join(root, 'seven')],
    /^bench: bert-cased@7: No layer 7\. It has layers 1 to 2\.$/m,
  ],
] as const) {
  test(`export: ${what} is one line, and nothing is written`, async () => {
    const { status, err } = await run(...args);
    assert.match(err, message);
    assert.equal(status, 2);
    assert.deepEqual(readdirSync(taken), ['mine.txt']);
    assert.equal(existsSync(args.at(-1)!) && args.at(-1) !== taken, false);
  });
}

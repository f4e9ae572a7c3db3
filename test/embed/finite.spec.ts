import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { embed } from '../../src/embed/embed.ts';
import { vectorKey } from '../../src/embed/vector-key.ts';
import { brokenNumber } from '../../src/embed/finite.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { textHash } from '../../src/embed/vector-key.ts';
import { specName, type VectorSpec } from '../../src/embed/vectors.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { brokenWeight } from '../../src/graph/finite-weights.ts';
import { ModelProtoSchema, TensorProto_DataType, type ModelProto } from '../../src/graph/onnx_pb.ts';
import { temporaryFolder } from '../temporary.ts';
import { TINY_VOCABULARY, tinyModel, writeTinyEncoder } from '../tiny-encoder.ts';

const WIDTH = 16;
const HINT = 'Download the encoder again, or go back to a checkpoint from before its training broke it.';

let folders = 0;
const root = temporaryFolder();

/** A tiny encoder of three layers whose graph was modified. */
async function encoderWith(change: (proto: ModelProto) => void, firstLayers?: number): Promise<Encoder> {
  const folder = writeTinyEncoder(path.join(root, `f${folders++}`), { layers: 3 });
  const proto = tinyModel({ layers: 3 });
  change(proto);
  writeFileSync(path.join(folder, 'model.onnx'), toBinary(ModelProtoSchema, proto));
  return openEncoder({ name: 'tiny', folder, onnx: path.join(folder, 'model.onnx'), revision: '', firstLayers });
}

/** Writes a number into a weight of the graph. */
function put(proto: ModelProto, name: string, value: number, at = 0): void {
  const tensor = proto.graph!.initializer.find((each) => each.name === name)!;
  const floats = new Float32Array(tensor.rawData.slice().buffer);
  floats[at] = value;
  tensor.rawData = new Uint8Array(floats.buffer);
}

/** Weights that a node of a kind reads, in the order of the graph. */
function weightsOf(proto: ModelProto, opType: string, input: number): string[] {
  return proto
    .graph!.node.filter((node) => node.opType === opType)
    .map((node) => node.input[input]!)
    .filter((name) => proto.graph!.initializer.some((tensor) => tensor.name === name));
}

function spoilLastNorm(proto: ModelProto): void {
  put(proto, weightsOf(proto, 'LayerNormalization', 1).at(-1)!, Number.NaN);
}

const MEAN: VectorSpec = { token: 'mean', layers: [3], combine: 'one' };
const TEXTS = ['who is the', 'where is it?', 'a b c d e f g h', 'the', 'who'];

async function embedded(
  encoder: Encoder,
  specs: readonly VectorSpec[] = [MEAN],
  { texts = TEXTS, store = path.join(root, `s${folders++}`) } = {},
) {
  return embed({ encoder, texts, specs, store: new VectorStore(store, assert.fail), threads: 1 });
}

function refusal(what: string, hint = HINT): { name: string; code: string; message: string } {
  return { name: 'HarnessError', code: 'DATA', message: `tiny: ${what} ${hint}` };
}

test('finite: a weight that is NaN is named, with the first text that it spoils', async () => {
  const encoder = await encoderWith((proto) => put(proto, weightsOf(proto, 'MatMul', 1)[4]!, Number.NaN));
  const name = weightsOf(encoder.model.proto, 'MatMul', 1)[4]!;
  await assert.rejects(
    embedded(encoder),
    refusal(`The vector mean@3 of text 1 ("who is the") holds NaN. Its weight ${name} holds NaN (model.onnx).`),
  );
});

test('finite: one row of the embeddings spoils the texts that have its token alone', async () => {
  const row = TINY_VOCABULARY.indexOf('where');
  const encoder = await encoderWith((proto) => put(proto, weightsOf(proto, 'Gather', 0)[0]!, Number.NaN, row * WIDTH));
  const name = weightsOf(encoder.model.proto, 'Gather', 0)[0]!;
  await assert.rejects(
    embedded(encoder),
    refusal(`The vector mean@3 of text 2 ("where is it?") holds NaN. Its weight ${name} holds NaN (model.onnx).`),
  );
  const { load } = await embedded(encoder, [MEAN], { texts: ['who is the', 'the'] });
  assert.equal((await load(MEAN)).rows, 2);
});

test('finite: an infinity in a norm', async () => {
  const encoder = await encoderWith((proto) => put(proto, weightsOf(proto, 'LayerNormalization', 1)[2]!, Infinity, 3));
  const name = weightsOf(encoder.model.proto, 'LayerNormalization', 1)[2]!;
  await assert.rejects(embedded(encoder), refusal(`The vector mean@3 of text 1 ("who is the") holds NaN. Its weight ${name} holds inf.`));
});

test('finite: what is wrong behind the layers that are asked for does no harm', async () => {
  const second: VectorSpec = { token: 'mean', layers: [2], combine: 'one' };
  const { load } = await embedded(await encoderWith(spoilLastNorm), [second]);
  assert.equal((await load(second)).data.every(Number.isFinite), true);
  const all: VectorSpec = { token: 'cls', layers: [0, 1, 2, 3], combine: 'mean' };
  await assert.rejects(embedded(await encoderWith(spoilLastNorm), [second, all]), ({ message }: Error) =>
    message.startsWith('tiny: The vector cls@mean(0-3) of text 1 ("who is the") holds NaN.'),
  );
});

test('finite: a mask of -inf is no broken weight', async () => {
  const { load } = await embedded(
    await encoderWith((proto) => {
      const scale = proto.graph!.initializer.find(
        (tensor) =>
          tensor.dataType === TensorProto_DataType.FLOAT && new DataView(tensor.rawData.slice().buffer).getFloat32(0, true) === -10000,
      )!;
      put(proto, scale.name, -3.4e38);
    }),
  );
  assert.equal((await load(MEAN)).data.every(Number.isFinite), true);
});

test('finite: numbers that overflow with sound weights are said to', async () => {
  const encoder = await encoderWith((proto) => {
    const [scale] = weightsOf(proto, 'LayerNormalization', 1).slice(-1);
    for (let i = 0; i < WIDTH; i++) put(proto, scale!, 3.4e38, i);
  });
  await assert.rejects(
    embedded(encoder),
    refusal(
      'The vector mean@3 of text 1 ("who is the") holds an infinity.',
      'All its weights are finite: its activations overflow, or it divides by zero; try another export or weight precision.',
    ),
  );
});

test('finite: the first text is named though longer ones run first, and sound ones are kept', async () => {
  const row = TINY_VOCABULARY.indexOf('where');
  const encoder = await encoderWith((proto) => put(proto, weightsOf(proto, 'Gather', 0)[0]!, Number.NaN, row * WIDTH));
  const store = path.join(root, `s${folders++}`);
  const texts = ['who', 'where', 'where is the who is the who', 'where is the'];
  await assert.rejects(embedded(encoder, [MEAN], { texts, store }), ({ message }: Error) =>
    message.startsWith('tiny: The vector mean@3 of text 2 ("where") holds NaN.'),
  );
});

test('finite: stored vectors are looked at again', async () => {
  const encoder = await encoderWith(() => {});
  const store = path.join(root, `s${folders++}`);
  const file = await new VectorStore(store).open(vectorKey(encoder), specName(MEAN));
  await file.put(textHash('who'), new Float32Array(WIDTH).fill(Number.NaN), 3);
  await file.flush();
  const { load } = await embedded(encoder, [MEAN], { texts: ['the', 'who'], store });
  await assert.rejects(load(MEAN), ({ message }: Error) => message.startsWith('tiny: The vector mean@3 of text 2 ("who") holds NaN.'));
});

test('finite: brokenNumber finds NaN and infinities, and nothing else', () => {
  for (const value of [Number.NaN, Infinity, -Infinity]) assert.equal(brokenNumber(Float32Array.of(1, value, 2)), value);
  assert.equal(brokenNumber(Float32Array.of(0, -0, 3.4e38, -3.4e38, 1e-45)), undefined);
});

const STORED: readonly (readonly [string, TensorProto_DataType, readonly number[], string | undefined])[] = [
  ['float16', TensorProto_DataType.FLOAT16, [0x00, 0x3c, 0x00, 0x7c], 'inf'],
  ['float16', TensorProto_DataType.FLOAT16, [0x00, 0x3c, 0x01, 0xfe], 'NaN'],
  ['float16', TensorProto_DataType.FLOAT16, [0xff, 0x7b, 0xff, 0xfb], undefined],
  ['bfloat16', TensorProto_DataType.BFLOAT16, [0x80, 0x3f, 0x80, 0xff], '-inf'],
  ['float32', TensorProto_DataType.FLOAT, [0, 0, 0, 0, 0, 0, 0xc0, 0x7f], 'NaN'],
  ['float64', TensorProto_DataType.DOUBLE, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f], 'inf'],
  ['int64', TensorProto_DataType.INT64, [255, 255, 255, 255, 255, 255, 255, 255], undefined],
];

for (const [type, dataType, bytes, value] of STORED) {
  test(`finite: a ${type} weight of ${value ?? 'numbers'}`, () => {
    const proto = tinyModel({ layers: 1 });
    const tensor = proto.graph!.initializer[0]!;
    proto.graph!.initializer = [{ ...tensor, name: 'w', dataType, dims: [2n], rawData: Uint8Array.from(bytes), int64Data: [] }];
    assert.deepEqual(brokenWeight({ proto, folder: '', files: [] }), value === undefined ? undefined : { name: 'w', value, file: '' });
  });
}

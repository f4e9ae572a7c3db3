import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { pooledVectors, type VectorSpec } from '../../src/embed/vectors.ts';
import { openEncoder, promptedEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { buildFedEncoder } from '../../src/encoders/families/build.ts';
import { encodeText, skippedTokens } from '../../src/encoders/prompted-text.ts';
import { BACKWARD_SESSION } from '../../src/graph/differentiate.ts';
import { ModelProtoSchema } from '../../src/graph/onnx_pb.ts';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { readFloats } from '../../src/tensors/read-floats.ts';
import { writeSafetensors } from '../../src/tensors/write-safetensors.ts';
import { encoderStep, UPSTREAM } from '../../src/training/encoder-step.ts';
import { graphSteps } from '../../src/training/published-steps.ts';
import { gradientOutputs, withOutputs } from '../../src/training/step-model.ts';
import { textBatch } from '../../src/training/text-batch.ts';
import { modulesExpected, modulesTexts, withModules } from '../modules-oracle.ts';
import { largest } from '../largest.ts';

/** Relative to a weight's largest gradient. */
const TOLERANCE = 1e-4;
/** Of vectors with values of 1 to 10. */
const VECTOR_TOLERANCE = 1e-5;

const expected = modulesExpected();
/** What the gradients were computed of. */
const texts = modulesTexts().texts.slice(1, 5);
const folders = [...new Set([...expected.keys()].flatMap((key) => /^(.+?)\.gradient\./.exec(key)?.[1] ?? []))];

function specOf({ published, depth }: Encoder): VectorSpec {
  assert.ok('steps' in published, JSON.stringify(published));
  return pooledVectors({ poolings: ['as-published'], layers: 'last', layerMeans: [], depth, published, encoder: 'tiny' })[0]!.spec;
}

test('published steps: gradients of every kind of module are there to compare with', () => {
  for (const name of ['everything', 'flags-all', 'norm', 'dense-bin', 'dense-half', 'dense-mish']) assert.ok(folders.includes(name), name);
});

for (const name of folders) {
  test(`published steps: vectors and gradients through the modules of ${name} are torch's`, async () => {
    const encoder = await open(withModules(name));
    const prefix = `${name}.gradient.`;
    const wanted = new Map(
      [...expected].flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [])),
    );
    const { vectors, width, gradients } = await step(encoder, texts, [...wanted.keys()]);
    const difference = largest(vectors, expected.get(`${name}.encode`)!.subarray(width, (texts.length + 1) * width));
    assert.ok(difference <= VECTOR_TOLERANCE, `vectors differ by ${difference}`);
    assert.equal(gradients.size, wanted.size);
    for (const [weight, torch] of wanted) {
      const relative = largest(gradients.get(weight)!, torch) / torch.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      assert.ok(relative <= TOLERANCE, `${weight} differs by ${relative}`);
    }
  });
}

for (const name of [...expected.keys()].flatMap((key) => /^(.+)\.prompt$/.exec(key)?.[1] ?? [])) {
  test(`published steps: ${name} leaves the tokens of a prompt out in training, too`, async () => {
    const { texts: all, prompt } = modulesTexts();
    const encoder = promptedEncoder(await open(withModules(name)), { kind: 'text', text: prompt });
    const { vectors } = await step(encoder, all, ['embeddings.LayerNorm.weight']);
    const difference = largest(vectors, expected.get(`${name}.prompt`)!);
    assert.ok(difference <= VECTOR_TOLERANCE, `differs by ${difference}`);
  });
}

test('published steps: weights that hold no numbers are named before anything is trained through them', async () => {
  const folder = withModules('dense-relu');
  const zeros = { name: 'linear.bias', dtype: 'F32' as const, shape: [6], data: new Float32Array(6) };
  const broken = { name: 'linear.weight', dtype: 'F32' as const, shape: [6, 16], data: new Float32Array(96).fill(Infinity) };
  writeFileSync(path.join(folder, '2_Dense', 'model.safetensors'), writeSafetensors([broken, zeros]));
  const encoder = await open(folder);
  assert.ok('steps' in encoder.published);
  await assert.rejects(graphSteps(encoder.published), {
    code: 'FORMAT',
    message: /2_Dense\/model\.safetensors: Its tensor "linear\.weight" holds inf\./,
  });
});

function open(folder: string): Promise<Encoder> {
  return openEncoder({ name: 'tiny', folder, onnx: undefined, revision: '' });
}

/** A training step with texts: their vectors, and gradients of weights with these names, with the reference's weights of the vectors. */
async function step(encoder: Encoder, some: readonly string[], names: readonly string[]) {
  const spec = specOf(encoder);
  const fed = await buildFedEncoder({
    folder: encoder.model.folder,
    training: { packed: true, long: false, dropout: { hidden: 0, attention: 0 } },
  });
  const all = some.map((text) => ({ ids: Int32Array.from(encodeText(encoder, text).ids), skip: skippedTokens(encoder) }));
  const called = new Map(names.map((name) => [[...fed.weights.keys()].find((each) => each.endsWith(name))!, name]));
  const weights = new Map([...fed.weights].map(([weight, { shape }]) => [weight, { dims: shape }]));
  const { proto, folder } = fed.model;
  const made = await encoderStep({
    forward: { proto, folder, states: fed.states, sites: fed.sites, packed: true },
    spec,
    trained: new Set(called.keys()),
    weights,
    texts: all,
  });
  const model = withOutputs(made.proto, [made.vectors, ...gradientOutputs(made)]);
  const session = await InferenceSession.create(toBinary(ModelProtoSchema, model), { extra: { ...BACKWARD_SESSION }, logSeverityLevel: 3 });
  const { sizes, inputs } = textBatch(all, { padId: encoder.tokenizer.padId, spec });
  const upstream = Float32Array.from({ length: all.length * made.width }, (_, i) => Math.sin(i));
  const feeds: Record<string, Tensor> = { [UPSTREAM]: new Tensor('float32', upstream, [all.length, made.width]) };
  for (const [weight, tensor] of fed.weights) feeds[weight] = new Tensor('float32', await readFloats(tensor), tensor.shape);
  for (const [input, { type, dims, data }] of Object.entries(inputs))
    feeds[input] = new Tensor(type as 'int64', data as BigInt64Array, dims);
  for (const { input, dims } of fed.sites) feeds[input] = ones(dims(sizes));
  const found = await session.run(Object.fromEntries(session.inputNames.map((input) => [input, feeds[input]!])));
  await session.release();
  const gradients = new Map(made.gradients.map(({ weight, dense }) => [called.get(weight)!, found[dense!]!.data as Float32Array]));
  return { vectors: found[made.vectors]!.data as Float32Array, width: made.width, gradients };
}

function ones(dims: readonly number[]): Tensor {
  return new Tensor('float32', new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(1), dims);
}

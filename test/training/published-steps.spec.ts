import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { pooledVectors, type VectorSpec } from '../../src/embed/vectors.ts';
import { openEncoder, type Encoder } from '../../src/encoders/encoder.ts';
import { buildFedEncoder } from '../../src/encoders/families/build.ts';
import { BACKWARD_SESSION } from '../../src/graph/differentiate.ts';
import { ModelProtoSchema } from '../../src/graph/onnx_pb.ts';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { readFloats } from '../../src/tensors/read-floats.ts';
import { encoderStep, UPSTREAM } from '../../src/training/encoder-step.ts';
import { gradientOutputs, withOutputs } from '../../src/training/step-model.ts';
import { textBatch } from '../../src/training/text-batch.ts';
import { modulesExpected, modulesTexts, withModules } from '../modules-oracle.ts';

/** Of a weight's largest gradient. */
const TOLERANCE = 1e-4;
/** Of vectors whose numbers are of size 1 to 10. */
const VECTOR_TOLERANCE = 1e-5;

const expected = modulesExpected();
/** What gradients were taken of. */
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
    const folder = withModules(name);
    const encoder = await openEncoder({ name: 'tiny', folder, onnx: undefined, revision: '' });
    const spec = specOf(encoder);
    const fed = await buildFedEncoder({ folder, training: { packed: true, long: false, dropout: { hidden: 0, attention: 0 } } });
    const all = texts.map((text) => ({ ids: Int32Array.from(encoder.tokenizer.encode(text, encoder.maxLength).ids) }));
    const prefix = `${name}.gradient.`;
    const wanted = new Map([...expected].flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [])));
    const trained = new Map([...wanted.keys()].map((weight) => [[...fed.weights.keys()].find((each) => each.endsWith(weight))!, weight]));
    const weights = new Map([...fed.weights].map(([weight, { shape }]) => [weight, { dims: shape }]));
    const step = await encoderStep({
      forward: { proto: fed.model.proto, folder: fed.model.folder, states: fed.states, sites: fed.sites, packed: true },
      spec, trained: new Set(trained.keys()), weights, texts: all,
    });
    const session = await InferenceSession.create(toBinary(ModelProtoSchema, withOutputs(step.proto, [step.vectors, ...gradientOutputs(step)])), {
      extra: { ...BACKWARD_SESSION }, logSeverityLevel: 3,
    });
    const { sizes, inputs } = textBatch(all, { padId: encoder.tokenizer.padId, spec });
    // Of all vectors side by side, as the reference's own loss weighs them.
    const upstream = Float32Array.from({ length: texts.length * step.width }, (_, i) => Math.fround(Math.sin(i)));
    const feeds: Record<string, Tensor> = { [UPSTREAM]: new Tensor('float32', upstream, [texts.length, step.width]) };
    for (const [weight, tensor] of fed.weights) feeds[weight] = new Tensor('float32', await readFloats(tensor), tensor.shape);
    for (const [input, { type, dims, data }] of Object.entries(inputs)) feeds[input] = new Tensor(type as 'int64', data as BigInt64Array, dims);
    for (const { input, dims } of fed.sites) feeds[input] = ones(dims(sizes));
    const found = await session.run(Object.fromEntries(session.inputNames.map((input) => [input, feeds[input]!])));
    await session.release();
    const vectors = found[step.vectors]!.data as Float32Array;
    const theirs = expected.get(`${name}.encode`)!.subarray(step.width, (texts.length + 1) * step.width);
    assert.ok(largest(vectors, theirs) <= VECTOR_TOLERANCE, `vectors differ by ${largest(vectors, theirs)}`);
    assert.equal(step.gradients.length, wanted.size);
    for (const { weight, dense } of step.gradients) {
      const torch = wanted.get(trained.get(weight)!)!;
      const difference = largest(found[dense!]!.data as Float32Array, torch) / torch.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      assert.ok(difference <= TOLERANCE, `${weight} differs by ${difference}`);
    }
  });
}

function ones(dims: readonly number[]): Tensor {
  return new Tensor('float32', new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(1), dims);
}

function largest(ours: Float32Array, theirs: Float32Array): number {
  assert.equal(ours.length, theirs.length);
  return ours.reduce((worst, value, i) => Math.max(worst, Math.abs(value - theirs[i]!)), 0);
}

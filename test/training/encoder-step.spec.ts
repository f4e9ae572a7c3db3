import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from '../../src/graph/runtime.ts';
import { readFloats } from '../../src/tensors/read-floats.ts';
import { buildFedEncoder, type FedEncoder } from '../../src/encoders/families/build.ts';
import { BACKWARD_SESSION } from '../../src/graph/differentiate.ts';
import { ModelProtoSchema } from '../../src/graph/onnx_pb.ts';
import { encoderStep, UPSTREAM, type EncoderStep } from '../../src/training/encoder-step.ts';
import { uniform } from '../../src/training/seeds.ts';
import { gradientOutputs, withOutputs } from '../../src/training/step-model.ts';
import { textBatch, type TokenText } from '../../src/training/text-batch.ts';
import { decoderCases, writeDecoder, type DecoderCase } from '../encoders/families/decoder-cases.ts';
import { openTokenizer } from '../../src/encoders/tokenizers/open-tokenizer.ts';
import { transformerFolder } from '../../src/encoders/sentence-modules.ts';
import { mostInFull, oracleFolders } from '../oracles.ts';
import { staticExpected, staticFolder, staticFolders, staticTexts } from '../static-oracle.ts';

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
/** Relative to a weight's largest gradient; below the floor a gradient is zero up to rounding. */
const TOLERANCE = 1e-4;
const FLOOR = 1e-5;

interface Ran {
  readonly vectors: Float32Array;
  /** Per weight, relative to its size. */
  readonly gradients: ReadonlyMap<string, Float64Array>;
}

class Encoder {
  readonly #fed: FedEncoder;
  readonly #step: EncoderStep;
  readonly #session: InferenceSession;
  readonly #weights: Record<string, Tensor>;

  private constructor(fed: FedEncoder, step: EncoderStep, session: InferenceSession, weights: Record<string, Tensor>) {
    this.#fed = fed;
    this.#step = step;
    this.#session = session;
    this.#weights = weights;
  }

  static async open(
    folder: string,
    { packed, long = false, dropout = 0, probes }: { packed: boolean; long?: boolean; dropout?: number; probes?: readonly TokenText[] },
  ): Promise<Encoder> {
    const fed = await buildFedEncoder({ folder, training: { packed, long, dropout: { hidden: dropout, attention: dropout } } });
    const weights = new Map([...fed.weights].map(([name, { shape }]) => [name, { dims: shape }]));
    const step = await encoderStep({
      forward: { proto: fed.model.proto, folder: fed.model.folder, states: fed.states, sites: fed.sites, packed },
      spec: { token: 'mean', layers: fed.states.map((_, i) => i), combine: 'mean' },
      trained: new Set(weights.keys()),
      weights,
      texts:
        probes ??
        (packed ? [text(3), text(5), text(5)] : [text(long ? mostInFull(folder) + 4 : 5), text(long ? mostInFull(folder) + 4 : 5)]),
    });
    const session = await InferenceSession.create(
      toBinary(ModelProtoSchema, withOutputs(step.proto, [step.vectors, ...gradientOutputs(step)])),
      { extra: { ...BACKWARD_SESSION }, logSeverityLevel: 3 },
    );
    const values: Record<string, Tensor> = {};
    for (const [name, tensor] of fed.weights) values[name] = new Tensor('float32', await readFloats(tensor), tensor.shape);
    return new Encoder(fed, step, session, values);
  }

  get width(): number {
    return this.#step.width;
  }

  async run(texts: readonly TokenText[], upstream: Float32Array): Promise<Ran> {
    const { sizes, inputs } = textBatch(texts, { padId: 0, spec: { token: 'mean', layers: [], combine: 'one' } });
    const feeds: Record<string, Tensor> = { ...this.#weights, [UPSTREAM]: new Tensor('float32', upstream, [texts.length, this.width]) };
    for (const [name, { type, dims, data }] of Object.entries(inputs))
      feeds[name] = new Tensor(type as 'int64', data as BigInt64Array, dims);
    for (const { input, dims } of this.#fed.sites) feeds[input] = ones(dims(sizes));
    const found = (await this.#session.run(Object.fromEntries(this.#session.inputNames.map((name) => [name, feeds[name]!])))) as Record<
      string,
      Tensor
    >;
    const gradients = new Map(
      this.#step.gradients.map(({ weight, dense, rows }) => {
        const dims = this.#fed.weights.get(weight)!.shape;
        const sum = new Float64Array(dims.reduce((product, size) => product * size, 1));
        if (dense !== undefined) sum.set(found[dense]!.data as Float32Array);
        for (const { ids, values } of rows)
          addRows(sum, { ids: found[ids]!, values: found[values]!.data as Float32Array, width: sum.length / dims[0]! });
        return [weight, sum];
      }),
    );
    return { vectors: found[this.#step.vectors]!.data as Float32Array, gradients };
  }
}

function ones(dims: readonly number[]): Tensor {
  return new Tensor('float32', new Float32Array(dims.reduce((product, size) => product * size, 1)).fill(1), dims);
}

function addRows(sum: Float64Array, { ids, values, width }: { ids: Tensor; values: Float32Array; width: number }): void {
  const numbers = Array.from(ids.data as BigInt64Array, Number);
  for (let i = 0; i < values.length; i++) sum[numbers[Math.floor(i / width) % numbers.length]! * width + (i % width)]! += values[i]!;
}

/** Ids that are not special tokens of any oracle's tokenizer, and in every vocabulary. */
function text(length: number): TokenText {
  return { ids: Int32Array.from({ length }, (_, i) => 10 + ((i * 37 + length * 11) % 70)) };
}

function assertSameGradients(found: ReadonlyMap<string, Float64Array>, wanted: ReadonlyMap<string, Float64Array>): void {
  for (const [name, theirs] of wanted) {
    const ours = found.get(name)!;
    const largest = theirs.reduce((most, each) => Math.max(most, Math.abs(each)), 0);
    const worst = theirs.reduce((most, each, i) => Math.max(most, Math.abs(each - ours[i]!)), 0);
    assert.ok(worst <= Math.max(FLOOR, TOLERANCE * largest), `${name}: ${worst} of ${largest}`);
  }
}

/** Causal or not, with windows or not. */
const DECODERS = decoderCases().cases.map(({ name, ...each }) => ({
  name,
  skip: false,
  folder: () => writeDecoder(withVocabulary({ name, ...each }, 80)),
}));
const FOLDERS = FAMILIES.flatMap((family) => oracleFolders(family)).map(({ folder, ...each }) => ({ ...each, folder: () => folder }));

/** A decoder with as many tokens as `text` draws from. */
function withVocabulary({ config, weights, ...each }: DecoderCase, rows: number): DecoderCase {
  const table = 'embed_tokens.weight';
  return { ...each, config: { ...config, vocab_size: rows }, weights: { ...weights, [table]: [rows, weights[table]![1]!] } };
}

for (const { name: oracle, folder: made, skip } of [...FOLDERS, ...DECODERS]) {
  test(`encoder step: of ${oracle}, texts of different lengths together have what each has alone`, { skip }, async () => {
    const folder = made();
    // Masks of ones change nothing, and show that every place of dropout has the declared shape.
    const [together, alone] = [await Encoder.open(folder, { packed: true, dropout: 0.1 }), await Encoder.open(folder, { packed: false })];
    // BigBird's run together if they are short enough for full attention.
    const most = oracle.startsWith('bigbird') ? mostInFull(folder) : Infinity;
    const texts = [7, 3, 12, 29, 4, 12].map((length) => text(Math.min(length, most)));
    const random = uniform(1);
    const upstream = Float32Array.from({ length: texts.length * together.width }, () => random() - 0.5);
    const { vectors, gradients } = await together.run(texts, upstream);
    const sums = new Map<string, Float64Array>();
    for (const [i, each] of texts.entries()) {
      const own = await alone.run([each], upstream.subarray(i * together.width, (i + 1) * together.width).slice());
      for (const [j, value] of own.vectors.entries())
        assert.ok(
          Math.abs(value - vectors[i * together.width + j]!) < 2e-5,
          `text ${i}: ${value} is not ${vectors[i * together.width + j]}`,
        );
      for (const [name, values] of own.gradients) {
        const sum = sums.get(name);
        if (sum === undefined) sums.set(name, values);
        else for (let k = 0; k < sum.length; k++) sum[k]! += values[k]!;
      }
    }
    assert.deepEqual([...gradients.keys()].toSorted(), [...sums.keys()].toSorted());
    assertSameGradients(gradients, sums);
  });
}

for (const { name: oracle, folder, skip } of oracleFolders('bigbird')) {
  test(`encoder step: long texts of ${oracle} have the gradients of each alone`, { skip }, async () => {
    const length = mostInFull(folder) + 5;
    const long = await Encoder.open(folder, { packed: false, long: true, dropout: 0.1 });
    const texts = [text(length), { ids: text(length).ids.toReversed() }];
    const random = uniform(2);
    const upstream = Float32Array.from({ length: 2 * long.width }, () => random() - 0.5);
    const { gradients } = await long.run(texts, upstream);
    const first = await long.run([texts[0]!], upstream.slice(0, long.width));
    const second = await long.run([texts[1]!], upstream.slice(long.width));
    const sum = (name: string, values: Float64Array) => values.map((value, i) => value + second.gradients.get(name)![i]!);
    assertSameGradients(gradients, new Map([...first.gradients].map(([name, values]) => [name, sum(name, values)])));
  });
}

for (const name of staticFolders('gradient')) {
  for (const packed of [true, false]) {
    test(`encoder step: the table of ${name} has torch's gradient${packed ? '' : ', text by text'}`, async () => {
      const folder = transformerFolder(staticFolder(name));
      const tokenizer = await openTokenizer(folder);
      const texts = staticTexts()
        .texts.slice(1, 6)
        .map((each) => ({ ids: tokenizer.encode(each, Infinity).ids }));
      const encoder = await Encoder.open(folder, {
        packed,
        probes: texts.slice(0, 2).map(({ ids }) => ({ ids: packed ? ids : ids.slice(0, 1) })),
      });
      const upstream = Float32Array.from({ length: texts.length * encoder.width }, (_, i) => Math.sin(i));
      const sum = new Float64Array(staticExpected().get(`${name}.gradient`)!.length);
      const batches = packed ? [texts] : texts.map((each) => [each]);
      for (const [i, batch] of batches.entries()) {
        const { gradients } = await encoder.run(
          batch,
          upstream.slice(i * batch.length * encoder.width, (i + 1) * batch.length * encoder.width),
        );
        const [values] = [...gradients.values()];
        for (let k = 0; k < sum.length; k++) sum[k]! += values![k]!;
      }
      assertSameGradients(new Map([['table', sum]]), new Map([['table', Float64Array.from(staticExpected().get(`${name}.gradient`)!)]]));
    });
  }
}

test('encoder step: texts without tokens have vectors of zeros, and give no gradient', async () => {
  const encoder = await Encoder.open(staticFolder('model2vec'), { packed: true });
  const none = { ids: new Int32Array() };
  const upstream = Float32Array.from({ length: 3 * encoder.width }, (_, i) => Math.sin(i));
  const alone = await encoder.run([none, none, none], upstream);
  assert.ok(alone.vectors.every((value) => value === 0));
  for (const [name, values] of alone.gradients)
    assert.ok(
      values.every((value) => value === 0),
      name,
    );
  const { vectors, gradients } = await encoder.run([none, text(3), none], upstream);
  const beside = await encoder.run([text(3)], upstream.slice(encoder.width, 2 * encoder.width));
  assert.deepEqual(vectors.slice(encoder.width, 2 * encoder.width), beside.vectors);
  assertSameGradients(gradients, beside.gradients);
});

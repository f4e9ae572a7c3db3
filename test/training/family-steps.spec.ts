import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { buildFedEncoder } from '../../src/encoders/families/build.ts';
import { writeTensors, readTensors } from '../../src/tensors/tensor-file.ts';
import type { ObjectiveName } from '../../src/training/objective.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { TrainerCore } from '../../src/training/trainer-core.ts';
import type { TokenPooling } from '../../src/embed/vectors.ts';
import { decoderCases, writeDecoder } from '../encoders/families/decoder-cases.ts';
import { fixed } from '../graph/run-gradients.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';
import { TRIED_DEVICE } from './tried-device.ts';

/** Steps of `test/oracles/steps.py`: of each gradient norm, largest element, product with fixed numbers. */
interface Known {
  readonly labels: number[];
  readonly cases: Readonly<Record<string, KnownCase>>;
}

interface KnownCase {
  readonly token: TokenPooling;
  readonly change: Readonly<Record<string, unknown>>;
  readonly texts: number[][];
  readonly steps: Readonly<
    Record<string, { loss: number; norm: number; gradients: Readonly<Record<string, readonly [number, number, number]>> }>
  >;
}

const { labels, cases } = JSON.parse(readFileSync(ownOracle('steps.json'), 'utf8')) as Known;
const CLASSES = 3;
/** Relative to a gradient's largest element, and to a loss; below the floor a gradient is zero up to rounding. */
const TOLERANCE = 1e-4;
const FLOOR = 1e-5;
/** Part of a gradient in the first moment: 1 - β1. */
const KEPT = 1 - 0.9;

const DECODERS = new Map(decoderCases().cases.map((each) => [each.name, each]));

function folderOf(name: string, change: KnownCase['change']): string {
  const decoder = DECODERS.get(name);
  if (decoder !== undefined) return writeDecoder(decoder, { change });
  return name === 'static' ? writeTable() : ownOracle(name);
}

/** A table of numbers that any language can compute, in sentence-transformers' format. */
function writeTable(): string {
  const folder = temporaryFolder();
  const [rows, width] = [40, 8];
  const bytes = new Uint8Array(Float32Array.from(fixed(rows * width)).buffer);
  const header = Buffer.from(
    JSON.stringify({ 'embedding.weight': { dtype: 'F32', shape: [rows, width], data_offsets: [0, bytes.length] } }),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(path.join(folder, 'model.safetensors'), Buffer.concat([length, header, bytes]));
  writeFileSync(
    path.join(folder, 'modules.json'),
    JSON.stringify([{ idx: 0, name: '0', path: '', type: 'sentence_transformers.models.StaticEmbedding' }]),
  );
  return folder;
}

for (const [name, { token, change, texts, steps }] of Object.entries(cases)) {
  for (const [objective, known] of Object.entries(steps)) {
    test(`trainer: loss and every gradient of a step of ${objective} on ${name} (${token}) are torch's`, async () => {
      const found = await stepOf({ folder: folderOf(name, change), objective: objective as ObjectiveName, token, texts });
      assert.ok(Math.abs(found.loss - known.loss) <= TOLERANCE * Math.abs(known.loss), `loss ${found.loss}, torch has ${known.loss}`);
      assert.ok(Math.abs(found.norm - known.norm) <= TOLERANCE * known.norm, `norm ${found.norm}, torch has ${known.norm}`);
      const theirs = Object.entries(known.gradients).filter(([, [norm]]) => norm > FLOOR);
      assert.deepEqual(
        theirs.filter(([key]) => !found.gradients.has(key)).map(([key]) => key),
        [],
        'gradients that are missing',
      );
      assert.deepEqual(
        [...found.gradients.keys()].filter((key) => !(key in known.gradients)),
        [],
        'gradients that torch does not have',
      );
      for (const [key, [norm, largest, product]] of theirs) {
        const gradient = found.gradients.get(key)!;
        const numbers = fixed(gradient.length);
        const allowed = Math.max(FLOOR, TOLERANCE * largest);
        const sum = (of: (value: number, i: number) => number) => gradient.reduce((total, value, i) => total + of(value, i), 0);
        const ours = { norm: Math.sqrt(sum((value) => value * value)), product: sum((value, i) => value * numbers[i]!) };
        const most = gradient.reduce((worst, value) => Math.max(worst, Math.abs(value)), 0);
        assert.ok(Math.abs(most - largest) <= allowed, `${key}: largest ${most}, torch has ${largest}`);
        // Rounding errors are random: in a sum of n they grow as the root of n.
        const together = allowed * Math.sqrt(gradient.length);
        assert.ok(Math.abs(ours.norm - norm) <= together, `${key}: norm ${ours.norm}, torch has ${norm}`);
        assert.ok(Math.abs(ours.product - product) <= together, `${key}: product ${ours.product}, torch has ${product}`);
      }
    });
  }
}

interface StepParams {
  readonly folder: string;
  readonly objective: ObjectiveName;
  readonly token: TokenPooling;
  readonly texts: readonly (readonly number[])[];
}

/** One step as `bench finetune` makes it; the gradients are derived from the optimiser's moments. */
async function stepOf({ folder, objective, token, texts }: StepParams) {
  const at = temporaryFolder();
  mkdirSync(at, { recursive: true });
  const { states } = await buildFedEncoder({ folder });
  const options = objectiveOptions();
  const { core } = await TrainerCore.open({
    files: { name: 'encoder', folder, onnx: undefined },
    spec: { token, layers: [states.length - 1], combine: 'one' },
    objective,
    objectiveOptions: options,
    classes: CLASSES,
    seed: 1,
    freeze: [],
    weightDecay: 0,
    decayMatricesOnly: false,
    denseEmbeddings: false,
    dropout: 0,
    accumulate: 1,
    chunkTokens: 1 << 20,
    padId: 0,
    threads: 1,
    device: TRIED_DEVICE,
  });
  const start = path.join(at, 'start.safetensors');
  await core.save({ weights: start });
  await writeTensors(
    start,
    [...withHead(await readTensors(start))].map(([name, data]) => ({ name, dims: [data.length], data })),
  );
  await core.restore({ weights: start });
  const run = OBJECTIVES[objective].start({ width: core.width, classes: CLASSES, options, labels: Int32Array.from(labels), seed: 1 });
  const rows = [...texts.keys()];
  const { loss, gradientNorm } = await core.step({
    texts: texts.map((ids) => ({ ids: Int32Array.from(ids) })),
    feeds: run.feeds({ epoch: 1, step: 0, rows, batch: rows.length }),
    step: 0,
    update: { lr: 0, clip: Infinity },
  });
  const moments = path.join(at, 'moments.safetensors');
  await core.save({ weights: start, moments });
  const gradients = new Map(
    [...(await readTensors(moments))].flatMap(([key, data]) => {
      const [, weight] = /^exp_avg\.(.*)$/.exec(key) ?? [];
      return weight === undefined ? [] : [[weight, Float64Array.from(data, (value) => value / KEPT)] as const];
    }),
  );
  return { loss, norm: gradientNorm!, gradients };
}

/** The head of steps.py in place of the random one. */
function withHead(tensors: ReadonlyMap<string, Float32Array>): Map<string, Float32Array> {
  const [weight, bias] = [tensors.get('head.weight'), tensors.get('head.bias')];
  if (weight === undefined || bias === undefined) return new Map(tensors);
  const numbers = Float32Array.from(fixed(weight.length + bias.length), (value) => value * 0.3);
  return new Map([...tensors, ['head.weight', numbers.subarray(0, weight.length)], ['head.bias', numbers.subarray(weight.length)]]);
}

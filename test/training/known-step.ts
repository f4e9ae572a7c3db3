import assert from 'node:assert/strict';
import path from 'node:path';
import { readTensors, writeTensors } from '../../src/tensors/tensor-file.ts';
import type { Feeds } from '../../src/training/objective.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import type { TokenText } from '../../src/training/text-batch.ts';
import { TrainerCore } from '../../src/training/trainer-core.ts';
import type { TrainerParams } from '../../src/training/trainer-params.ts';
import { fixed } from '../graph/run-gradients.ts';
import { temporaryFolder } from '../temporary.ts';
import { TRIED_DEVICE } from './tried-device.ts';

/** A training step of an oracle, by torch. */
export interface KnownStep {
  readonly loss: number;
  readonly norm: number;
  /** Norm, largest element, product with fixed numbers. */
  readonly gradients: Readonly<Record<string, readonly [number, number, number]>>;
}

/** Relative to a gradient's largest element, and to a loss; below the floor a gradient is zero up to rounding. */
const TOLERANCE = 1e-4;
const FLOOR = 1e-5;
/** Part of a gradient in the first moment: 1 - β1. */
const KEPT = 1 - 0.9;

/** A trainer of small encoders without dropout and decay, so that a step equals the oracle's. */
export async function openCore(
  params: Pick<TrainerParams, 'files' | 'spec' | 'objective' | 'classes'> & Partial<TrainerParams>,
): Promise<TrainerCore> {
  const { core } = await TrainerCore.open({
    objectiveOptions: objectiveOptions(),
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
    ...params,
  });
  return core;
}

/** Puts the head of the oracles, weight and bias of fixed numbers, in place of the random one. */
export async function withKnownHead(core: TrainerCore): Promise<void> {
  const start = path.join(temporaryFolder(), 'start.safetensors');
  await core.save({ weights: start });
  const tensors = await readTensors(start);
  const [weight, bias] = [tensors.get('head.weight')!, tensors.get('head.bias')!];
  const numbers = Float32Array.from(fixed(weight.length + bias.length), (value) => value * 0.3);
  const all = new Map([...tensors, ['head.weight', numbers.subarray(0, weight.length)], ['head.bias', numbers.subarray(weight.length)]]);
  await writeTensors(
    start,
    [...all].map(([name, data]) => ({ name, dims: [data.length], data })),
  );
  await core.restore({ weights: start });
}

export interface Stepped {
  readonly loss: number;
  readonly norm: number;
  readonly vectors: Float32Array;
  /** As in the optimiser's moments: KEPT times each. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** A step, with rate 0 unless `lr` is given. */
export async function stepped(
  core: TrainerCore,
  { texts, feeds, lr = 0 }: { readonly texts: readonly TokenText[]; readonly feeds: Feeds; readonly lr?: number },
): Promise<Stepped> {
  const { loss, vectors, gradientNorm } = await core.step({ texts, feeds, step: 0, update: { lr, clip: Infinity } });
  const [weights, moments] = ['weights', 'moments'].map((name) => path.join(temporaryFolder(), `${name}.safetensors`)) as [string, string];
  await core.save({ weights, moments });
  const gradients = [...(await readTensors(moments))].flatMap(([key, data]) => {
    const [, weight] = /^exp_avg\.(.*)$/.exec(key) ?? [];
    return weight === undefined ? [] : [[weight, data] as const];
  });
  return { loss, norm: gradientNorm!, vectors, gradients: new Map(gradients) };
}

/** Checks that loss, norm and every gradient are the oracle's within 1e-4 of the largest. */
export function assertStep(found: Stepped, known: KnownStep): void {
  assert.ok(Math.abs(found.loss - known.loss) <= TOLERANCE * Math.abs(known.loss), `loss ${found.loss}, torch has ${known.loss}`);
  assert.ok(Math.abs(found.norm - known.norm) <= TOLERANCE * known.norm, `norm ${found.norm}, torch has ${known.norm}`);
  for (const [key, [norm, largest, product]] of Object.entries(known.gradients)) {
    if (norm <= FLOOR) continue;
    const gradient = Float64Array.from(found.gradients.get(key)!, (value) => value / KEPT);
    const numbers = fixed(gradient.length);
    const sum = (of: (value: number, i: number) => number) => gradient.reduce((total, value, i) => total + of(value, i), 0);
    const together = Math.max(FLOOR, TOLERANCE * largest) * Math.sqrt(gradient.length);
    assert.ok(Math.abs(Math.sqrt(sum((value) => value * value)) - norm) <= together, `${key}: the norm is not ${norm}`);
    assert.ok(Math.abs(sum((value, i) => value * numbers[i]!) - product) <= together, `${key}: the product is not ${product}`);
  }
}

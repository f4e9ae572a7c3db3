import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { buildFedEncoder } from '../../src/encoders/families/build.ts';
import { readTensors } from '../../src/tensors/tensor-file.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { cosineScale, inUnit, standardised } from '../../src/training/target-scale.ts';
import { TrainerCore } from '../../src/training/trainer-core.ts';
import { fixed } from '../graph/run-gradients.ts';
import { ownOracle } from '../oracles.ts';
import { temporaryFolder } from '../temporary.ts';

/** What `test/oracles/cosine.py` makes. */
interface KnownStep {
  readonly first: readonly (readonly number[])[];
  readonly second: readonly (readonly number[])[];
  readonly loss: number;
  readonly norm: number;
  readonly predicted: readonly number[];
  /** Norm, largest element, product with fixed numbers. */
  readonly gradients: Readonly<Record<string, readonly [number, number, number]>>;
}

const { targets, families } = JSON.parse(readFileSync(ownOracle('cosine.json'), 'utf8')) as {
  readonly targets: readonly number[];
  readonly families: Readonly<Record<string, KnownStep>>;
};
const { cosine } = OBJECTIVES;
/** Of a gradient's largest element, and of a loss; below the floor a gradient is the zero that it is but for rounding. */
const TOLERANCE = 1e-4;
const FLOOR = 1e-5;
/** What is left of a gradient in the first moment: 1 - β1. */
const KEPT = 1 - 0.9;

for (const [family, known] of Object.entries(families)) {
  test(`cosine: loss, cosines and every gradient of a step of ${family} on pairs read apart are torch's`, async () => {
    const folder = ownOracle(family);
    const last = (await buildFedEncoder({ folder })).states.length - 1;
    // In one run, and cut into several, where the two texts of a pair come into different ones.
    for (const chunkTokens of [1 << 20, 20]) {
      const { core } = await TrainerCore.open({
        files: { name: 'encoder', folder, onnx: undefined },
        spec: { token: 'mean', layers: [last], combine: 'one' },
        objective: 'cosine',
        objectiveOptions: objectiveOptions(),
        classes: 1,
        seed: 1,
        freeze: [],
        weightDecay: 0,
        decayMatricesOnly: false,
        denseEmbeddings: false,
        dropout: 0,
        accumulate: 1,
        chunkTokens,
        padId: 0,
        threads: 1,
        device: 'cpu',
      });
      const own = Float64Array.from(targets);
      const rows = [...own.keys()];
      const run = cosine.start({ width: core.width, classes: 1, options: objectiveOptions(), labels: new Int32Array(rows.length), targets: own, seed: 1 });
      const texts = [...known.first, ...known.second].map((ids) => ({ ids: Int32Array.from(ids) }));
      const feeds = run.feeds({ epoch: 1, step: 0, rows, batch: rows.length });
      const { loss, vectors, gradientNorm } = await core.step({ texts, feeds, step: 0, update: { lr: 0, clip: Infinity } });
      assert.ok(Math.abs(loss - known.loss) <= TOLERANCE * known.loss, `loss ${loss}, torch has ${known.loss}`);
      assert.ok(Math.abs(gradientNorm! - known.norm) <= TOLERANCE * known.norm, `norm ${gradientNorm}, torch has ${known.norm}`);
      const found = cosine.predictNumbers!({ width: core.width, classes: 1, options: objectiveOptions(), vectors, parameters: {} });
      assert.equal(found.length, rows.length);
      for (const [i, value] of found.entries()) assert.ok(Math.abs(value - known.predicted[i]!) < 1e-5, `cosine ${i}: ${value}`);
      const [weights, moments] = ['weights', 'moments'].map((name) => path.join(temporaryFolder(), `${name}.safetensors`)) as [string, string];
      await core.save({ weights, moments });
      const kept = await readTensors(moments);
      for (const [key, [norm, largest, product]] of Object.entries(known.gradients)) {
        if (norm <= FLOOR) continue;
        const gradient = Float64Array.from(kept.get(`exp_avg.${key}`)!, (value) => value / KEPT);
        const others = fixed(gradient.length);
        const sum = (of: (value: number, i: number) => number) => gradient.reduce((total, value, i) => total + of(value, i), 0);
        const together = Math.max(FLOOR, TOLERANCE * largest) * Math.sqrt(gradient.length);
        assert.ok(Math.abs(Math.sqrt(sum((value) => value * value)) - norm) <= together, `${key}: the norm is not ${norm}`);
        assert.ok(Math.abs(sum((value, i) => value * others[i]!) - product) <= together, `${key}: the product is not ${product}`);
      }
    }
  });
}

test('cosine: targets between -1 and 1 are cosines, of others the range of train becomes 0 to 1', () => {
  const plain = Float64Array.of(-1, 0.25, 1);
  assert.deepEqual(standardised(plain, cosineScale({ key: 'toy', targets: plain }, [0, 1, 2])), plain);
  const grades = Float64Array.of(1, 5, 3, 6);
  const scale = cosineScale({ key: 'toy', targets: grades }, [0, 1, 2]);
  assert.deepEqual([...standardised(grades, scale)], [0, 1, 0.5, 1.25]);
  assert.deepEqual(inUnit(standardised(grades, scale), scale), grades);
  assert.throws(() => cosineScale({ key: 'toy', targets: Float64Array.of(2, 2) }, [0, 1]), /All 2 texts to train on have the same number/);
});

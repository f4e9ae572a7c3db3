import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildFedEncoder } from '../../src/encoders/families/build.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { cosineScale, inUnit, standardised } from '../../src/training/target-scale.ts';
import { ownOracle } from '../oracles.ts';
import { assertStep, openCore, stepped, type KnownStep } from './known-step.ts';

/** What `test/oracles/cosine.py` makes. */
interface KnownPairs extends KnownStep {
  readonly first: readonly (readonly number[])[];
  readonly second: readonly (readonly number[])[];
  readonly predicted: readonly number[];
}

const { targets, families } = JSON.parse(readFileSync(ownOracle('cosine.json'), 'utf8')) as {
  readonly targets: readonly number[];
  readonly families: Readonly<Record<string, KnownPairs>>;
};
const { cosine } = OBJECTIVES;

for (const [family, known] of Object.entries(families)) {
  test(`cosine: loss, cosines and every gradient of a step of ${family} on pairs read apart are torch's`, async () => {
    const folder = ownOracle(family);
    const last = (await buildFedEncoder({ folder })).states.length - 1;
    // In one run, and split into several, with the two texts of a pair in different ones.
    for (const chunkTokens of [1 << 20, 20]) {
      const core = await openCore({
        files: { name: 'encoder', folder, onnx: undefined },
        spec: { token: 'mean', layers: [last], combine: 'one' },
        objective: 'cosine',
        classes: 1,
        chunkTokens,
      });
      const own = Float64Array.from(targets);
      const rows = [...own.keys()];
      const run = cosine.start({
        width: core.width,
        classes: 1,
        options: objectiveOptions(),
        labels: new Int32Array(rows.length),
        targets: own,
        seed: 1,
      });
      const texts = [...known.first, ...known.second].map((ids) => ({ ids: Int32Array.from(ids) }));
      const feeds = run.feeds({ epoch: 1, step: 0, rows, batch: rows.length });
      const step = await stepped(core, { texts, feeds });
      assertStep(step, known);
      const found = cosine.predictNumbers!({
        width: core.width,
        classes: 1,
        options: objectiveOptions(),
        vectors: step.vectors,
        parameters: {},
      });
      assert.equal(found.length, rows.length);
      for (const [i, value] of found.entries()) assert.ok(Math.abs(value - known.predicted[i]!) < 1e-5, `cosine ${i}: ${value}`);
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
  assert.throws(() => cosineScale({ key: 'toy', targets: Float64Array.of(2, 2) }, [0, 1]), /All 2 training texts have the same target/);
});

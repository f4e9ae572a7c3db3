import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildFedEncoder } from '../../src/encoders/families/build.ts';
import { checkNumbers, checkTask } from '../../src/training/check-numbers.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { inUnit, standardised, targetScale } from '../../src/training/target-scale.ts';
import type { TokenText } from '../../src/training/text-batch.ts';
import type { TrainerCore } from '../../src/training/trainer-core.ts';
import { regressionDataset } from '../../src/datasets/build.ts';
import { ownOracle } from '../oracles.ts';
import { assertStep, openCore, stepped, withKnownHead, type KnownStep } from './known-step.ts';

/** What `test/oracles/regression.py` makes. */
interface KnownNumbers extends KnownStep {
  readonly texts: readonly { readonly ids: readonly number[]; readonly types?: readonly number[] }[];
  readonly predicted: readonly number[];
}

const { targets, families } = JSON.parse(readFileSync(ownOracle('regression.json'), 'utf8')) as {
  readonly targets: readonly number[];
  readonly families: Readonly<Record<string, Readonly<Record<'single' | 'pair', KnownNumbers>>>>;
};
const { regression } = OBJECTIVES;

async function opened(folder: string, pairs: boolean, chunkTokens: number): Promise<TrainerCore> {
  const last = (await buildFedEncoder({ folder })).states.length - 1;
  return openCore({
    files: { name: 'encoder', folder, onnx: undefined, pairs },
    spec: { token: 'mean', layers: [last], combine: 'one' },
    objective: 'regression',
    classes: 1,
    chunkTokens,
  });
}

for (const [family, kinds] of Object.entries(families)) {
  for (const [kind, known] of Object.entries(kinds)) {
    test(`regression: loss, numbers and every gradient of a step of ${family} are torch's (${kind})`, async () => {
      const own = Float64Array.from(targets.slice(0, known.texts.length));
      const rows = [...own.keys()];
      const scale = targetScale({ key: 'toy', targets: own }, rows);
      const texts = known.texts.map(({ ids, types }): TokenText => ({ ids: Int32Array.from(ids), types: types && Int32Array.from(types) }));
      // In one run, and split into several.
      for (const chunkTokens of [1 << 20, 30]) {
        const core = await opened(ownOracle(family), kind === 'pair', chunkTokens);
        await withKnownHead(core);
        const run = regression.start({
          width: core.width,
          classes: 1,
          options: objectiveOptions(),
          labels: new Int32Array(rows.length),
          targets: standardised(own, scale),
          seed: 1,
        });
        const feeds = run.feeds({ epoch: 1, step: 0, rows, batch: rows.length });
        const step = await stepped(core, { texts, feeds });
        assert.ok('head.bias' in known.gradients);
        assertStep(step, known);
        const shape = { width: core.width, classes: 1, options: objectiveOptions() };
        const found = inUnit(regression.predictNumbers!({ ...shape, vectors: step.vectors, parameters: await core.parameters() }), scale);
        for (const [i, value] of found.entries()) assert.ok(Math.abs(value - known.predicted[i]!) < 1e-4, `number ${i}: ${value}`);
      }
    });
  }
}

const dataset = (numbers: readonly number[]) =>
  regressionDataset({
    key: 'toy',
    labelField: 'score',
    sample: '',
    examples: numbers.map((number, i) => ({ text: `text ${i}`, labels: [String(number)], split: 'train' })),
  });

test('regression: targets are standardised by mean and deviation of train, and come back', () => {
  const own = Float64Array.of(1, 3, 100);
  const scale = targetScale({ key: 'toy', targets: own }, [0, 1]);
  assert.deepEqual(scale, { mean: 2, deviation: 1 });
  assert.deepEqual(standardised(own, scale), Float64Array.of(-1, 1, 98));
  assert.deepEqual(inUnit(Float64Array.of(-1, 1, 98), scale), own);
});

test('regression: numbers that are all the same are refused, and options of classes', () => {
  const asked = { objective: regression, options: objectiveOptions(), rows: [0, 1], batchSize: 8, balanced: false, vectorsAt: [] };
  assert.throws(() => checkNumbers({ ...asked, dataset: dataset([3, 3]) }), {
    message: 'toy: All 2 training texts have the same target (3): nothing to learn. Give texts of different numbers.',
  });
  const different = dataset([3, 4]);
  checkNumbers({ ...asked, dataset: different });
  assert.throws(
    () => checkNumbers({ ...asked, dataset: different, balanced: true }),
    /Batches are balanced by class, but the labels of toy are numbers/,
  );
  assert.throws(() => checkNumbers({ ...asked, dataset: different, vectorsAt: [0] }), /for maps, which colour classes/);
  assert.throws(
    () => checkNumbers({ ...asked, options: objectiveOptions({ multiLabel: true }), dataset: different }),
    /takes one number per text/,
  );
});

const of = (task: 'classification' | 'regression') => ({ key: 'toy', labelField: 'score', task });

test('regression: an objective of classes refuses numbers, one of numbers refuses classes', () => {
  checkTask(regression, of('regression'));
  checkTask(OBJECTIVES.classic, of('classification'));
  for (const objective of Object.values(OBJECTIVES).filter(({ task }) => task === 'classification')) {
    assert.throws(() => checkTask(objective, of('regression')), {
      message: `\`objective\`: The objective ${objective.name} needs classes, but the labels of toy (score) are numbers. Use regression.`,
    });
  }
  assert.throws(() => checkTask(regression, of('classification')), {
    message:
      '`objective`: The objective regression needs numbers, but the labels of toy (score) are classes. Use one for classes, or read the labels as numbers (`task` regression).',
  });
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readSafetensors } from '../../src/tensors/read-safetensors.ts';
import { packageRoot } from '../../src/home.ts';
import { OBJECTIVE_NAMES, type Feeds, type ObjectiveName, type ObjectiveOptions } from '../../src/training/objective.ts';
import { OBJECTIVES } from '../../src/training/objectives.ts';
import { objectiveOptions } from '../../src/training/options.ts';
import { oracleFolders } from '../oracles.ts';
import { evaluate, start, stepOf } from './support.ts';

/** Maximum difference, relative to the largest number of the reference. */
const TOLERANCE = 1e-5;

function assertClose(ours: ArrayLike<number>, theirs: ArrayLike<number>, what: string): void {
  assert.equal(ours.length, theirs.length, what);
  const largest = Array.from(theirs).reduce((most, each) => Math.max(most, Math.abs(each)), 0);
  const worst = Array.from(ours).reduce((most, each, i) => Math.max(most, Math.abs(each - theirs[i]!)), 0);
  assert.ok(worst <= TOLERANCE * largest, `${what}: off by ${worst} of ${largest}`);
}

test('objectives: each stands in the table under its own name', () => {
  assert.deepEqual(
    Object.entries(OBJECTIVES).map(([key, { name }]) => [key, name]),
    OBJECTIVE_NAMES.map((name) => [name, name]),
  );
});

/** Losses of a small encoder's vectors by torch: ten texts of three classes. */
interface Training {
  readonly labels: readonly number[];
  readonly positives: readonly number[];
  readonly negatives: readonly number[];
  readonly losses: Readonly<Record<string, { readonly loss: number }>>;
}

const ENCODERS = [
  ['classic', 'ce'],
  ['cea-all-negatives', 'cea_all'],
  ['cea', 'cea_batch'],
  ['cea-flipped', 'cea_flipped'],
  ['cea-inverse', 'cea_inverse'],
] as const;
const CASES = oracleFolders('training').flatMap((oracle) => ENCODERS.map(([name, reference]) => ({ oracle, name, reference })));

for (const {
  oracle: { name: where, at, skip },
  name,
  reference,
} of CASES) {
  test(`${name}: loss and gradients of an encoder's vectors are torch's (${where})`, { skip }, async () => {
    const { labels, positives, negatives, losses } = JSON.parse(readFileSync(at('training.json'), 'utf8')) as Training;
    const { tensors } = readSafetensors(readFileSync(at('inputs.safetensors')), 'inputs');
    const tensor = (key: string) => tensors.get(key)!.data as Float32Array;
    const shape = { width: tensors.get('cls')!.shape[1]!, classes: 3, options: objectiveOptions() };
    const parameters = { 'head.weight': tensor('head.weight'), 'head.bias': tensor('head.bias') };
    const drawn = start(OBJECTIVES[name], { labels, ...shape }).feeds(stepOf([...labels.keys()]));
    const feeds = name === 'cea' ? pairsOf(positives, negatives) : drawn;
    const found = await evaluate(OBJECTIVES[name], { shape, vectors: tensor('cls'), feeds, parameters });
    assertClose([found.loss], [losses[reference]!.loss], 'loss');
    assertClose(found.gradient, tensor(`dL_dcls.${reference}`), 'gradient of the vectors');
    if (name !== 'classic') return;
    const { tensors: gradients } = readSafetensors(readFileSync(at('grads_ce.safetensors')), 'gradients');
    for (const key of ['head.weight', 'head.bias']) assertClose(found.parameters[key]!, gradients.get(key)!.data as Float32Array, key);
  });
}

/** The partners that the reference drew, in place of ours. */
function pairsOf(positives: readonly number[], negatives: readonly number[]): Feeds {
  const n = positives.length;
  const [pairs, targets] = [new Float32Array(n * n), new Float32Array(n * n)];
  for (const [i, j] of positives.entries()) [pairs[i * n + j], targets[i * n + j]] = [pairs[i * n + j]! + 1, 1];
  for (const [i, j] of negatives.entries()) pairs[i * n + j]! += 1;
  return {
    'objective.first.pairs': { type: 'float32', dims: [n, n], data: pairs },
    'objective.first.targets': { type: 'float32', dims: [n, n], data: targets },
  };
}

/** Written by perf/peers/objectives.py. */
interface Fixture {
  readonly labels: readonly number[];
  readonly second: readonly number[];
  readonly sets: readonly (readonly number[])[];
  readonly width: number;
  readonly classes: number;
  readonly cases: Readonly<Record<string, Case>>;
}
interface Case extends Partial<ObjectiveOptions> {
  readonly vectors: readonly number[];
  readonly memory?: readonly number[];
  readonly labels?: readonly number[];
  readonly loss: number;
  readonly gradient: readonly number[];
  readonly parameters: Readonly<Record<string, { readonly values: readonly number[]; readonly gradient: readonly number[] }>>;
}

const fixture = JSON.parse(readFileSync(path.join(packageRoot(), 'test', 'training', 'fixtures', 'objectives.json'), 'utf8')) as Fixture;

/**
 * Setup of the cases with memories: classes of the corpus rows, how many of them are the batch, and the row that each class's memory holds.
 */
const MEMORIES: Readonly<Record<string, { readonly labels: readonly number[]; readonly batch: number; readonly rows: readonly number[] }>> =
  {
    'cea-memory-all-negatives': { labels: [...fixture.labels, 0, 1, 3], batch: 7, rows: [7, 8, -1, 9] },
    'cea-datapoint-memory-all-negatives': { labels: [...fixture.labels, 0, 1, 3], batch: 7, rows: [7, 8, -1, 9] },
    'cea-memory': { labels: [0, 1, 0, 0, 1], batch: 3, rows: [3, 4] },
    'cea-datapoint-memory': { labels: [0, 1, 0, 0, 1], batch: 3, rows: [3, 4] },
    'cea-mixed-memory': { labels: [0, 1, 0, 1], batch: 2, rows: [2, 3] },
  };

for (const [key, { vectors, memory, labels = fixture.labels, loss, gradient, parameters, ...given }] of Object.entries(fixture.cases)) {
  test(`${key}: loss and gradients are torch's`, async () => {
    const multiLabel = key === 'classic-multi-label';
    const objective = OBJECTIVES[multiLabel ? 'classic' : (key as ObjectiveName)];
    const kept = MEMORIES[key];
    const classes = kept?.rows.length ?? fixture.classes;
    const shape = { width: fixture.width, classes, options: objectiveOptions({ ...given, multiLabel }) };
    const labelSets = fixture.sets.map((set) => Int32Array.from([...set.keys()].filter((own) => set[own] === 1)));
    const run = start(objective, { labels: kept?.labels ?? labels, labelSets, secondLabels: Int32Array.from(fixture.second), ...shape });
    if (kept !== undefined)
      run.restore({
        tensors: memory === undefined ? {} : { memory: { dims: [classes, fixture.width], data: Float32Array.from(memory) } },
        numbers: { rows: kept.rows },
      });
    const rows = [...Array(kept?.batch ?? labels.length).keys()];
    const companions = run.companions(stepOf(rows)).toSorted((a, b) => a - b);
    assert.deepEqual(companions, key.includes('datapoint') ? kept!.rows.filter((row) => row !== -1) : []);
    const values = Object.fromEntries(Object.entries(parameters).map(([name, each]) => [name, Float32Array.from(each.values)]));
    const found = await evaluate(objective, {
      shape,
      vectors: Float32Array.from(vectors),
      feeds: run.feeds(stepOf(rows, { companions })),
      parameters: values,
    });
    assertClose([found.loss], [loss], 'loss');
    assertClose(found.gradient, gradient, 'gradient of the vectors');
    assert.deepEqual(Object.keys(found.parameters), Object.keys(parameters));
    for (const [name, each] of Object.entries(parameters)) assertClose(found.parameters[name]!, each.gradient, name);
  });
}

for (const name of OBJECTIVE_NAMES) {
  test(`${name}: one text, or texts of one class, give a loss and gradients that are numbers`, async () => {
    const classes = OBJECTIVES[name].task === 'regression' ? 1 : 2;
    const shape = { width: 3, classes, options: objectiveOptions() };
    const head = { 'head.weight': new Float32Array(3 * classes), 'head.bias': new Float32Array(classes) };
    const parameters = { ...head, 'prototypes.weight': new Float32Array(6) };
    for (const rows of [[0], [0, 1, 2]]) {
      const run = start(OBJECTIVES[name], { labels: [0, 0, 0, 1], secondLabels: Int32Array.of(0, 1, 2, 0), ...shape });
      const terms = run.terms(stepOf(rows));
      // At zero vectors and equal vectors lengths and distances have no gradient.
      for (const value of [0, 1]) {
        const { loss, gradient } = await evaluate(OBJECTIVES[name], {
          shape,
          vectors: new Float32Array(rows.length * (OBJECTIVES[name].needs.apart ? 2 : 1) * 3).fill(value),
          feeds: run.feeds(stepOf(rows)),
          parameters,
        });
        assert.ok([loss, ...gradient].every(Number.isFinite), `${loss} ${gradient.join()}`);
        if (terms === 0) assert.deepEqual([loss, ...gradient].map(Math.abs), Array(1 + gradient.length).fill(0));
      }
    }
  });
}

test('classic: predicts the likeliest class, and with several a text every class above 0.5', () => {
  const given = {
    width: 2,
    classes: 3,
    vectors: Float32Array.of(1, 0, 0, 1, -1, -1, 0, 0),
    parameters: { 'head.weight': Float32Array.of(2, 0, 0, 2, 1, 1), 'head.bias': Float32Array.of(0, -0.5, -0.25) },
  };
  assert.deepEqual(OBJECTIVES.classic.predict!({ ...given, options: objectiveOptions() }), { labels: Int32Array.of(0, 1, 0, 0) });
  const { labelSets } = OBJECTIVES.classic.predict!({ ...given, options: objectiveOptions({ multiLabel: true }) });
  assert.deepEqual(labelSets, [Int32Array.of(0, 2), Int32Array.of(1, 2), Int32Array.of(), Int32Array.of()]);
});

test('prototypes: predicts the class of the prototype of the largest cosine, whatever its length', () => {
  const parameters = { 'prototypes.weight': Float32Array.of(9, 9, 0, 0.1) };
  assert.deepEqual(
    OBJECTIVES.prototypes.predict!({ width: 2, classes: 2, vectors: Float32Array.of(1, 2, 1, 9), parameters, options: objectiveOptions() }),
    { labels: Int32Array.of(0, 1) },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchedKeeper } from '../../src/experiment/batched-keeper.ts';
import { memoryKeeper, type Keeper } from '../../src/experiment/keeper.ts';
import type { Epoch } from '../../src/results/curves.ts';
import type { EstimateRow } from '../../src/results/estimates.ts';
import type { CostRow } from '../../src/results/costs.ts';
import { cell } from '../results/cells.ts';

const CURVE = [{ training: 'curve', epoch: 1 }] as unknown as Epoch[];
const ESTIMATE = { encoder: 'a', dataset: 'd', estimator: 'knn', score: '1' } as unknown as EstimateRow;
const COSTS = ['a', 'b'].map((encoder) => ({ encoder, dataset: 'd' }) as unknown as CostRow);

/** A keeper that records what is written, at a given rate, by a clock that the spec advances. */
function noted() {
  const memory = memoryKeeper();
  const writes: string[] = [];
  const clock = { now: 0, write: 0 };
  const note =
    <A extends readonly unknown[]>(name: string, work: (...args: A) => Promise<void>) =>
    async (...args: A): Promise<void> => {
      writes.push(name);
      clock.now += clock.write;
      await work(...args);
    };
  const keeper: Keeper = {
    ...memory,
    add: note('cells', memory.add),
    addTimings: note('timings', memory.addTimings),
    addCurve: note('curve', memory.addCurve),
    addEstimates: note('estimates', memory.addEstimates),
  };
  return { keeper: batchedKeeper(keeper, () => clock.now), memory, writes, clock };
}

test('batched keeper: what comes within a second is written together, and nothing is lost at the end', async () => {
  const { keeper, memory, writes, clock } = noted();
  for (let i = 0; i < 5; i++) {
    clock.now += 300;
    await keeper.add([cell({ encoder: `e${i}` })]);
  }
  assert.deepEqual(writes, ['cells']); // at 1200
  assert.equal(memory.results.rows.length, 4);
  await keeper.addCurve(CURVE);
  assert.ok(keeper.hasCurve('curve') && !keeper.hasCurve('other'));
  await keeper.addEstimates([ESTIMATE], COSTS[0]);
  await keeper.addEstimates([], COSTS[1]);
  await keeper.flush();
  assert.deepEqual(writes, ['cells', 'cells', 'curve', 'estimates', 'estimates']);
  const { rows, curves, estimates, costs } = memory.results;
  assert.deepEqual([rows.length, curves.length, estimates.length, costs.length], [5, 1, 1, 2]);
  await keeper.flush();
  assert.equal(writes.length, 5);
});

test('batched keeper: slow writes are a tenth of the time', async () => {
  const { keeper, writes, clock } = noted();
  clock.write = 5000;
  for (let i = 0; i < 1000; i++) {
    clock.now += 1000;
    await keeper.add([cell({ encoder: `e${i}` })]);
  }
  assert.ok(writes.length >= 18 && writes.length <= 21, `${writes.length} writes`);
});

test('batched keeper: what is looked up is written before', async () => {
  const { keeper, writes } = noted();
  await keeper.add([cell({ encoder: 'e' })]);
  await keeper.kept([]);
  assert.deepEqual(writes, ['cells']);
});

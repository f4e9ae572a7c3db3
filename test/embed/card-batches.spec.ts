import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { CardBatches, type Tensors } from '../../src/embed/card-batches.ts';
import { Fitting, halvesOf } from '../../src/embed/fitting.ts';
import { isOutOfMemory } from '../../src/graph/out-of-memory.ts';
import type { Tensor } from '../../src/graph/runtime.ts';
import { noWebgpu } from '../webgpu.ts';
import { byFamily } from './by-family.ts';
import type { Grouped } from './grouped-on-device.ts';

interface Failures {
  /** Whether a run, or a read, fails; `size`: numbers of the batch, `alive`: of all that is on the card. */
  readonly run?: (name: string, memory: { readonly size: number; readonly alive: number }) => boolean;
  readonly read?: (name: string) => boolean;
}

/** A card that notes what it does. The output of a batch has its numbers, doubled. */
class FakeCard {
  readonly log: string[] = [];
  /** Numbers on the card, and tensors. */
  alive = 0;
  tensors = 0;
  readonly #failures: Failures;

  constructor(failures: Failures = {}) {
    this.#failures = failures;
  }

  readonly run = async ({ values }: Tensors): Promise<Tensors> => {
    await setImmediate(); // as the runtime: the call returns, the work is done later
    const data = values!.data as Float32Array;
    const name = String(data[0]);
    this.log.push(`run ${name}`);
    if (this.#failures.run?.(name, { size: data.length, alive: this.alive }) === true) throw new Error(`run ${name}: out of memory`);
    this.alive += data.length;
    this.tensors++;
    let location = 'gpu-buffer';
    const output = {
      size: data.length,
      get location() {
        return location;
      },
      get data() {
        return data.map((value) => 2 * value);
      },
      dispose: () => {
        assert.equal(location, 'gpu-buffer', 'disposed of twice');
        location = 'none';
        this.alive -= data.length;
        this.tensors--;
      },
    };
    return { doubled: output as unknown as Tensor };
  };

  readonly read = async ({ doubled }: Tensors): Promise<Tensors> => {
    assert.equal(doubled!.location, 'gpu-buffer');
    await setImmediate();
    const data = doubled!.data as Float32Array;
    const name = String(data[0]! / 2);
    this.log.push(`read ${name}`);
    if (this.#failures.read?.(name) === true) throw new Error(`read ${name}: out of memory`);
    return { doubled: { data, size: data.length, location: 'cpu' } as unknown as Tensor };
  };
}

const feedsOf = (numbers: readonly number[]): Tensors => ({ values: { data: Float32Array.from(numbers) } as unknown as Tensor });

test('card batches: those that are not begun can be given up, those of a group that is begun are read', async () => {
  const card = new FakeCard();
  const batches = new CardBatches({ run: card.run, read: card.read, group: 2, groupBytes: 1 << 20 });
  const outcomes = [1, 2, 3, 4, 5].map((value) => batches.run(feedsOf([value])).then(() => 'done', String));
  while (!card.log.includes('read 1')) await setImmediate();
  batches.drop(new Error('given up'));
  assert.deepEqual(await Promise.all(outcomes), ['done', 'done', ...[3, 4, 5].map(() => 'Error: given up')]);
  assert.deepEqual([card.alive, card.tensors], [0, 0]);
  // And then goes on.
  await batches.run(feedsOf([6]));
  assert.deepEqual(card.log, ['run 1', 'run 2', 'read 1', 'read 2', 'run 6', 'read 6']);
});

test('card batches: a group is as large as fits into the time for one, by that of the one before', async () => {
  const card = new FakeCard();
  let time = 0;
  let each = 400;
  const read = (outputs: Tensors): Promise<Tensors> => {
    time += each;
    return card.read(outputs);
  };
  const batches = new CardBatches({ run: card.run, read, group: 4, groupBytes: 1 << 20, groupMs: 1000, now: () => time });
  const sizes = async (count: number): Promise<string> => {
    card.log.length = 0;
    await Promise.all(Array.from({ length: count }, (_, i) => batches.run(feedsOf([i]))));
    return card.log.map((line) => line.slice(0, 3)).join(' ');
  };
  assert.equal(await sizes(3), 'run rea run run rea rea', 'one at first, then two');
  each = 10;
  assert.equal(await sizes(6), 'run run rea rea run run run run rea rea rea rea');
  each = 5000;
  assert.equal(await sizes(5), 'run run run run rea rea rea rea run rea');
  assert.equal(await sizes(2), 'run rea run rea', 'so long that one is too many');
});

function grouped(card: FakeCard, { group = 4, groupBytes = 1 << 20 } = {}) {
  const batches = new CardBatches({ run: card.run, read: card.read, group, groupBytes });
  return async (numbers: readonly number[]): Promise<number[]> => {
    const { doubled } = await batches.run(feedsOf(numbers));
    card.log.push(`done ${numbers[0]}`);
    return [...(doubled!.data as Float32Array)];
  };
}

/** Batches of one number each. */
const ofOne = (count: number): number[][] => Array.from({ length: count }, (_, i) => [i]);
const doubledOf = (batches: readonly (readonly number[])[]): number[][] => batches.map((numbers) => numbers.map((value) => 2 * value));

test('card batches: outputs are read when a group is full or nothing waits, and handed out while the next group runs', async () => {
  const card = new FakeCard();
  const run = grouped(card, { group: 3 });
  assert.deepEqual(await Promise.all(ofOne(7).map(run)), doubledOf(ofOne(7)));
  assert.deepEqual(
    card.log.join(', '),
    'run 0, run 1, run 2, read 0, read 1, read 2, ' +
      'run 3, done 0, run 4, done 1, run 5, done 2, read 3, read 4, read 5, ' +
      'run 6, done 3, done 4, done 5, read 6, done 6',
  );
  assert.equal(card.tensors, 0);
});

test('card batches: requests that come while a batch runs are of its group; one alone is read at once', async () => {
  const card = new FakeCard();
  const run = grouped(card);
  assert.deepEqual(await run([5]), [10]);
  const [first, second] = [run([6]), setImmediate().then(() => run([7]))];
  assert.deepEqual(await Promise.all([first, second]), [[12], [14]]);
  // When a result is used, the next request finds the card idle, and starts it.
  assert.deepEqual(await first.then(() => run([8])), [16]);
  assert.equal(card.log.join(', '), 'run 5, read 5, done 5, run 6, run 7, read 6, read 7, done 6, done 7, run 8, read 8, done 8');
});

test('card batches: a group is read when its outputs are large, with less than a batch more on the card', async () => {
  const most = { alive: 0 };
  const card = new FakeCard({ run: (_, { alive }) => ((most.alive = Math.max(most.alive, alive)), false) });
  const batches = ofOne(6).map(([i]) => [i!, i!, i!]);
  assert.deepEqual(await Promise.all(batches.map(grouped(card, { groupBytes: 4 * 4 }))), doubledOf(batches));
  assert.deepEqual(card.log.filter((line) => !line.startsWith('done')).slice(0, 5), ['run 0', 'run 1', 'read 0', 'read 1', 'run 2']);
  assert.equal(most.alive, 3, 'when the second of a group runs the first is there');
});

for (const kind of ['run', 'read'] as const) {
  test(`card batches: if a ${kind} fails, the batches of its group are run alone, and none is lost`, async () => {
    let failed = false;
    const card = new FakeCard({ [kind]: (name: string) => name === '5' && !failed && (failed = true) });
    assert.deepEqual(await Promise.all(ofOne(10).map(grouped(card))), doubledOf(ofOne(10)));
    const again = card.log.filter((line) => !line.startsWith('done'));
    const from = again.indexOf(`${kind} 5`) + 1;
    const alone = kind === 'run' ? [4, 5] : [4, 5, 6, 7];
    assert.deepEqual(
      again.slice(from, from + 2 * alone.length),
      alone.flatMap((i) => [`run ${i}`, `read ${i}`]),
    );
    assert.equal(card.tensors, 0);
  });

  test(`card batches: a batch whose ${kind} fails also alone is the only one that fails`, async () => {
    const card = new FakeCard({ [kind]: (name: string) => name === '2' });
    const settled = await Promise.allSettled(ofOne(9).map(grouped(card)));
    for (const [i, result] of settled.entries()) {
      if (i === 2) assert.match(String((result as PromiseRejectedResult).reason), new RegExp(`${kind} 2: out of memory`));
      else assert.deepEqual(result, { status: 'fulfilled', value: [2 * i] });
    }
    assert.equal(card.tensors, 0);
    // One that nothing was queued with is not tried twice.
    card.log.length = 0;
    await assert.rejects(grouped(card)([2]), /out of memory/);
    assert.equal(card.log.filter((line) => line === 'run 2').length, 1);
  });
}

test('card batches: what does not fit together is run alone, what does not fit alone is halved, with the same results', async () => {
  // Room for four numbers: two batches of three do not fit together, one of six not alone.
  const card = new FakeCard({ run: (_, { size, alive }) => size + alive > 4 });
  const run = grouped(card);
  const fitting = new Fitting<readonly number[], number[]>({
    run,
    count: ({ length }) => length,
    size: ({ length }) => length,
    halves: halvesOf,
    join: ([first, second]) => [...first, ...second],
    isOutOfMemory,
  });
  const sizes = [3, 3, 6, 1, 4, 6, 2];
  const batches = sizes.map((size, i) => Array.from({ length: size }, (_, at) => 10 * i + at));
  assert.deepEqual(await Promise.all(batches.map((batch) => fitting.run(batch))), doubledOf(batches));
  assert.equal(card.tensors, 0);
});

test(
  'card batches: on WebGPU read in groups they have the bits of those read one by one, and nothing stays there',
  { skip: noWebgpu },
  () => {
    const all = byFamily<Grouped>('grouped-on-device.js', ['bert-uncased', 'gte']);
    for (const { folder, pooled, alive, texts, words } of all) assert.deepEqual([pooled, alive, texts, words], [0, 0, 0, 0], folder);
  },
);

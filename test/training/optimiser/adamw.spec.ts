import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AdamW, type AdamWOptions } from '../../../src/training/optimiser/adamw.ts';
import { ParameterBuffer } from '../../../src/training/optimiser/parameter-buffer.ts';

/** A tensor of five weights under torch.optim.AdamW(lr=1e-2, weight_decay=0.01, foreach=False), gradients clipped to 2. */
const START = [0.5, -1.25, 2, 0, 3.5];
const GRADIENTS = [
  [0.1, -0.2, 0.3, 0, 1e-4],
  [1, 0.5, -0.25, 0, -2e-4],
  [0, 3, 0.125, 1, 7],
];
const TORCH = {
  norms: [0.37416577339172363, 1.145643949508667, 7.682162761688232],
  weights: [0.4755431115627289, -1.2512484788894653, 1.9881962537765503, -0.006388135254383087, 3.4862258434295654],
  first: [0.09810000658035278, 0.10690299421548843, 0.005054291803389788, 0.02603433094918728, 0.1822304129600525],
  second: [0.0010089799761772156, 0.0008996778633445501, 0.0001533166505396366, 6.777864473406225e-5, 0.0033211535774171352],
};

const close = (ours: ArrayLike<number>, theirs: readonly number[]) => {
  assert.equal(ours.length, theirs.length);
  for (const [i, value] of theirs.entries())
    assert.ok(Math.abs(ours[i]! - value) <= 2e-7 * Math.max(1, Math.abs(value)), `${i}: ${ours[i]}, not ${value}`);
};

function five(options: AdamWOptions = {}) {
  const buffer = new ParameterBuffer({
    tensors: [
      { name: 'w', dims: [5] },
      { name: 'idle', dims: [3] },
    ],
  });
  buffer.weight('w').set(START);
  buffer.weight('idle').fill(1);
  return { buffer, adamw: new AdamW(buffer, options) };
}

test("AdamW: three clipped steps are torch's; a tensor without gradient is neither moved nor decayed", () => {
  const { buffer, adamw } = five();
  for (const [i, gradient] of GRADIENTS.entries()) {
    buffer.gradient('w').set(gradient);
    close([adamw.step({ lr: 1e-2, clip: 2, dense: ['w'] }).gradientNorm], [TORCH.norms[i]!]);
  }
  close(buffer.weight('w'), TORCH.weights);
  close(buffer.moments('w').first, TORCH.first);
  close(buffer.moments('w').second, TORCH.second);
  assert.deepEqual(buffer.weight('idle'), Float32Array.of(1, 1, 1));
  assert.deepEqual([...adamw.save().get('step.idle')!, ...adamw.save().get('step.w')!], [0, 3]);
});

test('AdamW: tensors can be spared the decay by name', () => {
  for (const [noDecay, after] of [
    [undefined, 1 - 0.1 * 0.5],
    [(name: string) => name === 'idle', 1],
  ] as const) {
    const { buffer, adamw } = five({ weightDecay: 0.5, noDecay });
    adamw.step({ lr: 0.1 });
    assert.deepEqual(buffer.weight('idle'), new Float32Array(3).fill(after));
    assert.equal(buffer.weight('w')[2], Math.fround(2 * Math.fround(0.95)));
  }
});

test('AdamW: where the norm is not a finite number nothing moves', () => {
  const { buffer, adamw } = five();
  buffer.gradient('w').set([1, NaN, 1, 1, 1]);
  assert.ok(Number.isNaN(adamw.step({ lr: 1e-2, clip: 1 }).gradientNorm));
  assert.deepEqual([...buffer.weight('w')], START);
  assert.deepEqual(adamw.save().get('step.w'), Float32Array.of(0));
});

test('AdamW: a saved state is restored exactly, and a run goes on as if unbroken', () => {
  const [whole, broken] = [five(), five()];
  const steps = (run: ReturnType<typeof five>, gradients: number[][]) => {
    for (const gradient of gradients) {
      run.buffer.gradient('w').set(gradient);
      run.adamw.step({ lr: 1e-2, clip: 2, dense: ['w'] });
    }
  };
  steps(whole, GRADIENTS);
  steps(broken, GRADIENTS.slice(0, 2));
  const state = new Map([...broken.adamw.save()].map(([name, values]) => [name, values.slice()]));
  assert.deepEqual([...state.keys()], ['exp_avg.w', 'exp_avg_sq.w', 'step.w', 'exp_avg.idle', 'exp_avg_sq.idle', 'step.idle']);
  const resumed = five();
  resumed.buffer.weight('w').set(broken.buffer.weight('w'));
  resumed.adamw.restore(state);
  steps(resumed, GRADIENTS.slice(2));
  assert.deepEqual(resumed.buffer.weight('w'), whole.buffer.weight('w'));
  assert.deepEqual(resumed.adamw.save(), whole.adamw.save());
});

test('AdamW: a state of other tensors is refused, and changes nothing', () => {
  const { adamw } = five();
  const state = new Map(adamw.save());
  state.set('exp_avg_sq.idle', new Float32Array(4));
  assert.throws(() => adamw.restore(state), {
    code: 'FORMAT',
    message: 'exp_avg_sq.idle: The state of the optimiser has 4 numbers where 3 belong. It belongs to another encoder or objective.',
  });
  state.delete('exp_avg_sq.idle');
  assert.throws(() => adamw.restore(state), {
    code: 'FORMAT',
    message: 'exp_avg_sq.idle: The state of the optimiser has nothing where 3 belong. It belongs to another encoder or objective.',
  });
});

const ROWS = 6;
const WIDTH = 3;
function table({ sparse, ...options }: AdamWOptions & { sparse: boolean }) {
  const buffer = new ParameterBuffer({ tensors: [{ name: 't', dims: [ROWS, WIDTH], sparse }] });
  buffer.weight('t').set(Float32Array.from({ length: ROWS * WIDTH }, (_, i) => Math.cos(i)));
  return { buffer, adamw: new AdamW(buffer, options), row: (i: number) => buffer.weight('t').slice(i * WIDTH, (i + 1) * WIDTH) };
}
const gradientOf = (...ids: number[]) => ({
  ids: BigInt64Array.from(ids, BigInt),
  values: Float32Array.from({ length: ids.length * WIDTH }, (_, i) => Math.sin(i + ids[0]!)),
});

test('AdamW: rows of several lists are summed, whatever their type, before norm and step', () => {
  const { buffer, adamw, row } = table({ sparse: true });
  const dense = table({ sparse: false });
  const lists = [
    { ids: BigInt64Array.of(2n, 4n, 2n), values: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9) },
    { ids: Int32Array.of(4), values: Float32Array.of(-1, -1, -1) },
  ];
  const { gradientNorm } = adamw.step({ lr: 0.1, clip: 1, rows: { t: lists } });
  assert.equal(gradientNorm, Math.sqrt(8 ** 2 + 10 ** 2 + 12 ** 2 + 3 ** 2 + 4 ** 2 + 5 ** 2));
  dense.adamw.step({ lr: 0.1, clip: 1, rows: { t: lists } });
  assert.deepEqual([row(2), row(4)], [dense.row(2), dense.row(4)]);
  assert.equal(dense.buffer.gradient('t')[2 * WIDTH], 8);
  const start = table({ sparse: true });
  for (const i of [0, 1, 3, 5]) assert.deepEqual(row(i), start.row(i));
  assert.deepEqual(buffer.moments('t').first.slice(0, WIDTH), new Float32Array(WIDTH));
});

test('AdamW: a lazy row seen in every step is what the dense step makes of it; one that is missed waits, undecayed', () => {
  const [lazy, dense] = [table({ sparse: true }), table({ sparse: false })];
  for (const ids of [[1, 3], [1], [1, 3]]) {
    for (const each of [lazy, dense]) each.adamw.step({ lr: 0.1, rows: { t: [gradientOf(...ids)] } });
    assert.deepEqual(lazy.row(1), dense.row(1));
  }
  assert.notDeepEqual(lazy.row(3), dense.row(3));
  // Its second step: moments decayed once, bias corrected for the third step of the table.
  const [g1, g2] = [gradientOf(1, 3).values[WIDTH]!, gradientOf(1, 3).values[WIDTH]!];
  const m = 0.9 * 0.1 * g1 + 0.1 * g2;
  const v = 0.999 * 0.001 * g1 ** 2 + 0.001 * g2 ** 2;
  const once = Math.cos(9) * 0.999 - 0.1 * Math.sign(g1);
  close([lazy.row(3)[0]!], [once * 0.999 - ((0.1 / (1 - 0.9 ** 3)) * m) / (Math.sqrt(v) / Math.sqrt(1 - 0.999 ** 3) + 1e-8)]);
  const start = table({ sparse: true });
  assert.deepEqual(lazy.row(0), start.row(0));
  assert.notDeepEqual(dense.row(0), start.row(0));
});

test('AdamW: the padding row gets no gradient, lazily or densely', () => {
  for (const sparse of [true, false]) {
    const { adamw, row } = table({ sparse, weightDecay: 0, ignoreRows: { t: 0 } });
    const start = table({ sparse }).row(0);
    const { gradientNorm } = adamw.step({
      lr: 0.1,
      rows: { t: [{ ids: Int32Array.of(0, 5, 0), values: Float32Array.of(9, 9, 9, 3, 4, 0, 9, 9, 9) }] },
    });
    assert.equal(gradientNorm, 5);
    assert.deepEqual(row(0), start);
    assert.notDeepEqual(row(5), start);
  }
});

test('AdamW: a tied table, looked up and multiplied with, gets the sum of both gradients', () => {
  const { buffer, adamw } = table({ sparse: false });
  buffer.gradient('t').fill(1);
  const { gradientNorm } = adamw.step({
    lr: 0.1,
    dense: ['t'],
    rows: { t: [{ ids: Int32Array.of(1), values: Float32Array.of(1, 1, 1) }] },
  });
  assert.equal(gradientNorm, Math.sqrt(15 + 3 * 4));
});

test('AdamW: tables larger than their staging are stepped whole', () => {
  const dims = [1000, 1024];
  const build = (sparse: boolean) => {
    const buffer = new ParameterBuffer({ tensors: [{ name: 't', dims, sparse }] });
    return { buffer, adamw: new AdamW(buffer) };
  };
  const ids = Int32Array.from({ length: 1500 }, (_, i) => (i * 7) % 1000);
  const values = Float32Array.from({ length: 1500 * 1024 }, (_, i) => Math.sin(i));
  const [lazy, dense] = [build(true), build(false)];
  for (const { adamw } of [lazy, dense]) adamw.step({ lr: 0.1, clip: 1, rows: { t: [{ ids, values }] } });
  assert.ok(lazy.buffer.staging('t').ids.length < 1000);
  const worst = lazy.buffer.weight('t').reduce((most, value, i) => Math.max(most, Math.abs(value - dense.buffer.weight('t')[i]!)), 0);
  // The norms are summed in another order.
  assert.ok(worst < 1e-6, `${worst}`);
});

test('AdamW: rows that do not fit their table are refused', () => {
  const { adamw } = table({ sparse: true });
  assert.throws(() => adamw.step({ lr: 0.1, rows: { t: [{ ids: BigInt64Array.of(6n), values: new Float32Array(3) }] } }), {
    code: 'SHAPE',
    message: 't: There is a gradient of row 6, and the table has 6 rows.',
  });
  assert.throws(() => adamw.step({ lr: 0.1, rows: { t: [{ ids: Int32Array.of(1, 2), values: new Float32Array(5) }] } }), {
    code: 'SHAPE',
    message: 't: The gradient of 2 rows of 3 has 5 numbers.',
  });
});

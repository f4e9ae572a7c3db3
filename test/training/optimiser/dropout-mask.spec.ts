import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dropoutMask, type DropoutParams } from '../../../src/training/optimiser/dropout-mask.ts';
import { FloatMemory } from '../../../src/training/optimiser/float-memory.ts';

const N = 1 << 18;
const room = new FloatMemory(N * 4).take(N);
const BASE: DropoutParams = { seed: 42, step: 3, site: 1, rate: 0.1 };

function mask(params: Partial<DropoutParams> = {}, n = N): Float32Array {
  const view = room.subarray(0, n);
  dropoutMask(view, { ...BASE, ...params });
  return view.slice();
}
const dropped = (values: Float32Array): Uint8Array => Uint8Array.from(values, (value) => (value === 0 ? 1 : 0));

const bits = (params: Partial<DropoutParams>) => dropped(mask({ rate: 0.5, ...params }, 64)).join('');

function sum(values: Uint8Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Number of places at which two masks agree, the second shifted by `by`. */
function agreement(one: Uint8Array, other: Uint8Array, by = 0): number {
  let same = 0;
  for (let i = 0; i < N; i++) same += one[i] === other[(i + by) % N] ? 1 : 0;
  return same;
}

test("dropout: numbers are 0 or 1 / (1 - rate), in the rate's proportion", () => {
  for (const rate of [0, 0.1, 0.5, 0.9]) {
    const values = mask({ rate });
    const kept = Math.fround(1 / (1 - rate));
    assert.ok(values.every((value) => value === 0 || value === kept));
    // Five standard deviations of a binomial count.
    assert.ok(Math.abs(sum(dropped(values)) - rate * N) <= 5 * Math.sqrt(rate * (1 - rate) * N), `rate ${rate}`);
  }
});

test('dropout: the first numbers are fixed', () => {
  assert.deepEqual(
    [bits({}), bits({ seed: 43 }), bits({ step: 4 }), bits({ site: 2 }), bits({ seed: 42 + 2 ** 32 })],
    [
      '0000000011001101101001011000101000011110001111100011010011000011',
      '1101011100110001001000011000100001110110001010100101011111100110',
      '0111100001101101111110001101001010101000100101101001111010100111',
      '0000100110001110010001000101011110001010010011100101010011100101',
      '1001110001100011000110101101100111111000110000110001100000101101',
    ],
  );
});

test('dropout: a shorter view begins as a longer one, wherever the vectors end', () => {
  const whole = mask();
  for (const n of [1, 3, 4, 7, 8, 9, 1001]) assert.deepEqual(mask({}, n), whole.slice(0, n));
});

test('dropout: masks of other seeds, steps and sites, and shifted ones, agree as often as chance has it', () => {
  const one = dropped(mask({ rate: 0.5 }));
  const others = [{ seed: 43 }, { seed: 42 + 2 ** 32 }, { step: 4 }, { site: 0 }, { site: 2 }, { step: 1, site: 3 }].map((params) =>
    dropped(mask({ rate: 0.5, ...params })),
  );
  const counts = [...others.map((other) => agreement(one, other)), ...[1, 2, 4, 64, 768, 4096].map((by) => agreement(one, one, by))];
  for (const [i, same] of counts.entries()) assert.ok(Math.abs(same - N / 2) < 5 * Math.sqrt(N / 4), `mask ${i}: ${same} of ${N}`);
});

test('dropout: every column and every row of [512, 512] has its share', () => {
  const values = dropped(mask());
  const [rows, columns] = [new Uint32Array(512), new Uint32Array(512)];
  for (let i = 0; i < N; i++) {
    rows[i >> 9]! += values[i]!;
    columns[i & 511]! += values[i]!;
  }
  const deviation = Math.sqrt(512 * 0.1 * 0.9);
  for (const counts of [rows, columns]) {
    // Squared deviations from the mean add up to chi-square with 512 degrees of freedom.
    const chi = counts.reduce((total, count) => total + ((count - 51.2) / deviation) ** 2, 0);
    assert.ok(Math.abs(chi - 512) < 5 * Math.sqrt(2 * 512), `${chi}`);
  }
});

test('dropout: a rate of 1 is refused', () =>
  assert.throws(() => mask({ rate: 1 }), { code: 'SHAPE', message: 'A dropout rate is at least 0 and below 1, got 1.' }));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_BYTES } from '../../../src/numeric/linear-memory.ts';
import { FloatMemory } from '../../../src/training/optimiser/float-memory.ts';
import { adamw, adamwRows, add, fill, scale, scatterAdd, sumSquares } from '../../../src/training/optimiser/kernels.ts';

const round = Math.fround;
/** Lengths around the four numbers of a SIMD vector. */
const LENGTHS = [0, 1, 3, 4, 5, 8, 31, 257];
const memory = new FloatMemory(1 << 20);

/** The next numbers of the memory, set, followed by a number that must not change. */
function place(values: ArrayLike<number>): Float32Array<ArrayBuffer> {
  const whole = memory.take(values.length + 1);
  whole.set(values);
  whole[values.length] = 77;
  return whole.subarray(0, values.length);
}
const behind = (view: Float32Array): number => new Float32Array(view.buffer, view.byteOffset + view.byteLength, 1)[0]!;
const waves = (n: number, phase: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(1.7 * i + phase));

test('kernels: fill, scale and add work on whole and broken vectors, and stop at the end', () => {
  for (const n of LENGTHS) {
    const [a, b] = [place(waves(n, 1)), place(waves(n, 2))];
    add(a, b);
    assert.deepEqual(
      a,
      waves(n, 1).map((value, i) => round(value + waves(n, 2)[i]!)),
    );
    scale(b, 0.3);
    assert.deepEqual(
      b,
      waves(n, 2).map((value) => round(value * round(0.3))),
    );
    fill(b, 2.5);
    assert.deepEqual(b, new Float32Array(n).fill(2.5));
    assert.deepEqual([behind(a), behind(b)], [77, 77]);
  }
});

test('kernels: the sum of squares is summed in float64', () => {
  for (const n of LENGTHS) {
    const exact = waves(n, 3).reduce((sum, value) => sum + value * value, 0);
    assert.ok(Math.abs(sumSquares(place(waves(n, 3))) - exact) <= 1e-14 * exact);
  }
  // In float32 the ones would vanish next to the first.
  assert.equal(sumSquares(place([2 ** 14, ...Array.from({ length: 8 }, () => 1)])), 2 ** 28 + 8);
});

test('kernels: rows are added where their slots say, several to one', () => {
  const out = place(new Float32Array(15));
  const slots = memory.takeInts(4);
  slots.set([2, 0, 2, 2]);
  scatterAdd({ out, slots, values: place(Array.from({ length: 20 }, (_, i) => i)), width: 5 });
  assert.deepEqual([...out], [5, 6, 7, 8, 9, 0, 0, 0, 0, 0, 25, 28, 31, 34, 37]);
});

const SCALARS = [0.7, 0.9999, 1 - 0.9, 0.999, 1 - 0.999, -1e-3 / (1 - 0.9 ** 3), Math.sqrt(1 - 0.999 ** 3), 1e-8] as const;

/** As torch's operators do it one after the other, each rounded to float32. */
function reference(w: number, gradient: number, m0: number, v0: number): [number, number, number] {
  const [clip, keep, rate1, beta2, rate2, stride, correction, eps] = SCALARS.map(round) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const g = round(gradient * clip);
  const m = round(m0 + round(rate1 * round(g - m0)));
  const v = round(round(v0 * beta2) + round(round(rate2 * g) * g));
  const denominator = round(round(round(Math.sqrt(v)) / correction) + eps);
  return [round(round(w * keep) + round(round(stride * m) / denominator)), m, v];
}

test("kernels: AdamW is torch's sequence of float32 operations to the last bit", () => {
  for (const n of LENGTHS) {
    const start = [waves(n, 1), waves(n, 2), waves(n, 3), waves(n, 4).map(Math.abs)] as const;
    const [weight, gradient, first, second] = start.map(place) as [
      Float32Array<ArrayBuffer>,
      Float32Array<ArrayBuffer>,
      Float32Array<ArrayBuffer>,
      Float32Array<ArrayBuffer>,
    ];
    adamw({ weight, gradient, first, second }, SCALARS);
    for (let i = 0; i < n; i++)
      assert.deepEqual([weight[i], first[i], second[i]], reference(start[0][i]!, start[1][i]!, start[2][i]!, start[3][i]!));
    assert.deepEqual([behind(weight), behind(first), behind(second)], [77, 77, 77]);
    assert.deepEqual(gradient, start[1]);
  }
});

test('kernels: AdamW on rows moves those rows as AdamW does, and no others', () => {
  const width = 7;
  const start = [waves(4 * width, 1), waves(2 * width, 2), waves(4 * width, 3), waves(4 * width, 4).map(Math.abs)] as const;
  const [weight, gradient, first, second] = start.map(place) as [
    Float32Array<ArrayBuffer>,
    Float32Array<ArrayBuffer>,
    Float32Array<ArrayBuffer>,
    Float32Array<ArrayBuffer>,
  ];
  const ids = memory.takeInts(2);
  ids.set([3, 1]);
  adamwRows({ weight, gradient, first, second, ids, width }, SCALARS);
  for (let i = 0; i < 4 * width; i++) {
    const [row, column] = [Math.floor(i / width), i % width];
    const k = [...ids].indexOf(row);
    const untouched = [start[0][i], start[2][i], start[3][i]];
    assert.deepEqual(
      [weight[i], first[i], second[i]],
      k < 0 ? untouched : reference(start[0][i]!, start[1][k * width + column]!, start[2][i]!, start[3][i]!),
    );
  }
});

test('kernels: arrays of other lengths, and of no memory of the kernels, are refused', () => {
  const three = place([1, 2, 3]);
  assert.throws(() => add(three, place([1, 2])), { code: 'SHAPE', message: 'An array has 2 numbers where 3 belong.' });
  assert.throws(() => fill(new Float32Array(3), 1), { code: 'SHAPE', message: 'The arrays do not lie in one memory of the kernels.' });
  assert.throws(() => add(three, new FloatMemory(64).take(3)), {
    code: 'SHAPE',
    message: 'The arrays do not lie in one memory of the kernels.',
  });
  assert.throws(() => scatterAdd({ out: three, slots: memory.takeInts(2), values: three, width: 3 }), {
    code: 'SHAPE',
    message: '2 rows of 3 were said to be given, and 3 numbers were.',
  });
});

test('kernels: the last numbers of the largest memory are reached as the first are', () => {
  const largest = new FloatMemory(MOST_BYTES);
  const [before, one, other] = [largest.take(MOST_BYTES / 4 - 64), largest.take(32), largest.take(32)];
  assert.equal(other.byteOffset + other.byteLength, 2 ** 32 - 65_536);
  one.fill(2);
  fill(other, 1);
  add(other, one);
  assert.deepEqual([sumSquares(one), sumSquares(other), before.at(-1)], [32 * 4, 32 * 9, 0]);
});

test('kernels: a memory that is full says so', () => {
  const small = new FloatMemory(100);
  assert.equal(small.bytes, 65_536);
  small.take(16_000);
  assert.throws(() => small.take(400), {
    code: 'SHAPE',
    message: 'An array of 400 numbers does not fit a memory of 65536 bytes, of which 64000 are taken.',
  });
  assert.throws(() => new FloatMemory(2 ** 32), {
    code: 'SHAPE',
    message: '4294967296 bytes of memory were requested; the limit is 4294901760.',
  });
});

test('kernels: a machine without memory ends the run, not the others', (t) => {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Memory: () => void } };
  t.mock.method(WebAssembly, 'Memory', function Memory() {
    throw new RangeError('WebAssembly.Memory(): could not allocate memory');
  });
  assert.throws(() => new FloatMemory(2 ** 31), {
    code: 'TRAINING',
    message:
      'Not enough memory for 2147483648 bytes of weights, gradients and moments. Use a smaller encoder, or a machine with more memory.',
  });
});

/**
 * Inner loops of static encoders in AssemblyScript: float32 rows of one linear memory, summed in float64. Pointers are bytes, counts are
 * numbers; no function allocates, and the module holds no data of its own. `npm run kernels` compiles it.
 */

/** The two numbers at `at`, widened to float64. */
// @ts-ignore: a decorator of AssemblyScript
@inline
function two(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function one(at: usize): f64 {
  return <f64>load<f32>(at);
}

/**
 * Adds the sum (float64) of rows ids[i] (int32) of a table of rows of `width` to `sum` [width]: four, two or one at a time, to reduce
 * memory traffic: sum + ((a + b) + (c + d)).
 */
export function addRows(sum: usize, table: usize, ids: usize, count: usize, width: usize): void {
  const bytes = width << 2;
  const even = sum + ((width & ~1) << 3);
  const end = ids + (count << 2);
  for (; ids + 16 <= end; ids += 16) {
    let a = table + <usize>load<u32>(ids) * bytes;
    let b = table + <usize>load<u32>(ids, 4) * bytes;
    let c = table + <usize>load<u32>(ids, 8) * bytes;
    let d = table + <usize>load<u32>(ids, 12) * bytes;
    let out = sum;
    for (; out < even; out += 16, a += 8, b += 8, c += 8, d += 8) {
      v128.store(out, f64x2.add(v128.load(out), f64x2.add(f64x2.add(two(a), two(b)), f64x2.add(two(c), two(d)))));
    }
    if (width & 1) store<f64>(out, load<f64>(out) + (one(a) + one(b) + (one(c) + one(d))));
  }
  if (ids + 8 <= end) {
    let a = table + <usize>load<u32>(ids) * bytes;
    let b = table + <usize>load<u32>(ids, 4) * bytes;
    let out = sum;
    for (; out < even; out += 16, a += 8, b += 8) v128.store(out, f64x2.add(v128.load(out), f64x2.add(two(a), two(b))));
    if (width & 1) store<f64>(out, load<f64>(out) + (one(a) + one(b)));
    ids += 8;
  }
  if (ids < end) {
    let a = table + <usize>load<u32>(ids) * bytes;
    let out = sum;
    for (; out < even; out += 16, a += 8) v128.store(out, f64x2.add(v128.load(out), two(a)));
    if (width & 1) store<f64>(out, load<f64>(out) + one(a));
  }
}

/** out [width] = sum / count, in float64 before rounding; resets `sum` to zero. */
export function mean(out: usize, sum: usize, count: f64, width: usize): void {
  const counts = f64x2.splat(count);
  const zero = f64x2.splat(0);
  const even = sum + ((width & ~1) << 3);
  for (; sum < even; sum += 16, out += 8) {
    v128.store64_lane(out, f32x4.demote_f64x2_zero(f64x2.div(v128.load(sum), counts)), 0);
    v128.store(sum, zero);
  }
  if (width & 1) {
    store<f32>(out, <f32>(load<f64>(sum) / count));
    store<f64>(sum, 0);
  }
}

/** Normalises a vector to length 1; shorter ones than 1e-12 are divided by that. Squares are summed in float64, in four sums. */
export function unit(values: usize, width: usize): void {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = values + (width << 2);
  let at = values;
  for (; at + 16 <= end; at += 16) {
    const first = two(at);
    const second = two(at + 8);
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; at < end; at += 4) sum += one(at) * one(at);
  const length = max<f64>(sqrt<f64>(sum), 1e-12);
  const lengths = f64x2.splat(length);
  for (at = values; at + 8 <= end; at += 8) v128.store64_lane(at, f32x4.demote_f64x2_zero(f64x2.div(two(at), lengths)), 0);
  if (at < end) store<f32>(at, <f32>(one(at) / length));
}

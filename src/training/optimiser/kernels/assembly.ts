/**
 * Inner loops of the optimiser in AssemblyScript: float32 arrays of one linear memory, four numbers at a time. Pointers are
 * bytes, counts are numbers; no function allocates, and the module holds no data of its own. `npm run kernels` compiles it.
 */

/** out = value. */
export function fill(out: usize, count: usize, value: f32): void {
  const all = f32x4.splat(value);
  const end = out + (count << 2);
  for (; out + 16 <= end; out += 16) v128.store(out, all);
  for (; out < end; out += 4) store<f32>(out, value);
}

/** out = out * factor. */
export function scale(out: usize, count: usize, factor: f32): void {
  const all = f32x4.splat(factor);
  const end = out + (count << 2);
  for (; out + 16 <= end; out += 16) v128.store(out, f32x4.mul(v128.load(out), all));
  for (; out < end; out += 4) store<f32>(out, load<f32>(out) * factor);
}

/** out = out + added. */
export function add(out: usize, added: usize, count: usize): void {
  const end = out + (count << 2);
  for (; out + 16 <= end; out += 16, added += 16) v128.store(out, f32x4.add(v128.load(out), v128.load(added)));
  for (; out < end; out += 4, added += 4) store<f32>(out, load<f32>(out) + load<f32>(added));
}

/** Sum of squares, summed in float64: in four sums, which are added at the end. */
export function sumSquares(values: usize, count: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = values + (count << 2);
  for (; values + 16 <= end; values += 16) {
    const four = v128.load(values);
    const first = f64x2.promote_low_f32x4(four);
    const second = f64x2.promote_low_f32x4(i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; values < end; values += 4) {
    const value = <f64>load<f32>(values);
    sum += value * value;
  }
  return sum;
}

/** Adds row i of `values` [count, width] to row slots[i] (int32) of `out`. */
export function scatterAdd(out: usize, slots: usize, values: usize, count: usize, width: usize): void {
  for (let i: usize = 0; i < count; i++) add(out + ((<usize>load<u32>(slots + (i << 2)) * width) << 2), values + ((i * width) << 2), width);
}

/**
 * One step of AdamW, with operations in the order of torch.optim.AdamW(foreach=False): g = gradient * clip; w *= keep; m += (g - m) *
 * rate1; v = v * beta2 + (rate2 * g) * g; w += (stride * m) / (sqrt(v) / correction + eps), where keep = 1 - lr * decay, rate = 1 - beta,
 * stride = -lr / (1 - beta1^t), correction = sqrt(1 - beta2^t).
 */
export function adamw(
  weights: usize, gradient: usize, first: usize, second: usize, count: usize,
  clip: f32, keep: f32, rate1: f32, beta2: f32, rate2: f32, stride: f32, correction: f32, eps: f32,
): void {
  const end = weights + (count << 2);
  for (; weights + 16 <= end; weights += 16, gradient += 16, first += 16, second += 16) {
    const g = f32x4.mul(v128.load(gradient), f32x4.splat(clip));
    const m0 = v128.load(first);
    const m = f32x4.add(m0, f32x4.mul(f32x4.splat(rate1), f32x4.sub(g, m0)));
    const v = f32x4.add(f32x4.mul(v128.load(second), f32x4.splat(beta2)), f32x4.mul(f32x4.mul(f32x4.splat(rate2), g), g));
    v128.store(first, m);
    v128.store(second, v);
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(v), f32x4.splat(correction)), f32x4.splat(eps));
    const w = f32x4.mul(v128.load(weights), f32x4.splat(keep));
    v128.store(weights, f32x4.add(w, f32x4.div(f32x4.mul(f32x4.splat(stride), m), denominator)));
  }
  for (; weights < end; weights += 4, gradient += 4, first += 4, second += 4) {
    const g = load<f32>(gradient) * clip;
    const m0 = load<f32>(first);
    const m = m0 + rate1 * (g - m0);
    const v = load<f32>(second) * beta2 + rate2 * g * g;
    store<f32>(first, m);
    store<f32>(second, v);
    const denominator = sqrt<f32>(v) / correction + eps;
    store<f32>(weights, load<f32>(weights) * keep + (stride * m) / denominator);
  }
}

/** AdamW on rows ids[i] (int32) of a table of rows of `width`; row i of `gradient` [count, width] is their gradient. */
export function adamwRows(
  weights: usize, ids: usize, gradient: usize, first: usize, second: usize, count: usize, width: usize,
  clip: f32, keep: f32, rate1: f32, beta2: f32, rate2: f32, stride: f32, correction: f32, eps: f32,
): void {
  for (let i: usize = 0; i < count; i++) {
    const at = (<usize>load<u32>(ids + (i << 2)) * width) << 2;
    adamw(weights + at, gradient + ((i * width) << 2), first + at, second + at, width, clip, keep, rate1, beta2, rate2, stride, correction, eps);
  }
}

/**
 * 32 random bits for each index: the finaliser "lowbias32" (Wellons 2018), with a second key between its rounds so that two pairs of keys
 * do not give the same numbers in another order.
 */
// @ts-ignore: a decorator of AssemblyScript
@inline
function bits(index: v128, key: v128, key2: v128): v128 {
  let x = v128.xor(index, key);
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x7feb352d));
  x = v128.xor(v128.xor(x, i32x4.shr_u(x, 15)), key2);
  x = i32x4.mul(x, i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/** out[i] = 0 if the bits of i, as a signed number, are below `threshold`, else `kept`. */
export function dropoutMask(out: usize, count: usize, key: i32, key2: i32, threshold: i32, kept: f32): void {
  const keys = i32x4.splat(key);
  const keys2 = i32x4.splat(key2);
  const thresholds = i32x4.splat(threshold);
  const values = f32x4.splat(kept);
  const eight = i32x4.splat(8);
  const end = out + (count << 2);
  let index = i32x4(0, 1, 2, 3);
  let index2 = i32x4(4, 5, 6, 7);
  // Two at a time, to overlap the latencies of the multiplications.
  for (; out + 32 <= end; out += 32) {
    const a = bits(index, keys, keys2);
    const b = bits(index2, keys, keys2);
    v128.store(out, v128.andnot(values, i32x4.lt_s(a, thresholds)));
    v128.store(out, v128.andnot(values, i32x4.lt_s(b, thresholds)), 16);
    index = i32x4.add(index, eight);
    index2 = i32x4.add(index2, eight);
  }
  let i = i32x4.extract_lane(index, 0);
  for (; out < end; out += 4, i++) {
    const one = i32x4.extract_lane(bits(i32x4.splat(i), keys, keys2), 0);
    store<f32>(out, one < threshold ? 0 : kept);
  }
}

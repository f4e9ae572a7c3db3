import { HarnessError } from '../../errors.ts';
import { FloatMemory, type AdamWScalars } from './float-memory.ts';

/** The kernels over views of a FloatMemory: lengths are checked here, as the kernels themselves do not check bounds. */

type Floats = Float32Array<ArrayBuffer>;
type Ints = Int32Array<ArrayBuffer>;

export function fill(out: Floats, value: number): void {
  FloatMemory.of(out).kernels.fill(out.byteOffset, out.length, value);
}

export function scale(out: Floats, factor: number): void {
  FloatMemory.of(out).kernels.scale(out.byteOffset, out.length, factor);
}

/** out += added */
export function add(out: Floats, added: Floats): void {
  sameLength(out, added);
  FloatMemory.of(out, added).kernels.add(out.byteOffset, added.byteOffset, out.length);
}

/** Sum of squares, in float64. */
export function sumSquares(values: Floats): number {
  return FloatMemory.of(values).kernels.sumSquares(values.byteOffset, values.length);
}

/** Adds row i of `values` [n, width] to row slots[i] of `out` [m, width], in the order of i. The slots are not checked. */
export function scatterAdd({ out, slots, values, width }: { out: Floats; slots: Ints; values: Floats; width: number }): void {
  if (values.length !== slots.length * width)
    throw new HarnessError('SHAPE', { what: `${slots.length} rows of ${width} were said to be given, and ${values.length} numbers were.` });
  FloatMemory.of(out, slots, values).kernels.scatterAdd(out.byteOffset, slots.byteOffset, values.byteOffset, slots.length, width);
}

export interface AdamWViews {
  readonly weight: Floats;
  readonly gradient: Floats;
  readonly first: Floats;
  readonly second: Floats;
}

/** One step of AdamW on arrays of equal length. */
export function adamw({ weight, gradient, first, second }: AdamWViews, scalars: AdamWScalars): void {
  for (const other of [gradient, first, second]) sameLength(weight, other);
  FloatMemory.of(weight, gradient, first, second).kernels.adamw(
    weight.byteOffset,
    gradient.byteOffset,
    first.byteOffset,
    second.byteOffset,
    weight.length,
    ...scalars,
  );
}

/**
 * One step of AdamW on rows `ids` of a table [rows, width], each once; `gradient` [ids, width] is their gradient. The ids are not checked.
 */
export function adamwRows(
  { weight, gradient, first, second, ids, width }: AdamWViews & { readonly ids: Ints; readonly width: number },
  scalars: AdamWScalars,
): void {
  for (const other of [first, second]) sameLength(weight, other);
  if (gradient.length !== ids.length * width)
    throw new HarnessError('SHAPE', { what: `${ids.length} rows of ${width} were said to be given, and ${gradient.length} numbers were.` });
  FloatMemory.of(weight, gradient, first, second, ids).kernels.adamwRows(
    weight.byteOffset,
    ids.byteOffset,
    gradient.byteOffset,
    first.byteOffset,
    second.byteOffset,
    ids.length,
    width,
    ...scalars,
  );
}

function sameLength(one: Floats, other: Floats): void {
  if (one.length !== other.length)
    throw new HarnessError('SHAPE', { what: `An array has ${other.length} numbers where ${one.length} belong.` });
}

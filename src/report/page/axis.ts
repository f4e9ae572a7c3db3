/** The axis of scores: where it starts, ends, and has its marks. */

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  readonly label: (tick: number) => string;
  /** Where a value lies: 0 at the start, 1 at the end. */
  readonly place: (value: number) => number;
}

/** Steps that are easy to read, as multiples of a power of ten. */
const STEPS = [1, 2, 5, 10];

/**
 * Round ends around all values, with about `count` steps between; what is no number is passed over. Ours, as tables have such axes before
 * the library of charts is loaded.
 */
export function axisOf(values: readonly number[], count = 4): Axis {
  const found = values.filter((value) => Number.isFinite(value));
  const [low, high] = found.length === 0 ? [0, 1] : [Math.min(...found), Math.max(...found)];
  const room = high > low ? 0 : Math.max(Math.abs(high) / 20, 0.01);
  const rough = (high - low + 2 * room) / count;
  const power = Math.floor(Math.log10(rough));
  const multiple = STEPS.find((each) => each * 10 ** power >= rough * 0.85)!;
  const digits = Math.max(0, multiple === 10 ? -power - 1 : -power);
  const step = multiple * 10 ** power;
  // Steps are counted, so that ticks are multiples of the step and not sums of its rounding.
  const [first, last] = [Math.floor((low - room) / step + 1e-9), Math.ceil((high + room) / step - 1e-9)];
  const [from, to] = [rounded(first * step, digits), rounded(last * step, digits)];
  return {
    from,
    to,
    ticks: Array.from({ length: last - first + 1 }, (_, i) => rounded((first + i) * step, digits)),
    label: (tick) => tick.toFixed(digits).replace(/^-/, '−'),
    place: (value) => (value - from) / (to - from),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits)) + 0;
}

/** What a reader must know of an axis that does not start at zero. */
export function startNote({ from, label }: Axis, name = 'axis'): string {
  return from === 0 ? '' : `The ${name} starts at ${label(from)}.`;
}

/** The score axis: where it starts and ends, and its ticks. */

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  readonly label: (tick: number) => string;
  /** Position of a value: 0 at the start, 1 at the end. */
  readonly place: (value: number) => number;
}

/** Readable steps, as multiples of a power of ten. */
const STEPS = [1, 2, 5, 10];

/**
 * Round ends around all values, with about `count` steps between; NaN is skipped. Our own code, as tables have such axes before the chart
 * library is loaded.
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
  // Ticks are multiples of the step, not sums, which would accumulate rounding errors.
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

/** Note on an axis that does not start at zero. */
export function startNote({ from, label }: Axis, name = 'axis'): string {
  return from === 0 ? '' : `The ${name} starts at ${label(from)}.`;
}

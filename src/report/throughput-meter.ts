/** Progress, speed and remaining time of a task. Has no clock: times (milliseconds) are passed in. */
export interface ThroughputMeter {
  readonly update: (done: number, now: number) => void;
  readonly done: () => number;
  /** Since the start, in seconds. */
  readonly elapsed: (now: number) => number;
  /** Per second over the recent window; undefined until something is done. */
  readonly rate: (now: number) => number | undefined;
  /** Per second since the start. */
  readonly overallRate: (now: number) => number | undefined;
  /** Seconds left; undefined if unknown. */
  readonly left: (total: number | undefined, now: number) => number | undefined;
}

/** Long enough to smooth batches of different lengths, short enough to follow a slower connection. */
const WINDOW_MS = 20_000;
const SAMPLES = 64;

export function openThroughputMeter(start: number): ThroughputMeter {
  let done = 0;
  let samples = [{ now: start, done: 0 }];
  const rate = (now: number): number | undefined => {
    const first = samples[0]!;
    return speed(done - first.done, now - first.now);
  };
  return {
    update: (value, now) => {
      if (!Number.isFinite(value)) return;
      // A download that restarts counts from there, as a negative speed would be meaningless.
      if (value < done) samples = [{ now, done: value }];
      done = value;
      const last = samples.at(-1)!;
      if (now - last.now >= WINDOW_MS / SAMPLES) samples.push({ now, done });
      while (samples.length > 2 && now - samples[1]!.now >= WINDOW_MS) samples.shift();
    },
    done: () => done,
    elapsed: (now) => Math.max(0, now - start) / 1000,
    rate,
    overallRate: (now) => speed(done, now - start),
    left: (total, now) => {
      const perSecond = rate(now);
      if (total === undefined || perSecond === undefined) return undefined;
      return Math.max(0, total - done) / perSecond;
    },
  };
}

function speed(done: number, milliseconds: number): number | undefined {
  return done > 0 && milliseconds > 0 ? (done / milliseconds) * 1000 : undefined;
}

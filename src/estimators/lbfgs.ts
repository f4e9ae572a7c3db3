export interface Objective {
  /** Value at `at`; writes the gradient. */
  (at: Float64Array, gradient: Float64Array): Promise<number>;
}

export interface LbfgsOptions {
  /** Ends where the largest part of the gradient is below it. */
  readonly tolerance: number;
  readonly most: number;
}

/** Steps remembered. */
const MEMORY = 10;
const ARMIJO = 1e-4;

/** Minimum of a smooth convex function: limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.5), steps halved until they descend. Changes and returns `at`. */
export async function minimise(objective: Objective, at: Float64Array, { tolerance, most }: LbfgsOptions): Promise<Float64Array> {
  const size = at.length;
  let gradient = new Float64Array(size);
  let value = await objective(at, gradient);
  const history: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let turn = 0; turn < most && largest(gradient) > tolerance; turn++) {
    const direction = descent(gradient, history);
    const slope = dot(gradient, direction);
    let step = history.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    const next = new Float64Array(size);
    const nextGradient = new Float64Array(size);
    let reached = value;
    for (let halving = 0; ; halving++) {
      for (let i = 0; i < size; i++) next[i] = at[i]! + step * direction[i]!;
      reached = await objective(next, nextGradient);
      if (reached <= value + ARMIJO * step * slope) break;
      if (halving === 40) return at; // no step descends: this is the minimum, as far as numbers go
      step /= 2;
    }
    const s = next.map((x, i) => x - at[i]!);
    const y = nextGradient.map((x, i) => x - gradient[i]!);
    const curvature = dot(s, y);
    if (curvature > 1e-12 * dot(y, y)) history.push({ s, y, rho: 1 / curvature });
    if (history.length > MEMORY) history.shift();
    at.set(next);
    gradient = nextGradient;
    value = reached;
  }
  return at;
}

function descent(gradient: Float64Array, history: readonly { s: Float64Array; y: Float64Array; rho: number }[]): Float64Array {
  const direction = gradient.map((x) => -x);
  const alphas: number[] = [];
  for (const { s, y, rho } of history.toReversed()) {
    const alpha = rho * dot(s, direction);
    alphas.unshift(alpha);
    for (let i = 0; i < direction.length; i++) direction[i]! -= alpha * y[i]!;
  }
  const last = history.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (const [h, { s, y, rho }] of history.entries()) {
    const beta = alphas[h]! - rho * dot(y, direction);
    for (let i = 0; i < direction.length; i++) direction[i]! += beta * s[i]!;
  }
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

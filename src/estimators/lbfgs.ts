export interface Objective {
  /** Returns the value at `at`; writes the gradient. */
  (at: Float64Array, gradient: Float64Array): Promise<number>;
}

export interface LbfgsOptions {
  /** Stops when the largest component of the gradient is below it. */
  readonly tolerance: number;
  readonly most: number;
  /** Approximate product of the inverse Hessian and a vector: the better, the fewer steps. Symmetric, positive definite. */
  readonly inverse: (vector: Float64Array) => Promise<Float64Array>;
}

/** Number of steps remembered. */
const MEMORY = 10;
const ARMIJO = 1e-4;
/** Relative rounding error of an objective computed in float32. */
const ROUNDING = 1e-7;

/**
 * Minimises a smooth convex function: limited-memory BFGS (Nocedal and Wright 2006, algorithm 7.5) with backtracking. Changes and returns
 * `at`.
 */
export async function minimise(objective: Objective, at: Float64Array, { tolerance, most, inverse }: LbfgsOptions): Promise<Float64Array> {
  const size = at.length;
  let gradient = new Float64Array(size);
  let value = await objective(at, gradient);
  let turned = await inverse(gradient);
  const history: Step[] = [];
  for (let turn = 0; turn < most && largest(gradient) > tolerance; turn++) {
    const direction = descent(gradient, turned, history);
    const slope = dot(gradient, direction);
    let step = 1;
    const next = new Float64Array(size);
    const nextGradient = new Float64Array(size);
    let reached = value;
    for (let halving = 0; ; halving++) {
      for (let i = 0; i < size; i++) next[i] = at[i]! + step * direction[i]!;
      reached = await objective(next, nextGradient);
      if (reached <= value + ARMIJO * step * slope + ROUNDING * Math.abs(value)) break;
      if (halving === 40) return at; // no step descends: this is the minimum within numeric precision
      step /= 2;
    }
    const nextTurned = await inverse(nextGradient);
    const s = next.map((x, i) => x - at[i]!);
    const y = nextGradient.map((x, i) => x - gradient[i]!);
    const turnedY = nextTurned.map((x, i) => x - turned[i]!);
    const curvature = dot(s, y);
    if (curvature > 1e-12 * dot(y, y)) history.push({ s, y, turned: turnedY, rho: 1 / curvature, spread: dot(y, turnedY) });
    if (history.length > MEMORY) history.shift();
    at.set(next);
    gradient = nextGradient;
    turned = nextTurned;
    value = reached;
  }
  return at;
}

interface Step {
  readonly s: Float64Array;
  readonly y: Float64Array;
  /** Product of the inverse Hessian and y. */
  readonly turned: Float64Array;
  readonly rho: number;
  /** y · turned */
  readonly spread: number;
}

/** `turned` is the product of the inverse Hessian and the gradient: it is linear, so that one product per step is enough. */
function descent(gradient: Float64Array, turned: Float64Array, history: readonly Step[]): Float64Array {
  const vector = gradient.map((x) => -x);
  const direction = turned.map((x) => -x);
  const alphas: number[] = [];
  for (const { s, y, turned: turnedY, rho } of history.toReversed()) {
    const alpha = rho * dot(s, vector);
    alphas.unshift(alpha);
    for (let i = 0; i < vector.length; i++) {
      vector[i]! -= alpha * y[i]!;
      direction[i]! -= alpha * turnedY[i]!;
    }
  }
  const last = history.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * last.spread);
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

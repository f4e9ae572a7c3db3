/** Maximum growth of the training sample from one round to the next: costs measured on few texts do not extrapolate far. */
const GROWTH = 4;
/** Minimum growth: a round on barely more texts adds little information, and trains from scratch. */
const LEAST_GROWTH = 1.5;
/** The first round uses at most 1/FIRST of the training set, unless the budget covers little more than one run on all of it. */
const FIRST = 4;
/** A first round on a sample is only run if the budget covers training all candidates on the full set this many times over. */
const FIRST_WORTH = 1.5;

export interface RoundPlanParams {
  /** Best first. */
  readonly standing: readonly string[];
  /** Number of texts that all of them were trained on; 0: none yet. */
  readonly done: number;
  /** For each: number of seeds it was trained with on the full training set. */
  readonly seedsDone: readonly number[];
  readonly full: number;
  readonly smallest: number;
  readonly seeds: readonly number[];
  readonly left: number;
  /** Costs are exact; otherwise the first round measures them, too. */
  readonly certain: boolean;
  /** Includes the safety margin. */
  readonly costOf: (candidate: string, size: number) => number;
}

/** A round, dropping all but the first `keep`, or stopping because nothing more fits or helps. */
export type RoundPlan =
  | { readonly kind: 'round'; readonly size: number; readonly seed: number }
  | { readonly kind: 'drop'; readonly keep: number }
  | { readonly kind: 'stop' };

/** Next step of a race between two or more candidates. */
export function planRound({ standing, done, seedsDone, full, smallest, seeds, left, certain, costOf }: RoundPlanParams): RoundPlan {
  const all = (size: number): number => standing.reduce((sum, name) => sum + costOf(name, size), 0);
  const [first] = seeds as [number];
  if (done === full) {
    const seed = seeds[Math.min(...seedsDone)];
    return seed !== undefined && all(full) <= left ? { kind: 'round', size: full, seed } : { kind: 'stop' };
  }
  const missing = standing.reduce((sum, name, at) => sum + (seedsDone[at] === 0 ? costOf(name, full) : 0), 0);
  const begins = done === 0 && full > FIRST * smallest;
  if (missing <= left && !(begins && (!certain || left > FIRST_WORTH * missing))) return { kind: 'round', size: full, seed: first };

  // Reserve for training the winner on the full training set; any of them may win.
  const free = left - Math.max(...standing.map((name) => costOf(name, full)));
  const share = free / Math.max(1, Math.ceil(Math.log2(standing.length)));
  const most = done === 0 ? Math.max(smallest, Math.floor(full / FIRST)) : done * GROWTH;
  const least = done === 0 ? smallest : Math.ceil(done * LEAST_GROWTH);
  const size = largest({ from: least, to: Math.min(most, full - 1), fits: (texts) => all(texts) <= share });
  if (size !== undefined) return { kind: 'round', size, seed: first };
  if (standing.length === 2) return { kind: 'stop' };
  // Before the first round only the screen ranks them: keep as many as possible.
  return { kind: 'drop', keep: done === 0 ? standing.length - 1 : Math.ceil(standing.length / 2) };
}

/** Largest integer that fits, given that all smaller ones fit as well; undefined if none does. */
export function largest({
  from,
  to,
  fits,
}: {
  readonly from: number;
  readonly to: number;
  readonly fits: (size: number) => boolean;
}): number | undefined {
  if (from > to || !fits(from)) return undefined;
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

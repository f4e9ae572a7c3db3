/** Largest growth of the part of train from one round to the next: costs measured on few texts do not extrapolate far. */
const GROWTH = 4;
/** A round on hardly more texts says hardly more, and is trained from the beginning. */
const LEAST_GROWTH = 1.5;
/** The first round is on no more than that share of train, unless the budget lasts for little more than one on all of it. */
const FIRST = 4;
/** What is left after a first round must last for all of train of all: with less than so many times that, there is no first round. */
const FIRST_WORTH = 1.5;

export interface RoundPlanParams {
  /** Best first. */
  readonly standing: readonly string[];
  /** Texts that all of them were trained on; 0: none yet. */
  readonly done: number;
  /** Of each: with how many seeds it was trained on all of train. */
  readonly seedsDone: readonly number[];
  readonly full: number;
  readonly smallest: number;
  readonly seeds: readonly number[];
  readonly left: number;
  /** Costs are what they are said to be; otherwise the first round measures them, too. */
  readonly certain: boolean;
  /** With what is added for safety. */
  readonly costOf: (candidate: string, size: number) => number;
}

/** A round; or that only the first so many are gone on with; or that nothing more is worth it. */
export type RoundPlan =
  | { readonly kind: 'round'; readonly size: number; readonly seed: number }
  | { readonly kind: 'drop'; readonly keep: number }
  | { readonly kind: 'stop' };

/** What a race of two or more does next. */
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

  // The winner is trained on all of train, and any of them may be the winner.
  const free = left - Math.max(...standing.map((name) => costOf(name, full)));
  const share = free / Math.max(1, Math.ceil(Math.log2(standing.length)));
  const most = done === 0 ? Math.max(smallest, Math.floor(full / FIRST)) : done * GROWTH;
  const least = done === 0 ? smallest : Math.ceil(done * LEAST_GROWTH);
  const size = largest({ from: least, to: Math.min(most, full - 1), fits: (texts) => all(texts) <= share });
  if (size !== undefined) return { kind: 'round', size, seed: first };
  if (standing.length === 2) return { kind: 'stop' };
  // Before the first round there is nothing to halve them by but the screen: as many as possible stay.
  return { kind: 'drop', keep: done === 0 ? standing.length - 1 : Math.ceil(standing.length / 2) };
}

/** The largest of some whole numbers that fits, as all below it do; undefined where none does. */
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

import { ALPHA } from '../statistics/holm.ts';
import { eliminationPs } from '../statistics/elimination.ts';
import type { ListOutcomes } from '../statistics/ties.ts';

/**
 * Successive halving (Karnin, Koren and Somekh 2013; Jamieson and Talwalkar 2016) over encoders: all are scored on a small sample, the
 * remaining ones on a larger one that contains it, until the time is up or all texts are used. Encoders significantly worse than the best
 * by a paired test are eliminated; if the time does not suffice for all texts of the remaining ones, the lower half is, too.
 */

/** Maximum growth of the sample from one round to the next: times measured on few texts do not extrapolate far. */
const GROWTH = 4;
/** Minimum growth: a smaller round is not worth its overhead. */
const LEAST_GROWTH = 1.25;
/** Fraction of the time that is planned for. */
const PLANNED = 0.9;
/** A round is aborted when the total time exceeds this multiple of the budget. */
const ENDED = 1.05;
/** Exponent of the estimators' time, which grows with n (a fit) to n² (neighbours). */
const ESTIMATE_POWER = 1.5;

/** Score of an encoder on a sample, and its cost. */
export interface Scored {
  readonly score: number;
  /** Undefined if the estimator makes no predictions: then no encoder is eliminated by a test. */
  readonly outcomes: ListOutcomes | undefined;
  /** Time that does not depend on the number of texts, mainly loading; and that of the estimators. */
  readonly fixedMs: number;
  readonly estimateMs: number;
}

export interface HalvingParams<S extends Scored> {
  readonly names: readonly string[];
  /** Number of all texts. */
  readonly texts: number;
  /** Texts of the first round. */
  readonly smallest: number;
  readonly budgetMs: number;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** Scores an encoder on a sample of this size. 'late': the deadline passed; 'failed': it cannot be scored. */
  readonly score: (name: string, texts: number, deadline: number) => Promise<S | 'late' | 'failed'>;
  /** Receives the encoders of a round and its sample size before the first is scored. */
  readonly announce?: ((names: readonly string[], texts: number) => Promise<void>) | undefined;
}

export interface Elimination {
  readonly why: 'worse' | 'time';
  /** Corrected p-value against the best of that round; undefined if not tested. */
  readonly p: number | undefined;
  /** Name of the best of that round. */
  readonly best: string;
}

export interface Candidate<S> {
  readonly name: string;
  readonly scored: S;
  /** Sample size of its last score, and the round, counted from 1. */
  readonly texts: number;
  readonly round: number;
  /** Undefined for candidates that remain. */
  readonly eliminated?: Elimination | undefined;
}

export interface Halving<S> {
  /** Best first, remaining candidates before eliminated ones, the last eliminated first. */
  readonly candidates: readonly Candidate<S>[];
  readonly rounds: readonly { readonly texts: number; readonly encoders: number }[];
  readonly ms: number;
  /** A last round was started but not finished in time. */
  readonly unfinished: boolean;
}

interface Standing<S> {
  readonly name: string;
  scored: S;
  texts: number;
  round: number;
  /** Embedding time per text. */
  textMs: number;
}

export async function halve<S extends Scored>({
  names,
  texts,
  smallest,
  budgetMs,
  clock,
  score,
  announce,
}: HalvingParams<S>): Promise<Halving<S>> {
  const start = clock();
  const left = () => start + budgetMs - clock();
  const first = Math.min(smallest, texts);
  const rounds: { texts: number; encoders: number }[] = [];
  const eliminated: Candidate<S>[] = [];
  let standing: Standing<S>[] = [];
  let unfinished = false;

  await announce?.(names, first);
  for (const name of names) {
    const begun = clock();
    // The first round has no deadline: every encoder gets a score.
    const scored = await score(name, first, Infinity);
    if (typeof scored !== 'string') standing.push({ name, scored, texts: first, round: 1, textMs: textMs(scored, clock() - begun, first) });
  }
  rounds.push({ texts: first, encoders: standing.length });
  order();
  dropWorse();

  while (standing.length > 0 && standing[0]!.texts < texts) {
    const now = standing[0]!.texts;
    const forAll = costOf(standing, texts) <= PLANNED * left();
    const share = forAll ? 1 : 1 / Math.max(1, Math.ceil(Math.log2(standing.length)));
    const next = largest(Math.min(texts, Math.floor(now * GROWTH)), share * PLANNED * left());
    if (next < Math.min(texts, now * LEAST_GROWTH)) {
      const two = standing.slice(0, 2);
      if (standing.length <= 2 || costOf(two, Math.min(texts, Math.ceil(now * LEAST_GROWTH))) > PLANNED * left()) break;
      dropHalf();
      continue;
    }
    const before = standing.length;
    if (!(await round(next))) break;
    order();
    dropWorse();
    if (standing.length > 2 && next < texts && costOf(standing, texts) > PLANNED * left()) dropHalf(Math.ceil(before / 2));
  }
  return {
    candidates: [...standing.map(({ name, scored, texts: n, round: at }) => ({ name, scored, texts: n, round: at })), ...eliminated],
    rounds,
    ms: clock() - start,
    unfinished,
  };

  /** Scores all remaining encoders on a sample of this size; false if the budget ran out. */
  async function round(next: number): Promise<boolean> {
    const scores: { scored: S; ms: number }[] = [];
    const failed = new Set<string>();
    await announce?.(
      standing.map(({ name }) => name),
      next,
    );
    for (const { name } of standing) {
      const begun = clock();
      const scored = await score(name, next, start + ENDED * budgetMs);
      if (scored === 'late') {
        unfinished = true;
        return false;
      }
      if (scored === 'failed') failed.add(name);
      else scores.push({ scored, ms: clock() - begun });
    }
    standing = standing.filter(({ name }) => !failed.has(name));
    for (const [i, each] of standing.entries()) {
      const { scored, ms } = scores[i]!;
      each.textMs = textMs(scored, ms, next - each.texts);
      Object.assign(each, { scored, texts: next, round: rounds.length + 1 });
    }
    rounds.push({ texts: next, encoders: standing.length });
    return true;
  }

  function order(): void {
    standing = standing.toSorted((a, b) => b.scored.score - a.scored.score || (a.name < b.name ? -1 : 1));
  }

  function ps(): readonly (number | undefined)[] {
    const outcomes = standing.map(({ scored }) => scored.outcomes);
    return outcomes.includes(undefined) ? standing.map(() => undefined) : eliminationPs(outcomes as ListOutcomes[]);
  }

  function dropWorse(): void {
    const found = ps();
    // The significance level is split over the rounds, however many there will be (1/2, 1/4, … of it): this bounds the overall probability
    // of eliminating an encoder that is as good as the best.
    const alpha = ALPHA / 2 ** rounds.length;
    eliminate('worse', (at) => (found[at] ?? 1) < alpha);
  }

  function dropHalf(keep = Math.ceil(standing.length / 2)): void {
    eliminate('time', (at) => at >= keep);
  }

  function eliminate(why: Elimination['why'], isOut: (at: number) => boolean): void {
    if (standing.length === 0) return;
    const found = ps();
    const best = standing[0]!.name;
    const gone = standing.flatMap(({ name, scored, texts: n, round: at }, i) =>
      isOut(i) ? [{ name, scored, texts: n, round: at, eliminated: { why, p: found[i], best } }] : [],
    );
    standing = standing.filter((_, i) => !isOut(i));
    eliminated.unshift(...gone);
  }

  /** Largest sample, up to `most`, that all remaining encoders can be scored on in this time. */
  function largest(most: number, ms: number): number {
    let [low, high] = [standing[0]!.texts, most];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (costOf(standing, middle) <= ms) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function textMs({ fixedMs, estimateMs }: Scored, ms: number, fresh: number): number {
  return Math.max(0, ms - fixedMs - estimateMs) / fresh;
}

/** Milliseconds for continuing to a sample of this size. */
function costOf(standing: readonly Standing<Scored>[], texts: number): number {
  return standing.reduce(
    (sum, { scored, textMs: each, texts: now }) =>
      sum + scored.fixedMs + each * (texts - now) + scored.estimateMs * (texts / now) ** ESTIMATE_POWER,
    0,
  );
}

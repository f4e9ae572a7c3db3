import { NestedSamples } from '../datasets/nested.ts';
import type { Encoder } from '../encoders/encoder.ts';
import { promptColumn } from '../encoders/prompts.ts';
import { halve, type Scored } from '../estimators/halving.ts';
import { bestPooling, rankedName, type RankedEncoder } from '../estimators/ranked.ts';
import type { BudgetUse } from '../estimators/ranked.ts';
import { measuresBetter } from '../results/costs.ts';
import type { CostRow } from '../results/costs.ts';
import type { EstimateRow } from '../results/estimates.ts';
import { costRow } from './cost-row.ts';
import { rankedSample, type RankedTexts } from './ranked-sample.ts';
import type { RankSettings } from './settings.ts';

/** Texts of the first round: fewer hardly show any difference. */
const SMALLEST = 200;

/** The rest of a budget, in whatever unit. */
export interface BudgetClock {
  readonly now: () => number;
  /** Aborted at that moment; undefined if nothing is aborted, as costs are known in advance. */
  readonly until: (moment: number) => AbortSignal | undefined;
}

const TIME: BudgetClock = {
  now: () => performance.now(),
  until: (moment) => AbortSignal.timeout(Math.max(1, Math.ceil(moment - performance.now()))),
};

export interface BudgetParams {
  readonly encoders: readonly Encoder[];
  readonly texts: RankedTexts;
  readonly settings: RankSettings;
  readonly budgetMs: number;
  /** Texts of the first round. Default: 200. */
  readonly smallest?: number | undefined;
  /** Unit of the budget. Default: time. */
  readonly clock?: BudgetClock | undefined;
  /** Ranks one encoder on a sample; undefined if that fails, which is then reported. Throws what the signal does. */
  readonly rank: (encoder: Encoder, texts: RankedTexts, signal: AbortSignal | undefined) => Promise<RankedOnSample | undefined>;
  /** Receives the encoders of a round, and its number of texts, before the first is ranked. */
  readonly announce?: ((encoders: readonly Encoder[], texts: number) => Promise<void>) | undefined;
}

/** Estimates for an encoder on a sample. */
export interface RankedOnSample {
  readonly ranked: RankedEncoder;
  readonly rows: readonly EstimateRow[];
  readonly cost: CostRow | undefined;
  /** Milliseconds that do not grow with the number of texts. */
  readonly fixedMs: number;
  readonly estimateMs: number;
}

interface Candidate extends Scored, RankedOnSample {}

export interface RankedWithin {
  /** Remaining encoders. */
  readonly encoders: readonly RankedEncoder[];
  readonly budget: BudgetUse;
  /** All encoders, each with the texts that it was last scored on. */
  readonly all: readonly RankedOnSample[];
}

/** Ranks encoders within a time limit, by successive halving over nested samples. */
export async function rankWithin({
  encoders,
  texts,
  settings,
  budgetMs,
  smallest = SMALLEST,
  clock = TIME,
  rank,
  announce,
}: BudgetParams): Promise<RankedWithin> {
  // With several prompts an encoder is several candidates.
  const byName = new Map(encoders.map((encoder) => [rankedName({ encoder: encoder.name, prompt: promptColumn(encoder.prompt) }), encoder]));
  const before = new Map<string, RankedEncoder>();
  const samples = new Map<number, RankedTexts>();
  const all = texts.dataset.texts.length;
  const { candidates, rounds, ms, unfinished } = await halve<Candidate>({
    names: [...byName.keys()],
    texts: all,
    smallest: withTwoLabels(texts, settings, smallest),
    budgetMs,
    clock: clock.now,
    announce:
      announce &&
      ((names, size) =>
        announce(
          names.map((name) => byName.get(name)!),
          size,
        )),
    score: async (name, size, deadline) => {
      const encoder = byName.get(name)!;
      const sample = samples.get(size) ?? rankedSample({ ...texts, settings }, size);
      samples.set(size, sample);
      const signal = deadline === Infinity ? undefined : clock.until(deadline);
      try {
        const found = await rank(encoder, sample, signal);
        if (found === undefined) return 'failed';
        const ranked = withCosts(found.ranked, before.get(name));
        before.set(name, ranked);
        const { score, outcomes } = bestPooling(ranked.poolings, settings.by).score;
        return { ...found, ranked, cost: costRow(encoder, sample.dataset.key, ranked), score, outcomes };
      } catch (error) {
        if (signal?.aborted === true) return 'late';
        throw error;
      }
    },
  });
  return {
    encoders: candidates.filter(({ eliminated }) => eliminated === undefined).map(({ scored }) => scored.ranked),
    all: candidates.map(({ scored }) => scored),
    budget: {
      seconds: budgetMs / 1000,
      used: ms / 1000,
      all,
      rounds,
      unfinished,
      limited: texts.dataset.sample !== '',
      dropped: candidates.flatMap(({ scored, round, eliminated }) =>
        eliminated === undefined ? [] : [{ encoder: scored.ranked, round, ...eliminated }],
      ),
    },
  };
}

/** If all but a few texts have the same class, a larger sample than usual. */
function withTwoLabels({ dataset }: RankedTexts, { seed, k }: RankSettings, smallest: number): number {
  const samples = new NestedSamples(dataset, seed);
  let size = Math.max(smallest, k + 2);
  while (size < dataset.texts.length && !samples.hasTwoLabels(size)) size *= 2;
  return size;
}

/** Costs measured in this round, unless the previous one measured them better. */
function withCosts(ranked: RankedEncoder, before: RankedEncoder | undefined): RankedEncoder {
  if (before === undefined) return ranked;
  const timed =
    ranked.textMs === undefined || !measuresBetter(ranked.timedTexts ?? 0, before.textMs === undefined ? 0 : (before.timedTexts ?? 0))
      ? before
      : ranked;
  return {
    ...ranked,
    textMs: timed.textMs,
    timedTexts: timed.timedTexts,
    tokensPerSecond: timed.tokensPerSecond,
    memoryBytes: Math.max(ranked.memoryBytes ?? 0, before.memoryBytes ?? 0) || undefined,
  };
}

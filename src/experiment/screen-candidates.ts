import { trainAlone } from '../datasets/train-part.ts';
import type { Dropped } from '../choosing/types.ts';
import type { Screened } from '../choosing/choice.ts';
import { reason } from '../errors.ts';
import { EstimatorThreads } from '../estimators/estimator-threads.ts';
import { bestPooling } from '../estimators/ranked.ts';
import { isOfCandidate } from './is-of-candidate.ts';
import type { RaceHost, Racer } from './race-trainings.ts';
import { jobOf, type EstimateJob } from './job.ts';
import { inputsOf } from './plan-scores.ts';
import { rankWithin, type BudgetClock, type RankedOnSample } from './rank-within-budget.ts';
import { rankedOf } from './ranked-value.ts';
import type { ChooseExperiment } from './resolve/experiment.ts';

/** Share of the budget for screening frozen encoders. */
export const SCREEN_SHARE = 0.15;
/** Texts of the screen's first round when the budget is counted in passes: at most as many as `rank` uses, and at least 50. */
const MOST_FIRST = 200;
const LEAST_FIRST = 50;
/**
 * At least this many of the best frozen scores are raced, whatever the screen's tests find: frozen scores predict fine-tuned ones only to a
 * degree.
 */
const LEAST_RACED = 4;

/** Texts needed to measure the time per text, after the first batch, which includes loading the encoder. */
const LEAST_TIMED = 64;

/** The screen's result for a candidate: a plain value. */
export interface ScreenedCandidate {
  readonly name: string;
  readonly found?: Screened | undefined;
  /** Score extrapolated to the texts of the last round, which other candidates reached. */
  readonly frozen?: number | undefined;
  /** Milliseconds per text; undefined if its vectors were stored, or too few texts were timed. */
  readonly textMs?: number | undefined;
  /** Significantly worse by a paired test, or failed. */
  readonly dropped?: Dropped | undefined;
  readonly passes: number;
}

/**
 * Budget that suffices for a training run of `least` after a screen of several candidates: the screen takes at most its share of the
 * budget, or its first round.
 */
export function budgetFor(least: number, { screen: { k } }: Pick<ChooseExperiment, 'screen'>, candidates: number): number {
  if (candidates === 1) return least;
  return Math.ceil(Math.max(least / (1 - SCREEN_SHARE), least + candidates * Math.max(LEAST_FIRST, k + 2)));
}

export interface ScreenParams {
  readonly experiment: ChooseExperiment;
  readonly racers: readonly Racer[];
  readonly host: RaceHost;
  /** Budget of screen and race, in its unit. */
  readonly amount: number;
}

/**
 * Ranks frozen encoders on growing samples of train, as `rank` does within a budget: the score of each, and whether it is significantly
 * worse. Neither test is used, nor dev, by which the race compares.
 */
export async function screenCandidates({ experiment, racers, host, amount }: ScreenParams): Promise<ScreenedCandidate[]> {
  const { screen, budget } = experiment;
  const share = SCREEN_SHARE * amount;
  const dataset = trainAlone(racers[0]!.cell.dataset);
  const passes = new Map<string, number>();
  const scores = new Map<string, Map<number, number>>();
  const failed = new Map<string, string>();
  const counted: BudgetClock = { now: () => [...passes.values()].reduce((sum, each) => sum + each, 0), until: () => undefined };
  const isCounted = budget.unit === 'passes';
  const estimators = new EstimatorThreads(screen.threads);
  try {
    const within = await rankWithin({
      encoders: racers.map(({ cell }) => cell.target.encoder),
      texts: { dataset },
      settings: screen,
      budgetMs: share,
      smallest: isCounted ? Math.min(MOST_FIRST, Math.max(LEAST_FIRST, screen.k + 2, Math.floor(share / racers.length))) : undefined,
      clock: isCounted ? counted : undefined,
      announce: (encoders, size) =>
        host.executor.announce(
          encoders.map((encoder) =>
            screenJob(
              racers.find(({ cell }) => cell.target.encoder === encoder)!,
              { size, whole: dataset.texts.length, experiment },
            ),
          ),
        ),
      rank: async (encoder, texts, deadline) => {
        const racer = racers.find(({ cell }) => cell.target.encoder === encoder)!;
        const size = texts.dataset.texts.length;
        try {
          const found = await estimate(racer, { size, whole: dataset.texts.length, experiment, host, estimators, deadline });
          const own = scores.get(racer.name) ?? new Map<number, number>();
          scores.set(racer.name, own.set(size, bestPooling(found.ranked.poolings, screen.by).score.score));
          passes.set(racer.name, Math.max(size, passes.get(racer.name) ?? 0));
          return isCounted ? { ...found, fixedMs: 0, estimateMs: 0 } : found;
        } catch (error) {
          if (!isOfCandidate(error)) throw error;
          failed.set(racer.name, reason(error));
          return undefined;
        }
      },
    });
    const ranked = new Map(within.all.map((each) => [nameOf(racers, each), each]));
    const dropped = new Map(within.budget.dropped.map((each) => [nameOf(racers, { ranked: each.encoder }), each]));
    const found = racers.map(({ name }): ScreenedCandidate => {
      const why = failed.get(name);
      const own = ranked.get(name);
      const paid = { name, passes: passes.get(name) ?? 0 };
      if (why !== undefined || own === undefined)
        return { ...paid, dropped: { why: 'failed', round: 0, reason: why ?? 'It was not ranked.' } };
      const { ranked: each } = own;
      const best = bestPooling(each.poolings, screen.by);
      const layer = each.curve.length === 0 ? undefined : bestPooling(each.curve, screen.by).pooling.layers;
      const out = dropped.get(name);
      return {
        ...paid,
        found: { score: best.score.score, texts: each.texts, pooling: best.pooling.pooling, bestLayer: layer },
        frozen: onLastTexts(name, each.texts, scores),
        textMs: (each.timedTexts ?? 0) < LEAST_TIMED ? undefined : each.textMs,
        // A candidate dropped by the screen's time limit may still be raced: the race's budget decides.
        ...(out?.why === 'worse' && { dropped: { why: 'worse' as const, round: 0, best: nameIn(racers, out.best), p: out.p } }),
      };
    });
    return keepLeast(found);
  } finally {
    await estimators.close();
  }
}

/** The best few frozen scores are not dropped as worse. */
function keepLeast(found: readonly ScreenedCandidate[]): ScreenedCandidate[] {
  const usable = found.filter(({ frozen }) => frozen !== undefined).toSorted((a, b) => b.frozen! - a.frozen!);
  const kept = new Set(usable.slice(0, LEAST_RACED).map(({ name }) => name));
  return found.map((each) => (kept.has(each.name) ? { ...each, dropped: undefined } : each));
}

/** A score on fewer texts is raised by the mean gain, since then, of the candidates scored on both. */
function onLastTexts(name: string, texts: number, scores: ReadonlyMap<string, ReadonlyMap<number, number>>): number {
  const all = [...scores.values()];
  const last = Math.max(...all.flatMap((own) => [...own.keys()]));
  const gains = all.filter((own) => own.has(texts) && own.has(last)).map((own) => own.get(last)! - own.get(texts)!);
  return scores.get(name)!.get(texts)! + gains.reduce((sum, gain) => sum + gain, 0) / (gains.length || 1);
}

interface EstimateParams extends Pick<ScreenParams, 'experiment' | 'host'> {
  /** Number of texts. */
  readonly size: number;
  readonly whole: number;
  readonly estimators: EstimatorThreads;
  readonly deadline: AbortSignal | undefined;
}

async function estimate(racer: Racer, params: EstimateParams): Promise<RankedOnSample> {
  const { host, estimators, deadline } = params;
  const { signal } = host;
  const { estimate: found } = await host.executor.run(screenJob(racer, params), {
    ...host.forJobs,
    estimators,
    signal: signal !== undefined && deadline !== undefined ? AbortSignal.any([signal, deadline]) : (signal ?? deadline),
    files: { out: undefined, save: undefined, overwrite: false },
  });
  const { rows, cost, ranked, fixedMs, estimateMs } = found!;
  return { ranked: rankedOf(ranked), rows, cost, fixedMs, estimateMs };
}

function screenJob(
  { job: { encoders, dataset, reading, opening, choice }, cell }: Racer,
  { size, whole, experiment }: Pick<EstimateParams, 'size' | 'whole' | 'experiment'>,
): EstimateJob {
  const { seeds, shares } = choice;
  return jobOf({
    kind: 'estimate' as const,
    encoders,
    dataset,
    reading,
    opening,
    inputs: inputsOf(trainAlone(cell.dataset), [cell.target.encoder]),
    settings: experiment.screen,
    samples: size < whole ? [size] : [],
    ofTrain: { shares, seeds },
  });
}

function nameOf(racers: readonly Racer[], { ranked: { encoder, prompt } }: Pick<RankedOnSample, 'ranked'>): string {
  return racers.find((each) => each.encoder === encoder && each.prompt === (prompt ?? ''))!.name;
}

/** The racer for an encoder, with its prompt, by its name in a ranking. */
function nameIn(racers: readonly Racer[], name: string): string {
  return racers.find((each) => each.name === name)?.name ?? name;
}
